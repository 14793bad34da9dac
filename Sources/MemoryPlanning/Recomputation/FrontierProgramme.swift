/// The cheapest schedules that go on from frontiers, for every budget at once.
///
/// `P(s, t, M)` is the least cost of the backward tasks of `t` down to `s` with `M` bytes, while the values
/// before `s` that are read from `s` on stay live. The forward tasks from `s` to `j − 1` run; what is read
/// from `j` on stays while `P(j, t, M − those)` runs; then the backward task of `j − 1` runs and
/// `P(s, j − 2, M)` does the rest. The best `j` counts. Time is O(n³ · levels), memory O(n² · levels).
///
/// It is a dynamic programme in the manner of rotor (Beaumont et al., 2019), for any graph in a fixed order.
struct FrontierProgramme {
  private let graph: MirroredGraph

  /// The bytes of one level.
  private let unit: Int
  private var costs: FrontierCosts

  /// The bytes of values from `s` to `k` that are read after `k`, and the most while running up to `k`.
  private let frontiers: Triangle<Int>
  private let runPeaks: Triangle<Int>

  /// The level from which on nothing between two tasks runs again.
  private var ampleLevels: Triangle<Int>

  /// Graphs with more forward tasks are left to other planners.
  static let maximumCount = 256

  init?(_ graph: MirroredGraph, upTo bytes: Int, levels: Int) {
    guard graph.count <= Self.maximumCount else { return nil }
    self.graph = graph
    costs = FrontierCosts(count: graph.count, levels: levels)
    unit = max(1, (bytes + levels - 1) / levels)
    frontiers = Triangle(graph.count, graph.frontiers(from:))
    runPeaks = Triangle(graph.count, graph.runPeaks(from:))
    ampleLevels = Triangle(graph.count) { Array(repeating: 0, count: graph.count - $0) }
    for first in (0..<graph.count).reversed() {
      for last in first..<graph.count { fill(first, last) }
    }
  }

  private var levels: Int { costs.levels }

  private mutating func fill(_ first: Int, _ last: Int) {
    let row = costs.row(first, last)
    let ample = ampleLevel(first, last)
    let end = min(ample, levels + 1)
    let least = Float(graph.costSums[last + 1] - graph.costSums[first])
    ampleLevels[first, last] = ample
    costs.fill(row, from: ample, least)
    for split in first + 1...last + 1 {
      let start = max(leastLevel(first, split, last), heldLevel(first, split, last))
      guard start < end else { continue }
      let again = split > first + 1 ? graph.costSums[split - 1] - graph.costSums[first] : 0
      let useful = start..<costs.firstLevel(row, start..<end, reaching: least + Float(again))
      costs.lower(
        row, useful, to: runCost(first, split), rest(first, split, last), before(first, split))
    }
    costs.finish(row)
  }

  private func runCost(_ first: Int, _ split: Int) -> Float {
    Float(graph.costSums[split] - graph.costSums[first])
  }

  /// `P(j, t, M − those)`.
  private func rest(_ first: Int, _ split: Int, _ last: Int) -> FrontierCosts.Row? {
    guard split <= last else { return nil }
    return costs.row(split, last, shift: heldLevel(first, split, last))
  }

  /// `P(s, j − 2, M)`.
  private func before(_ first: Int, _ split: Int) -> FrontierCosts.Row? {
    split > first + 1 ? costs.row(first, split - 2) : nil
  }

  /// The level from which on every value stays and nothing runs again, as the schedule shows that splits
  /// after the first task, and so on.
  private func ampleLevel(_ first: Int, _ last: Int) -> Int {
    let own = leastLevel(first, first + 1, last)
    guard first < last else { return own }
    return max(own, ampleLevels[first + 1, last] + heldLevel(first, first + 1, last))
  }

  /// The level of what stays while the tasks from a split on run.
  private func heldLevel(_ first: Int, _ split: Int, _ last: Int) -> Int {
    split <= last ? level(atLeast: frontiers[first, split - 1]) : 0
  }

  private func level(atLeast bytes: Int) -> Int { (bytes + unit - 1) / unit }

  /// The level that running up to a split, and then its backward task, takes.
  private func leastLevel(_ first: Int, _ split: Int, _ last: Int) -> Int {
    let running = graph.crossing[last] + runPeaks[first, split - 1]
    let own = graph.bytes[split - 1] + graph.gradientBytes[split - 1]
    return level(atLeast: max(running, graph.crossing[split - 1] + own))
  }
}

extension FrontierProgramme {
  /// The levels at which the cost changes, the cheapest schedules first.
  var usefulLevels: [Int] {
    let top = costs.row(0, graph.count - 1)
    return (0...levels).reversed().filter { level in
      let cost = costs[top, level]
      return cost < .infinity && (level == 0 || costs[top, level - 1] > cost)
    }
  }

  /// The schedule with the bytes of a level.
  func schedule(at level: Int) -> [Int] {
    var schedule: [Int] = []
    var stack: [Stretch] = [.backward(0, graph.count - 1, level)]
    var hasLoss = false
    while let next = stack.popLast() {
      switch next {
      case .gradient(let index): schedule.append(2 * graph.count - index)
      case .backward(let first, let last, let level):
        guard first <= last, let split = bestSplit(first, last, level) else { continue }
        schedule += first..<split
        if split > last, !hasLoss {
          schedule.append(graph.count)
          hasLoss = true
        }
        stack.append(.backward(first, split - 2, level))
        stack.append(.gradient(split - 1))
        stack.append(.backward(split, last, level - heldLevel(first, split, last)))
      }
    }
    return schedule
  }

  private enum Stretch {
    case backward(Int, Int, Int)
    case gradient(Int)
  }

  private func bestSplit(_ first: Int, _ last: Int, _ level: Int) -> Int? {
    let wanted = costs[costs.row(first, last), level]
    guard wanted < .infinity else { return nil }
    guard level < ampleLevels[first, last] else { return first + 1 }
    return (first + 1...last + 1).first { split in
      let least = max(leastLevel(first, split, last), heldLevel(first, split, last))
      guard level >= least else { return false }
      let rest = rest(first, split, last).map { costs[$0, level] } ?? 0
      let before = before(first, split).map { costs[$0, level] } ?? 0
      return runCost(first, split) + rest + before <= wanted
    }
  }
}

/// A value for each pair of indices of which the second is not smaller.
struct Triangle<Element> {
  private var rows: [[Element]]

  init(_ count: Int, _ row: (Int) -> [Element]) { rows = (0..<count).map(row) }

  subscript(first: Int, last: Int) -> Element {
    get { rows[first][last - first] }
    set { rows[first][last - first] = newValue }
  }
}
