import ModelGraph

/// From which step to which each storage of a graph is live.
///
/// Only values that nodes make are here; what the caller owns, and what the file stores, outlives
/// the run.
struct Lifetimes {
  /// The step that makes the storage; -1 where there is none.
  private(set) var starts: [Int32]

  /// The last step that reads the storage; the number of steps if it outlives the run.
  private(set) var ends: [Int32]

  init(_ facts: GraphFacts, _ storages: Storages) {
    starts = Array(repeating: -1, count: facts.graph.values.count)
    ends = starts
    for (step, node) in facts.graph.nodes.enumerated() {
      for case let output? in node.outputs where facts.isActivation(storages.root(of: output)) {
        make(storages.root(of: output), at: step)
      }
      for use in facts.uses(of: node) { extend(storages.root(of: use), to: step) }
    }
    for output in facts.graph.outputs {
      extend(storages.root(of: output), to: facts.graph.nodes.count)
    }
  }

  /// The values that are made, with the steps from which and through which they are live.
  var storages: [(value: ValueID, steps: ClosedRange<Int>)] {
    starts.indices.compactMap { index in
      guard starts[index] >= 0 else { return nil }
      return (ValueID(index), Int(starts[index])...Int(max(starts[index], ends[index])))
    }
  }

  /// The last step at which a storage is live.
  func end(of id: ValueID) -> Int { Int(ends[id.index]) }

  mutating func extend(_ id: ValueID, to step: Int) {
    guard starts[id.index] >= 0 else { return }
    ends[id.index] = max(ends[id.index], Int32(truncatingIfNeeded: step))
  }

  private mutating func make(_ id: ValueID, at step: Int) {
    if starts[id.index] < 0 { starts[id.index] = Int32(truncatingIfNeeded: step) }
    ends[id.index] = max(ends[id.index], Int32(truncatingIfNeeded: step))
  }
}
