/// What a dataset is: the type and the sizes of an array, and the bytes it takes in the file.
public struct HDF5Dataset: Hashable, Sendable {
  public var type: HDF5Datatype

  /// The sizes of the axes; `nil` for a dataset that holds nothing at all.
  public var shape: [Int]?
  public var layout: Layout

  public enum Layout: Hashable, Sendable {
    /// In the header itself.
    case compact(byteCount: Int)

    /// In one run; without a position nothing was written yet.
    case contiguous(position: Int?, byteCount: Int)

    /// In blocks that an index finds.
    case chunked

    /// Made of parts of other files.
    case virtual
  }
}

extension HDF5File {
  mutating func dataset(
    _ header: HDF5ObjectHeader, _ layout: HDF5Message
  ) throws(ByteError) -> HDF5Dataset {
    guard let dataspace = header.first(.dataspace), let datatype = header.first(.datatype) else {
      throw ByteError(
        .malformed(expected: "a type and sizes of a dataset", found: "none"),
        at: layout.contents.offset)
    }
    var sizes = dataspace.contents
    var contents = layout.contents
    return HDF5Dataset(
      type: try self.datatype(datatype), shape: try shape(&sizes),
      layout: try self.layout(&contents))
  }

  /// The type that a message says, or that it says where to find.
  private mutating func datatype(_ message: HDF5Message) throws(ByteError) -> HDF5Datatype {
    var contents = message.contents
    try spend(1 + contents.remaining / 8)
    return message.isShared
      ? try committedType(&contents) : try HDF5Datatype(&contents)
  }

  /// A type that has a header of its own.
  mutating func committedType(_ reader: inout ByteReader) throws(ByteError) -> HDF5Datatype {
    let start = reader.offset
    let version = try reader.expectVersion(1...3, of: "a shared message")
    let kind = try reader.read(UInt8.self)
    if version == 1 { try reader.skip(byteCount: 6) }
    guard version < 3 || kind == 2 else {
      throw ByteError(.unknownCode(name: "kind of shared message", value: "\(kind)"), at: start)
    }
    let header = try HDF5ObjectHeader(at: try bytes.readRequiredAddress(&reader), of: &self)
    guard let message = header.first(.datatype), !message.isShared else {
      throw ByteError(.malformed(expected: "a type", found: "none"), at: start)
    }
    var contents = message.contents
    // Many objects may share one long type.
    try spend(1 + contents.remaining / 8)
    return try HDF5Datatype(&contents)
  }

  /// The sizes of the axes; `nil` for a space without elements.
  func shape(_ reader: inout ByteReader) throws(ByteError) -> [Int]? {
    let start = reader.offset
    let version = try reader.expectVersion(1...2, of: "a dataspace")
    let rank = Int(try reader.read(UInt8.self))
    guard rank <= 32 else { throw ByteError(.implausibleSize("\(rank) axes"), at: start) }
    try reader.skip(byteCount: 1)
    let kind = try reader.read(UInt8.self)
    if version == 1 { try reader.skip(byteCount: 4) }
    if version == 2, kind == 2 { return nil }
    var shape: [Int] = []
    for _ in 0..<rank { shape.append(try bytes.readLength(&reader)) }
    return shape
  }

  private func layout(_ reader: inout ByteReader) throws(ByteError) -> HDF5Dataset.Layout {
    let start = reader.offset
    let version = try reader.expectVersion(1...5, of: "a layout")
    let rank = version < 3 ? Int(try reader.read(UInt8.self)) : 0
    let kind = try reader.read(UInt8.self)
    if version < 3 { return try oldLayout(kind, rank, &reader, at: start) }
    switch kind {
    case 0: return .compact(byteCount: Int(try reader.read(UInt16.self)))
    case 1:
      let address = try bytes.readAddress(&reader)
      return try contiguous(at: address, byteCount: try bytes.readLength(&reader), start)
    case 2: return .chunked
    case 3: return .virtual
    default: throw ByteError(.unknownCode(name: "layout", value: "\(kind)"), at: start)
    }
  }

  /// A layout of the first versions, which give the sizes of the axes instead of bytes.
  private func oldLayout(
    _ kind: UInt8, _ rank: Int, _ reader: inout ByteReader, at start: Int
  ) throws(ByteError) -> HDF5Dataset.Layout {
    try reader.skip(byteCount: 5)
    let address = kind == 0 ? nil : try bytes.readAddress(&reader)
    var byteCount = 1
    for _ in 0..<rank {
      let (product, overflow) = byteCount.multipliedReportingOverflow(
        by: Int(try reader.read(UInt32.self)))
      guard !overflow else { throw ByteError(.implausibleSize("of a layout"), at: start) }
      byteCount = product
    }
    switch kind {
    case 0: return .compact(byteCount: byteCount)
    case 1: return try contiguous(at: address, byteCount: byteCount, start)
    case 2: return .chunked
    default: throw ByteError(.unknownCode(name: "layout", value: "\(kind)"), at: start)
    }
  }

  private func contiguous(
    at address: Int?, byteCount: Int, _ start: Int
  ) throws(ByteError) -> HDF5Dataset.Layout {
    guard let address else { return .contiguous(position: nil, byteCount: byteCount) }
    let room = bytes.range.upperBound - bytes.base
    guard address <= room, byteCount <= room - address else {
      throw ByteError(
        .truncated(needed: byteCount, left: max(0, room - min(address, room))), at: start)
    }
    return .contiguous(position: bytes.base + address, byteCount: byteCount)
  }
}
