import ByteFormats
import ModelGraph

/// What stands in a safetensors file before the data.
struct SafetensorsHeader {
  var entries: [Entry] = []
  var metadata: Attributes = [:]

  /// Where the data starts.
  var dataStart: Int
  var log = DiagnosticLog()

  struct Entry {
    var name: String
    var type: TensorType

    /// The bytes, counted from the start of the data.
    var range: Range<Int>
  }

  /// The longest header that is read; the reference implementation takes 100,000,000 bytes.
  static let maximumByteCount = 64 << 20

  /// The most axes of a tensor; frameworks know 64.
  static let maximumRank = 100_000

  /// The most tensors of one file, several times those of the largest published model.
  static let maximumTensorCount = 1 << 17

  /// The most pairs of the metadata that are kept; some tools store training logs there.
  static let maximumMetadataCount = 256

  init(_ file: MappedFile) throws(ByteError) {
    var reader = ByteReader(file)
    let length = try reader.read(UInt64.self)
    guard length <= Self.maximumByteCount else {
      throw ByteError(.implausibleSize("\(length) bytes of header"))
    }
    guard length <= reader.remaining else {
      throw ByteError(.truncated(needed: Int(length), left: reader.remaining), at: reader.offset)
    }
    dataStart = reader.offset + Int(length)
    var scanner = JSONScanner(file, range: reader.offset..<dataStart)
    try readEntries(&scanner)
    try scanner.finish()
  }

  private mutating func readEntries(_ scanner: inout JSONScanner) throws(ByteError) {
    var names: Set<String> = []
    // An entry takes about a hundred bytes.
    names.reserveCapacity((scanner.end - scanner.offset) / 100)
    try scanner.beginObject()
    while true {
      let start = scanner.offset
      guard let name = try scanner.nextKey() else { return }
      guard names.insert(name).inserted else {
        throw ByteError(
          .malformed(expected: "every tensor once", found: "\(name.quoted) twice"), at: start)
      }
      if name == "__metadata__" {
        try readMetadata(&scanner)
      } else {
        guard entries.count < Self.maximumTensorCount else {
          throw ByteError(
            .implausibleSize("more than \(Self.maximumTensorCount) tensors"), at: start)
        }
        entries.append(try readEntry(name, &scanner))
      }
    }
  }
}

// MARK: Tensors

extension SafetensorsHeader {
  private mutating func readEntry(
    _ name: String, _ scanner: inout JSONScanner
  ) throws(ByteError) -> Entry {
    let start = scanner.offset
    var dataType: DataType?
    var shape: Shape?
    var offsets: [Int]?
    try scanner.beginObject()
    while let key = try scanner.nextKey() {
      switch key {
      case "dtype": dataType = try readDataType(&scanner)
      case "shape": shape = try readSizes(&scanner)
      case "data_offsets": offsets = try readSizes(&scanner)
      default:
        log.add(
          .note, "unknownKey", "the key \(key.quoted) of \(name.quoted) is not of the format")
        try scanner.skipValue()
      }
    }
    guard let dataType, let shape, let offsets, offsets.count == 2 else {
      throw ByteError(
        .malformed(
          expected: "dtype, shape and two data_offsets", found: "less, for \(name.quoted)"),
        at: start)
    }
    let type = TensorType(dataType, shape)
    return Entry(name: name, type: type, range: try range(offsets, of: type, name, at: start))
  }

  /// The bytes of a tensor, if they are as many as its type needs.
  private func range(
    _ offsets: [Int], of type: TensorType, _ name: String, at start: Int
  ) throws(ByteError) -> Range<Int> {
    guard type.shape.isPlausible else {
      throw ByteError(.implausibleSize("of the shape of \(name.quoted)"), at: start)
    }
    let needed = type.byteCount.value
    let layout = type.dataType.layout
    guard offsets[0] <= offsets[1], offsets[1] - offsets[0] == needed,
      type.elementCount % layout.elements == 0
    else {
      throw ByteError(
        .malformed(
          expected: "\(needed) bytes for \(name.quoted)",
          found: "data from \(offsets[0]) to \(offsets[1])"), at: start)
    }
    return offsets[0]..<offsets[1]
  }

  private func readDataType(_ scanner: inout JSONScanner) throws(ByteError) -> DataType {
    let start = scanner.offset
    let code = try scanner.readString()
    guard let dataType = DataType(safetensorsCode: code) else {
      throw ByteError(.unknownCode(name: "dtype", value: code.quoted), at: start)
    }
    return dataType
  }

  private func readSizes(_ scanner: inout JSONScanner) throws(ByteError) -> [Int] {
    var sizes: [Int] = []
    sizes.reserveCapacity(2)
    try scanner.beginArray()
    while try scanner.nextElement() {
      let start = scanner.offset
      let size = try scanner.readInteger()
      guard size >= 0 else { throw ByteError(.implausibleSize("\(size)"), at: start) }
      guard sizes.count < Self.maximumRank else {
        throw ByteError(.implausibleSize("more than \(Self.maximumRank) axes"), at: start)
      }
      sizes.append(size)
    }
    return sizes
  }
}

// MARK: Metadata

extension SafetensorsHeader {
  /// Keeps the pairs of texts; anything else is reported and passed over.
  private mutating func readMetadata(_ scanner: inout JSONScanner) throws(ByteError) {
    guard try scanner.peek() == .object else {
      log.add(.warning, "badMetadata", "__metadata__ is no object and is ignored")
      return try scanner.skipValue()
    }
    try scanner.beginObject()
    while let key = try scanner.nextKey() {
      guard try scanner.peek() == .string else {
        log.add(.warning, "badMetadata", "the metadata \(key.quoted) is no text and is ignored")
        try scanner.skipValue()
        continue
      }
      let text = try scanner.readString()
      guard metadata.entries.count < Self.maximumMetadataCount else { continue }
      metadata[key] = .string(text)
    }
  }
}

extension DataType {
  /// Makes the type from its name in the header.
  fileprivate init?(safetensorsCode code: String) {
    switch code {
    case "BOOL": self = .bool
    case "U8": self = .uint8
    case "I8": self = .int8
    case "U16": self = .uint16
    case "I16": self = .int16
    case "U32": self = .uint32
    case "I32": self = .int32
    case "U64": self = .uint64
    case "I64": self = .int64
    case "F16": self = .float16
    case "BF16": self = .bfloat16
    case "F32": self = .float32
    case "F64": self = .float64
    case "C64": self = .complex64
    case "F8_E4M3": self = .float8E4M3FN
    case "F8_E4M3FNUZ": self = .float8E4M3FNUZ
    case "F8_E5M2": self = .float8E5M2
    case "F8_E5M2FNUZ": self = .float8E5M2FNUZ
    case "F8_E8M0": self = .float8E8M0
    case "F6_E2M3": self = .float6E2M3FN
    case "F6_E3M2": self = .float6E3M2FN
    case "F4": self = .float4E2M1
    default: return nil
    }
  }
}
