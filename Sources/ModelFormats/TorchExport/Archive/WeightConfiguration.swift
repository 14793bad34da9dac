import ByteFormats
import ModelGraph

/// The tensors that an archive lists in `model_weights_config.json` or its twin for constants.
struct WeightConfiguration {
  var entries: [Entry] = []

  struct Entry {
    var name: String

    /// The member that holds the bytes; tied weights name the same one.
    var record: String
    var isPickled: Bool

    /// Whether it has bytes, which tensors on the device `meta` have not: they all name one record.
    var hasData: Bool
    var type: TensorType

    /// The bytes that the elements reach to in the record.
    var extent: Int

    /// Where the file describes it.
    var offset: Int
  }

  init() {}

  init(_ file: MappedFile, _ range: Range<Int>) throws(ByteError) {
    var scanner = JSONScanner(file, range: range)
    var entries: [Entry] = []
    var names: NameSet = []
    var described = KnownTensors()
    try scanner.forEachKey { scanner, key throws(ByteError) in
      guard key == "config" else { return try scanner.skipValue() }
      try scanner.forEachKey { scanner, name throws(ByteError) in
        let start = scanner.offset
        guard names.insert(name).inserted else {
          throw ByteError(
            .malformed(expected: "every tensor once", found: "\(name.quoted) twice"), at: start)
        }
        if let entry = try Self.readEntry(name, &scanner, &described) { entries.append(entry) }
      }
    }
    try scanner.finish()
    self.entries = entries
  }

  /// Reads one entry; `nil` if it is no tensor.
  private static func readEntry(
    _ name: String, _ scanner: inout JSONScanner, _ described: inout KnownTensors
  ) throws(ByteError) -> Entry? {
    let start = scanner.offset
    var record: String?
    var isPickled = false
    var tensor: ExportedTensor?
    var hints: [String: Int] = [:]
    try scanner.forEachKey(of: Key.self) { scanner, key throws(ByteError) in
      switch key {
      case .record: record = try scanner.readString()
      case .isPickled: isPickled = try scanner.readBoolean()
      case .tensor:
        if try !scanner.takeNull() { tensor = try described.read(&scanner, hints: &hints) }
      case .isParameter, nil: try scanner.skipValue()
      }
    }
    guard let record, let tensor else { return nil }
    guard let shape = tensor.shape([:]), let extent = tensor.extent(shape) else {
      throw ByteError(.implausibleSize("of \(name.quoted)"), at: start)
    }
    return Entry(
      name: name, record: record, isPickled: isPickled, hasData: tensor.hasData,
      type: TensorType(tensor.dataType, shape), extent: extent, offset: start)
  }
}

extension WeightConfiguration {
  private enum Key: String, JSONKey {
    case record = "path_name"
    case isParameter = "is_param"
    case isPickled = "use_pickle"
    case tensor = "tensor_meta"
    static let names = JSONKeyNames(of: Key.self)
  }
}

extension ExportedTensor {
  /// The bytes from the start of the storage to after the last element; `nil` if that is too far.
  fileprivate func extent(_ shape: Shape) -> Int? {
    guard shape.elementCount > 0 else { return 0 }
    let offsets = 0..<Shape.maximumElementCount
    guard strides.count == shape.count, var last = storageOffset.number, offsets ~= last else {
      return nil
    }
    for (size, stride) in zip(shape, strides) {
      guard let stride = stride.number else { return nil }
      let (reach, overflow) = (size - 1).multipliedReportingOverflow(by: stride)
      guard !overflow, offsets ~= reach else { return nil }
      last += reach
      guard offsets ~= last else { return nil }
    }
    return dataType.byteCount(ofElements: last + 1).value
  }
}
