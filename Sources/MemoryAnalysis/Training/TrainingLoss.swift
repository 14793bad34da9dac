import ModelGraph
import Operators

/// What a model is trained to do.
public enum TrainingLoss: String, Hashable, Sendable, CaseIterable {
  /// Classes of samples or of pixels, axis 1 of the output.
  case crossEntropy = "cross-entropy"
  case smoothedCrossEntropy = "cross-entropy:label-smoothing"

  /// A probability for each class.
  case distribution = "cross-entropy:probabilities"
  case smoothedDistribution = "cross-entropy:label-smoothing,probabilities"

  /// Classes, of an output that holds logarithms of probabilities.
  case negativeLogLikelihood = "nll"

  /// A distribution, of an output that holds logarithms of probabilities.
  case divergence = "kl-divergence"

  /// Numbers or probabilities in the output's shape.
  case squaredDifference = "mse"
  case absoluteDifference = "l1"
  case smoothDifference = "smooth-l1"
  case huber
  case binaryCrossEntropy = "bce"
  case binaryCrossEntropyWithLogits = "bce-with-logits"

  /// A sequence shorter than the output `[batch, time, classes]`, its places in it unknown: connectionist temporal
  /// classification.
  case unalignedSequences = "ctc"

  /// The sum, or the mean, of the output itself.
  case sum, mean

  /// The token that comes next, for models that read in one direction.
  case nextToken = "next-token"

  /// The token that stands in a place.
  case maskedToken = "masked-token"

  /// The loss that is usual for a graph: tokens for tokens, else classes, which whole texts may have.
  static func usual(for graph: Graph) -> TrainingLoss {
    let readsTokens = graph.inputs.first.flatMap { graph[$0].type.tensorType }?.dataType == .int64
    let output = graph.outputs.first.flatMap { graph[$0].type.tensorType }
    guard readsTokens, output?.rank != 2 else { return .crossEntropy }
    let isCausal = graph.nodes.contains {
      $0.operatorName == "AttentionMask" || $0.attributes.flag("is_causal")
    }
    return isCausal ? .nextToken : .maskedToken
  }

  /// What the output is compared with.
  enum Target {
    /// Class indices, in the output's shape without the axis of the classes.
    case classes

    /// Numbers in the output's shape.
    case numbers

    /// A sequence of classes for each sample.
    case sequences

    /// The tokens that went in.
    case tokens
    case nothing
  }

  var target: Target {
    switch self {
    case .crossEntropy, .smoothedCrossEntropy, .negativeLogLikelihood: .classes
    case .nextToken, .maskedToken: .tokens
    case .unalignedSequences: .sequences
    case .sum, .mean: .nothing
    case .distribution, .smoothedDistribution, .divergence, .squaredDifference,
      .absoluteDifference, .smoothDifference, .huber, .binaryCrossEntropy,
      .binaryCrossEntropyWithLogits:
      .numbers
    }
  }

  /// The type of what an output is compared with; `nil` for an output that the loss does not take, or for no target.
  func targetType(for output: TensorType, _ length: Int?) -> TensorType? {
    switch target {
    case .numbers: return output
    case .classes:
      guard output.rank >= 2 else { return nil }
      var shape = output.shape
      shape.remove(at: 1)
      return TensorType(.int64, shape)
    case .sequences:
      guard output.rank == 3 else { return nil }
      return TensorType(.int64, [output.shape[0], length ?? max(1, output.shape[1] / 2)])
    case .tokens, .nothing: return nil
    }
  }

  var rule: TrainingRule {
    switch self {
    case .crossEntropy: .crossEntropy
    case .smoothedCrossEntropy: .smoothedCrossEntropy
    case .distribution: .distributionCrossEntropy
    case .smoothedDistribution: .smoothedDistributionCrossEntropy
    case .negativeLogLikelihood: .negativeLogLikelihood
    case .divergence: .divergence
    case .squaredDifference: .squaredDifference
    case .absoluteDifference: .absoluteDifference
    case .smoothDifference: .smoothDifference
    case .huber: .huber
    case .binaryCrossEntropy: .binaryCrossEntropy
    case .binaryCrossEntropyWithLogits: .binaryCrossEntropyWithLogits
    case .unalignedSequences: .unalignedSequences
    case .sum: .sumOfOutput
    case .mean: .meanOfOutput
    case .nextToken: .nextToken
    case .maskedToken: .maskedToken
    }
  }
}
