import ModelGraph

/// A region with what it gives back, and what its second run costs.
struct RegionCandidate {
  var region: PlannedRegion
  var gain: Int
  var price: Double

  /// The most bytes live while the backward pass works on the region without it.
  var busiest: Int
}

/// Finds what of a region is worth keeping.
///
/// Candidates for one region differ in the products that are kept, those that cost the most for their
/// bytes first. The second run ends before the last kernel of which only operands are saved.
struct RegionCandidates {
  private let facts: GraphFacts
  private let profile: StepProfile
  private let readers: LastReaders
  private let overwriting: Overwriting
  private let isKeepable: [Bool]
  private let worth: [Double]

  /// How many of the numbers of products to keep are tried, and how many products fewer than all.
  private static let shares = 4
  private static let fewest = 3

  init(_ facts: GraphFacts, _ profile: StepProfile) {
    self.facts = facts
    self.profile = profile
    readers = LastReaders(facts)
    let overwriting = Overwriting(facts)
    self.overwriting = overwriting
    // What another node overwrites, a policy cannot keep.
    isKeepable = facts.graph.nodes.indices.map { node in
      profile.runs[node].products.count == 1 && profile.prices[node] > 0
        && !overwriting.overwrites(resultOf: node)
    }
    worth = facts.graph.nodes.indices.map { node in
      let bytes = facts.graph.nodes[node].outputs.compactMap(\.self)
        .map { facts.graph[$0].type.byteCount }.total().value
      return profile.prices[node] / Double(max(1, bytes))
    }
  }

  /// The candidates for a region that give something back, none worse than another in all.
  func all(for region: PlannedRegion) -> [RegionCandidate] {
    let whole = profile.live[region.nodes.upperBound] - profile.live[region.nodes.lowerBound]
    let results = Set(readers.results(of: region.nodes, readFrom: region.nodes.upperBound))
    let again = region.nodes.lowerBound..<profile.end(of: region.nodes)
    let products = again.filter { isKeepable[$0] }.sorted { worth[$0] > worth[$1] }
    let busiest = profile.backward[region.nodes].max() ?? 0
    let candidates = Self.counts(products.count).map { count -> RegionCandidate in
      var region = region
      let kept = products.prefix(count)
      region.kept = keptProducts(Set(kept), in: again)
      let held = results.union(kept.flatMap { facts.graph.nodes[$0].outputs.compactMap(\.self) })
      return RegionCandidate(
        region: region, gain: whole - bytes(held, madeBy: region.nodes),
        price: profile.price(of: region), busiest: busiest)
    }
    return candidates.filter { one in
      one.gain > 0
        && !candidates.contains { $0.gain >= one.gain && $0.price < one.price }
    }
  }

  /// The numbers of products to keep of a number of them.
  private static func counts(_ count: Int) -> [Int] {
    let parts = (0...shares).map { count * $0 / shares }
    return Set(parts + (max(0, count - fewest)...count)).sorted()
  }

  /// The bytes of values, each storage once, that nodes make.
  private func bytes(_ values: Set<ValueID>, madeBy nodes: Range<Int>) -> Int {
    Set(values.map { overwriting.storages.root(of: $0) })
      .filter { nodes.contains(Int(facts.producers[$0.index])) }
      .map { facts.graph[$0].type.byteCount }.total().value
  }

  private func keptProducts(_ kept: Set<Int>, in nodes: Range<Int>) -> [KeptProduct] {
    var calls: [String: Int] = [:]
    var found: [KeptProduct] = []
    for node in nodes {
      for product in profile.runs[node].products {
        let index = calls[product.operatorName, default: 0]
        calls[product.operatorName] = index + 1
        guard kept.contains(node) else { continue }
        found.append(KeptProduct(node: node, operatorName: product.operatorName, index: index))
      }
    }
    return found
  }
}
