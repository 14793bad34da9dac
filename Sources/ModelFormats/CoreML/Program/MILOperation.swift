import ByteFormats
import ModelGraph

/// One operation of a program: what it reads by name, and what it makes.
struct MILOperation {
  var type = ""

  /// For each parameter of the operation, the values bound to it.
  var inputs: [String: [Binding]] = [:]
  var outputs: [Output] = []
  var attributes: [String: MILValue] = [:]

  /// What branches and loops do inside.
  var blocks: [ProtobufMessage] = []

  enum Binding {
    case name(String)
    case value(MILValue)
  }

  struct Output {
    var name = ""
    var type = MILType()
  }

  init(_ message: ProtobufMessage) throws(ByteError) {
    var message = message
    while let field = try message.next() {
      switch field.number {
      case 1: type = try field.string()
      case 2:
        let (key, bindings) = try Self.argument(try field.message())
        inputs[key] = bindings
      case 3: outputs.append(try Output(try field.message()))
      case 4: blocks.append(try field.message())
      case 5:
        let entry = try ProtobufEntry(try field.message())
        if let value = entry.value { attributes[entry.key] = try MILValue(value) }
      default: break
      }
    }
  }

  private static func argument(
    _ message: ProtobufMessage
  ) throws(ByteError) -> (String, [Binding]) {
    let entry = try ProtobufEntry(message)
    var bindings: [Binding] = []
    guard var argument = entry.value else { return (entry.key, []) }
    while let field = try argument.next() {
      guard field.number == 1 else { continue }
      var binding = try field.message()
      while let part = try binding.next() {
        switch part.number {
        case 1: bindings.append(.name(try part.string()))
        case 2: bindings.append(.value(try MILValue(try part.message())))
        default: break
        }
      }
    }
    return (entry.key, bindings)
  }
}

extension MILOperation.Output {
  init(_ message: ProtobufMessage) throws(ByteError) {
    var message = message
    while let field = try message.next() {
      switch field.number {
      case 1: name = try field.string()
      case 2: type = try MILType(try field.message())
      default: break
      }
    }
  }
}

/// An entry of a map: a text and a message.
struct ProtobufEntry {
  var key = ""
  var value: ProtobufMessage?

  init(_ message: ProtobufMessage) throws(ByteError) {
    var message = message
    while let field = try message.next() {
      switch field.number {
      case 1: key = try field.string()
      case 2: value = try field.message()
      default: break
      }
    }
  }
}
