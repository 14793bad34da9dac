// Losses of a classification.

import ModelGraph

extension OperatorDefinition {
  static let losses: [OperatorDefinition] = [negativeLogLikelihood, softmaxCrossEntropy]

  /// The negative of the log-probability of each target class.
  public static let negativeLogLikelihood = OperatorDefinition(
    "NegativeLogLikelihoodLoss",
    shape: .classificationLoss,
    gradients: [.of(0, reads: .input(0), .input(1), .input(2), .auxiliary(0))],
    auxiliaries: [.totalWeight],
    work: .perInputElement(1),
    training: .negativeLogLikelihood,
    example: Example(
      OperatorCall([.tensor(.float32, [32, 1000]), .tensor(.int64, [32])]),
      [.tensor(.float32, [])]))

  /// The negative log-likelihood of the softmax of scores.
  ///
  /// The log-probabilities are kept for backward, as an output if asked for.
  public static let softmaxCrossEntropy = OperatorDefinition(
    "SoftmaxCrossEntropyLoss",
    shape: .classificationLoss,
    gradients: [
      .of(0, reads: .auxiliary(1), .output(1), .input(1), .input(2), .auxiliary(0))
    ],
    auxiliaries: [
      .totalWeight,
      Auxiliary("log-probabilities") { call in
        call.outputCount < 2 ? try? call.tensor(0) : nil
      },
    ],
    work: .perInputElement(5),
    training: .crossEntropy,
    example: Example(
      OperatorCall([.tensor(.float32, [32, 1000]), .tensor(.int64, [32])]),
      [.tensor(.float32, [])]))
}

extension ShapeRule {
  /// A scalar, or the targets' shape without reduction; the scores' type as second output.
  static let classificationLoss = ShapeRule { call throws(ShapeError) in
    let scores = try call.tensor(0)
    let targets = try call.shape(1)
    guard scores.rank >= 1, scores.rank == targets.count + 1 else {
      throw .incompatible(
        rule: "targets lack the axis of classes", shapes: [scores.shape, targets])
    }
    let isReduced = call.attributes.string("reduction") != "none"
    let loss = TensorType(scores.dataType, isReduced ? [] : targets)
    return Array([.tensor(loss), .tensor(scores)].prefix(max(1, call.outputCount)))
  }
}

extension Auxiliary {
  /// The sum of the weights of all targets.
  fileprivate static let totalWeight = Auxiliary("total weight") { call in
    (try? call.dataType(0)).map { TensorType($0, []) }
  }
}
