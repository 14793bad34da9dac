/// Weighs what choices of retention cost against the bytes that they take beyond a budget.
struct RetentionMeter {
  private let budget: Int
  private let costWeight: Double
  private let excessWeight: Double

  init(budget: Int, idealCost: Double) {
    self.budget = budget
    costWeight = 1 / max(idealCost, .leastNormalMagnitude.squareRoot())
    excessWeight = 1 / Double(max(1, budget))
  }

  /// What running again costs, and the bytes beyond the budget, task by task and stage by stage.
  struct Reading {
    var extraCost = 0.0
    var excess = 0.0
  }

  @inline(__always)
  func excess(_ bytes: Int) -> Double { Double(max(0, bytes - budget)) }

  /// The extra cost as a share of a step, and the bytes beyond the budget as shares of it.
  @inline(__always)
  func energy(_ reading: Reading) -> Double {
    reading.extraCost * costWeight + reading.excess * excessWeight
  }
}

/// What a stage takes.
struct StageRecord {
  /// The bytes live before it, and the most while it runs.
  var bytesBefore: Int
  var peak: Int

  /// What running again costs.
  var cost: Double

  func shifted(by bytes: Int) -> StageRecord {
    StageRecord(bytesBefore: bytesBefore + bytes, peak: peak + bytes, cost: cost)
  }
}
