/// Asks for smaller and smaller arenas for one part, and proves bounds on the way.
///
/// Sizes are in units, of which all sizes, alignments and fixed offsets are multiples.
struct PartRefinement {
  private let instance: SearchInstance
  private let unit: Int

  /// The largest arena known to be too small, plus one; and the smallest known to suffice.
  private var low: Int
  private var high: Int

  /// The arena that is small enough.
  private let floor: Int
  private var best: [Int]?
  private(set) var steps = 0

  /// Searches that were not decided, by capacity, to be gone on with.
  private var unfinished: [Int: SearchPortfolio] = [:]

  /// How many searches are kept to be gone on with.
  private static let maximumUnfinished = 4

  init?(_ part: [Int], of plan: ArenaPlan, floor: Int) {
    let unit = Self.unit(of: part + plan.fixed, plan.items)
    guard Self.canBeSummed(part + plan.fixed, plan.items) else { return nil }
    guard
      let instance = SearchInstance(
        plan.items, of: part, fixed: plan.fixed, unit: unit, pairLimit: ArenaSolver.maximumPairCount
      )
    else { return nil }
    self.instance = instance
    self.unit = unit
    self.floor = floor / unit
    low = instance.heaviestSection
    high = (plan.height(of: part) + unit - 1) / unit
  }

  /// The size in bytes below which this part cannot go.
  var lowerBound: Int { low * unit }

  /// The items placed better than before, with their offsets in bytes.
  var offsets: [(Int, Int)] {
    guard let best else { return [] }
    return zip(instance.origins, best).map { ($0, $1 * unit) }
  }

  /// Asks first for the smallest arena that is not excluded, then for ever larger ones.
  ///
  /// What was not decided is asked again with more steps once all others are.
  mutating func run(steps limit: Int, until deadline: Deadline) {
    var share = max(1, limit / 16)
    while high > max(low, floor), steps < limit, !deadline.hasPassed {
      var target = max(low, floor)
      while target < high, steps < limit, !deadline.hasPassed {
        switch decide(target, steps: min(share, limit - steps), until: deadline) {
        case .found: break
        case .impossible: low = max(low, target + 1)
        case .undecided: break
        }
        target = max(target, low)
        target += max(1, (high - target) / 2)
      }
      share += share / 2
    }
  }

  private mutating func decide(
    _ capacity: Int, steps limit: Int, until deadline: Deadline
  ) -> StackingSearch.Outcome {
    var portfolio = unfinished[capacity] ?? SearchPortfolio(instance, capacity: capacity)
    let before = portfolio.steps
    let outcome = portfolio.run(steps: limit, until: deadline)
    steps += max(1, portfolio.steps - before)
    unfinished[capacity] = nil
    if let found = portfolio.found {
      best = found
      high = zip(found, instance.sizes).map { $0 + $1 }.max() ?? 0
    } else if outcome == .undecided, unfinished.count < Self.maximumUnfinished {
      unfinished[capacity] = portfolio
    }
    return outcome
  }

  /// Whether all offsets that can come up in a search are numbers that add up without overflow.
  private static func canBeSummed(_ indices: [Int], _ items: [ArenaItem]) -> Bool {
    var sum = 0.0
    for item in indices.map({ items[$0] }) {
      sum += Double(item.buffer.byteCount) + Double(item.alignment) + Double(item.fixedOffset ?? 0)
    }
    return sum < Double(Buffer.maximumByteCount)
  }

  private static func unit(of indices: [Int], _ items: [ArenaItem]) -> Int {
    let unit = indices.reduce(0) { unit, index in
      let item = items[index]
      var unit = greatestCommonDivisor(unit, item.buffer.byteCount)
      if item.alignment > 1 { unit = greatestCommonDivisor(unit, item.alignment) }
      return greatestCommonDivisor(unit, item.fixedOffset ?? 0)
    }
    return max(1, unit)
  }
}
