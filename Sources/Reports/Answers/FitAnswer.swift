public import MemoryAnalysis
public import ModelGraph

/// What to change so that a model fits on a device.
public struct FitAnswer: Hashable, Sendable {
  public var goal: Goal
  public var device: Device

  /// What is asked for, as it is.
  public var current: FitChange

  /// Each change by itself, the smallest first.
  public var changes: [FitChange]

  /// The smallest change that makes it fit by itself; `nil` if none does, or none is needed.
  public var smallest: FitChange?

  /// The cheapest of all changes and combinations that fit; `nil` if none does, or none is needed.
  public var best: FitChange?

  /// What no other change or combination beats in memory, time and quality at once, the leanest first.
  public var front: [FitChange]

  /// The most that one size may be with all else as it is.
  public var limits: [Limit]

  /// How many ways were put through the executor.
  public var tried: Int

  /// What the model is to do on the device.
  public enum Goal: String, Hashable, Sendable, CaseIterable {
    case train, run
  }

  /// The most that one size may be.
  public struct Limit: Hashable, Sendable {
    public var axis: Axis

    /// `nil` if not even the smallest fits.
    public var size: Int?

    /// Whether the model takes no more, wherever it runs.
    public var isOfModel: Bool

    public enum Axis: String, Hashable, Sendable, CaseIterable {
      case batch, sequence, image, context
    }

    public init(axis: Axis, size: Int?, isOfModel: Bool = false) {
      self.axis = axis
      self.size = size
      self.isOfModel = isOfModel
    }
  }

  public init(
    goal: Goal, device: Device, current: FitChange, changes: [FitChange] = [],
    smallest: FitChange? = nil, best: FitChange? = nil, front: [FitChange] = [],
    limits: [Limit] = [], tried: Int = 1
  ) {
    self.goal = goal
    self.device = device
    self.current = current
    self.changes = changes
    self.smallest = smallest
    self.best = best
    self.front = front
    self.limits = limits
    self.tried = tried
  }
}

extension FitAnswer {
  public var fits: Bool { current.fits }

  /// What takes the smallest share of what is there; what comes closest where nothing fits.
  public var closest: FitChange? {
    front.filter { !$0.axes.isEmpty && !$0.axes.contains(.device) }
      .min { $0.shareOfAvailable < $1.shareOfAvailable }
  }

  /// Whether nothing that was tried fits.
  public var isLimitExceeded: Bool { !fits && best == nil }
}

/// One or more things done otherwise, with what that gives and costs.
public struct FitChange: Hashable, Sendable {
  /// What is different; empty for what is asked for.
  public var axes: [FitAxis]

  /// The command line that asks for it.
  public var command: String

  /// The options in it that are different.
  public var flags: String
  public var title: String

  /// What must be in the memory that is short, on the device of the command.
  public var needed: ByteCount
  public var available: ByteCount

  /// How much less that is than now; negative if it is more.
  public var gain: ByteCount
  public var fits: Bool

  /// The estimated time for each sample, as a multiple of what it is now; `nil` if not known.
  public var time: Double?

  /// The multiply-accumulates that are added to a step.
  public var extraMultiplyAccumulates: Int

  /// What has to be validated, for each change that may give another result; empty if all stays the same.
  public var concerns: [String]

  public init(
    axes: [FitAxis], command: String, flags: String, title: String, needed: ByteCount,
    available: ByteCount, gain: ByteCount, fits: Bool, time: Double?,
    extraMultiplyAccumulates: Int, concerns: [String]
  ) {
    self.axes = axes
    self.command = command
    self.flags = flags
    self.title = title
    self.needed = needed
    self.available = available
    self.gain = gain
    self.fits = fits
    self.time = time
    self.extraMultiplyAccumulates = extraMultiplyAccumulates
    self.concerns = concerns
  }
}

extension FitChange {
  /// Whether a change keeps what the model learns and answers.
  public enum Quality: String, Hashable, Sendable {
    case none
    case needsValidation = "needs validation"
  }

  public var quality: Quality { concerns.isEmpty ? .none : .needsValidation }

  public var headroom: ByteCount { available - needed }

  fileprivate var shareOfAvailable: Double {
    Double(needed.value) / Double(max(1, available.value))
  }
}

extension FitAnswer {
  /// How sure it is that something fits, or does not.
  public enum Confidence: String, Hashable, Sendable {
    /// It is so with every CUDA context that is known.
    case high

    /// It depends on what the driver's context takes.
    case medium
  }

  public func confidence(in change: FitChange) -> Confidence {
    guard device.kind == .gpu else { return .high }
    let range = DeviceFit.contextRange
    let atWorst = change.headroom - (range.upperBound - DeviceFit.assumedCUDAContext)
    let atBest = change.headroom + (DeviceFit.assumedCUDAContext - range.lowerBound)
    return (atWorst >= .zero) == (atBest >= .zero) ? .high : .medium
  }
}

/// What can be done otherwise.
public enum FitAxis: String, Hashable, Sendable, CaseIterable {
  /// The settings of PyTorch's allocator.
  case allocator

  /// The optimizer's implementation.
  case implementation

  /// What of the forward pass is computed again.
  case recomputation

  /// The parts in which a batch is computed.
  case accumulation

  /// The types that are computed in.
  case precision

  /// The optimizer's algorithm.
  case optimizer

  /// The samples of a step.
  case batch

  /// Parameters that are not trained.
  case frozen

  /// Small matrices trained in place of all parameters.
  case adapters = "lora"

  /// The length of sequences.
  case sequence

  /// The height and width of images.
  case image

  /// The tokens that a decoder keeps.
  case context

  /// The type in which a decoder keeps keys and values.
  case cache = "kv-type"

  /// The type of the weights.
  case weights

  /// The order of the nodes.
  case order
  case device
}
