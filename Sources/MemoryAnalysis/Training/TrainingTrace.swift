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

  /// The events of one phase.
  public func events(of phase: Phase, step: Int) -> Range<Int> {
    guard let index = marks.firstIndex(where: { $0.step == step && $0.phase == phase }) else {
      return 0..<0
    }
    let start = index == 0 ? 0 : marks[index - 1].eventCount
    return start..<marks[index].eventCount
  }
}
