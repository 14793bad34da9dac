import ModelGraph

/// Chooses modules to compute again: for every budget the cheapest set, by a dynamic programme.
///
/// Before a node of the backward pass runs, the regions before it must have given back what it lacks. A
/// region gives back what its nodes keep, but for its result. The plans are replayed by the training executor.
struct RegionPlanner {
  private let profile: StepProfile
  private let candidates: [RegionCandidate]

  /// The candidates that begin at each node.
  private let beginning: [[Int]]
  private let unit: Int

  private static let levels = 512

  init(_ facts: GraphFacts, _ profile: StepProfile, _ regions: [PlannedRegion]) {
    self.profile = profile
    let finder = RegionCandidates(facts, profile)
    candidates = regions.flatMap(finder.all)
    var beginning = [[Int]](repeating: [], count: facts.graph.nodes.count)
    for (index, candidate) in candidates.enumerated() {
      beginning[candidate.region.nodes.lowerBound].append(index)
    }
    self.beginning = beginning
    let most = (profile.live.max() ?? 0) - (profile.live.first ?? 0)
    unit = max(1, most / Self.levels)
  }

  /// The cheapest regions with which the backward pass keeps below a budget, as far as can be told ahead.
  func regions(within budget: Int) -> [PlannedRegion]? {
    var table = Table(rows: beginning.count + 1, columns: Self.levels + 1)
    table.prices[0] = 0
    for position in beginning.indices {
      for level in 0...Self.levels where table.isReached(position, level) {
        if profile.backward[position] - level * unit <= budget {
          table.improve(position, level, to: (position + 1, level), price: 0, by: -1)
        }
        for index in beginning[position] {
          let candidate = candidates[index]
          guard candidate.busiest - level * unit <= budget else { continue }
          let next = min(Self.levels, level + candidate.gain / unit)
          table.improve(
            position, level, to: (candidate.region.nodes.upperBound, next),
            price: candidate.price, by: index)
        }
      }
    }
    return table.cheapestPath?.map { candidates[$0].region }
  }
}

/// The least price of each position and level, and how they were come to.
private struct Table {
  let columns: Int
  var prices: [Double]

  /// The cell before, and the candidate that led from there; -1 for none.
  private var previous: [Int]
  private var choices: [Int]

  init(rows: Int, columns: Int) {
    self.columns = columns
    prices = Array(repeating: .infinity, count: rows * columns)
    previous = Array(repeating: -1, count: rows * columns)
    choices = previous
  }

  func isReached(_ row: Int, _ column: Int) -> Bool { prices[row * columns + column] < .infinity }

  mutating func improve(
    _ row: Int, _ column: Int, to target: (row: Int, column: Int), price: Double, by choice: Int
  ) {
    let (from, to) = (row * columns + column, target.row * columns + target.column)
    guard prices[from] + price < prices[to] else { return }
    prices[to] = prices[from] + price
    previous[to] = from
    choices[to] = choice
  }

  /// The choices that lead to the cheapest cell of the last row.
  var cheapestPath: [Int]? {
    let last = prices.indices.suffix(columns)
    guard var cell = last.min(by: { prices[$0] < prices[$1] }), prices[cell] < .infinity else {
      return nil
    }
    var found: [Int] = []
    while cell >= 0 {
      if choices[cell] >= 0 { found.append(choices[cell]) }
      cell = previous[cell]
    }
    return found.reversed()
  }
}
