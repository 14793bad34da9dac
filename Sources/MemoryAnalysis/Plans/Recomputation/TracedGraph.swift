import ModelGraph
import Operators

/// A graph as `torch.fx` traces and runs it.
///
/// The calls of leaf modules stand in one row, so nothing but the last use holds a value that goes from
/// one to the next. A call that is the last to read a value runs before cheap calls that it does not need:
/// between them nothing but results of products is live then, as before the first sum of a ResNet's stage.
/// Modules that cut off what is beyond bounds keep their result, which tells as well where they did.
/// Source: `torch/fx/graph.py`, PyTorch 2.15.
struct TracedGraph {
  private(set) var graph: Graph
  private(set) var earlier: [EarlierCall] = []

  /// The paths of the modules that keep their result instead of what comes in.
  private(set) var bounded: [String] = []

  /// The path of the module whose call, the only one, begins at each node.
  private(set) var starts: [String?]

  /// The path of the module whose call, the only one and without calls in it, ends at each node.
  private var ends: [String?]

  /// The path of the leaf module that runs each node.
  private(set) var leaves: [String?]

  /// The nodes with which calls of modules of modules begin.
  private(set) var groupStarts: Set<Int> = []

  init(_ original: Graph) {
    let calls = ModuleTree(original).calls
    let parents = Set(calls.compactMap(\.parent))
    let counts = Dictionary(grouping: calls, by: \.path).mapValues(\.count)
    graph = original
    starts = Array(repeating: nil, count: original.nodes.count)
    leaves = starts
    ends = starts
    for (index, call) in calls.enumerated() {
      if counts[call.path] == 1 { starts[call.nodes.lowerBound] = call.path }
      if parents.contains(index) {
        if call.weightedNodes >= 2 { groupStarts.insert(call.nodes.lowerBound) }
      } else {
        for step in call.nodes { leaves[step] = call.path }
        if counts[call.path] == 1 { ends[call.nodes.upperBound - 1] = call.path }
      }
    }
    for step in graph.nodes.indices { flatten(step) }
    keepResults()
    reorder()
  }

  /// The place before a node as code can tell it: where a module's call begins, or right after one.
  func place(before step: Int) -> CallPlace? {
    guard step < starts.count else { return nil }
    if let path = starts[step] { return .before(path) }
    return step > 0 ? ends[step - 1].map { .after($0) } : nil
  }

  /// Has a node belong to its leaf module alone, whose path becomes one name so that calls do not nest.
  private mutating func flatten(_ step: Int) {
    let leaf = leaves[step]
    graph.nodes[step].module = leaf.map(Self.oneName) ?? ""
    if leaf == nil { graph.nodes[step].variable = nil }
    for name in [ForwardHolds.variableAttribute, ForwardHolds.besidesAttribute] {
      guard let path = graph.nodes[step].attributes.string(name) else { continue }
      let isInside = leaf.map { path == $0 || path.hasPrefix("\($0).") } ?? false
      graph.nodes[step].attributes[name] = isInside ? leaf.map { .string(Self.oneName($0)) } : nil
    }
  }

  private static func oneName(_ path: String) -> String {
    String(path.map { $0 == "." ? "/" : $0 })
  }

  private mutating func keepResults() {
    let overwriting = Overwriting(GraphFacts(graph))
    for step in graph.nodes.indices where graph.nodes[step].operatorName == "HardTanh" {
      guard let path = starts[step], isAlone(step), !overwriting.overwrites(resultOf: step) else {
        continue
      }
      graph.nodes[step].attributes["keepsResult"] = .integer(1)
      bounded.append(path)
    }
  }

  private mutating func reorder() {
    let facts = GraphFacts(graph)
    let readers = LastReaders(facts)
    let isHeavy = graph.nodes.indices.map { facts.work(of: $0).multiplyAccumulates > 0 }
    var order = Array(graph.nodes.indices)
    for position in order.indices {
      let step = order[position]
      guard isHeavy[step], let path = starts[step], isAlone(step), readers.ends(anyOperandOf: step)
      else { continue }
      let operands = Set(facts.uses(of: graph.nodes[step]))
      let passed = order[..<position].reversed().prefix { other in
        !isHeavy[other]
          && !graph.nodes[other].outputs.contains { $0.map(operands.contains) ?? false }
      }
      let run = order[(position - passed.count)..<position]
      guard let target = run.firstIndex(where: { starts[$0] != nil }),
        let before = starts[order[target]]
      else { continue }
      order.remove(at: position)
      order.insert(step, at: target)
      earlier.append(EarlierCall(path: path, before: before))
    }
    run(in: order)
  }

  /// Whether a node is all of its leaf module's call.
  private func isAlone(_ step: Int) -> Bool {
    leaves[step] != nil && leaves.indices.contains(step - 1)
      && leaves[step - 1] != leaves[step]
      && (step + 1 == leaves.count || leaves[step + 1] != leaves[step])
  }

  private mutating func run(in order: [Int]) {
    graph.nodes = order.map { graph.nodes[$0] }
    starts = order.map { starts[$0] }
    ends = order.map { ends[$0] }
    leaves = order.map { leaves[$0] }
    groupStarts = Set(order.indices.filter { groupStarts.contains(order[$0]) })
  }
}
