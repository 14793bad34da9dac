public import ModelGraph

/// How the contents of small outputs follow from the contents of the inputs.
///
/// Returns `nil` for an output whose contents do not follow from what is known.
public struct Evaluation: Sendable {
  private let evaluate: @Sendable (OperatorCall, [ValueType]) throws(ShapeError) -> [TensorValue?]

  /// Makes a rule from a function of the call and the outputs' types.
  public init(
    _ evaluate: @escaping @Sendable (OperatorCall, [ValueType]) throws(ShapeError) -> [TensorValue?]
  ) {
    self.evaluate = evaluate
  }

  public func callAsFunction(
    _ call: OperatorCall, outputs: [ValueType]
  ) throws(ShapeError) -> [TensorValue?] {
    try evaluate(call, outputs)
  }
}
