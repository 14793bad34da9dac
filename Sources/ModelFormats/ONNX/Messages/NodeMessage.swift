import ByteFormats
import ModelGraph

/// One use of an operator as the file writes it: a `NodeProto`.
struct NodeMessage {
  var name = ""
  var operatorType = ""
  var domain = ""
  var overload = ""
  var inputs: [String] = []
  var outputs: [String] = []

  /// The attributes, not yet read.
  var attributes: [ProtobufMessage] = []

  /// The modules around the node, outermost first, as PyTorch's exporter writes them.
  var scopes: String?

  /// More attributes than any operator has.
  static let maximumAttributeCount = 256

  init(_ message: ProtobufMessage) throws(ByteError) {
    var message = message
    while let field = try message.next() { try read(field) }
  }

  private mutating func read(_ field: ProtobufField) throws(ByteError) {
    switch field.number {
    case 1: inputs.append(try field.string())
    case 2: outputs.append(try field.string())
    case 3: name = try field.string()
    case 4: operatorType = try field.string()
    case 5:
      guard attributes.count < Self.maximumAttributeCount else {
        throw ByteError(
          .implausibleSize("more than \(Self.maximumAttributeCount) attributes of one node"),
          at: field.offset)
      }
      attributes.append(try field.message())
    case 7: domain = try field.string().onnxDomain
    case 8: overload = try field.string()
    case 9: try readMetadata(field)
    default: break
    }
  }

  private mutating func readMetadata(_ field: ProtobufField) throws(ByteError) {
    var message = try field.message()
    guard let key = try message.next(), key.number == 1,
      try key.string() == "pkg.torch.onnx.name_scopes",
      let value = try message.next(), value.number == 2
    else { return }
    scopes = try value.string()
  }

  var key: FunctionKey {
    FunctionKey(domain: domain, name: operatorType, overload: overload)
  }
}

extension NodeMessage {
  /// The names of a node's outputs, read without the rest of it.
  static func outputs(_ message: ProtobufMessage) throws(ByteError) -> [String] {
    var outputs: [String] = []
    var message = message
    while let field = try message.next() {
      if field.number == 2 { outputs.append(try field.string()) }
    }
    return outputs
  }
}

extension String {
  /// The domain of operators under the name that this package uses for it.
  var onnxDomain: String { self == "ai.onnx" ? "" : self }
}
