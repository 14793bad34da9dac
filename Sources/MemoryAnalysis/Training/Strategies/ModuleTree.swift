import ModelGraph

/// The calls of modules in a graph, as the paths of its nodes nest them.
struct ModuleTree {
  /// A call of a module: nodes in a row whose paths begin alike.
  struct Call {
    var path: String
    var nodes: Range<Int>
    var parent: Int?

    /// The number of nodes with a weight of two axes or more.
    var weightedNodes = 0
  }

  private let graph: Graph
  private(set) var calls: [Call] = []

  /// The calls directly inside each call; inside none, for the last.
  private var children: [[Int]] = [[]]

  /// Deeper paths are cut: no module tree nests so deep.
  private static let maximumDepth = 64

  init(_ graph: Graph) {
    self.graph = graph
    var open: [(name: Substring, call: Int)] = []
    var module: String?
    for (step, node) in graph.nodes.enumerated() {
      // Nodes in a row are of one module more often than not.
      if node.module != module { enter(node.module, at: step, &open) }
      module = node.module
      let isWeighted = hasWeight(node)
      for (_, call) in open {
        calls[call].nodes = calls[call].nodes.lowerBound..<step + 1
        if isWeighted { calls[call].weightedNodes += 1 }
      }
    }
    children = Array(repeating: [], count: calls.count + 1)
    for (index, call) in calls.enumerated() { children[call.parent ?? calls.count].append(index) }
  }

  /// Closes the calls that a module at a path is not in, and opens those in which it is.
  private mutating func enter(
    _ module: String, at step: Int, _ open: inout [(name: Substring, call: Int)]
  ) {
    let path = module.dottedParts.prefix(Self.maximumDepth)
    let shared = zip(open, path).prefix { $0.name == $1 }.count
    open.removeLast(open.count - shared)
    for name in path.dropFirst(shared) {
      calls.append(
        Call(
          path: String(module[..<name.endIndex]), nodes: step..<step, parent: open.last?.call))
      open.append((name, calls.count - 1))
    }
  }

  private func hasWeight(_ node: Node) -> Bool {
    node.inputs.contains { id in
      guard let id, graph[id].role == .parameter else { return false }
      return (graph[id].type.tensorType?.rank ?? 0) >= 2
    }
  }

  /// The outermost calls whose paths a pattern matches.
  func calls(matching pattern: NamePattern) -> [Call] { outermost { pattern.matches($0) } }

  private func outermost(_ isWanted: (String) -> Bool) -> [Call] {
    var found: [Call] = []
    for call in calls where call.nodes.lowerBound >= found.last?.nodes.upperBound ?? 0 {
      if isWanted(call.path) { found.append(call) }
    }
    return found
  }

  /// The outermost calls whose paths end as one of some do, where `*` is any name; of an end such as `layer.*:conv` as far as the
  /// end of the call of the module of that name in it, and only if there is one.
  private func calls(endingAs ends: [String]) -> [Call] {
    let ends = ends.map { end in
      let parts = end.split(separator: ":")
      return (
        path: parts.first.map { String($0).dottedParts } ?? [], child: parts.dropFirst().first
      )
    }
    var cut: [String: Substring] = [:]
    let found = outermost { path in
      let parts = path.dottedParts
      let end = ends.first { end in
        parts.count >= end.path.count
          && zip(parts.suffix(end.path.count), end.path).allSatisfy { $1 == "*" || $0 == $1 }
      }
      if let child = end?.child { cut[path] = child }
      return end != nil
    }
    return found.compactMap { call in
      guard let child = cut[call.path] else { return call }
      let inside = calls.first { other in
        call.nodes.contains(other.nodes.lowerBound) && other.path == "\(call.path).\(child)"
      }
      guard let inside else { return nil }
      var call = call
      call.nodes = call.nodes.lowerBound..<inside.nodes.upperBound
      return call
    }
  }
}

extension ModuleTree {
  /// The blocks of the model: what its library has computed again, or the innermost series of modules that are numbered and alike, of two weights or
  /// more each, of which each one works on what the one before made.
  ///
  /// Such as `layer1.0`, `layer1.1` of a ResNet or `transformer.h.0` of GPT-2.
  var blocks: [Call] {
    let known = graph.libraryBlocks.isEmpty ? [] : calls(endingAs: graph.libraryBlocks)
    guard known.isEmpty else { return known }
    return blocks(inside: calls.count).map { calls[$0] }.sorted {
      $0.nodes.lowerBound < $1.nodes.lowerBound
    }
  }

  /// What the model's library has computed again by itself inside of its blocks.
  var innerBlocks: [Call] {
    graph.libraryInnerBlocks.isEmpty ? [] : calls(endingAs: graph.libraryInnerBlocks)
  }

  private func blocks(inside parent: Int) -> [Int] {
    let heavy = children[parent].filter { calls[$0].weightedNodes >= 2 }
    let groups = Dictionary(grouping: heavy) { stem(of: calls[$0].path) }
    let chains = groups.filter { stem, series in
      stem != nil && series.count >= 2 && isAlike(series) && isChain(series)
    }
    return heavy.flatMap { member -> [Int] in
      let inner = blocks(inside: member)
      return inner.isEmpty && chains[stem(of: calls[member].path)] != nil ? [member] : inner
    }
  }

  /// The name of a numbered module without its number; `nil` if it has none.
  ///
  /// A letter may follow the number, as in `inception3a`.
  private func stem(of path: String) -> Substring? {
    var name = path[(path.lastIndex(of: ".").map { path.index(after: $0) } ?? path.startIndex)...]
    if let last = name.last, last.isLowercase, name.dropLast().last?.isNumber == true {
      name.removeLast()
    }
    let digits = name.reversed().prefix(while: \.isNumber).count
    return digits > 0 ? name.dropLast(digits) : nil
  }

  /// Whether two calls in a row have a weight in the same place but for numbers, as the parts of one block have not:
  /// attention, and what follows it.
  private func isAlike(_ series: [Int]) -> Bool {
    let places = series.map { call in
      Set(
        graph.nodes[calls[call].nodes].filter(hasWeight).map {
          $0.module.dropFirst(calls[call].path.count).filter { !$0.isNumber }
        })
    }
    return zip(places, places.dropFirst()).contains { !$0.isDisjoint(with: $1) }
  }

  /// Whether each call depends on the one before it, as branches side by side do not.
  private func isChain(_ series: [Int]) -> Bool {
    zip(series, series.dropFirst()).allSatisfy { first, second in
      let (maker, user) = (calls[first].nodes, calls[second].nodes)
      var made = Set<ValueID>()
      for step in maker.lowerBound..<max(maker.upperBound, user.upperBound) {
        let node = graph.nodes[step]
        let depends = node.inputs.contains { $0.map(made.contains) ?? false }
        if depends, user.contains(step) { return true }
        if depends || maker.contains(step) { made.formUnion(node.outputs.compactMap(\.self)) }
      }
      return false
    }
  }
}
