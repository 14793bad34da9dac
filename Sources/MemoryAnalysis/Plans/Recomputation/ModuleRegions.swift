import ModelGraph

extension PlannedRegion {
  /// The calls of modules in a graph, and runs of modules that follow each other.
  ///
  /// Runs are told only where each module reads nothing but the result of the one before it, and nobody
  /// else reads that, as in a `Sequential`.
  static func modules(in facts: GraphFacts) -> [PlannedRegion] {
    let calls = ModuleCall.all(in: facts)
    let single = calls.map { PlannedRegion(nodes: $0.nodes, place: .modules([$0.path])) }
    let overwriting = Overwriting(facts)
    return (single + runs(calls, facts)).filter { overwriting.allows($0.nodes) }
  }

  /// The longest run that is told as one region.
  private static let longestRun = 16

  private static func runs(_ calls: [ModuleCall], _ facts: GraphFacts) -> [PlannedRegion] {
    // The blocks of language models give and take more than one value.
    guard !facts.graph.readsTokens else { return [] }
    let readers = LastReaders(facts)
    let families = Dictionary(grouping: calls, by: \.parentPath).values
    return families.flatMap { runs(among: $0, facts, readers) }.sorted {
      ($0.nodes.lowerBound, $0.nodes.upperBound) < ($1.nodes.lowerBound, $1.nodes.upperBound)
    }
  }

  /// The runs among the modules in one other.
  private static func runs(
    among siblings: [ModuleCall], _ facts: GraphFacts, _ readers: LastReaders
  ) -> [PlannedRegion] {
    let ordered = siblings.sorted { $0.nodes.lowerBound < $1.nodes.lowerBound }
    let isJoined = ordered.indices.map { index in
      index > 0 && ordered[index].follows(ordered[index - 1], facts)
        && readers.results(
          of: ordered[index - 1].nodes, readFrom: ordered[index].nodes.upperBound
        ).isEmpty
    }
    return ordered.indices.flatMap { first -> [PlannedRegion] in
      let rest = ordered.indices[(first + 1)...].prefix { isJoined[$0] }.prefix(longestRun - 1)
      return rest.map { last in
        PlannedRegion(
          nodes: ordered[first].nodes.lowerBound..<ordered[last].nodes.upperBound,
          place: .modules(ordered[first...last].map(\.path)))
      }
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
