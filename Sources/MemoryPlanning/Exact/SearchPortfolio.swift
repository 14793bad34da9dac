/// Searches with different preferences that take turns below one capacity.
///
/// Each goes on where it stopped, for longer every time. They share what is known to fail.
struct SearchPortfolio {
  private let instance: SearchInstance
  private let capacity: Int
  private let failures = FailureTable()
  private let preferences: [SearchPreference]
  private var searches: [StackingSearch] = []
  private var quantum = 400

  /// The steps of all searches so far.
  private(set) var steps = 0

  init(_ instance: SearchInstance, capacity: Int) {
    self.instance = instance
    self.capacity = capacity
    preferences = SearchPreference.portfolio(for: instance)
  }

  /// Lets all searches take turns until one decides, the steps are used up or time is.
  mutating func run(steps limit: Int, until deadline: Deadline) -> StackingSearch.Outcome {
    let end = steps + limit
    while steps < end {
      for index in preferences.indices {
        let outcome = takeTurn(index)
        if outcome != .undecided || steps >= end || deadline.hasPassed { return outcome }
      }
      quantum += quantum / 2
    }
    return .undecided
  }

  private mutating func takeTurn(_ index: Int) -> StackingSearch.Outcome {
    if index == searches.count {
      searches.append(
        StackingSearch(
          instance, capacity: capacity, preference: preferences[index], failures: failures))
    } else if preferences[index].learns {
      searches[index].restart()
    }
    let before = searches[index].steps
    let outcome = searches[index].run(steps: quantum)
    steps += searches[index].steps - before
    if outcome == .found { found = searches[index].state.lowest }
    return outcome
  }

  /// The offsets of the items in units, once a search has found them.
  private(set) var found: [Int]?
}

/// A time after which searches stop.
struct Deadline {
  var instant: ContinuousClock.Instant?

  var hasPassed: Bool { instant.map { ContinuousClock.now >= $0 } ?? false }
}
