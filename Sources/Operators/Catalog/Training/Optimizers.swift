// Steps of optimizers as nodes, and the gradient as a node.

import ModelGraph

extension OperatorDefinition {
  static let trainingSteps: [OperatorDefinition] = [momentum, adagrad, adam, gradient]

  /// A step of gradient descent with momentum: parameters, gradients, momenta.
  public static let momentum = step("Momentum", groups: 3, updated: [0, 2])

  /// A step of Adagrad: parameters, gradients, accumulated squares.
  ///
  /// <https://jmlr.org/papers/v12/duchi11a.html>
  public static let adagrad = step("Adagrad", groups: 3, updated: [0, 2])

  /// A step of Adam: parameters, gradients, two moments.
  ///
  /// <https://arxiv.org/abs/1412.6980>
  public static let adam = step("Adam", groups: 4, updated: [0, 2, 3])

  /// The gradients of one value with respect to others, which the attribute `xs` names.
  public static let gradient = OperatorDefinition(
    .training("Gradient"),
    shape: ShapeRule { call throws(ShapeError) in
      let count = call.attributes.strings("xs")?.count ?? call.outputCount
      var outputs: [ValueType] = []
      for index in 0..<min(count, call.outputCount) {
        outputs.append(.tensor(try call.tensor(index)))
      }
      return outputs
    },
    example: .float32([2, 3], attributes: ["xs": .strings(["x"])], gives: [2, 3]))

  /// Makes a step on groups of as many tensors each, after the rate and the count of steps.
  private static func step(
    _ name: String, groups: Int, updated: [Int]
  ) -> OperatorDefinition {
    let tensors = Array(repeating: ValueType.tensor(.float32, [2, 3]), count: groups)
    return OperatorDefinition(
      .training(name),
      shape: .optimizerStep(groups: groups, updated: updated),
      work: .perOutputElement(4 * groups),
      example: Example(
        OperatorCall(
          [.tensor(.float32, []), .tensor(.int64, [])] + tensors, outputCount: updated.count),
        Array(tensors.prefix(updated.count))))
  }
}

extension ShapeRule {
  fileprivate static func optimizerStep(groups: Int, updated: [Int]) -> ShapeRule {
    ShapeRule { call throws(ShapeError) in
      let operands = call.inputs.count - 2
      guard operands > 0, operands % groups == 0 else {
        throw .unsupported("\(operands) operands are no \(groups) groups")
      }
      let count = operands / groups
      var outputs: [ValueType] = []
      for group in updated {
        for index in 0..<count {
          outputs.append(.tensor(try call.tensor(2 + group * count + index)))
        }
      }
      return outputs
    }
  }
}

extension OperatorName {
  fileprivate static func training(_ name: String) -> OperatorName {
    OperatorName(name, domain: "ai.onnx.preview.training")
  }
}
