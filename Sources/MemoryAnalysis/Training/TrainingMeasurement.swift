public import ModelGraph

/// What a training step takes, as `torch.cuda.memory_stats` would say.
public struct TrainingMeasurement: Hashable, Sendable {
  /// The bytes of the storages that autograd keeps after the forward pass.
  public var savedActivations: ByteCount
  public var first: StepPeaks
  public var steady: StepPeaks

  /// The largest figures of one step.
  public struct StepPeaks: Hashable, Sendable {
    /// The most bytes that tensors asked for.
    public var requested = ByteCount.zero

    /// The most bytes that the allocator handed out.
    public var allocated = ByteCount.zero

    /// The most bytes that the allocator took from the device, up to the end of the step.
    public var reserved = ByteCount.zero

    /// The event after which ``requested`` was reached.
    public var peakEvent = 0

    /// The phase in which ``requested`` was reached.
    public var peakPhase = TrainingTrace.Phase.forward
  }

  /// Puts a trace through PyTorch's caching allocator.
  public init(
    _ trace: TrainingTrace, allocator configuration: CachingAllocator.Configuration = .init()
  ) throws(TrainingOutOfMemory) {
    try self.init(trace, after: Beginning(trace, allocator: configuration))
  }

  /// What building a model and its first step take, which can be measured while the second is written down.
  struct Beginning: Sendable {
    fileprivate var replay: Replay
    fileprivate let first: StepPeaks

    init(
      _ trace: TrainingTrace, allocator configuration: CachingAllocator.Configuration
    ) throws(TrainingOutOfMemory) {
      replay = Replay(trace.trace, CachingAllocator(configuration))
      for (_, events) in trace.phases(ofStep: -1) { try replay.play(events, of: .build, -1) }
      first = try replay.step(0, of: trace)
    }
  }

  /// Puts the second step of a trace through the allocator that its beginning has gone through.
  init(_ trace: TrainingTrace, after beginning: Beginning) throws(TrainingOutOfMemory) {
    var replay = beginning.replay
    replay.goOn(to: trace.trace)
    savedActivations =
      trace.marks.first { $0.step == 1 && $0.phase == .forward }?.savedBytes ?? .zero
    first = beginning.first
    steady = try replay.step(1, of: trace)
  }
}

/// Where training ends because the device is full, with the figures of PyTorch's error.
public struct TrainingOutOfMemory: Error, Hashable, Sendable {
  public var memory: CachingAllocator.OutOfMemory

  /// 0 for the first step, 1 for the steady one; -1 before.
  public var step: Int
  public var phase: TrainingTrace.Phase

  /// The event that asks for the memory.
  public var event: Int

  /// The kernel that asks and its node; empty while the model is built.
  public var operatorName = ""
  public var node = ""
}

extension TrainingMeasurement {
  /// Puts a trace through an allocator on a device without end.
  ///
  /// - Throws: ``TrainingError/tooLarge`` if no machine could ever have as much memory.
  public init(
    unlimited trace: TrainingTrace, _ configuration: CachingAllocator.Configuration
  ) throws(TrainingError) {
    var endless = configuration
    endless.memoryLimit = 1 << 58
    do throws(TrainingOutOfMemory) {
      try self.init(trace, allocator: endless)
    } catch {
      throw .tooLarge
    }
  }
}

/// What one call of a model takes, as `torch.cuda.memory_stats` would say.
public struct InferenceMeasurement: Hashable, Sendable {
  /// The bytes that the allocator has handed out before the call, at most during it, and after it.
  public var before: ByteCount
  public var peak: ByteCount
  public var after: ByteCount

  /// The bytes that the allocator has taken from the device.
  public var reserved: ByteCount

  /// Puts a trace of ``EagerTraining/inferenceTrace(of:tensors:)`` through the allocator.
  public init(
    _ trace: TrainingTrace, allocator configuration: CachingAllocator.Configuration = .init()
  ) throws(TrainingOutOfMemory) {
    var replay = Replay(trace.trace, CachingAllocator(configuration))
    for (phase, events) in trace.phases(ofStep: -1) { try replay.play(events, of: phase, -1) }
    before = ByteCount(replay.allocator.statistics.allocated.current)
    replay.allocator.resetPeaks()
    for (phase, events) in trace.phases(ofStep: 0) { try replay.play(events, of: phase, 0) }
    peak = ByteCount(replay.allocator.statistics.allocated.peak)
    after = ByteCount(replay.allocator.statistics.allocated.current)
    reserved = ByteCount(replay.allocator.statistics.reserved.current)
  }
}

/// A trace on its way through an allocator.
private struct Replay {
  private var trace: Trace
  var allocator: CachingAllocator
  private var handles: [CachingAllocator.Handle?]

  /// The event after which the most bytes were asked for since the peaks were last forgotten.
  private var peakEvent = 0

  init(_ trace: Trace, _ allocator: CachingAllocator) {
    self.trace = trace
    self.allocator = allocator
    handles = Array(repeating: nil, count: trace.allocations.count)
  }

  /// Takes a trace that begins with the one until now in place of it.
  mutating func goOn(to longer: Trace) {
    trace = longer
    handles += Array(repeating: nil, count: longer.allocations.count - handles.count)
  }

  mutating func step(
    _ number: Int, of training: TrainingTrace
  ) throws(TrainingOutOfMemory) -> TrainingMeasurement.StepPeaks {
    var peaks = TrainingMeasurement.StepPeaks()
    for (phase, events) in training.phases(ofStep: number) {
      allocator.resetPeaks()
      peakEvent = events.lowerBound
      try play(events, of: phase, number)
      guard phase != .zero else { break }
      let statistics = allocator.statistics
      peaks.allocated = max(peaks.allocated, ByteCount(statistics.allocated.peak))
      peaks.reserved = max(peaks.reserved, ByteCount(statistics.reserved.peak))
      guard ByteCount(statistics.requested.peak) > peaks.requested else { continue }
      peaks.requested = ByteCount(statistics.requested.peak)
      peaks.peakPhase = phase
      peaks.peakEvent = peakEvent
    }
    return peaks
  }

  mutating func play(
    _ events: Range<Int>, of phase: TrainingTrace.Phase, _ step: Int
  ) throws(TrainingOutOfMemory) {
    for index in events {
      switch trace.events[index] {
      case .begin: break
      case .allocate(let allocation):
        let before = allocator.statistics.requested.peak
        let bytes = trace.allocations[Int(allocation)].bytes.value
        do throws(CachingAllocator.OutOfMemory) {
          handles[Int(allocation)] = try allocator.allocate(bytes)
        } catch {
          throw TrainingOutOfMemory(memory: error, step: step, phase: phase, event: index)
        }
        if allocator.statistics.requested.peak > before { peakEvent = index }
      case .free(let allocation):
        if let handle = handles[Int(allocation)] { allocator.free(handle) }
        handles[Int(allocation)] = nil
      }
    }
  }
}
