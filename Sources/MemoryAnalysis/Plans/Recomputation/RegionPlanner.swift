import ModelGraph

/// Chooses modules to compute again: for every budget the cheapest set, by a dynamic programme.
///
/// Before a node of the backward pass runs, the regions before it must have given back what it lacks. A
/// region gives back what its nodes keep, but for its result. The plans are replayed by the training executor.
struct RegionPlanner {
  private let profile: StepProfile
  private let regions: [Int: [RegionCandidate]]
  private let count: Int
  private let unit: Int

  private static let levels = 512

  init(_ facts: GraphFacts, _ profile: StepProfile, _ regions: [PlannedRegion]) {
    self.profile = profile
    count = facts.graph.nodes.count
    let finder = RegionCandidates(facts: facts, profile: profile)
    self.regions = Dictionary(grouping: regions.flatMap(finder.all)) {
      $0.region.nodes.lowerBound
    }
    let most = (profile.live.max() ?? 0) - (profile.live.first ?? 0)
    unit = max(1, most / Self.levels)
  }

  /// The cheapest regions with which the backward pass keeps below a budget, as far as can be told ahead.
  func regions(within budget: Int) -> [PlannedRegion]? {
    var table = [[Entry?]](
      repeating: Array(repeating: nil, count: Self.levels + 1), count: count + 1)
    table[0][0] = Entry(price: 0, previous: 0, level: 0, region: nil)
    for position in 0..<count {
      for level in 0...Self.levels {
        guard let entry = table[position][level] else { continue }
        if profile.backward[position] - level * unit <= budget {
          improve(&table[position + 1][level], entry.price, position, level, nil)
        }
        for candidate in regions[position] ?? [] {
          let nodes = candidate.region.nodes
          let busiest = profile.backward[nodes].max() ?? 0
          guard busiest - level * unit <= budget else { continue }
          let next = min(Self.levels, level + candidate.gain / unit)
          improve(
            &table[nodes.upperBound][next], entry.price + candidate.price, position, level,
            candidate.region)
        }
      }
    }
    return path(table)
  }

  private struct Entry {
    var price: Double
    var previous: Int
    var level: Int
    var region: PlannedRegion?
  }

  private func improve(
    _ entry: inout Entry?, _ price: Double, _ previous: Int, _ level: Int, _ region: PlannedRegion?
  ) {
    guard price < entry?.price ?? .infinity else { return }
    entry = Entry(price: price, previous: previous, level: level, region: region)
  }

  private func path(_ table: [[Entry?]]) -> [PlannedRegion]? {
    let ends = table[count].indices.filter { table[count][$0] != nil }
    let best = ends.min {
      (table[count][$0]?.price ?? .infinity) < (table[count][$1]?.price ?? .infinity)
    }
    guard var level = best else { return nil }
    var position = count
    var found: [PlannedRegion] = []
    while position > 0, let entry = table[position][level] {
      if let region = entry.region { found.append(region) }
      (position, level) = (entry.previous, entry.level)
    }
    return found.reversed()
  }
}

extension GraphFacts {
  /// The values that nodes of a region make and others, or the caller, read.
  func results(of region: Range<Int>) -> [ValueID] {
    let outputs = Set(graph.outputs)
    var read: Set<ValueID> = []
    for step in graph.nodes.indices where !region.contains(step) {
      read.formUnion(uses(of: graph.nodes[step]))
    }
    return graph.nodes[region].flatMap { $0.outputs.compactMap(\.self) }
      .filter { read.contains($0) || outputs.contains($0) }
  }
}
