public import ModelGraph
import Operators

/// What training a model takes on a device.
public struct TrainingFootprint: Hashable, Sendable {
  public var device: Device
  public var optimizer: String
  public var precision: Precision

  /// The version of the framework, such as `pytorch-2.15`.
  public var framework: String

  /// The bytes that tensors ask for and that PyTorch's allocator takes for them.
  public var measurement: TrainingMeasurement
  public var peak: Peak

  /// The bytes asked for and live at the peak of the steady step, by what they are for.
  public var breakdown: [Part: ByteCount]

  /// What a CUDA process takes before it allocates anything.
  public var context: ByteCount

  /// Whether the step runs through in the device's memory.
  public var fits: Bool

  /// Where and how memory runs out; `nil` if the step fits.
  public var outOfMemory: TrainingOutOfMemory?

  /// The estimated time of a step; `nil` if the device's speed is not known.
  public var seconds: ClosedRange<Double>?

  /// The multiply-accumulates that are computed again in a step.
  public var recomputedMultiplyAccumulates: Int

  /// What the usual remedies would give; empty if that was not asked.
  public var changes: [TrainingChange] = []

  /// The live bytes of the steady step, kernel by kernel.
  public var timeline: [RunFootprint.Step]

  /// The buffers over the steps of ``timeline``; empty unless asked for.
  public var lifetimes: [Lifetime] = []

  /// The largest batch that fits; `nil` if it was not looked for or is zero.
  public var largestBatch: Int?
  public var explanations: [Explanation] = []
  public var diagnostics: [Diagnostic] = []

  /// The moment at which the most bytes are asked for.
  public struct Peak: Hashable, Sendable {
    public var phase: TrainingTrace.Phase

    /// The kernel that runs, by PyTorch's name.
    public var operatorName: String

    /// The node of the graph that it belongs to.
    public var node: String
  }

  /// What live bytes are for.
  public enum Part: String, Hashable, Sendable, CaseIterable {
    case parameters, state, inputs, gradients, optimizerState, activations, temporaries
  }

  /// What the allocator holds beyond what tensors ask for.
  public var overhead: ByteCount {
    measurement.steady.reserved - measurement.steady.requested
  }

  /// The device's memory that the training process takes.
  public var total: ByteCount { measurement.steady.reserved + context }

  /// The same without what the allocator holds beyond the tensors' blocks.
  public var least: ByteCount { measurement.steady.allocated + context }

  public var available: ByteCount { device.usableMemory }

  /// The device's memory left over; negative where it is exceeded.
  public var headroom: ByteCount { available - total }
}

extension TrainingFootprint {
  /// Trains a graph on a device; on demand, tells when each buffer is live.
  ///
  /// - Throws: ``TrainingError`` for a device or a graph that training cannot be told of.
  public init(
    of graph: Graph, tensors: [Tensor], _ settings: TrainingSettings, on device: Device,
    allocator configuration: CachingAllocator.Configuration = .init(), withLifetimes: Bool = false
  ) throws(TrainingError) {
    var begun: TrainingOutcome.Beginning?
    let run = try TrainingTrace(of: graph, tensors: tensors, settings) { written in
      begun = TrainingOutcome.beginning(written, on: device, configuration)
      begun?.begin()
    }
    let work = Deferred { StepWork(of: graph, run, settings.strategy) }
    let timeline = Deferred { LiveBytes.timeline(run) }
    work.begin()
    timeline.begin()
    let outcome = try TrainingOutcome(
      run, after: begun, work, settings, on: device, allocator: configuration)
    self.device = device
    context = DeviceFit.context.bytes
    optimizer = settings.optimizer.name
    precision = settings.precision
    framework = settings.environment.keepsWorkspaces ? "pytorch-2.14" : "pytorch-2.15"
    fits = outcome.fits
    outOfMemory = outcome.outOfMemory
    measurement = outcome.measurement
    seconds = outcome.seconds
    recomputedMultiplyAccumulates = outcome.recomputedMultiplyAccumulates
    let live = LiveBytes(run, through: measurement.steady.peakEvent)
    breakdown = live.breakdown
    peak = Peak(
      phase: measurement.steady.peakPhase, operatorName: live.step?.operatorName.name ?? "",
      node: live.step?.node ?? "")
    self.timeline = timeline.value
    lifetimes = withLifetimes ? run.trace.lifetimes(in: run.events(ofStep: 1)) : []
    diagnostics = run.diagnostics
    explanations = makeExplanations(parameters: breakdown[.parameters] ?? .zero)
  }
}

/// Why a training step cannot be told.
public enum TrainingError: Error, Hashable, Sendable {
  /// The graph has no nodes.
  case nothingToTrain

  /// The output is none that the loss takes, or no parameter leads to it.
  case noLoss

  /// The loss takes an output of another shape.
  case outputMismatch(TrainingLoss, expected: String, found: TensorType)

  /// The step takes more memory than any machine has.
  case tooLarge

  /// The graph has no parts such as are to be computed again.
  case nothingToRecompute(String)

  /// No parameter has a name such as are to be frozen.
  case nothingToFreeze(String, names: [String])

  /// The graph has no linear layers such as are to have adapters.
  case nothingToAdapt(String)

  /// The device has no kernels of PyTorch's that are modelled.
  case unsupportedDevice(String)

  /// An option has a value that is not modelled.
  case unsupported(option: String, value: String, known: [String])
}
