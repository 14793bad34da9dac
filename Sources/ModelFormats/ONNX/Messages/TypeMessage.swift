import ByteFormats
import ModelGraph

/// A name with a type: a `ValueInfoProto`.
struct ValueInfoMessage {
  var name = ""
  var type: DeclaredType?

  init(_ message: ProtobufMessage) throws(ByteError) {
    var message = message
    while let field = try message.next() {
      switch field.number {
      case 1: name = try field.string()
      case 2: type = try DeclaredType(onnx: try field.message())
      default: break
      }
    }
  }
}

extension DeclaredType {
  /// Reads a `TypeProto`; `nil` if it says nothing or names an unknown data type.
  init?(onnx message: ProtobufMessage) throws(ByteError) {
    var type: DeclaredType?
    var message = message
    while let field = try message.next() {
      switch field.number {
      case 1: type = try Self.tensor(try field.message())
      case 4: type = .sequence(try Self.element(try field.message()))
      case 9: type = .optional(try Self.element(try field.message()))
      case 5, 7, 8: type = .other
      default: break
      }
    }
    guard let type else { return nil }
    self = type
  }

  /// The type of a `TypeProto.Tensor`.
  private static func tensor(_ message: ProtobufMessage) throws(ByteError) -> DeclaredType? {
    var dataType: DataType?
    var dimensions: [Dimension]?
    var message = message
    while let field = try message.next() {
      switch field.number {
      case 1: dataType = DataType(onnxCode: try field.integer())
      case 2: dimensions = try shape(try field.message())
      default: break
      }
    }
    return dataType.map { .tensor($0, dimensions.map { AxisSizes($0) }) }
  }

  /// The element type of a sequence or an optional.
  private static func element(_ message: ProtobufMessage) throws(ByteError) -> DeclaredType? {
    var message = message
    var type: DeclaredType?
    while let field = try message.next() {
      if field.number == 1 { type = try DeclaredType(onnx: try field.message()) }
    }
    return type
  }

  /// The axes of a `TensorShapeProto`; `nil`, any rank, if there are more than a tensor can have.
  private static func shape(_ message: ProtobufMessage) throws(ByteError) -> [Dimension]? {
    var dimensions: [Dimension] = []
    var message = message
    while let field = try message.next() {
      guard field.number == 1 else { continue }
      guard dimensions.count < TensorMessage.maximumRank else { return nil }
      dimensions.append(try Dimension(onnx: try field.message()))
    }
    return dimensions
  }
}

extension Dimension {
  /// Reads a `TensorShapeProto.Dimension`.
  ///
  /// Exporters write −1 for a size they do not know. Absurd sizes are kept, for the caller to tell.
  fileprivate init(onnx message: ProtobufMessage) throws(ByteError) {
    self = .unknown
    var message = message
    while let field = try message.next() {
      switch field.number {
      case 1:
        let size = try field.integer()
        self = size < 0 ? .unknown : .size(size)
      case 2:
        let name = try field.string()
        self = name.isEmpty ? .unknown : .symbol(name)
      default: break
      }
    }
  }
}

extension DeclaredType {
  /// Whether the sizes of a tensor that are stated can all be true.
  var isPlausible: Bool {
    switch self {
    case .tensor(_, let dimensions?):
      dimensions.compactMap(\.size).isPlausible
    case .sequence(let element?), .optional(let element?): element.isPlausible
    case .tensor, .sequence, .optional, .other: true
    }
  }

  /// The type without the sizes of a tensor, only their number.
  var withOpenSizes: DeclaredType {
    switch self {
    case .tensor(let dataType, let dimensions):
      .tensor(dataType, dimensions.map { AxisSizes($0.map { _ in .unknown }) })
    case .sequence: .sequence(nil)
    case .optional: .optional(nil)
    case .other: .other
    }
  }
}
