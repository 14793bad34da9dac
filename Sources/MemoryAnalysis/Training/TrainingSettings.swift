public import Operators

/// How a model is trained.
public struct TrainingSettings: Hashable, Sendable {
  public var optimizer: Optimizer
  public var environment: TrainingEnvironment

  public init(optimizer: Optimizer, environment: TrainingEnvironment) {
    self.optimizer = optimizer
    self.environment = environment
  }
}
