import ModelGraph

extension Graph {
  /// The nodes in the order in which ONNX Runtime runs them.
  ///
  /// Its default order is a depth-first search back from the nodes that no one reads; of a node's
  /// operands, the one whose maker stands last in the file is made first. Bodies keep their order.
  /// <https://github.com/microsoft/onnxruntime/blob/main/onnxruntime/core/graph/graph_viewer.cc>
  func inONNXRuntimeOrder() -> Graph {
    let facts = GraphFacts(self)
    var graph = self
    graph.nodes = backwardOrder(facts.producersOfNodes).map { nodes[$0] }
    return graph
  }
}

extension GraphFacts {
  /// The nodes that make each node's operands, ascending.
  var producersOfNodes: [[Int]] {
    graph.nodes.map { node in
      Set(uses(of: node).map { Int(producers[$0.index]) }).filter { $0 >= 0 }.sorted()
    }
  }
}

/// The order in which ONNX Runtime runs nodes with the given producers, ascending for each node.
func backwardOrder(_ producers: [[Int]]) -> [Int] {
  var search = BackwardSearch(producers)
  for leaf in search.leaves { search.visit(leaf) }
  return search.order
}

/// A depth-first search from consumers to producers.
private struct BackwardSearch {
  private(set) var order: [Int] = []

  /// The producers of each node's operands, ascending.
  private let producers: [[Int]]
  private var isEntered: [Bool]

  private enum Step {
    case enter(Int)
    case leave(Int)
  }

  init(_ producers: [[Int]]) {
    self.producers = producers
    isEntered = Array(repeating: false, count: producers.count)
    order.reserveCapacity(producers.count)
  }

  /// The nodes that no node reads, in the order of the search.
  var leaves: [Int] {
    var isRead = isEntered.map { _ in false }
    for producer in producers.joined() { isRead[producer] = true }
    return isRead.indices.filter { !isRead[$0] }.reversed()
  }

  mutating func visit(_ start: Int) {
    var stack = [Step.enter(start)]
    while let step = stack.popLast() {
      switch step {
      case .leave(let node): order.append(node)
      case .enter(let node) where isEntered[node]: continue
      case .enter(let node):
        isEntered[node] = true
        stack.append(.leave(node))
        stack += producers[node].filter { !isEntered[$0] }.map { .enter($0) }
      }
    }
  }
}
