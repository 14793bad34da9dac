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

  /// The length of each target of ``TrainingLoss/unalignedSequences``; `nil` for half of the output's.
  public var targetLength: Int?

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
