public import ModelGraph

/// The allocations and frees of building a model and training it for two steps.
///
/// The first step makes the optimizer's state; the second is like all that follow.
public struct TrainingTrace: Sendable {
  public internal(set) var trace = Trace()

  /// Where the phases of each step end.
  public internal(set) var marks: [Mark] = []
  public internal(set) var diagnostics: [Diagnostic] = []

  /// Whether there was a loss to differentiate.
  public internal(set) var hasLoss = false

  /// What each node of the graph did in the last forward pass.
  var nodeRuns: [NodeRun] = []

  public struct Mark: Hashable, Sendable {
    /// 0 for the first step, 1 for the steady one; -1 before.
    public var step: Int
    public var phase: Phase

    /// The number of events up to the end of the phase.
    public var eventCount: Int

    /// The bytes of the storages that autograd keeps, at the end of a forward phase.
    public var savedBytes: ByteCount
  }

  public enum Phase: String, Hashable, Sendable {
    case build, forward, backward, optimizer, zero
  }

  /// The phases of a step in their order, with their events.
  public func phases(ofStep step: Int) -> [(phase: Phase, events: Range<Int>)] {
    marks.indices.filter { marks[$0].step == step }.map { index in
      let start = index == 0 ? 0 : marks[index - 1].eventCount
      return (marks[index].phase, start..<marks[index].eventCount)
    }
  }

  /// The events of a step, without those that end it by dropping gradients.
  public func events(ofStep step: Int) -> Range<Int> {
    let phases = phases(ofStep: step).filter { $0.phase != .zero }
    guard let first = phases.first, let last = phases.last else { return 0..<0 }
    return first.events.lowerBound..<last.events.upperBound
  }
}
