import ByteFormats

/// The outermost message of a file: a `ModelProto`.
struct ModelMessage {
  var version = 0
  var operatorSets: [String: Int] = [:]
  var graph: ProtobufMessage?
  var functions: [FunctionKey: FunctionMessage] = [:]

  init(_ message: ProtobufMessage) throws(ByteError) {
    var message = message
    while let field = try message.next() { try read(field) }
  }

  private mutating func read(_ field: ProtobufField) throws(ByteError) {
    switch field.number {
    case 1: version = try field.integer()
    case 7: graph = try field.message()
    case 8:
      let set = try field.operatorSet()
      operatorSets[set.domain] = set.version
    case 25:
      let function = try FunctionMessage(try field.message())
      functions[function.key] = function
    default: break
    }
  }
}
