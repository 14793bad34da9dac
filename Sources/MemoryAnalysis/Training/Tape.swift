import ModelGraph
import Operators

/// A tensor of a training step.
struct LiveTensor {
  var storage: Int
  var layout: TensorLayout

  /// Whether it is a view, which keeps hold of the tensor it is a view of.
  var isView = false

  /// The tensor that autograd knows it as a view of.
  var base: TensorLayout?

  /// Where its gradient goes; `nil` if it needs none.
  var edge: Tape.Edge?

  /// Where the gradient goes of a parameter that a node reads while autograd does not watch: autocast keeps a
  /// copy of it all the same, and watches how it makes that.
  var unwatchedEdge: Tape.Edge?
}

/// What autograd noted in one forward pass: the nodes of the backward pass and their edges.
struct Tape {
  private(set) var nodes: [Node] = []

  /// How many edges lead to each node.
  private var uses: [Int] = []

  /// The storages that nodes kept which are gone.
  private(set) var abandoned: [Int] = []

  /// The output of a node to which a gradient belongs.
  struct Edge: Hashable {
    var node: Int
    var slot: Int
  }

  struct Node {
    var name: String

    /// The node of the graph that it comes from.
    var origin: String
    var edges: [Edge?]
    var inputTypes: [TensorType?]
    var outputCount: Int
    var saved: [LiveTensor]
    var kind: Kind

    /// The number that its backward function shares with those that do the same; `nil` if no other does.
    var number: Int?

    /// The recomputed region whose run makes ``saved``; `nil` for a node that kept it all along.
    var region: Int?
  }

  enum Kind {
    /// The end of a path: the gradient of the parameter at an index.
    case accumulate(parameter: Int)

    /// The end of a path: what is no parameter but keeps its gradient all the same, as long as autograd knows of it.
    case leaf
    case function(Backward)

    /// A region that ran unwatched: it runs once more, and backwards in a pass of its own.
    case region(Int)

    /// The end of such a pass: the gradient of what came into the region.
    case regionInput(Int)
  }

  mutating func reserveCapacity(_ count: Int) {
    nodes.reserveCapacity(count)
    uses.reserveCapacity(count)
  }

  /// Adds a node; later ones run earlier.
  mutating func append(_ node: consuming Node) -> Int {
    uses.append(0)
    for case let edge? in node.edges { uses[edge.node] += 1 }
    nodes.append(node)
    return nodes.count - 1
  }

  /// Gives up a node that no other leads to, and those that only it leads to; returns what they kept.
  ///
  /// A node lives as long as the tensor that it made, or a node that leads to it.
  mutating func abandon(_ node: Int, unlessIn held: (Int) -> Bool) -> [LiveTensor] {
    var kept: [LiveTensor] = []
    var next = [node]
    while let index = next.popLast() {
      guard uses[index] == 0, nodes[index].isFunction, !held(index) else { continue }
      // No node leads to it any more, so that it is not given up twice.
      uses[index] = -1
      kept += takeSaved(of: index)
      for case let edge? in nodes[index].edges {
        uses[edge.node] -= 1
        next.append(edge.node)
      }
    }
    abandoned += kept.map(\.storage)
    return kept
  }

  /// Whether nothing leads to a node.
  func isUnused(_ node: Int) -> Bool { uses[node] == 0 }

  /// Gives a node the tensors that its region has computed again.
  mutating func restore(_ saved: [LiveTensor], to node: Int) { nodes[node].saved = saved }

  /// Has another region make what a node saves.
  mutating func assign(_ node: Int, to region: Int) { nodes[node].region = region }

  /// The nodes that no gradient reaches which starts at an edge.
  func unreached(from start: Edge) -> [Int] {
    var isReached = Array(repeating: false, count: nodes.count)
    var next = [start.node]
    while let node = next.popLast() {
      guard !isReached[node] else { continue }
      isReached[node] = true
      for case let edge? in nodes[node].edges { next.append(edge.node) }
    }
    return nodes.indices.filter { !isReached[$0] }
  }

  /// Takes the saved tensors of a node, which can be done once.
  mutating func takeSaved(of node: Int) -> [LiveTensor] {
    defer { nodes[node].saved = [] }
    return nodes[node].saved
  }
}

extension Tape.Node {
  fileprivate var isFunction: Bool {
    guard case .function = kind else { return false }
    return region == nil
  }
}
