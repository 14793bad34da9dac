import ByteFormats
import ModelGraph

/// A named attribute of a node: an `AttributeProto`.
struct AttributeMessage {
  var name = ""

  /// The attribute of the function around the node that stands for this one.
  var reference = ""
  var content = Content.absent

  /// What an attribute holds: something at hand, or a message to be read when it is needed.
  enum Content {
    case value(AttributeValue)
    case tensor(ProtobufMessage)
    case sparseTensor(ProtobufMessage)
    case graph(ProtobufMessage)
    case absent
  }

  /// Longer lists, such as the nodes of a decision forest, are not followed.
  static let maximumListCount = TensorValue.maximumElementCount

  init(_ message: ProtobufMessage) throws(ByteError) {
    var parts = Parts()
    var message = message
    while let field = try message.next() {
      switch field.number {
      case 1: name = try field.string()
      case 21: reference = try field.string()
      default: try parts.read(field)
      }
    }
    content = parts.content
  }
}

/// The fields of an attribute, of which the type tells the one that counts.
private struct Parts {
  var type = 0
  var single: AttributeMessage.Content?
  var integers: [Int] = []
  var floats: [Double] = []
  var strings: [String] = []
  var isTooLong = false

  mutating func read(_ field: ProtobufField) throws(ByteError) {
    let limit = AttributeMessage.maximumListCount
    switch field.number {
    case 20: type = try field.integer()
    case 2: single = .value(.float(Double(try field.float())))
    case 3: single = .value(.integer(try field.integer()))
    case 4: single = .value(.string(try field.string()))
    case 5: single = .tensor(try field.message())
    case 6: single = .graph(try field.message())
    case 14: single = try DeclaredType(onnx: try field.message()).map { .value(.type($0)) }
    case 22: single = .sparseTensor(try field.message())
    case 7: isTooLong = try !field.append(to: &floats, atMost: limit) || isTooLong
    case 8: isTooLong = try !field.append(to: &integers, atMost: limit) || isTooLong
    case 9:
      if strings.count < limit { strings.append(try field.string()) } else { isTooLong = true }
    case 10, 11, 15, 23: single = .value(.opaque)
    default: break
    }
  }

  /// The content, by what is there; the declared type decides where a default was left out.
  ///
  /// Files of the first versions declare no type, and writers leave out zeros and empty lists.
  var content: AttributeMessage.Content {
    if isTooLong { return .value(.opaque) }
    if let single { return single }
    if !integers.isEmpty { return .value(.integers(integers)) }
    if !floats.isEmpty { return .value(.floats(floats)) }
    if !strings.isEmpty { return .value(.strings(strings)) }
    switch type {
    case 1: return .value(.float(0))
    case 2: return .value(.integer(0))
    case 3: return .value(.string(""))
    case 6: return .value(.floats([]))
    case 7: return .value(.integers([]))
    case 8: return .value(.strings([]))
    default: return .absent
    }
  }
}
