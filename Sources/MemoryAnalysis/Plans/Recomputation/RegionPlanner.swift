/// Chooses regions to compute again: for every budget the cheapest set, by a dynamic programme.
///
/// Before a node of the backward pass runs, the regions before it must have given back what it lacks. A
/// region gives back what its nodes keep, but for its result. The plans are replayed by the training executor.
struct RegionPlanner {
  /// The positions at which regions begin and end, the first and the last of the graph among them.
  private let cuts: [Int]

  /// The most bytes live while the backward pass works between each cut and the next.
  private let busiest: [Int]
  private let candidates: [RegionCandidate]

  /// The candidates that begin at each cut, with the cut at which they end.
  private let beginning: [[(candidate: Int, end: Int)]]
  private let most: Int

  private static let levels = 256

  init(_ profile: StepProfile, _ candidates: [RegionCandidate]) {
    self.candidates = candidates
    let count = profile.backward.count
    let ends = candidates.flatMap { [$0.region.nodes.lowerBound, $0.region.nodes.upperBound] }
    let cuts = Set(ends + [0, count]).sorted()
    let indices = Dictionary(uniqueKeysWithValues: zip(cuts, cuts.indices))
    busiest = zip(cuts, cuts.dropFirst()).map { profile.backward[$0..<$1].max() ?? 0 }
    var beginning = [[(candidate: Int, end: Int)]](repeating: [], count: cuts.count)
    for (index, candidate) in candidates.enumerated() {
      guard let first = indices[candidate.region.nodes.lowerBound],
        let last = indices[candidate.region.nodes.upperBound]
      else { continue }
      beginning[first].append((index, last))
    }
    self.cuts = cuts
    self.beginning = beginning
    most = max(1, (profile.live.max() ?? 0) - (profile.live.first ?? 0))
  }

  /// The cheapest regions with which the backward pass keeps below a budget, as far as can be told ahead.
  func regions(within budget: Int) -> [PlannedRegion]? {
    var table = Table(columns: Self.levels + 2, most: most, limits: limits(within: budget))
    table.begin()
    for cut in cuts.indices.dropLast() {
      let states = table.unbeatenStates(of: cut)
      if states.isEmpty { continue }
      for state in states {
        if busiest[cut] - state.level <= budget {
          table.improve(from: state, to: cut + 1, level: state.level, price: state.price, by: -1)
        }
        for (index, end) in beginning[cut] {
          let candidate = candidates[index]
          guard candidate.busiest - state.level <= budget else { continue }
          table.improve(
            from: state, to: end, level: state.level + candidate.gain,
            price: state.price + candidate.price, by: index)
        }
      }
    }
    return table.cheapestPath?.map { candidates[$0].region }
  }

  /// The most that what comes after each cut can need to have been given back.
  private func limits(within budget: Int) -> [Int] {
    var limits = [0]
    for bytes in busiest.reversed() { limits.append(max(limits.last ?? 0, bytes - budget)) }
    return limits.reversed()
  }
}

/// The least price of each cut and level, and how they were come to.
///
/// A cell stands for a range of levels and has one state of it with its exact level.
private struct Table {
  private let columns: Int
  private let unit: Int

  /// The levels of each row beyond which more is worth nothing.
  private let limits: [Int]
  private var prices: [Double]
  private var levels: [Int]

  /// The cell before, and the candidate that led from there; -1 for none.
  private var previous: [Int32]
  private var choices: [Int32]

  struct State {
    var cell: Int
    var level: Int
    var price: Double
  }

  init(columns: Int, most: Int, limits: [Int]) {
    let rows = limits.count
    self.columns = columns
    self.limits = limits
    unit = max(1, most / (columns - 2))
    prices = Array(repeating: .infinity, count: rows * columns)
    levels = Array(repeating: 0, count: rows * columns)
    previous = Array(repeating: -1, count: rows * columns)
    choices = previous
  }

  mutating func begin() { prices[limits.first == 0 ? columns - 1 : 0] = 0 }

  /// The states of a cut that no other one beats in level and price.
  func unbeatenStates(of row: Int) -> [State] {
    var states: [State] = []
    for cell in (row * columns..<(row + 1) * columns).reversed()
    where prices[cell] < states.last?.price ?? .infinity {
      states.append(State(cell: cell, level: levels[cell], price: prices[cell]))
    }
    return states
  }

  /// What bytes are worth within a cell: next to nothing beside a product, much beside what is cheap.
  private func worth(_ level: Int) -> Double { 2e-4 * Double(level) / Double(unit) }

  mutating func improve(from state: State, to row: Int, level: Int, price: Double, by choice: Int) {
    // Enough for all that comes has a cell of its own, so that no cheaper level just below takes its place.
    let isEnough = level >= limits[row]
    let cell = row * columns + (isEnough ? columns - 1 : min(columns - 2, level / unit))
    let level = min(level, limits[row])
    guard price - worth(level) < prices[cell] - worth(levels[cell]) else { return }
    prices[cell] = price
    levels[cell] = level
    previous[cell] = Int32(state.cell)
    choices[cell] = Int32(choice)
  }

  /// The choices that lead to the cheapest cell of the last row.
  var cheapestPath: [Int]? {
    let last = prices.indices.suffix(columns)
    guard var cell = last.min(by: { prices[$0] < prices[$1] }), prices[cell] < .infinity else {
      return nil
    }
    var found: [Int] = []
    while cell >= 0 {
      if choices[cell] >= 0 { found.append(Int(choices[cell])) }
      cell = Int(previous[cell])
    }
    return found.reversed()
  }
}
