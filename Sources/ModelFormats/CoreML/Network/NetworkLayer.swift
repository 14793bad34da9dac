import ByteFormats
import ModelGraph

/// One layer of a neural network.
struct NetworkLayer {
  private(set) var name = ""
  private(set) var inputs: [String] = []
  private(set) var outputs: [String] = []

  /// The number of the field that says what kind of layer it is.
  private(set) var kind = 0
  private(set) var parameters: NetworkParameters?

  init(_ message: ProtobufMessage) throws(ByteError) {
    var message = message
    while let field = try message.next() {
      switch field.number {
      case 1: name = try field.string()
      case 2: inputs.append(try field.string())
      case 3: outputs.append(try field.string())
      case 100...:
        kind = field.number
        parameters = NetworkParameters(try field.message())
      default: break
      }
    }
  }
}

/// The settings of a layer, read by the numbers of their fields.
struct NetworkParameters {
  private let message: ProtobufMessage

  init(_ message: ProtobufMessage) { self.message = message }

  func fields(_ number: Int) throws(ByteError) -> [ProtobufField] {
    var message = message
    var found: [ProtobufField] = []
    while let field = try message.next(), found.count < 4096 {
      if field.number == number { found.append(field) }
    }
    return found
  }

  func integers(_ number: Int) throws(ByteError) -> [Int] {
    var integers: [Int] = []
    for field in try fields(number) { _ = try field.append(to: &integers, atMost: 64) }
    return integers
  }

  /// A size; `nil` if it is not there or makes no sense.
  func size(_ number: Int) throws(ByteError) -> Int? {
    guard let size = try integers(number).last, 0...Shape.maximumElementCount ~= size else {
      return nil
    }
    return size
  }

  func flag(_ number: Int) throws(ByteError) -> Bool { try (integers(number).last ?? 0) != 0 }

  func inner(_ number: Int) throws(ByteError) -> NetworkParameters? {
    guard let field = try fields(number).last else { return nil }
    return NetworkParameters(try field.message())
  }

  /// The number of the first field, which tells which of several settings there is.
  var firstField: Int? {
    get throws(ByteError) {
      var message = message
      return try message.next()?.number
    }
  }
}
