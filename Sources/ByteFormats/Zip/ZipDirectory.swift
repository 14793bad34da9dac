/// The marks with which the records of a ZIP archive begin.
enum ZipSignature {
  static let header: UInt32 = 0x0403_4B50
  static let entry: UInt32 = 0x0201_4B50
  static let end: UInt32 = 0x0605_4B50
  static let end64: UInt32 = 0x0606_4B50
  static let locator64: UInt32 = 0x0706_4B50
}

/// The directory of a ZIP archive, checked against the file.
struct ZipDirectory {
  private(set) var entries: [ZipArchive.Entry] = []

  /// The bytes after the archive that are none of it.
  let trailingByteCount: Int

  /// The bytes of the directory.
  private let range: Range<Int>

  /// The bytes that one entry takes without its name.
  private static let entryByteCount = 46

  /// The most members that an archive may have.
  static let maximumCount = 1_000_000

  init(_ file: MappedFile) throws(ByteError) {
    let end = try ZipEnd(file)
    guard end.directoryOffset >= 0, end.directoryByteCount >= 0,
      end.directoryByteCount <= end.offset,
      end.directoryOffset <= end.offset - end.directoryByteCount
    else {
      throw ByteError(
        .malformed(
          expected: "a directory before byte \(end.offset)",
          found: "\(end.directoryByteCount) bytes at byte \(end.directoryOffset)"),
        at: end.offset)
    }
    trailingByteCount = end.trailingByteCount
    range = end.directoryOffset..<end.directoryOffset + end.directoryByteCount
    guard 0...Self.maximumCount ~= end.count,
      end.count <= end.directoryByteCount / Self.entryByteCount
    else { throw ByteError(.implausibleSize("\(end.count) members"), at: end.offset) }

    var reader = ByteReader(file: file, range: range)
    entries.reserveCapacity(end.count)
    for _ in 0..<end.count { entries.append(try readEntry(&reader)) }
    guard reader.isAtEnd else {
      throw ByteError(
        .malformed(expected: "\(end.count) members", found: "more in the directory"),
        at: reader.offset)
    }
  }

  private func readEntry(_ reader: inout ByteReader) throws(ByteError) -> ZipArchive.Entry {
    let start = reader.offset
    guard try reader.read(UInt32.self) == ZipSignature.entry else {
      throw ByteError(
        .malformed(expected: "an entry of the directory", found: "something else"), at: start)
    }
    try reader.skip(byteCount: 4)
    let flags = try reader.read(UInt16.self)
    let method = try reader.read(UInt16.self)
    try reader.skip(byteCount: 8)
    var sizes = Sizes(
      packed: UInt64(try reader.read(UInt32.self)), plain: UInt64(try reader.read(UInt32.self)))
    let nameLength = Int(try reader.read(UInt16.self))
    let extraLength = Int(try reader.read(UInt16.self))
    let commentLength = Int(try reader.read(UInt16.self))
    try reader.skip(byteCount: 8)
    sizes.offset = UInt64(try reader.read(UInt32.self))
    let name = try reader.readString(byteCount: nameLength)
    try checkPath(name, at: start)
    var extra = try reader.readSlice(byteCount: extraLength)
    try sizes.widen(&extra)
    try reader.skip(byteCount: commentLength)
    try check(sizes, isStored: method == 0, nameLength: nameLength, at: start)
    return ZipArchive.Entry(
      name: name, method: method, isEncrypted: flags & 1 != 0,
      packedByteCount: Int(sizes.packed), byteCount: Int(sizes.plain),
      headerOffset: Int(sizes.offset), directoryOffset: start)
  }

  /// Refuses names that would lead out of a folder.
  private func checkPath(_ name: String, at offset: Int) throws(ByteError) {
    guard !name.leadsOutOfFolder else {
      throw ByteError(
        .malformed(
          expected: "a path inside the archive", found: "\"\(name.shortened(to: 80))\""),
        at: offset)
    }
  }

  /// Checks that a member lies before the directory.
  private func check(
    _ sizes: Sizes, isStored: Bool, nameLength: Int, at offset: Int
  ) throws(ByteError) {
    let room = UInt64(range.lowerBound)
    let header = UInt64(30 + nameLength)
    guard sizes.packed <= room, sizes.offset <= room, sizes.plain <= UInt64(Int.max),
      header + sizes.packed <= room - sizes.offset
    else {
      throw ByteError(
        .malformed(
          expected: "a member before byte \(room)",
          found: "\(sizes.packed) bytes from byte \(sizes.offset)"), at: offset)
    }
    guard !isStored || sizes.plain == sizes.packed else {
      throw ByteError(
        .malformed(
          expected: "\(sizes.packed) bytes in a stored member", found: "\(sizes.plain)"),
        at: offset)
    }
  }
}

/// The sizes of a member and where it starts; those that do not fit in 32 bits stand elsewhere.
private struct Sizes {
  var packed: UInt64
  var plain: UInt64
  var offset: UInt64 = 0

  private static let isElsewhere = UInt64(UInt32.max)

  /// Takes from the extra fields what did not fit, in ZIP64's order.
  mutating func widen(_ extra: inout ByteReader) throws(ByteError) {
    // Padding for alignment may leave less than a field's head at the end.
    while extra.remaining >= 4 {
      let kind = try extra.read(UInt16.self)
      var field = try extra.readSlice(byteCount: Int(try extra.read(UInt16.self)))
      guard kind == 1 else { continue }
      if plain == Self.isElsewhere { plain = try field.read(UInt64.self) }
      if packed == Self.isElsewhere { packed = try field.read(UInt64.self) }
      if offset == Self.isElsewhere { offset = try field.read(UInt64.self) }
    }
  }
}

extension String {
  fileprivate var leadsOutOfFolder: Bool {
    var path = self
    return path.withUTF8 { $0.leadsOutOfFolder }
  }
}

extension UnsafeBufferPointer<UInt8> {
  /// Whether a path is empty or absolute, goes up, or holds what separates folders elsewhere.
  fileprivate var leadsOutOfFolder: Bool {
    let (slash, dot) = (UInt8(ascii: "/"), UInt8(ascii: "."))
    guard let first, first != slash else { return true }
    var (previous, hasTwoDots) = (slash, false)
    for byte in self {
      if byte == UInt8(ascii: "\\") || byte == 0 { return true }
      hasTwoDots = hasTwoDots || byte == dot && previous == dot
      previous = byte
    }
    return hasTwoDots && split(separator: slash).contains { $0.elementsEqual([dot, dot]) }
  }
}
