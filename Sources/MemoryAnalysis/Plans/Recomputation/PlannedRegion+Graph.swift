import ModelGraph

extension PlannedRegion {
  /// The calls of modules in a graph, and runs of numbered modules that follow each other.
  ///
  /// Runs are told only where each module reads nothing but the result of the one before it, as the
  /// children of a `Sequential` do.
  static func all(in facts: GraphFacts) -> [PlannedRegion] {
    let calls = ModuleCall.all(in: facts)
    let single = calls.map { PlannedRegion(nodes: $0.nodes, path: $0.path, moduleCount: 1) }
    return (single + runs(calls, facts)).filter { !facts.overwritesOperand(of: $0.nodes) }
  }

  /// The longest run that is told as one region.
  private static let longestRun = 16

  private static func runs(_ calls: [ModuleCall], _ facts: GraphFacts) -> [PlannedRegion] {
    var result: [PlannedRegion] = []
    // The numbered blocks of language models stand in lists, which run nothing themselves.
    let readsTokens = facts.graph.inputs.contains {
      facts.graph[$0].type.tensorType?.dataType == .int64
    }
    guard !readsTokens else { return [] }
    for (parent, children) in Dictionary(grouping: calls, by: \.parentPath) {
      let ordered = children.sorted { $0.nodes.lowerBound < $1.nodes.lowerBound }
      guard !parent.isEmpty, ordered.enumerated().allSatisfy({ $1.number == $0 }) else { continue }
      for first in ordered.indices {
        for last in first + 1..<min(ordered.count, first + longestRun) {
          guard ordered[last].follows(ordered[last - 1], facts) else { break }
          result.append(
            PlannedRegion(
              nodes: ordered[first].nodes.lowerBound..<ordered[last].nodes.upperBound,
              path: ordered[first].path, moduleCount: last - first + 1))
        }
      }
    }
    return result.sorted {
      ($0.nodes.lowerBound, $0.nodes.upperBound) < ($1.nodes.lowerBound, $1.nodes.upperBound)
    }
  }
}

/// A call of a module that is called once in a step.
private struct ModuleCall {
  var path: String
  var nodes: Range<Int>

  /// The calls of a graph; wrapping a module that is called twice would wrap both calls.
  static func all(in facts: GraphFacts) -> [ModuleCall] {
    let calls = ModuleTree(facts.graph).calls
    let counts = Dictionary(grouping: calls, by: \.path).mapValues(\.count)
    return calls.filter { counts[$0.path] == 1 }.map { ModuleCall(path: $0.path, nodes: $0.nodes) }
  }

  var parentPath: String { path.lastIndex(of: ".").map { String(path[..<$0]) } ?? "" }

  /// The number that is the last part of the path.
  var number: Int? {
    Int(path[(path.lastIndex(of: ".").map { path.index(after: $0) } ?? path.startIndex)...])
  }

  /// Whether the call stands next to another and reads its one result alone.
  func follows(_ other: ModuleCall, _ facts: GraphFacts) -> Bool {
    guard nodes.lowerBound == other.nodes.upperBound else { return false }
    let inside = Set(facts.graph.nodes[nodes].flatMap { $0.outputs.compactMap(\.self) })
    let read = Set(facts.graph.nodes[nodes].flatMap { facts.uses(of: $0) })
      .filter { !facts.isStored($0) && !inside.contains($0) }
    return read.count == 1
      && read.allSatisfy { other.nodes.contains(Int(facts.producers[$0.index])) }
  }
}

extension GraphFacts {
  /// Whether nodes in a row overwrite what comes into them, which PyTorch refuses to compute again.
  fileprivate func overwritesOperand(of nodes: Range<Int>) -> Bool {
    graph.nodes[nodes].contains { node in
      guard node.attributes.flag("inplace"), let first = node.inputs.first, let first else {
        return false
      }
      return isActivation(first) && !nodes.contains(Int(producers[first.index]))
    }
  }
}
