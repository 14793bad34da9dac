/// The members of a ZIP archive, read from the directory at its end.
///
/// A stored member is a range of the mapped file. A compressed one is unpacked only by who asks for
/// its contents, and only up to a limit.
/// Specification: <https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT>
public struct ZipArchive: Sendable {
  public let entries: [Entry]

  /// The bytes after the archive that are none of it.
  public let trailingByteCount: Int

  private let file: MappedFile
  private let indices: [String: Int]

  /// A member as the directory lists it.
  public struct Entry: Hashable, Sendable {
    public var name: String

    /// How the contents are packed: 0 stored, 8 deflated.
    public var method: UInt16
    public var isEncrypted: Bool
    public var packedByteCount: Int
    public var byteCount: Int

    /// Where the header before the contents starts.
    public var headerOffset: Int

    /// Where the directory lists the member.
    public var directoryOffset: Int
  }

  /// Reads the directory of a file.
  public init(_ file: MappedFile) throws(ByteError) {
    // The end record and the longest comment after it are looked through at once.
    try file.load(max(0, file.byteCount - (1 << 17))..<file.byteCount)
    let directory = try ZipDirectory(file)
    var indices: [String: Int] = [:]
    indices.reserveCapacity(directory.entries.count)
    for (index, entry) in directory.entries.enumerated() {
      guard indices.updateValue(index, forKey: entry.name) == nil else {
        throw ByteError(
          .malformed(
            expected: "every name once", found: "\"\(entry.name.shortened(to: 80))\" twice"),
          at: entry.directoryOffset)
      }
    }
    self.file = file
    self.indices = indices
    entries = directory.entries
    trailingByteCount = directory.trailingByteCount
  }

  /// The member of a name.
  public subscript(name: String) -> Entry? { indices[name].map { entries[$0] } }
}

extension ZipArchive {
  /// Finds the bytes of a stored member in the file.
  ///
  /// - Throws: ``ByteError`` if the member is packed, or if its own header contradicts the directory.
  public func range(of entry: Entry) throws(ByteError) -> Range<Int> {
    guard entry.method == 0 else { throw notStored(entry) }
    return try packedRange(of: entry)
  }

  /// The contents of a member: a stretch of the file, or bytes that were unpacked.
  ///
  /// - Throws: ``ByteError`` if they are packed in an unknown way or are more bytes than the limit.
  public func contents(
    of entry: Entry, limit: Int
  ) throws(ByteError) -> (file: MappedFile, range: Range<Int>) {
    if entry.method == 0 { return (file, try range(of: entry)) }
    guard entry.method == 8 else { throw notStored(entry) }
    let packed = ByteReader(file: file, range: try packedRange(of: entry))
    let bytes = try Inflater.unpack(packed, limit: min(limit, entry.byteCount))
    guard bytes.count == entry.byteCount else {
      throw ByteError(
        .malformed(expected: "\(entry.byteCount) bytes unpacked", found: "\(bytes.count)"),
        at: entry.headerOffset)
    }
    return (MappedFile(bytes, path: file.path), bytes.indices)
  }

  private func packedRange(of entry: Entry) throws(ByteError) -> Range<Int> {
    guard !entry.isEncrypted else { throw notStored(entry) }
    var reader = ByteReader(file: file, range: entry.headerOffset..<file.byteCount)
    guard try reader.read(UInt32.self) == ZipSignature.header else {
      throw ByteError(
        .malformed(expected: "the header of a member", found: "something else"),
        at: entry.headerOffset)
    }
    try reader.skip(byteCount: 22)
    let nameLength = Int(try reader.read(UInt16.self))
    let extraLength = Int(try reader.read(UInt16.self))
    let name = try reader.readString(byteCount: nameLength)
    guard name == entry.name else {
      throw ByteError(
        .malformed(
          expected: "\"\(entry.name.shortened(to: 80))\" as in the directory",
          found: "\"\(name.shortened(to: 80))\""), at: entry.headerOffset)
    }
    try reader.skip(byteCount: extraLength)
    let start = reader.offset
    try reader.skip(byteCount: entry.packedByteCount)
    return start..<start + entry.packedByteCount
  }

  private func notStored(_ entry: Entry) -> ByteError {
    let found =
      entry.isEncrypted ? "an encrypted one" : "one packed with method \(entry.method)"
    return ByteError(
      .malformed(
        expected: "a stored member for \"\(entry.name.shortened(to: 80))\"", found: found),
      at: entry.directoryOffset)
  }
}
