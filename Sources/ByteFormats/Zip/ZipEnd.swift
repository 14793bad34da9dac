/// The record at the end of a ZIP archive, which says where the directory is.
struct ZipEnd {
  /// Where the record starts, the one of ZIP64 if there is one.
  private(set) var offset: Int
  private(set) var count = 0
  private(set) var directoryByteCount = 0
  private(set) var directoryOffset = 0

  private static let byteCount = 22
  private static let locatorByteCount = 20
  private static let longestComment = Int(UInt16.max)

  init(_ file: MappedFile) throws(ByteError) {
    guard let start = Self.find(in: file) else {
      throw ByteError(
        .malformed(expected: "the end record of a ZIP archive", found: "none"),
        at: max(0, file.byteCount - Self.byteCount))
    }
    offset = start
    if let start64 = try Self.offset64(file, before: start) {
      try read64(file, at: start64)
    } else {
      try read(file)
    }
  }

  /// The last place where an end record and its comment fill the rest of the file.
  private static func find(in file: MappedFile) -> Int? {
    file.withBytes { bytes in
      let last = bytes.count - byteCount
      guard last >= 0 else { return nil }
      let first = max(0, last - longestComment)
      var start = last
      while start >= first {
        if bytes[start] == 0x50, isEnd(bytes, at: start) { return start }
        start -= 1
      }
      return nil
    }
  }

  private static func isEnd(_ bytes: UnsafeRawBufferPointer, at start: Int) -> Bool {
    bytes.loadUnaligned(fromByteOffset: start, as: UInt32.self).littleEndian == ZipSignature.end
      && Int(bytes[start + 20]) | Int(bytes[start + 21]) << 8 == bytes.count - byteCount - start
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
