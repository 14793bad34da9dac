/// A small named value beside an object.
public struct HDF5Attribute: Hashable, Sendable {
  public var name: String

  /// The texts of a text or of an array of texts; none for anything else.
  public var texts: [String]
}

extension HDF5File {
  mutating func attribute(_ reader: inout ByteReader) throws(ByteError) -> HDF5Attribute {
    let version = try reader.expectVersion(1...3, of: "an attribute")
    let flags = try reader.read(UInt8.self)
    let nameByteCount = Int(try reader.read(UInt16.self))
    let typeByteCount = Int(try reader.read(UInt16.self))
    let spaceByteCount = Int(try reader.read(UInt16.self))
    if version == 3 { try reader.skip(byteCount: 1) }

    try spend(0, text: nameByteCount)
    let name = try reader.readString(byteCount: nameByteCount).upToZero
    if version == 1 { try reader.skipPadding(after: nameByteCount) }
    var typeBytes = try reader.readSlice(byteCount: typeByteCount)
    if version == 1 { try reader.skipPadding(after: typeByteCount) }
    var space = try reader.readSlice(byteCount: spaceByteCount)
    if version == 1 { try reader.skipPadding(after: spaceByteCount) }

    let isCommitted = version > 1 && flags & 1 != 0
    let type = isCommitted ? try committedType(&typeBytes) : try HDF5Datatype(&typeBytes)
    // A shared dataspace is none that Keras writes; its texts stay unread.
    let shape = version > 1 && flags & 2 != 0 ? nil : try shape(&space)
    return HDF5Attribute(name: name, texts: try texts(type, shape, &reader))
  }

  private mutating func texts(
    _ type: HDF5Datatype, _ shape: [Int]?, _ reader: inout ByteReader
  ) throws(ByteError) -> [String] {
    guard let shape, type.kind == .text || type.kind == .variableText else { return [] }
    var texts: [String] = []
    for _ in 0..<(try count(shape, of: type, in: reader)) {
      try spend()
      if type.kind == .text {
        try spend(0, text: type.byteCount)
        texts.append(try reader.readString(byteCount: type.byteCount).upToZero)
      } else {
        texts.append(try variableText(&reader))
      }
    }
    return texts
  }

  /// The elements of a shape, which must all be there.
  private func count(
    _ shape: [Int], of type: HDF5Datatype, in reader: ByteReader
  ) throws(ByteError) -> Int {
    var count = 1
    for size in shape {
      let (product, overflow) = count.multipliedReportingOverflow(by: size)
      guard !overflow else { throw ByteError(.implausibleSize("\(shape)"), at: reader.offset) }
      count = product
    }
    guard count <= reader.remaining / type.byteCount else {
      let (needed, overflow) = count.multipliedReportingOverflow(by: type.byteCount)
      throw ByteError(
        .truncated(needed: overflow ? .max : needed, left: reader.remaining), at: reader.offset)
    }
    return count
  }

  /// Reads where a text lies in a heap, and then the text.
  private mutating func variableText(_ reader: inout ByteReader) throws(ByteError) -> String {
    let start = reader.offset
    let byteCount = Int(try reader.read(UInt32.self))
    let address = try bytes.readAddress(&reader)
    let index = try reader.read(UInt32.self)
    guard byteCount > 0, let address, address != 0 else { return "" }
    if heaps[address] == nil { heaps[address] = try HDF5GlobalHeap(at: address, of: &self) }
    guard var object = heaps[address]?.objects[index] else {
      throw ByteError(
        .malformed(expected: "object \(index) of a heap", found: "none"), at: start)
    }
    try spend(text: byteCount)
    return try object.readString(byteCount: byteCount).upToZero
  }
}

/// Values of any length, which attributes point at.
struct HDF5GlobalHeap: Sendable {
  private(set) var objects: [UInt32: ByteReader] = [:]

  init(at address: Int, of file: inout HDF5File) throws(ByteError) {
    var reader = try file.bytes.reader(at: address)
    let start = reader.offset
    try reader.expect("GCOL")
    _ = try reader.expectVersion(1...1, of: "a heap")
    try reader.skip(byteCount: 3)
    let byteCount = try file.bytes.readLength(&reader)
    let head = reader.offset - start
    var body = try reader.readSlice(byteCount: max(0, byteCount - head))
    while body.remaining >= 8 + file.bytes.lengthWidth {
      try file.spend()
      let index = try body.read(UInt16.self)
      try body.skip(byteCount: 6)
      let byteCount = try file.bytes.readLength(&body)
      // Object zero is the room that is left.
      guard index != 0 else { return }
      objects[UInt32(index)] = try body.readSlice(byteCount: byteCount)
      try body.skipPadding(after: byteCount)
    }
  }
}

extension String {
  /// The text before the first zero, which pads texts of fixed length.
  fileprivate var upToZero: String {
    guard let zero = utf8.firstIndex(of: 0) else { return self }
    return String(self[..<zero])
  }
}
