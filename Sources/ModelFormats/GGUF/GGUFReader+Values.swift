import ByteFormats
import ModelGraph

extension GGUFReader {
  /// Reads a value; a list that is not kept is passed over and gives `nil`.
  mutating func readValue(_ kind: GGUFValueKind) throws(ByteError) -> AttributeValue? {
    switch kind {
    case .uint8: .integer(Int(try bytes.read(UInt8.self)))
    case .int8: .integer(Int(try bytes.read(Int8.self)))
    case .uint16: .integer(Int(ordered(try bytes.read(UInt16.self))))
    case .int16: .integer(Int(ordered(try bytes.read(Int16.self))))
    case .uint32: .integer(Int(try readUInt32()))
    case .int32: .integer(Int(Int32(bitPattern: try readUInt32())))
    case .float32: .float(Double(Float(bitPattern: try readUInt32())))
    case .bool: .integer(try bytes.read(UInt8.self) == 0 ? 0 : 1)
    case .string: .string(try readString())
    case .array: try readList()
    case .uint64: unsigned(try readUInt64())
    case .int64: .integer(Int(truncatingIfNeeded: try readUInt64()))
    case .float64: .float(Double(bitPattern: try readUInt64()))
    }
  }

  private func ordered<Integer: FixedWidthInteger>(_ value: Integer) -> Integer {
    order == .little ? value : value.byteSwapped
  }

  private func unsigned(_ value: UInt64) -> AttributeValue {
    Int(exactly: value).map { .integer($0) } ?? .string("\(value)")
  }

  /// Reads a short list of numbers; passes over any other.
  private mutating func readList() throws(ByteError) -> AttributeValue? {
    let (kind, count) = try readListHead()
    guard count <= GGUFMetadata.maximumListCount, kind.byteCount != nil else {
      try skipElements(kind, count: count, depth: 1)
      return nil
    }
    var integers: [Int] = []
    var floats: [Double] = []
    for _ in 0..<count {
      switch try readValue(kind) {
      case .integer(let value)?: integers.append(value)
      case .float(let value)?: floats.append(value)
      default: break
      }
    }
    return floats.isEmpty ? .integers(integers) : .floats(floats)
  }
}

// MARK: Passing over

extension GGUFReader {
  mutating func skipValue(_ kind: GGUFValueKind, depth: Int = 0) throws(ByteError) {
    switch kind {
    case .string: try bytes.skipTexts(1, width, order)
    case .array:
      guard depth < GGUFMetadata.maximumDepth else {
        throw ByteError(.tooDeep(limit: GGUFMetadata.maximumDepth), at: bytes.offset)
      }
      let (element, count) = try readListHead()
      try skipElements(element, count: count, depth: depth + 1)
    default: try bytes.skip(byteCount: kind.byteCount ?? 0)
    }
  }

  /// Reads the type of the elements and how many there are, at most as many as fit in the file.
  private mutating func readListHead() throws(ByteError) -> (kind: GGUFValueKind, count: Int) {
    let kind = try GGUFValueKind(from: &self)
    // A text has at least its length, a list also the type of its elements.
    let least = kind.byteCount ?? (kind == .string ? width.rawValue : width.rawValue + 4)
    return (kind, try readCount(ofAtLeast: least))
  }

  private mutating func skipElements(
    _ kind: GGUFValueKind, count: Int, depth: Int
  ) throws(ByteError) {
    if let size = kind.byteCount { return try bytes.skip(byteCount: count * size) }
    try spend(count)
    if kind == .string { return try bytes.skipTexts(count, width, order) }
    for _ in 0..<count { try skipValue(kind, depth: depth) }
  }
}
