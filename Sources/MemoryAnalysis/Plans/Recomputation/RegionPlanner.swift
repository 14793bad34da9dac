import ModelGraph

/// A part of a network that PyTorch can compute again in the backward pass.
public struct PlannedRegion: Hashable, Sendable {
  public var nodes: Range<Int>

  /// The path of a module, or of the first of several that follow each other in one container.
  public var path: String

  /// The number of modules in a row; one for a single module.
  public var moduleCount: Int

  /// What to call it: the path, or the first and the last of several.
  public var name: String {
    guard moduleCount > 1 else { return path }
    let start = path.lastIndex(of: ".").map { path.index(after: $0) } ?? path.startIndex
    return "\(path)–\((Int(path[start...]) ?? 0) + moduleCount - 1)"
  }
}

/// Regions to compute again, and what that takes.
public struct RegionPlan: Hashable, Sendable {
  public var regions: [PlannedRegion]

  /// The most bytes that a steady step asks for, with the training executor's own replay.
  public var peakBytes: Int

  /// The time of what runs again, as a share of a step without: by the roofline of the device.
  public var overhead: Double
}

/// Chooses modules to compute again: for every budget the cheapest set, by a dynamic programme.
///
/// Before a node of the backward pass runs, the regions before it must have given back what it lacks. A
/// region gives back what its nodes keep, but for its result. The plans are replayed by the training executor.
struct RegionPlanner {
  private let profile: StepProfile
  private let regions: [Int: [Candidate]]
  private let count: Int
  private let unit: Int

  /// A region with what it gives back and the time that it takes again.
  private struct Candidate {
    var region: PlannedRegion
    var gain: Int
    var time: Double
  }

  private static let levels = 512

  init(_ facts: GraphFacts, _ profile: StepProfile, _ regions: [PlannedRegion]) {
    self.profile = profile
    count = facts.graph.nodes.count
    let candidates = regions.compactMap { region -> Candidate? in
      let kept = profile.live[region.nodes.upperBound] - profile.live[region.nodes.lowerBound]
      let results = facts.results(of: region.nodes).map { facts.graph[$0].type.byteCount }.total()
      let gain = kept - results.value
      guard gain > 0 else { return nil }
      return Candidate(
        region: region, gain: gain, time: profile.times[region.nodes].reduce(0, +))
    }
    self.regions = Dictionary(grouping: candidates) { $0.region.nodes.lowerBound }
    let most = (profile.live.max() ?? 0) - (profile.live.first ?? 0)
    unit = max(1, most / Self.levels)
  }

  /// The time of a step: a backward pass does twice the work of a forward pass.
  var stepTime: Double { max(3 * profile.times.reduce(0, +), .leastNormalMagnitude) }

  /// The extra time of regions, as a share of a step.
  func overhead(of regions: [PlannedRegion]) -> Double {
    regions.map { profile.times[$0.nodes].reduce(0, +) }.reduce(0, +) / stepTime
  }

  /// The cheapest regions with which the backward pass keeps below a budget, as far as can be told ahead.
  func regions(within budget: Int) -> [PlannedRegion]? {
    var table = [[Entry?]](
      repeating: Array(repeating: nil, count: Self.levels + 1), count: count + 1)
    table[0][0] = Entry(time: 0, previous: 0, level: 0, region: nil)
    for position in 0..<count {
      for level in 0...Self.levels {
        guard let entry = table[position][level] else { continue }
        if profile.backward[position] - level * unit <= budget {
          improve(&table[position + 1][level], entry.time, position, level, nil)
        }
        for candidate in regions[position] ?? [] {
          let nodes = candidate.region.nodes
          let busiest = profile.backward[nodes].max() ?? 0
          guard busiest - level * unit <= budget else { continue }
          let next = min(Self.levels, level + candidate.gain / unit)
          improve(
            &table[nodes.upperBound][next], entry.time + candidate.time, position, level,
            candidate.region)
        }
      }
    }
    return path(table)
  }

  private struct Entry {
    var time: Double
    var previous: Int
    var level: Int
    var region: PlannedRegion?
  }

  private func improve(
    _ entry: inout Entry?, _ time: Double, _ previous: Int, _ level: Int, _ region: PlannedRegion?
  ) {
    guard time < entry?.time ?? .infinity else { return }
    entry = Entry(time: time, previous: previous, level: level, region: region)
  }

  private func path(_ table: [[Entry?]]) -> [PlannedRegion]? {
    let ends = table[count].indices.filter { table[count][$0] != nil }
    let best = ends.min {
      (table[count][$0]?.time ?? .infinity) < (table[count][$1]?.time ?? .infinity)
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
