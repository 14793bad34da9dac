public import ModelGraph

/// What a trace holds at its busiest moment, under an allocator that wastes nothing.
public struct Footprint: Hashable, Sendable {
  /// The most bytes live at any moment.
  public var peak: ByteCount

  /// The step of that moment; `nil` if it comes before the first.
  public var peakStep: Int?

  /// The most bytes live at any moment of each step.
  public var liveBytes: [ByteCount]

  /// The allocations live at the peak, largest first.
  public var live: [Int]

  /// The bytes live at the peak, by what they are for.
  public var breakdown: [Trace.Category: ByteCount]

  /// Replays a trace; only at the peak are the live buffers listed, so the time is linear.
  public init(of trace: Trace) {
    var meter = Meter(stepCount: trace.steps.count)
    for (index, event) in trace.events.enumerated() { meter.read(event, at: index, of: trace) }
    peak = meter.peak
    peakStep = meter.peakStep
    liveBytes = meter.liveBytes
    live = Self.live(in: trace, through: meter.peakEvent)
    breakdown = live.reduce(into: [:]) {
      $0[trace.allocations[$1].category, default: .zero] += trace.allocations[$1].bytes
    }
  }

  private static func live(in trace: Trace, through lastEvent: Int?) -> [Int] {
    guard let lastEvent else { return [] }
    var isLive = [Bool](repeating: false, count: trace.allocations.count)
    for event in trace.events[...lastEvent] {
      switch event {
      case .begin: break
      case .allocate(let index): isLive[Int(index)] = true
      case .free(let index): isLive[Int(index)] = false
      }
    }
    return isLive.indices
      .filter { isLive[$0] && trace.allocations[$0].bytes > .zero }
      .sorted {
        let (a, b) = (trace.allocations[$0].bytes, trace.allocations[$1].bytes)
        return a == b ? $0 < $1 : a > b
      }
  }
}

/// The running sums of a replay.
private struct Meter {
  var current = ByteCount.zero
  var step: Int?
  var peak = ByteCount.zero
  var peakStep: Int?
  var peakEvent: Int?
  var liveBytes: [ByteCount]

  init(stepCount: Int) { liveBytes = Array(repeating: .zero, count: stepCount) }

  mutating func read(_ event: Trace.Event, at index: Int, of trace: Trace) {
    switch event {
    case .begin(let next): step = Int(next)
    case .allocate(let allocation): current += trace.allocations[Int(allocation)].bytes
    case .free(let allocation): current -= trace.allocations[Int(allocation)].bytes
    }
    if let step { liveBytes[step] = max(liveBytes[step], current) }
    guard current > peak else { return }
    (peak, peakStep, peakEvent) = (current, step, index)
  }
}
