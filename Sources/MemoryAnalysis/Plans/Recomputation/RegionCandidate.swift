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

  /// The most candidates that keep something, for one region.
  private static let keepingCount = 8

  init(_ facts: GraphFacts, _ profile: StepProfile) {
    self.facts = facts
    self.profile = profile
    readers = LastReaders(facts)
  }

  /// The candidates for a region that give something back, none worse than another in all.
  func all(for region: PlannedRegion) -> [RegionCandidate] {
    let whole = profile.live[region.nodes.upperBound] - profile.live[region.nodes.lowerBound]
    let results = Set(readers.results(of: region.nodes, readFrom: region.nodes.upperBound))
    let again = region.nodes.lowerBound..<profile.end(of: region.nodes)
    let products = again.filter(isKeepable).sorted { worth($0) > worth($1) }
    let count = min(products.count, Self.keepingCount)
    let choices = (0...count).map { products.prefix(count == 0 ? 0 : products.count * $0 / count) }
    let candidates = choices.map { kept -> RegionCandidate in
      var region = region
      region.kept = keptProducts(Set(kept), in: again)
      let held = results.union(kept.flatMap { facts.graph.nodes[$0].outputs.compactMap(\.self) })
      let bytes = held.map { facts.graph[$0].type.byteCount }.total().value
      return RegionCandidate(
        region: region, gain: whole - bytes, price: profile.price(of: region),
        busiest: profile.backward[region.nodes].max() ?? 0)
    }
    return candidates.filter { one in
      one.gain > 0
        && !candidates.contains { $0.gain >= one.gain && $0.price < one.price }
    }
  }

  /// Whether a node is one product whose result nothing overwrites.
  private func isKeepable(_ node: Int) -> Bool {
    profile.runs[node].products.count == 1 && profile.prices[node] > 0
      && !profile.isOverwritten(node)
  }

  private func worth(_ node: Int) -> Double {
    let bytes = facts.graph.nodes[node].outputs.compactMap(\.self)
      .map { facts.graph[$0].type.byteCount }.total().value
    return profile.prices[node] / Double(max(1, bytes))
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
