/// A file in the FlatBuffers encoding, read in place.
///
/// Nothing is unpacked: a table is a position, and a field is looked up when it is asked for. Every
/// offset leads forward or is checked against the bytes there are, so no file can lead outside
/// itself. The format has no marks of its own that tell a table from other bytes; what a position
/// means is known only to who reads it.
/// Specification: <https://flatbuffers.dev/internals/>
public struct FlatBuffer: Sendable {
  let file: MappedFile

  public init(_ file: MappedFile) { self.file = file }

  public var byteCount: Int { file.byteCount }

  /// The four letters after the first offset that tell the schema, as far as they are there.
  public static func identifier(in firstBytes: [UInt8]) -> [UInt8] {
    Array(firstBytes.dropFirst(4).prefix(4))
  }

  /// The table that the file is about.
  public func root() throws(ByteError) -> FlatTable {
    try table(at: try target(ofOffsetAt: 0))
  }

  func table(at position: Int) throws(ByteError) -> FlatTable {
    let distance = Int(Int32(littleEndian: try load(Int32.self, at: position)))
    let vtable = position - distance
    guard vtable >= 0 else { throw outside(vtable, at: position) }
    let byteCount = Int(UInt16(littleEndian: try load(UInt16.self, at: vtable)))
    guard byteCount >= 4, byteCount % 2 == 0, byteCount <= file.byteCount - vtable else {
      throw ByteError(
        .malformed(
          expected: "a list of fields of 4 to \(max(4, file.byteCount - vtable)) bytes",
          found: "\(byteCount) bytes"), at: vtable)
    }
    return FlatTable(buffer: self, position: position, vtable: vtable, vtableByteCount: byteCount)
  }

  func vector(at position: Int, stride: Int) throws(ByteError) -> FlatVector {
    let count = Int(UInt32(littleEndian: try load(UInt32.self, at: position)))
    let start = position + 4
    guard count <= (file.byteCount - start) / stride else {
      throw ByteError(
        .truncated(needed: count * stride, left: file.byteCount - start), at: position)
    }
    return FlatVector(buffer: self, start: start, count: count, stride: stride)
  }

  /// The position that the offset at a position leads to.
  func target(ofOffsetAt position: Int) throws(ByteError) -> Int {
    let target = position + Int(UInt32(littleEndian: try load(UInt32.self, at: position)))
    guard target > position, target < file.byteCount else { throw outside(target, at: position) }
    return target
  }

  func load<Value: BitwiseCopyable>(
    _ type: Value.Type, at position: Int
  ) throws(ByteError) -> Value {
    let size = MemoryLayout<Value>.size
    guard position >= 0, position <= file.byteCount - size else {
      throw ByteError(
        .truncated(needed: size, left: max(0, file.byteCount - max(0, position))),
        at: max(0, position))
    }
    try file.load(position..<position + size)
    return file.withBytes { $0.loadUnaligned(fromByteOffset: position, as: type) }
  }

  private func outside(_ target: Int, at position: Int) -> ByteError {
    ByteError(
      .malformed(expected: "an offset inside the file", found: "one to byte \(target)"),
      at: position)
  }
}
