public import ModelGraph

extension OperatorDefinition {
  /// What happens in training: the operator's own rule, or one derived from what it declares.
  ///
  /// By the derived rule, the forward pass makes auxiliaries and outputs, and the backward pass makes
  /// the gradient of each input that needs one, in the order of the inputs.
  public var trainingRule: TrainingRule {
    training ?? TrainingRule { dispatcher, call in dispatcher.dispatch(self, call) }
  }
}

extension TrainingRule {
  /// An operator of which nothing is known: all that it touches is kept.
  static let opaque = opaque(isRaised: false)

  /// An operator that is not declared, of which its name tells what autocast does with it.
  public static func undeclared(_ name: OperatorName) -> TrainingRule {
    let kind = name.name.prefix { $0 != "." }
    return opaque(isRaised: raised.contains { $0 == kind })
  }

  private static func opaque(isRaised: Bool) -> TrainingRule {
    TrainingRule { dispatcher, call in
      let given = isRaised ? call.inputs.map { $0.map { dispatcher.raised($0) } } : call.inputs
      let outputs = call.outputs.enumerated().map { index, type in
        dispatcher.overwritten(index, call)
          ?? dispatcher.make(call.promoted(type, of: given), by: "opaque")
      }
      let inputs = given.map { $0.flatMap { $0.dataType.isFloatingPoint ? $0 : nil } }
      dispatcher.record("OpaqueBackward", from: inputs, to: outputs, saving: given + outputs) {
        dispatcher, call in
        inputs.enumerated().map { index, input in
          guard call.needs(index), let input else { return nil }
          return dispatcher.make(input.layout.type, by: "opaque_backward")
        }
      }
      return outputs
    }
  }

  /// Operators that autocast computes in single precision, of those that are not declared.
  ///
  /// Source: `AT_FORALL_FP32` of `ATen/autocast_mode.h`, PyTorch 2.15.
  private static let raised = [
    "dist", "pdist", "renorm", "multi_margin_loss", "multilabel_margin_loss", "nuclear_norm",
    "frobenius_norm", "linalg_matrix_norm",
  ]
}

extension TrainingCall {
  /// An output's type with the widest element type that operands have which the graph gives the output's.
  fileprivate func promoted(_ type: TensorType, of given: [DispatchedTensor?]) -> TensorType {
    guard type.dataType.isFloatingPoint else { return type }
    let types = zip(given, call.inputs).compactMap { actual, declared -> DataType? in
      guard let actual, actual.dataType.isFloatingPoint,
        declared?.tensorType?.dataType == type.dataType
      else { return nil }
      return actual.dataType
    }
    guard let first = types.first else { return type }
    return TensorType(types.dropFirst().reduce(first) { Operators.promoted($0, $1) }, type.shape)
  }
}

extension Dispatcher {
  /// The first operand itself, if the node is asked to write its first output over it.
  fileprivate mutating func overwritten(
    _ output: Int, _ call: TrainingCall
  ) -> DispatchedTensor? {
    guard output == 0, call.isInPlace, let input = call.input(0) else { return nil }
    return share(input)
  }

  /// An output's type with the operands' own element type, where the graph gives both the same one.
  private func actual(_ type: TensorType, _ call: TrainingCall) -> TensorType {
    guard type.dataType.isFloatingPoint, let first = call.input(0),
      first.dataType.isFloatingPoint, call.call.inputs.first??.tensorType?.dataType == type.dataType
    else { return type }
    return TensorType(first.dataType, type.shape)
  }

  fileprivate mutating func dispatch(
    _ definition: OperatorDefinition, _ call: TrainingCall
  ) -> [DispatchedTensor] {
    let kernel = definition.name.name
    let outputs = call.outputs.enumerated().map { index, type -> DispatchedTensor in
      let alias = (definition.aliases + definition.stridedAliases).first { $0.output == index }
      guard let alias, let input = call.input(alias.input) else {
        return overwritten(index, call) ?? make(actual(type, call), by: kernel)
      }
      guard input.shape != type.shape else { return share(input) }
      return share(input, as: TensorLayout(actual(type, call)))
    }
    let auxiliaries = definition.auxiliaries.map { auxiliary in
      auxiliary.type(call.call).map { make($0, by: kernel) }
    }
    let needed = Set(call.inputs.indices.filter { needsGradient(call.inputs[$0]) })
    let saved = definition.savedForBackward(differentiating: needed).compactMap { operand in
      switch operand {
      case .input(let index): call.input(index)
      case .output(let index): outputs.indices.contains(index) ? outputs[index] : nil
      case .auxiliary(let index): auxiliaries.indices.contains(index) ? auxiliaries[index] : nil
      }
    }
    let differentiable = Set(definition.gradients.map(\.input))
    let inputs = call.inputs.enumerated().map { differentiable.contains($0) ? $1 : nil }
    record("\(kernel)Backward", from: inputs, to: outputs, saving: saved) { dispatcher, call in
      inputs.enumerated().map { index, input in
        guard call.needs(index), let input else { return nil }
        return dispatcher.make(input.layout.type, by: "\(kernel)_backward")
      }
    }
    return outputs
  }
}
