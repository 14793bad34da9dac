public import ModelGraph

/// A call with the types its outputs must have.
public struct Example: Sendable {
  public let call: OperatorCall
  public let outputs: [ValueType]

  public init(_ call: OperatorCall, _ outputs: [ValueType]) {
    self.call = call
    self.outputs = outputs
  }

  /// Makes an example with `float32` operands of the given shapes and one such output.
  public static func float32(
    _ inputs: Shape..., attributes: Attributes = [:], gives output: Shape
  ) -> Example {
    Example(
      OperatorCall(inputs.map { .tensor(.float32, $0) }, attributes: attributes),
      [.tensor(.float32, output)])
  }
}
