import ModelGraph

/// All that PyTorch's allocator does while a model is built and trained for two steps.
///
/// What `torch.cuda.memory._record_memory_history` would have recorded from the start.
public struct AllocatorRecording: Sendable {
  public let trace: Trace

  /// What the allocator does, in order.
  public private(set) var entries: [Entry] = []

  /// The phases, in order, each with the entries that belong to it.
  public private(set) var phases: [RecordedPhase] = []

  /// What the allocator holds after the last entry.
  public private(set) var segments: [CachingAllocator.Segment] = []

  /// The allocation that each block handed out serves after the last entry, by address.
  public private(set) var owners: [Int: Int] = [:]

  /// One thing done by the allocator.
  public struct Entry: Hashable, Sendable {
    public var action: Action
    public var address: Int
    public var size: Int

    /// The index of the kernel that runs; `nil` before the first.
    public var step: Int?

    /// What the allocator holds afterwards.
    public var totals: Totals
  }

  public enum Action: Hashable, Sendable {
    /// A block is handed out for the allocation of an index, or comes back from it.
    case allocate(Int)
    case free(Int)
    case segment(CachingAllocator.SegmentEvent.Kind)

    /// A request cannot be served; nothing follows.
    case outOfMemory(available: Int)

    /// A kernel begins, of which the allocator knows nothing.
    case begin
  }

  public struct Totals: Hashable, Sendable {
    public var requested = 0
    public var allocated = 0
    public var reserved = 0
  }

  public struct RecordedPhase: Hashable, Sendable {
    /// 0 for the first step, 1 for the steady one; -1 before.
    public var step: Int
    public var phase: TrainingTrace.Phase
    public var entries: Range<Int>
  }

  /// A moment to look at the allocator.
  public enum Moment: String, Hashable, Sendable, CaseIterable {
    /// After the steady step.
    case end

    /// When the most bytes of the steady step are allocated.
    case peak
  }
}

extension AllocatorRecording {
  /// Puts a trace through an allocator, up to a moment or until memory runs out.
  public init(
    _ run: TrainingTrace, allocator configuration: CachingAllocator.Configuration,
    until moment: Moment = .end
  ) {
    trace = run.trace
    let recorder = Recorder(run, configuration)
    guard moment == .peak, !recorder.isOutOfMemory,
      let last = recorder.steadyPeakEvent
    else {
      take(recorder)
      return
    }
    take(Recorder(run, configuration, through: last))
  }

  private mutating func take(_ recorder: Recorder) {
    entries = recorder.entries
    phases = recorder.phases
    segments = recorder.allocator.segments
    owners = recorder.owners
  }
}

/// An allocator at work on a trace, written down.
private struct Recorder {
  let trace: Trace
  var allocator: CachingAllocator
  private(set) var entries: [AllocatorRecording.Entry] = []
  private(set) var phases: [AllocatorRecording.RecordedPhase] = []
  private(set) var owners: [Int: Int] = [:]
  private(set) var isOutOfMemory = false

  /// The first event after which the most bytes of the steady step are allocated.
  private(set) var steadyPeakEvent: Int?
  private var steadyPeak = 0
  private var handles: [CachingAllocator.Handle?]
  private var step: Int?

  init(
    _ run: TrainingTrace, _ configuration: CachingAllocator.Configuration,
    through lastEvent: Int = .max
  ) {
    trace = run.trace
    allocator = CachingAllocator(configuration, keepsSegmentEvents: true)
    handles = Array(repeating: nil, count: trace.allocations.count)
    var next = 0
    for mark in run.marks where !isOutOfMemory && next <= lastEvent {
      let start = entries.count
      for index in next..<mark.eventCount where !isOutOfMemory && index <= lastEvent {
        play(trace.events[index])
        if mark.step == 1 { notePeak(at: index) }
      }
      next = mark.eventCount
      phases.append(
        AllocatorRecording.RecordedPhase(
          step: mark.step, phase: mark.phase, entries: start..<entries.count))
    }
  }

  private mutating func notePeak(at event: Int) {
    let allocated = allocator.statistics.allocated.current
    guard allocated > steadyPeak else { return }
    (steadyPeak, steadyPeakEvent) = (allocated, event)
  }

  private mutating func play(_ event: Trace.Event) {
    switch event {
    case .begin(let index):
      step = Int(index)
      write(.begin, 0, 0)
    case .allocate(let index): allocate(Int(index))
    case .free(let index): free(Int(index))
    }
  }

  private mutating func allocate(_ index: Int) {
    let bytes = trace.allocations[index].bytes.value
    do throws(CachingAllocator.OutOfMemory) {
      let handle = try allocator.allocate(bytes)
      writeSegmentEvents()
      let address = allocator.address(of: handle)
      handles[index] = handle
      owners[address] = index
      write(.allocate(index), address, bytes)
    } catch {
      writeSegmentEvents()
      write(.outOfMemory(available: error.available), 0, bytes)
      isOutOfMemory = true
    }
  }

  private mutating func free(_ index: Int) {
    guard let handle = handles[index] else { return }
    let address = allocator.address(of: handle)
    allocator.free(handle)
    handles[index] = nil
    owners[address] = nil
    write(.free(index), address, trace.allocations[index].bytes.value)
  }

  private mutating func writeSegmentEvents() {
    // The request that needs them is served after them.
    var totals = entries.last?.totals ?? AllocatorRecording.Totals()
    for event in allocator.takeSegmentEvents() {
      switch event.kind {
      case .taken, .mapped: totals.reserved += event.size
      case .givenBack, .unmapped: totals.reserved -= event.size
      }
      entries.append(
        AllocatorRecording.Entry(
          action: .segment(event.kind), address: event.address, size: event.size, step: step,
          totals: totals))
    }
  }

  private mutating func write(
    _ action: AllocatorRecording.Action, _ address: Int, _ size: Int
  ) {
    let statistics = allocator.statistics
    entries.append(
      AllocatorRecording.Entry(
        action: action, address: address, size: size, step: step,
        totals: AllocatorRecording.Totals(
          requested: statistics.requested.current, allocated: statistics.allocated.current,
          reserved: statistics.reserved.current)))
  }
}
