public import MemoryPlanning
public import ModelGraph

/// The nodes of a graph as tasks whose order can be chosen.
///
/// The buffers are those of the arena: what nodes make, without the graph's inputs and outputs, which
/// are the caller's.
public struct GraphOrdering: Sendable {
  public let graph: Graph
  public let problem: OrderProblem

  /// What each task runs, for people.
  public let names: [String]

  public init(_ graph: Graph, runtime: Runtime, inPlace rule: InPlaceRule) {
    let facts = GraphFacts(graph)
    let buffers = ArenaBuffers(facts, rule.reuse(runtime.views))
    self.graph = graph
    names = graph.nodes.map(facts.displayName)
    problem = OrderProblem(
      tasks: graph.nodes.indices.map { buffers.task(at: $0) }, buffers: buffers.buffers)
  }

  /// The graph with its nodes in another order.
  public func graph(in order: [Int]) -> Graph {
    var result = graph
    result.nodes = order.map { graph.nodes[$0] }
    return result
  }
}

/// The storages of a graph that lie in its arena, numbered.
private struct ArenaBuffers {
  private let facts: GraphFacts
  private let reuse: BufferReuse
  private var numbers: [ValueID: Int] = [:]
  private(set) var buffers: [OrderBuffer] = []

  init(_ facts: GraphFacts, _ options: BufferReuse.Options) {
    self.facts = facts
    reuse = BufferReuse(facts, options)
    let outputs = Set(facts.graph.outputs.map { reuse.views.root(of: $0) })
    for node in facts.graph.nodes {
      for case let output? in node.outputs {
        let root = reuse.views.root(of: output)
        guard facts.isActivation(root), !outputs.contains(root), numbers[root] == nil else {
          continue
        }
        numbers[root] = buffers.count
        buffers.append(OrderBuffer(facts.graph[root].type.byteCount.value))
      }
    }
  }

  func task(at step: Int) -> OrderTask {
    let node = facts.graph.nodes[step]
    let uses = facts.uses(of: node)
    let producers = uses.map { Int(facts.producers[$0.index]) }.filter { $0 >= 0 && $0 != step }
    return OrderTask(
      reads: uses.compactMap(number), makes: node.outputs.compactMap { $0.flatMap(number) },
      dependencies: producers, overwrites: overwrites(of: node, at: step, uses))
  }

  private func number(_ id: ValueID) -> Int? { numbers[reuse.views.root(of: id)] }

  /// The buffers read once whose room the first output may take over, those of its own size.
  private func overwrites(of node: Node, at step: Int, _ uses: [ValueID]) -> [Int] {
    guard case let output?? = node.outputs.first, reuse.isPlanned(output) else { return [] }
    let numbers = uses.compactMap(number)
    return reuse.candidates(for: output, node, facts.definitions[step]).compactMap { candidate in
      guard let number = number(candidate), numbers.count(where: { $0 == number }) == 1,
        buffers[number].byteCount == facts.graph[output].type.byteCount.value
      else { return nil }
      return number
    }
  }
}
