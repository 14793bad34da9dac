/// The type of the elements of a dataset or an attribute.
public struct HDF5Datatype: Hashable, Sendable {
  public var kind: Kind

  /// The bytes of one element.
  public var byteCount: Int

  public indirect enum Kind: Hashable, Sendable {
    case integer(isSigned: Bool)

    /// A number with this many bits for the exponent.
    case float(exponent: Int)

    /// Text of a fixed length.
    case text

    /// Text of any length, which lies in a heap.
    case variableText
    case opaque

    /// Names for the values of an integer type; h5py writes truth values so.
    case enumeration(names: [String])

    /// Members with types of their own; h5py writes complex numbers so.
    case compound([HDF5Datatype])
    case other(code: UInt8)
  }
}

extension HDF5Datatype {
  /// Nesting deeper than any that a model file has.
  private static let maximumDepth = 8

  /// More members than any type of a model file has.
  private static let maximumMemberCount = 256

  /// Reads a type and leaves the cursor somewhere behind it.
  init(_ reader: inout ByteReader, depth: Int = 0) throws(ByteError) {
    let start = reader.offset
    guard depth < Self.maximumDepth else {
      throw ByteError(.tooDeep(limit: Self.maximumDepth), at: start)
    }
    let code = try reader.read(UInt8.self)
    let bits = try reader.readUnsigned(byteCount: 3)
    byteCount = Int(try reader.read(UInt32.self))
    guard byteCount > 0 else { throw ByteError(.implausibleSize("0 bytes of a type"), at: start) }
    switch code & 0x0F {
    case 0:
      try reader.skip(byteCount: 4)
      kind = .integer(isSigned: bits & 0x08 != 0)
    case 1:
      try reader.skip(byteCount: 5)
      let exponent = Int(try reader.read(UInt8.self))
      try reader.skip(byteCount: 6)
      kind = .float(exponent: exponent)
    case 3: kind = .text
    case 5: kind = .opaque
    case 6: kind = try Self.compound(code >> 4, Int(bits & 0xFFFF), byteCount, &reader, depth)
    case 8: kind = try Self.enumeration(code >> 4, Int(bits & 0xFFFF), &reader, depth)
    case 9 where bits & 0x0F == 1: kind = .variableText
    default: kind = .other(code: code & 0x0F)
    }
  }

  private static func compound(
    _ version: UInt8, _ count: Int, _ byteCount: Int, _ reader: inout ByteReader, _ depth: Int
  ) throws(ByteError) -> Kind {
    guard count <= maximumMemberCount else {
      throw ByteError(.implausibleSize("\(count) members of a type"), at: reader.offset)
    }
    var members: [HDF5Datatype] = []
    for _ in 0..<count {
      try skipName(version, &reader)
      switch version {
      case 3...: try reader.skip(byteCount: offsetWidth(byteCount))
      case 2: try reader.skip(byteCount: 4)
      default: try reader.skip(byteCount: 4 + 28)
      }
      members.append(try HDF5Datatype(&reader, depth: depth + 1))
    }
    return .compound(members)
  }

  private static func enumeration(
    _ version: UInt8, _ count: Int, _ reader: inout ByteReader, _ depth: Int
  ) throws(ByteError) -> Kind {
    guard count <= maximumMemberCount else {
      throw ByteError(.implausibleSize("\(count) names of a type"), at: reader.offset)
    }
    _ = try HDF5Datatype(&reader, depth: depth + 1)
    var names: [String] = []
    for _ in 0..<count { names.append(try skipName(version, &reader)) }
    return .enumeration(names: names)
  }

  /// The fewest bytes that hold an offset inside a type.
  private static func offsetWidth(_ byteCount: Int) -> Int {
    (Int.bitWidth - byteCount.leadingZeroBitCount + 7) / 8
  }

  /// Passes over a name; before version 3 it is filled up to eight bytes.
  @discardableResult
  private static func skipName(
    _ version: UInt8, _ reader: inout ByteReader
  ) throws(ByteError) -> String {
    var look = reader
    var count = 0
    while try look.read(UInt8.self) != 0 { count += 1 }
    let name = try reader.readString(byteCount: count)
    try reader.skip(byteCount: 1)
    if version < 3 { try reader.skipPadding(after: count + 1) }
    return name
  }
}
