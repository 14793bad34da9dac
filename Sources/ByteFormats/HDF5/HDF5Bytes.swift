/// The bytes of an HDF5 file, found by the addresses that the file writes down.
///
/// Specification: <https://support.hdfgroup.org/documentation/hdf5/latest/_f_m_t3.html>
struct HDF5Bytes: Sendable {
  let file: MappedFile

  /// The part of the mapped file that is the HDF5 file.
  let range: Range<Int>

  /// The widths of addresses and of lengths.
  var addressWidth = 8
  var lengthWidth = 8

  /// What all addresses count from, a position in the mapped file.
  var base: Int

  init(_ file: MappedFile, range: Range<Int>? = nil) {
    self.file = file
    self.range = (range ?? 0..<file.byteCount).clamped(to: 0..<file.byteCount)
    base = self.range.lowerBound
  }

  /// A cursor from an address to the end of the file.
  func reader(at address: Int) throws(ByteError) -> ByteReader {
    guard 0...(range.upperBound - base) ~= address else {
      throw ByteError(
        .malformed(
          expected: "an address below \(range.upperBound - base)", found: "\(address)"),
        at: base)
    }
    return ByteReader(file: file, range: base + address..<range.upperBound)
  }

  /// A cursor over a number of bytes from an address.
  func reader(at address: Int, byteCount: Int) throws(ByteError) -> ByteReader {
    var rest = try reader(at: address)
    return try rest.readSlice(byteCount: byteCount)
  }

  /// Reads an address; `nil` if it is the one that means none.
  func readAddress(_ reader: inout ByteReader) throws(ByteError) -> Int? {
    let start = reader.offset
    let value = try reader.readUnsigned(byteCount: addressWidth)
    guard value != UInt64.max >> UInt64(64 - 8 * addressWidth) else { return nil }
    guard value <= UInt64(Int.max) else { throw ByteError(.implausibleSize("\(value)"), at: start) }
    return Int(value)
  }

  /// Reads an address that must be there.
  func readRequiredAddress(_ reader: inout ByteReader) throws(ByteError) -> Int {
    let start = reader.offset
    guard let address = try readAddress(&reader) else {
      throw ByteError(.malformed(expected: "an address", found: "none"), at: start)
    }
    return address
  }

  /// Reads a length.
  func readLength(_ reader: inout ByteReader) throws(ByteError) -> Int {
    try reader.readSize(byteCount: lengthWidth)
  }
}

extension ByteReader {
  /// Reads a little-endian integer of one to eight bytes.
  mutating func readUnsigned(byteCount: Int) throws(ByteError) -> UInt64 {
    let start = offset
    let bytes = try readBytes(byteCount: byteCount)
    guard bytes.count <= 8 else {
      throw ByteError(.implausibleSize("\(byteCount) bytes of an integer"), at: start)
    }
    return bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }

  /// Reads a little-endian size of one to eight bytes.
  mutating func readSize(byteCount: Int) throws(ByteError) -> Int {
    let start = offset
    let value = try readUnsigned(byteCount: byteCount)
    guard value <= UInt64(Int.max) else { throw ByteError(.implausibleSize("\(value)"), at: start) }
    return Int(value)
  }

  /// Passes over the mark with which a structure begins.
  mutating func expect(_ mark: StaticString) throws(ByteError) {
    let start = offset
    let found = try readBytes(byteCount: mark.utf8CodeUnitCount)
    guard mark.withUTF8Buffer({ $0.elementsEqual(found) }) else {
      throw ByteError(.malformed(expected: "the mark \(mark)", found: "something else"), at: start)
    }
  }

  /// Passes over a version, which must be one of those given.
  mutating func expectVersion(
    _ versions: ClosedRange<UInt8>, of what: String
  ) throws(ByteError) -> UInt8 {
    let start = offset
    let version = try read(UInt8.self)
    guard versions ~= version else {
      throw ByteError(.unknownCode(name: "version of \(what)", value: "\(version)"), at: start)
    }
    return version
  }

  /// Passes over what fills a part up to a multiple of eight bytes.
  mutating func skipPadding(after byteCount: Int) throws(ByteError) {
    let padding = (8 - byteCount % 8) % 8
    try skip(byteCount: min(padding, remaining))
  }
}
