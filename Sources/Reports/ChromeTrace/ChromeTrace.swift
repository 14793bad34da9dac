public import MemoryAnalysis
import ModelGraph

/// A training step as events that Perfetto and `chrome://tracing` show.
///
/// Each kernel is an event in the lane of its phase; the bytes that the allocator holds, and what
/// they are for, are counters. The clock counts events, one a microsecond: the order is predicted, how
/// long kernels run is not.
///
/// Format: <https://docs.google.com/document/d/1CvAClvFfyA5R-PhYUmn5OOQtYMH4h6I0nSsKchNAySU>.
public struct ChromeTrace: Sendable {
  private let recording: AllocatorRecording
  private let model: String

  public init(of recording: AllocatorRecording, model: String) {
    self.recording = recording
    self.model = model
  }

  /// The trace as text of JSON.
  public var text: String { document.text }

  var document: JSON {
    [
      "displayTimeUnit": "ms",
      "otherData": [
        "model": .string(model),
        "clock": "one microsecond is one event of the allocator or start of a kernel",
      ],
      "traceEvents": .array(names + inOrder(phases + kernels + counters)),
    ]
  }

  /// An event and when it begins.
  private typealias Timed = (time: Int, event: JSON)

  private func inOrder(_ events: [Timed]) -> [JSON] {
    events.enumerated()
      .sorted { ($0.element.time, $0.offset) < ($1.element.time, $1.offset) }
      .map(\.element.event)
  }
}

// Lanes.

extension ChromeTrace {
  /// The rows of the picture, from the top.
  private enum Lane: Int, CaseIterable {
    case phases = 1
    case forward, backward, optimizer

    var title: String {
      switch self {
      case .phases: "phases"
      case .forward: "forward kernels"
      case .backward: "backward kernels"
      case .optimizer: "optimizer kernels"
      }
    }

    init(_ phase: Trace.Phase) {
      switch phase {
      case .forward: self = .forward
      case .backward: self = .backward
      case .optimizer: self = .optimizer
      }
    }
  }

  private var names: [JSON] {
    [Self.named("process_name", lane: 0, "training \(model)")]
      + Lane.allCases.map { Self.named("thread_name", lane: $0.rawValue, $0.title) }
  }

  private static func named(_ kind: String, lane: Int, _ name: String) -> JSON {
    [
      "name": .string(kind), "ph": "M", "pid": 1, "tid": .integer(lane),
      "args": ["name": .string(name)],
    ]
  }

  private static func span(
    _ name: String, _ category: String, _ lane: Lane, _ times: Range<Int>, _ arguments: JSON
  ) -> Timed {
    let event: JSON = [
      "name": .string(name), "cat": .string(category), "ph": "X",
      "ts": .integer(times.lowerBound), "dur": .integer(times.count), "pid": 1,
      "tid": .integer(lane.rawValue), "args": arguments,
    ]
    return (times.lowerBound, event)
  }
}

// What runs.

extension ChromeTrace {
  private var phases: [Timed] {
    recording.phases.filter { !$0.entries.isEmpty }.map {
      Self.span($0.title, "phase", .phases, $0.entries, [:])
    }
  }

  private var kernels: [Timed] {
    recording.phases.flatMap { phase in
      runs(in: phase.entries).map { kernel($0.step, $0.entries) }
    }
  }

  /// The entries of each kernel, in order.
  private func runs(in range: Range<Int>) -> [(step: Int, entries: Range<Int>)] {
    var runs: [(step: Int, entries: Range<Int>)] = []
    for index in range {
      if case .begin = recording.entries[index].action, let step = recording.entries[index].step {
        runs.append((step, index..<index))
      }
      guard let last = runs.indices.last else { continue }
      runs[last].entries = runs[last].entries.lowerBound..<index + 1
    }
    return runs
  }

  private func kernel(_ index: Int, _ entries: Range<Int>) -> Timed {
    let step = recording.trace.steps[index]
    let held = recording.entries[entries].map(\.totals)
    return Self.span(
      step.operatorName.description, step.phase.rawValue, Lane(step.phase), entries,
      [
        "node": .string(step.node),
        "requestedPeakBytes": .integer(held.map(\.requested).max() ?? 0),
        "allocatedPeakBytes": .integer(held.map(\.allocated).max() ?? 0),
        "reservedPeakBytes": .integer(held.map(\.reserved).max() ?? 0),
      ])
  }
}

// What is held.

extension ChromeTrace {
  private var counters: [Timed] {
    var live: [Trace.Category: Int] = [:]
    var events: [Timed] = []
    for (time, entry) in recording.entries.enumerated() {
      switch entry.action {
      case .begin, .outOfMemory: continue
      case .segment: break
      case .allocate(let index): live[category(index), default: 0] += entry.size
      case .free(let index): live[category(index), default: 0] -= entry.size
      }
      events.append(Self.counter("memory", time, entry.totals.members))
      let parts = Trace.Category.allCases.map {
        JSON.Member($0.rawValue, .integer(live[$0] ?? 0))
      }
      events.append(Self.counter("requested, by use", time, parts))
    }
    return events
  }

  private func category(_ allocation: Int) -> Trace.Category {
    recording.trace.allocations[allocation].category
  }

  private static func counter(_ name: String, _ time: Int, _ values: [JSON.Member]) -> Timed {
    let event: JSON = [
      "name": .string(name), "ph": "C", "ts": .integer(time), "pid": 1, "args": .object(values),
    ]
    return (time, event)
  }
}

extension AllocatorRecording.Totals {
  fileprivate var members: [JSON.Member] {
    [
      JSON.Member("requested", .integer(requested)), JSON.Member("allocated", .integer(allocated)),
      JSON.Member("reserved", .integer(reserved)),
    ]
  }
}
