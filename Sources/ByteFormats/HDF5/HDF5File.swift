/// The structure of an HDF5 file: groups, datasets and attributes, without the data.
///
/// Read is what Keras files need: superblocks 0 to 3, object headers 1 and 2, groups as symbol tables, as
/// links in the header and as links in a heap, and attributes in headers and heaps. Every object is read
/// when it is asked for. All reading together has a budget, because the structures of a broken file may
/// point at each other.
/// Specification: <https://support.hdfgroup.org/documentation/hdf5/latest/_f_m_t3.html>
public struct HDF5File: Sendable {
  var bytes: HDF5Bytes

  /// Where the header of the root group is.
  public private(set) var root = 0

  /// The messages, links and heap objects that may still be read.
  private var stepsLeft = Self.maximumStepCount

  /// The bytes of text that may still be read.
  private var textLeft = Self.maximumTextByteCount

  /// The heaps of variable-length values that were read, by address.
  var heaps: [Int: HDF5GlobalHeap] = [:]

  public static let maximumStepCount = 2_000_000
  public static let maximumTextByteCount = 32 << 20

  /// The eight bytes with which every HDF5 file starts.
  public static let signature: [UInt8] = [0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A]

  /// Reads the superblock of a file, or of a part of one, such as a member of an archive.
  public init(_ file: MappedFile, range: Range<Int>? = nil) throws(ByteError) {
    bytes = HDF5Bytes(file, range: range)
    var reader = try findSuperblock()
    let version = try reader.expectVersion(0...3, of: "the superblock")
    root = try version < 2 ? readOldSuperblock(version, &reader) : readNewSuperblock(&reader)
  }

  /// Counts work, so that it ends.
  mutating func spend(_ steps: Int = 1, text: Int = 0) throws(ByteError) {
    let (rest, overflow) = stepsLeft.subtractingReportingOverflow(steps)
    guard !overflow, rest >= 0 else {
      throw ByteError(.implausibleSize("more than \(Self.maximumStepCount) parts"), at: bytes.base)
    }
    guard text <= textLeft else {
      throw ByteError(
        .implausibleSize("more than \(Self.maximumTextByteCount) bytes of text"), at: bytes.base)
    }
    stepsLeft = rest
    textLeft -= text
  }
}

// MARK: Superblock

extension HDF5File {
  /// A cursor after the signature, which stands at the start or after a block of the user's.
  private func findSuperblock() throws(ByteError) -> ByteReader {
    var position = 0
    while position <= bytes.range.count - Self.signature.count {
      var reader = try bytes.reader(at: position)
      if try reader.readBytes(byteCount: Self.signature.count) == Self.signature { return reader }
      position = position == 0 ? 512 : position * 2
    }
    throw ByteError(
      .malformed(expected: "the signature of HDF5", found: "something else"),
      at: bytes.range.lowerBound)
  }

  private mutating func readOldSuperblock(
    _ version: UInt8, _ reader: inout ByteReader
  ) throws(ByteError) -> Int {
    try reader.skip(byteCount: 4)
    try readWidths(&reader)
    try reader.skip(byteCount: 1 + 4 + 4 + (version == 1 ? 4 : 0))
    let base = try bytes.readAddress(&reader) ?? 0
    _ = try bytes.readAddress(&reader)
    let end = try bytes.readAddress(&reader)
    _ = try bytes.readAddress(&reader)
    // The root's entry in a symbol table: a name that nobody reads, then the header.
    _ = try bytes.readAddress(&reader)
    let root = try bytes.readRequiredAddress(&reader)
    try setBase(base, end: end, reader.offset)
    return root
  }

  private mutating func readNewSuperblock(_ reader: inout ByteReader) throws(ByteError) -> Int {
    try readWidths(&reader)
    try reader.skip(byteCount: 1)
    let base = try bytes.readAddress(&reader) ?? 0
    _ = try bytes.readAddress(&reader)
    let end = try bytes.readAddress(&reader)
    let root = try bytes.readRequiredAddress(&reader)
    try setBase(base, end: end, reader.offset)
    return root
  }

  private mutating func readWidths(_ reader: inout ByteReader) throws(ByteError) {
    let start = reader.offset
    bytes.addressWidth = Int(try reader.read(UInt8.self))
    bytes.lengthWidth = Int(try reader.read(UInt8.self))
    guard [2, 4, 8].contains(bytes.addressWidth), [2, 4, 8].contains(bytes.lengthWidth) else {
      throw ByteError(
        .unknownCode(
          name: "width of addresses and lengths",
          value: "\(bytes.addressWidth) and \(bytes.lengthWidth)"), at: start)
    }
  }

  private mutating func setBase(
    _ base: Int, end: Int?, _ offset: Int
  ) throws(ByteError) {
    guard base <= bytes.range.count else {
      throw ByteError(.implausibleSize("base address \(base)"), at: offset)
    }
    guard let end, end <= bytes.range.count else {
      throw ByteError(
        .truncated(needed: end ?? Int.max, left: bytes.range.count), at: bytes.range.lowerBound)
    }
    bytes.base = bytes.range.lowerBound + base
  }
}
