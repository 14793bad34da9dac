extension RecomputationProblem {
  /// The cost of running again that no schedule within a budget avoids.
  ///
  /// Between any two backward tasks, forward values that are still needed are live or will be made
  /// again. The live ones share the budget: a fractional knapsack bounds what the others cost.
  func extraCostBound(within budget: Int) -> Double {
    var needed: Set<Int> = []
    var bound = 0.0
    for task in (forwardCount..<tasks.count).reversed() {
      needed.formUnion(tasks[task].dependencies.filter { $0 < forwardCount })
      let own = tasks[task].byteCount
      bound = max(bound, leastCost(of: needed, within: budget - own))
    }
    return bound
  }

  /// The least cost of the values that do not fit into some bytes.
  private func leastCost(of values: Set<Int>, within budget: Int) -> Double {
    var left = Double(max(0, budget))
    var cost = 0.0
    let order = values.filter { tasks[$0].byteCount > 0 }
      .map { (value: $0, worth: tasks[$0].cost / Double(tasks[$0].byteCount)) }
      .sorted { $0.worth == $1.worth ? $0.value < $1.value : $0.worth > $1.worth }
    for (value, worth) in order {
      let kept = min(left, Double(tasks[value].byteCount))
      left -= kept
      cost += (Double(tasks[value].byteCount) - kept) * worth
    }
    return cost
  }
}
