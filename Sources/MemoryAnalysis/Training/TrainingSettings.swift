import ModelGraph
public import Operators

/// How a model is trained.
public struct TrainingSettings: Hashable, Sendable {
  public var optimizer: Optimizer
  public var environment: TrainingEnvironment

  public var precision: Precision

  /// Whether images and the weights of convolutions lie with their channels last.
  public var isChannelsLast = false
  public var strategy = Strategy()

  /// The loss; `nil` for the one that is usual for the model.
  public var loss: TrainingLoss?

  public init(
    optimizer: Optimizer, environment: TrainingEnvironment, precision: Precision = .fp32,
    loss: TrainingLoss? = nil
  ) {
    self.optimizer = optimizer
    self.environment = environment
    self.environment.autocast = precision.autocast
    self.environment.parameterType = precision.parameterType
    self.precision = precision
    self.loss = loss
  }
}

/// What a model is trained to do.
public enum TrainingLoss: String, Hashable, Sendable, CaseIterable {
  /// Classes of samples or of pixels, axis 1 of the output.
  case crossEntropy = "cross-entropy"

  /// The token that comes next, for models that read in one direction.
  case nextToken = "next-token"

  /// The token that stands in a place.
  case maskedToken = "masked-token"

  /// The loss that is usual for a graph: tokens for tokens, else classes.
  static func usual(for graph: Graph) -> TrainingLoss {
    let readsTokens = graph.inputs.first.flatMap { graph[$0].type.tensorType }?.dataType == .int64
    guard readsTokens else { return .crossEntropy }
    let isCausal = graph.nodes.contains {
      $0.operatorName == "AttentionMask" || $0.attributes.flag("is_causal")
    }
    return isCausal ? .nextToken : .maskedToken
  }

  var rule: TrainingRule {
    switch self {
    case .crossEntropy: .crossEntropy
    case .nextToken: .nextToken
    case .maskedToken: .maskedToken
    }
  }
}
