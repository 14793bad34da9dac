public import ModelGraph

/// Inference with a runtime of TensorFlow Lite, whose arena is planned before it runs.
public struct LiteInference: Executor {
  let plan: @Sendable (Graph) -> LitePlan

  public func trace(of graph: Graph) -> Trace { LiteTrace(graph, plan(graph)).trace }
}

/// The trace of a plan: what lies in the arena at each node.
struct LiteTrace {
  private(set) var trace = Trace()

  init(_ graph: Graph, _ plan: LitePlan) {
    let facts = GraphFacts(graph)
    let last = max(1, graph.nodes.count)
    let steps = plan.buffers.map { Self.steps($0, of: plan, last: last) }
    var starting: [Int: [Int]] = [:]
    var ending: [Int: [Int]] = [:]
    for (index, range) in steps.enumerated() {
      starting[range.lowerBound, default: []].append(index)
      if range.upperBound < last { ending[range.upperBound, default: []].append(index) }
    }
    var numbers = [Int32](repeating: -1, count: steps.count)
    let inputs = Set(graph.inputs.map { graph[$0].name })
    for (step, node) in graph.nodes.enumerated() {
      for index in ending[step] ?? [] { trace.free(numbers[index]) }
      if step == 0 {
        for index in starting[0] ?? [] where inputs.contains(plan.buffers[index].name) {
          numbers[index] = trace.allocate(
            Self.allocation(plan.buffers[index], .input, step: nil))
        }
      }
      trace.begin(
        Trace.Step(
          node: facts.displayName(node), operatorName: node.operatorName, phase: .forward))
      for index in starting[step] ?? [] where numbers[index] < 0 {
        let buffer = plan.buffers[index]
        numbers[index] = trace.allocate(
          Self.allocation(buffer, buffer.isScratch ? .workspace : .activation, step: step))
      }
    }
  }

  /// The nodes at which a buffer is live.
  private static func steps(
    _ buffer: LitePlan.PlacedBuffer, of plan: LitePlan, last: Int
  ) -> Range<Int> {
    let next = plan.nodeSteps.firstIndex(after: buffer.steps.lowerBound)
    let end = plan.nodeSteps.firstIndex(after: buffer.steps.upperBound - 1)
    let first = max(0, next - 1)
    return first..<max(first + 1, end < plan.nodeSteps.count ? end : last)
  }

  private static func allocation(
    _ buffer: LitePlan.PlacedBuffer, _ category: Trace.Category, step: Int?
  ) -> Trace.Allocation {
    Trace.Allocation(name: buffer.name, bytes: buffer.bytes, category: category, step: step)
  }
}

extension [Int] {
  /// The first position of a larger number among ascending ones.
  fileprivate func firstIndex(after number: Int) -> Int {
    var (low, high) = (0, count)
    while low < high {
      let middle = (low + high) / 2
      if self[middle] > number { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
