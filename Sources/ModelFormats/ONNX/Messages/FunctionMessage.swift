import ByteFormats
import ModelGraph

/// What names a function of the model.
struct FunctionKey: Hashable {
  var domain: String
  var name: String
  var overload: String
}

extension FunctionKey: CustomStringConvertible {
  var description: String {
    let path = domain.isEmpty ? name : "\(domain)::\(name)"
    return overload.isEmpty ? path : "\(path):\(overload)"
  }
}

/// A function that nodes of the model call: a `FunctionProto`.
struct FunctionMessage {
  var key = FunctionKey(domain: "", name: "", overload: "")
  var inputs: [String] = []
  var outputs: [String] = []

  /// What attributes are where a call leaves them out.
  var defaults: [String: AttributeMessage.Content] = [:]
  var operatorSets: [String: Int] = [:]

  /// The message, whose nodes are read at every call.
  let body: ProtobufMessage

  /// The number of the field that holds the nodes.
  static let nodeField = 7

  init(_ message: ProtobufMessage) throws(ByteError) {
    body = message
    var message = message
    while let field = try message.next() { try read(field) }
  }

  private mutating func read(_ field: ProtobufField) throws(ByteError) {
    switch field.number {
    case 1: key.name = try field.string()
    case 4: inputs.append(try field.string())
    case 5: outputs.append(try field.string())
    case 9:
      let set = try field.operatorSet()
      operatorSets[set.domain] = set.version
    case 10: key.domain = try field.string().onnxDomain
    case 11:
      let attribute = try AttributeMessage(try field.message())
      defaults[attribute.name] = attribute.content
    case 13: key.overload = try field.string()
    default: break
    }
  }
}

extension ProtobufField {
  /// The domain and the version of an `OperatorSetIdProto`.
  func operatorSet() throws(ByteError) -> (domain: String, version: Int) {
    var message = try message()
    var set = (domain: "", version: 0)
    while let field = try message.next() {
      switch field.number {
      case 1: set.domain = try field.string().onnxDomain
      case 2: set.version = try field.integer()
      default: break
      }
    }
    return set
  }
}
