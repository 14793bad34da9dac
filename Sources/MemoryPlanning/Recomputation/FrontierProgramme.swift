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
  private let levels: Int
  private var table: [Float]

  /// The bytes of values from `s` to `k` that are read after `k`, and the most while running up to `k`.
  private let frontiers: Triangle<Int>
  private let runPeaks: Triangle<Int>

  /// Graphs with more forward tasks are left to other planners.
  static let maximumCount = 256

  init?(_ graph: MirroredGraph, upTo bytes: Int, levels: Int) {
    guard graph.count <= Self.maximumCount else { return nil }
    self.graph = graph
    self.levels = levels
    unit = max(1, (bytes + levels - 1) / levels)
    frontiers = Triangle(graph.count) { first in
      (first..<graph.count).map { last in
        (first...last).filter { graph.lastReaders[$0] > last }.map { graph.bytes[$0] }.reduce(0, +)
      }
    }
    let frontiers = frontiers
    runPeaks = Triangle(graph.count) { first in
      var peak = 0
      return (first..<graph.count).map { last in
        let held = last > first ? frontiers[first, last - 1] : 0
        peak = max(peak, held + graph.bytes[last])
        return peak
      }
    }
    table = Array(repeating: .infinity, count: graph.count * (graph.count + 1) / 2 * (levels + 1))
    fill()
  }

  /// The position of the first level of `P(s, t, ·)`.
  private func row(_ first: Int, _ last: Int) -> Int {
    (first * graph.count - first * (first - 1) / 2 + last - first) * (levels + 1)
  }

  private mutating func fill() {
    for length in 0..<graph.count {
      for first in 0..<graph.count - length { fill(first, first + length) }
    }
  }

  private mutating func fill(_ first: Int, _ last: Int) {
    let target = row(first, last)
    for split in first + 1...last + 1 {
      let least = leastLevel(first, split, last)
      let shift = split <= last ? level(atLeast: frontiers[first, split - 1]) : 0
      let start = split <= last ? max(least, shift) : least
      guard start <= levels else { continue }
      let cost = Float(graph.costSums[split] - graph.costSums[first])
      let rest = split <= last ? row(split, last) - shift : Int.min
      let before = split - 2 >= first ? row(first, split - 2) : Int.min
      relax(target, start...levels, cost, rest, before)
    }
  }

  private mutating func relax(
    _ target: Int, _ range: ClosedRange<Int>, _ cost: Float, _ rest: Int, _ before: Int
  ) {
    table.withUnsafeMutableBufferPointer { table in
      for level in range {
        var sum = cost
        if rest != Int.min { sum += table[rest + level] }
        if before != Int.min { sum += table[before + level] }
        table[target + level] = min(table[target + level], sum)
      }
    }
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
    let top = row(0, graph.count - 1)
    return (0...levels).reversed().filter { level in
      let cost = table[top + level]
      return cost < .infinity && (level == 0 || table[top + level - 1] > cost)
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
        let held = split <= last ? self.level(atLeast: frontiers[first, split - 1]) : 0
        stack.append(.backward(split, last, level - held))
      }
    }
    return schedule
  }

  private enum Stretch {
    case backward(Int, Int, Int)
    case gradient(Int)
  }

  private func bestSplit(_ first: Int, _ last: Int, _ level: Int) -> Int? {
    let wanted = table[row(first, last) + level]
    guard wanted < .infinity else { return nil }
    return (first + 1...last + 1).first { split in
      let shift = split <= last ? self.level(atLeast: frontiers[first, split - 1]) : 0
      guard level >= max(leastLevel(first, split, last), shift) else { return false }
      var sum = Float(graph.costSums[split] - graph.costSums[first])
      if split <= last { sum += table[row(split, last) + level - shift] }
      if split - 2 >= first { sum += table[row(first, split - 2) + level] }
      return sum <= wanted
    }
  }
}

/// A value for each pair of indices of which the second is not smaller.
struct Triangle<Element> {
  private var rows: [[Element]]

  init(_ count: Int, _ row: (Int) -> [Element]) { rows = (0..<count).map(row) }

  subscript(first: Int, last: Int) -> Element { rows[first][last - first] }
}
