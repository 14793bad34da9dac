import ByteFormats
import ModelGraph

/// The type of a tensor as an export states it, and how its elements lie in memory.
struct ExportedTensor: Hashable, Sendable {
  var dataType: DataType
  var sizes: AxisSizes<SymbolicSize>
  var strides: AxisSizes<SymbolicSize>
  var storageOffset: SymbolicSize = .number(0)

  /// Whether autograd makes a gradient of it.
  var needsGradient = false

  /// Whether it has bytes, which tensors on the device `meta` have not.
  var hasData = true
}

extension ExportedTensor {
  var declared: DeclaredType { .tensor(dataType, sizes.replacing(\.dimension)) }

  /// The type with every symbol replaced by its size.
  func declared(_ symbols: [String: Int]) -> DeclaredType {
    .tensor(
      dataType, sizes.replacing { size in size.value(symbols).map { .size($0) } ?? .unknown })
  }

  func shape(_ symbols: [String: Int]) -> Shape? {
    let known = sizes.values(symbols)
    return known.count == sizes.count && known.isPlausible ? known : nil
  }
}

extension AxisSizes<SymbolicSize> {
  /// The numbers for chosen symbols, without what has none.
  func values(_ symbols: [String: Int]) -> [Int] {
    shape ?? compactMap { $0.value(symbols) }
  }
}

extension SymbolicSize {
  fileprivate var dimension: Dimension {
    switch self {
    case .number(let number): .size(number)
    case .unknown: .unknown
    default: .symbol(description)
    }
  }
}

extension ExportedTensor {
  fileprivate enum Key: String, JSONKey {
    case dataType = "dtype"
    case sizes
    case needsGradient = "requires_grad"
    case device, strides
    case storageOffset = "storage_offset"
    case layout
    static let names = JSONKeyNames(of: Key.self)
  }
}

extension SymbolicSize {
  fileprivate enum Key: String, JSONKey {
    case integer = "as_int"
    case expression = "as_expr"
    static let names = JSONKeyNames(of: Key.self)
  }
}

private enum DeviceKey: String, JSONKey {
  case type, index
  static let names = JSONKeyNames(of: DeviceKey.self)
}

extension JSONScanner {
  /// Reads a `tensor_meta`, and the usual value of each symbol it names.
  mutating func readTensor(hints: inout [String: Int]) throws(ByteError) -> ExportedTensor {
    let start = offset
    var dataType: DataType?
    var tensor = ExportedTensor(dataType: .float32, sizes: [], strides: [])
    var known = hints
    try forEachKey(of: ExportedTensor.Key.self) { scanner, key throws(ByteError) in
      switch key {
      case .dataType: dataType = try scanner.readDataType()
      case .sizes: tensor.sizes = try scanner.readSizes(hints: &known)
      case .strides: tensor.strides = try scanner.readSizes(hints: &known)
      case .needsGradient: tensor.needsGradient = try scanner.readBoolean()
      case .device: tensor.hasData = try scanner.readDeviceType() != "meta"
      case .storageOffset: tensor.storageOffset = try scanner.readSymbolicSize(hints: &known)
      case .layout, nil: try scanner.skipValue()
      }
    }
    hints = known
    guard let dataType else {
      throw ByteError(.malformed(expected: "a dtype", found: "none"), at: start)
    }
    tensor.dataType = dataType
    return tensor
  }

  /// Reads a device and gives its type.
  private mutating func readDeviceType() throws(ByteError) -> String? {
    if try takeNull() { return nil }
    var type: String?
    try forEachKey(of: DeviceKey.self) { scanner, key throws(ByteError) in
      guard key == .type else { return try scanner.skipValue() }
      type = try scanner.readString()
    }
    return type
  }

  private mutating func readSizes(
    hints: inout [String: Int]
  ) throws(ByteError) -> AxisSizes<SymbolicSize> {
    var known: Shape = []
    known.reserveCapacity(Self.usualRank)
    try beginArray()
    while try nextElement() {
      let size = try readSymbolicSize(hints: &hints)
      guard let number = size.number else {
        return AxisSizes(try readRestOfSizes(known.map { .number($0) } + [size], hints: &hints))
      }
      known.append(number)
    }
    return AxisSizes(known)
  }

  private mutating func readRestOfSizes(
    _ read: [SymbolicSize], hints: inout [String: Int]
  ) throws(ByteError) -> [SymbolicSize] {
    var sizes = read
    while try nextElement() { sizes.append(try readSymbolicSize(hints: &hints)) }
    return sizes
  }

  /// Most tensors have no more dimensions.
  private static let usualRank = 4

  /// Reads `{"as_int": 3}` or `{"as_expr": {"expr_str": …, "hint": {"as_int": 2}}}`.
  mutating func readSymbolicSize(
    hints: inout [String: Int]
  ) throws(ByteError) -> SymbolicSize {
    let start = offset
    var size = SymbolicSize.unknown("?")
    var hint: Int?
    try forEachKey(of: SymbolicSize.Key.self) { scanner, key throws(ByteError) in
      switch key {
      case .integer: size = .number(try scanner.readInteger())
      case .expression: (size, hint) = try scanner.readExpression()
      case nil: try scanner.skipValue()
      }
    }
    if let number = size.number, number < 0 {
      throw ByteError(.implausibleSize("\(number)"), at: start)
    }
    if case .symbol(let name) = size, let hint, hint > 0 { hints[name] = hints[name] ?? hint }
    return size
  }

  private mutating func readExpression() throws(ByteError) -> (SymbolicSize, hint: Int?) {
    var size = SymbolicSize.unknown("?")
    var hint: Int?
    try forEachKey { scanner, key throws(ByteError) in
      switch key {
      case "expr_str": size = SymbolicSize(expression: try scanner.readString())
      case "hint":
        guard try scanner.peek() == .object else { return try scanner.skipValue() }
        guard case .size(.number(let number)) = try scanner.readArgument() else { return }
        hint = number
      default: try scanner.skipValue()
      }
    }
    return (size, hint)
  }

  private mutating func readDataType() throws(ByteError) -> DataType {
    let start = offset
    let code = try readInteger()
    guard let dataType = DataType(scalarType: code) else {
      throw ByteError(.unknownCode(name: "dtype", value: "\(code)"), at: start)
    }
    return dataType
  }
}

extension DataType {
  /// Makes the type from PyTorch's number for it in exports.
  ///
  /// <https://github.com/pytorch/pytorch/blob/main/torch/_export/serde/schema.py>
  init?(scalarType code: Int) {
    guard let type = Self.byScalarType[code] else { return nil }
    self = type
  }

  private static let byScalarType: [Int: DataType] = [
    1: .uint8, 2: .int8, 3: .int16, 4: .int32, 5: .int64, 6: .float16, 7: .float32,
    8: .float64, 9: .complex32, 10: .complex64, 11: .complex128, 12: .bool, 13: .bfloat16,
    28: .uint16, 29: .float8E4M3FN, 30: .float8E5M2, 31: .float8E4M3FNUZ,
    32: .float8E5M2FNUZ, 33: .float8E8M0, 34: .uint32, 35: .uint64,
  ]
}
