public import ModelGraph
import Operators

/// Inference in eager PyTorch: a value is freed when its last reference goes.
///
/// Three things hold a value: the nodes still to read it, the caller (inputs and outputs), and the
/// frames of Python functions, which keep a module's arguments until its call returns. Views and
/// nodes that work in place make no buffer.
public struct EagerInference: Executor {
  public init() {}

  public func trace(of graph: Graph) -> Trace {
    let facts = GraphFacts(graph.takingFastPaths())
    let storages = Storages(facts, views: .pytorch)
    var lifetimes = Lifetimes(facts, storages)
    for (step, values) in ForwardHolds(facts).endings.enumerated() {
      for value in values { lifetimes.extend(storages.root(of: value), to: step) }
    }
    let writer = TraceWriter(facts: facts, lifetimes: lifetimes) { step in
      auxiliaryBytes(of: step, facts) + facts.bodyBytes(of: facts.graph.nodes[step], self)
    }
    return writer.trace()
  }

  /// What a kernel makes besides its outputs and drops at once, such as a max-pool's indices.
  private func auxiliaryBytes(of step: Int, _ facts: GraphFacts) -> ByteCount {
    guard let definition = facts.definitions[step] else { return .zero }
    let auxiliaries = definition.auxiliaries.filter(\.isMadeAtInference)
    guard !auxiliaries.isEmpty else { return .zero }
    let call = facts.call(facts.graph.nodes[step])
    return auxiliaries.compactMap { $0.type(call)?.byteCount }.total()
  }
}
