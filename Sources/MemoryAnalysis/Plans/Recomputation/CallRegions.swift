import ModelGraph

extension PlannedRegion {
  /// Runs of calls of a traced graph, between good places to cut.
  ///
  /// Between two products the best place is where the fewest bytes are live beside results of products:
  /// those are dear, and kept anyway where nothing is multiplied twice. Where groups of modules begin,
  /// the graph may be cut too, and regions may end right after a product, whose kernel then does not run
  /// again.
  static func calls(
    in traced: TracedGraph, _ facts: GraphFacts, products: Set<Int>
  ) -> [PlannedRegion] {
    let overwriting = Overwriting(facts)
    let starts = cuts(traced, facts, overwriting, products)
    let count = facts.graph.nodes.count
    let ends = Set(starts + products.map { $0 + 1 }).union([count])
      .filter { $0 == count || traced.place(before: $0) != nil }.sorted()
    return starts.flatMap { start in
      ends.filter { $0 > start }.prefix(longestRun).map { start..<$0 }
    }
    .filter { $0.count <= longestSpan && overwriting.allows($0) }
    .compactMap { region($0, traced) }
  }

  /// The longest region, in places to end and in nodes.
  private static let longestRun = 32
  private static let longestSpan = 400

  private static func region(_ nodes: Range<Int>, _ traced: TracedGraph) -> PlannedRegion? {
    guard let first = traced.place(before: nodes.lowerBound) else { return nil }
    let leaves = traced.leaves[nodes].compactMap(\.self)
    let modules = [traced.starts[nodes.lowerBound] ?? leaves.first, leaves.last]
    return PlannedRegion(
      nodes: nodes,
      place: .calls(
        from: first, upTo: traced.place(before: nodes.upperBound),
        modules: modules.compactMap(\.self)))
  }

  private static func cuts(
    _ traced: TracedGraph, _ facts: GraphFacts, _ overwriting: Overwriting, _ products: Set<Int>
  ) -> [Int] {
    let bytes = crossingBytes(facts, overwriting.storages, products)
    // Of places as good, the first that a module begins at.
    func isBetter(_ step: Int, _ other: Int) -> Bool {
      guard bytes[step] == bytes[other] else { return bytes[step] < bytes[other] }
      return traced.starts[step] != nil && traced.starts[other] == nil
    }
    var found = traced.groupStarts
    var best: Int?
    for step in facts.graph.nodes.indices {
      if traced.place(before: step) != nil, !facts.graph.nodes[step].attributes.flag("inplace"),
        best.map({ isBetter(step, $0) }) ?? true
      {
        best = step
      }
      guard products.contains(step) else { continue }
      if let best { found.insert(best) }
      best = nil
    }
    if let best { found.insert(best) }
    return found.filter { traced.place(before: $0) != nil }.sorted()
  }

  /// The bytes that are live before each node, without those that products made.
  private static func crossingBytes(
    _ facts: GraphFacts, _ storages: Storages, _ products: Set<Int>
  ) -> [Int] {
    let readers = LastReaders(facts)
    var ends: [ValueID: Int] = [:]
    for index in facts.graph.values.indices where facts.isActivation(ValueID(index)) {
      ends[storages.root(of: ValueID(index)), default: -1] = max(
        ends[storages.root(of: ValueID(index))] ?? -1, readers.steps[index])
    }
    var change = [Int](repeating: 0, count: facts.graph.nodes.count + 2)
    for (id, end) in ends {
      let maker = Int(facts.producers[id.index])
      guard maker >= 0, end > maker, !products.contains(maker) else { continue }
      change[maker + 1] += facts.graph[id].type.byteCount.value
      change[min(end, facts.graph.nodes.count) + 1] -= facts.graph[id].type.byteCount.value
    }
    var live = 0
    return change.map { step in
      live += step
      return live
    }
  }
}
