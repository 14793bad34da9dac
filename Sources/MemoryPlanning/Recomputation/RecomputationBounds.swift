extension RecomputationProblem {
  /// The cost of running again that no schedule within a budget avoids.
  ///
  /// Between any two backward tasks, forward values that are still needed are live or will be made
  /// again. The live ones share the budget: a fractional knapsack bounds what the others cost.
  func extraCostBound(within budget: Int) -> Double {
    let order = valuesByWorth
    var needed = [Bool](repeating: false, count: forwardCount)
    var bound = 0.0
    for task in (forwardCount..<tasks.count).reversed() {
      for value in tasks[task].dependencies where value < forwardCount { needed[value] = true }
      let left = budget - tasks[task].byteCount
      bound = max(bound, leastCost(of: order, where: needed, within: left))
    }
    return bound
  }

  /// The forward values that take room, those first that cost the most for each byte.
  private var valuesByWorth: [(value: Int, worth: Double)] {
    let values = (0..<forwardCount).filter { tasks[$0].byteCount > 0 }
    let worths = values.map { tasks[$0].cost / Double(tasks[$0].byteCount) }
    return zip(values, worths).map { (value: $0, worth: $1) }.sorted {
      $0.worth == $1.worth ? $0.value < $1.value : $0.worth > $1.worth
    }
  }

  /// The least cost of the needed values that do not fit into some bytes.
  private func leastCost(
    of values: [(value: Int, worth: Double)], where needed: [Bool], within budget: Int
  ) -> Double {
    var left = Double(max(0, budget))
    var cost = 0.0
    for (value, worth) in values where needed[value] {
      let kept = min(left, Double(tasks[value].byteCount))
      left -= kept
      cost += (Double(tasks[value].byteCount) - kept) * worth
    }
    return cost
  }
}
