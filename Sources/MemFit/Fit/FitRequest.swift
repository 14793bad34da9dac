public import Reports

/// What to look for where a model is to fit a device.
public struct FitRequest: Sendable {
  /// What the model is to do; training where the device and the model know how, if `nil`.
  public var goal: FitAnswer.Goal?

  /// What may not be changed.
  public var kept: Set<FitAxis> = []

  /// The sizes whose largest value is asked for, beside the batch.
  public var limits: Set<FitAnswer.Limit.Axis> = []

  /// How many combinations are put through the executor at most.
  public var combinationLimit = 64

  /// Arguments that command lines repeat as they were given: files of inputs.
  public var repeatedArguments: [String] = []

  public init() {}
}
