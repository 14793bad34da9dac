public import ModelGraph

/// What eager PyTorch dispatches for one call of an operator while it trains.
public struct TrainingRule: Sendable {
  private let dispatch: @Sendable (inout Dispatcher, TrainingCall) -> [DispatchedTensor]

  /// Makes a rule that writes the kernels and returns the outputs.
  public init(
    _ dispatch: @escaping @Sendable (inout Dispatcher, TrainingCall) -> [DispatchedTensor]
  ) {
    self.dispatch = dispatch
  }

  public func callAsFunction(
    _ dispatcher: inout Dispatcher, _ call: TrainingCall
  ) -> [DispatchedTensor] {
    dispatch(&dispatcher, call)
  }
}

/// One node of a graph, as training rules see it.
public struct TrainingCall: Sendable {
  /// The operands; `nil` where an optional one is left out.
  public let inputs: [DispatchedTensor?]

  /// The types of the outputs.
  public let outputs: [TensorType]
  public let attributes: Attributes

  /// The same call, as shape rules see it.
  public let call: OperatorCall

  public init(
    inputs: [DispatchedTensor?], outputs: [TensorType], attributes: Attributes,
    call: OperatorCall
  ) {
    self.inputs = inputs
    self.outputs = outputs
    self.attributes = attributes
    self.call = call
  }

  /// The operand at an index, if it is given.
  public func input(_ index: Int) -> DispatchedTensor? {
    inputs.indices.contains(index) ? inputs[index] : nil
  }

  /// Whether the node is asked to work in place.
  public var isInPlace: Bool { attributes.flag("inplace") }

  /// Whether the module of a layer stays in evaluation.
  var isInEvaluation: Bool { attributes.flag(Node.evaluatesAttribute) }
}

extension TrainingRule {
  /// Makes a rule for operators that have one operand at least and one output.
  static func unary(
    _ dispatch:
      @escaping @Sendable (inout Dispatcher, DispatchedTensor, TrainingCall) -> DispatchedTensor
  ) -> TrainingRule {
    TrainingRule { dispatcher, call in
      guard let x = call.input(0) else { return [] }
      return [dispatch(&dispatcher, x, call)]
    }
  }
}
