/// The record at the end of a ZIP archive, which says where the directory is.
struct ZipEnd {
  /// Where the record starts, the one of ZIP64 if there is one.
  private(set) var offset: Int
  private(set) var count = 0
  private(set) var directoryByteCount = 0
  private(set) var directoryOffset = 0

  /// The bytes after the record and its comment, which are none of the archive.
  private(set) var trailingByteCount = 0

  private static let byteCount = 22
  private static let locatorByteCount = 20
  private static let longestComment = Int(UInt16.max)

  init(_ file: MappedFile) throws(ByteError) {
    guard let found = Self.find(in: file) else {
      throw ByteError(
        .malformed(expected: "the end record of a ZIP archive", found: "none"),
        at: max(0, file.byteCount - Self.byteCount))
    }
    offset = found.position
    trailingByteCount = found.trailing
    if let start64 = try Self.offset64(file, before: found.position) {
      try read64(file, at: start64)
    } else {
      try read(file)
    }
  }

  /// The last place where an end record and its comment fill the rest of the file; if there is
  /// none, the last record whose comment ends before the file does.
  private static func find(in file: MappedFile) -> (position: Int, trailing: Int)? {
    file.withBytes { bytes in
      let last = bytes.count - byteCount
      guard last >= 0 else { return nil }
      var found: (position: Int, trailing: Int)?
      var start = last
      while start >= max(0, last - longestComment) {
        if bytes[start] == 0x50, let trailing = trailing(bytes, at: start) {
          if trailing == 0 { return (start, 0) }
          found = found ?? (start, trailing)
        }
        start -= 1
      }
      return found
    }
  }

  /// The bytes after the record that starts at a place; `nil` if none starts there.
  private static func trailing(_ bytes: UnsafeRawBufferPointer, at start: Int) -> Int? {
    let signature = bytes.loadUnaligned(fromByteOffset: start, as: UInt32.self).littleEndian
    guard signature == ZipSignature.end else { return nil }
    let comment = Int(bytes[start + 20]) | Int(bytes[start + 21]) << 8
    let trailing = bytes.count - byteCount - start - comment
    return trailing >= 0 ? trailing : nil
  }

  private mutating func read(_ file: MappedFile) throws(ByteError) {
    var reader = ByteReader(file: file, range: offset..<file.byteCount)
    try reader.skip(byteCount: 4)
    try requireOneDisk(
      UInt32(try reader.read(UInt16.self)), UInt32(try reader.read(UInt16.self)))
    try reader.skip(byteCount: 2)
    count = Int(try reader.read(UInt16.self))
    directoryByteCount = Int(try reader.read(UInt32.self))
    directoryOffset = Int(try reader.read(UInt32.self))
  }

  /// Where ZIP64's end record is, if a locator stands before the usual one.
  private static func offset64(
    _ file: MappedFile, before start: Int
  ) throws(ByteError) -> Int? {
    guard start >= locatorByteCount else { return nil }
    var reader = ByteReader(file: file, range: start - locatorByteCount..<start)
    guard try reader.read(UInt32.self) == ZipSignature.locator64 else { return nil }
    try reader.skip(byteCount: 4)
    let place = reader.offset
    let offset = try reader.read(UInt64.self)
    guard offset < UInt64(start) else {
      throw ByteError(
        .malformed(expected: "a ZIP64 end record before byte \(start)", found: "\(offset)"),
        at: place)
    }
    return Int(offset)
  }

  private mutating func read64(_ file: MappedFile, at start: Int) throws(ByteError) {
    var reader = ByteReader(file: file, range: start..<offset)
    guard try reader.read(UInt32.self) == ZipSignature.end64 else {
      throw ByteError(
        .malformed(expected: "a ZIP64 end record", found: "something else"), at: start)
    }
    offset = start
    try reader.skip(byteCount: 12)
    try requireOneDisk(try reader.read(UInt32.self), try reader.read(UInt32.self))
    try reader.skip(byteCount: 8)
    count = try readSize(&reader)
    directoryByteCount = try readSize(&reader)
    directoryOffset = try readSize(&reader)
  }

  private func readSize(_ reader: inout ByteReader) throws(ByteError) -> Int {
    let start = reader.offset
    let size = try reader.read(UInt64.self)
    guard size <= UInt64(Int.max) else {
      throw ByteError(.implausibleSize("\(size)"), at: start)
    }
    return Int(size)
  }

  private func requireOneDisk(_ this: UInt32, _ directory: UInt32) throws(ByteError) {
    guard this == 0, directory == 0 else {
      throw ByteError(
        .malformed(expected: "an archive in one file", found: "part \(this)"), at: offset)
    }
  }
}
