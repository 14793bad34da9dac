import ModelGraph

/// Writes the trace of a graph whose storages have known lifetimes.
struct TraceWriter {
  let facts: GraphFacts
  let lifetimes: Lifetimes

  /// The bytes of scratch of each node.
  let workspace: (Int) -> ByteCount

  func trace() -> Trace {
    var trace = Trace()
    for input in facts.graph.inputs { trace.allocate(allocation(input, .input, step: nil)) }
    let endings = Buckets(lifetimes, stepCount: facts.graph.nodes.count)
    var indices = [Int32](repeating: -1, count: facts.graph.values.count)
    var beginnings = lifetimes.storages.sorted { $0.steps.lowerBound < $1.steps.lowerBound }[...]
    for (step, node) in facts.graph.nodes.enumerated() {
      trace.begin(
        Trace.Step(
          node: facts.displayName(node), operatorName: node.operatorName, phase: .forward))
      while let next = beginnings.first, next.steps.lowerBound == step {
        let made = allocation(next.value, .activation, step: step)
        indices[next.value.index] = trace.allocate(made)
        beginnings.removeFirst()
      }
      writeWorkspace(of: step, to: &trace)
      for value in endings[step] { trace.free(indices[Int(value)]) }
    }
    return trace
  }

  private func allocation(
    _ id: ValueID, _ category: Trace.Category, step: Int?
  ) -> Trace.Allocation {
    Trace.Allocation(
      name: facts.graph[id].name, bytes: facts.graph[id].type.byteCount, category: category,
      step: step)
  }

  private func writeWorkspace(of step: Int, to trace: inout Trace) {
    let bytes = workspace(step)
    guard bytes > .zero else { return }
    let name = "workspace of \(trace.steps[step].node)"
    trace.free(
      trace.allocate(
        Trace.Allocation(name: name, bytes: bytes, category: .workspace, step: step)))
  }
}

/// The storages that end with each step.
private struct Buckets {
  private var first: [Int32]
  private var values: [Int32]

  init(_ lifetimes: Lifetimes, stepCount: Int) {
    first = Array(repeating: 0, count: stepCount + 2)
    let ending = lifetimes.storages.filter { $0.steps.upperBound < stepCount }
    for storage in ending { first[storage.steps.upperBound + 1] += 1 }
    for step in 0...stepCount { first[step + 1] += first[step] }
    values = Array(repeating: 0, count: ending.count)
    var next = first
    for storage in ending {
      values[Int(next[storage.steps.upperBound])] = Int32(storage.value.index)
      next[storage.steps.upperBound] += 1
    }
  }

  subscript(step: Int) -> ArraySlice<Int32> { values[Int(first[step])..<Int(first[step + 1])] }
}
