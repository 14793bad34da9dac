/// What a search tries first.
struct SearchPreference {
  /// The items with the largest keys are tried first.
  var keys: [Int]
  var rule: SectionRule

  /// Whether sections that often failed are chosen first, and the search starts again now and then.
  var learns: Bool

  /// Which section is asked first among those with as few answers.
  enum SectionRule {
    /// The one with the lowest floor; above all others, unless one has a single answer.
    case lowest

    /// The one with the lowest floor.
    case lowFloor

    /// The one with the least room to spare.
    case tight

    /// The first, or the last, in time.
    case early, late
  }

  /// The smaller, the sooner a section is chosen.
  @inline(__always)
  func score(floor: Int, slack: Int, section: Int) -> Int {
    switch rule {
    case .lowFloor, .lowest: floor
    case .tight: slack
    case .early: section
    case .late: -section
    }
  }
}

extension SearchPreference {
  /// Preferences that differ, those first that solve most of the public instances.
  static func portfolio(for instance: SearchInstance) -> [SearchPreference] {
    let orders = ItemOrders(instance)
    return [
      SearchPreference(keys: orders.bySize, rule: .lowFloor, learns: false),
      SearchPreference(keys: orders.byLoadAndWidth, rule: .tight, learns: false),
      SearchPreference(keys: orders.byLoadAndWidth, rule: .lowest, learns: false),
      SearchPreference(keys: orders.byLoadAndWidth, rule: .tight, learns: true),
      SearchPreference(keys: orders.byLoadAndWidth, rule: .lowFloor, learns: false),
      SearchPreference(keys: orders.byArea, rule: .lowFloor, learns: false),
      SearchPreference(keys: orders.byArea, rule: .late, learns: false),
      SearchPreference(keys: orders.byArea, rule: .lowFloor, learns: true),
      SearchPreference(keys: orders.byStart, rule: .lowFloor, learns: false),
      SearchPreference(keys: orders.bySize, rule: .tight, learns: true),
      SearchPreference(keys: orders.byArea, rule: .tight, learns: false),
      SearchPreference(keys: orders.byLoadAndSections, rule: .lowFloor, learns: false),
    ]
  }
}

/// Keys by which items are sorted, the largest first.
struct ItemOrders {
  var bySize: [Int]
  var byArea: [Int]
  var byStart: [Int]

  /// The size of the busiest section of an item, then the number of its steps.
  var byLoadAndWidth: [Int]

  /// The size of the busiest section of an item, then the number of its sections.
  var byLoadAndSections: [Int]

  init(_ instance: SearchInstance) {
    let (sizes, widths) = (instance.sizes, instance.widths)
    var loads = [Int](repeating: 0, count: instance.sectionCount)
    for (size, range) in zip(sizes, instance.sections) {
      for section in range { loads[section] += size }
    }
    bySize = sizes
    byArea = Self.ranks(sizes.indices.map { (Double(sizes[$0]) * Double(widths[$0]), 0) })
    byStart = instance.sections.map(\.lowerBound)
    let busiest = instance.sections.map { range in Double(range.map { loads[$0] }.max() ?? 0) }
    byLoadAndWidth = Self.ranks(sizes.indices.map { (busiest[$0], Double(widths[$0])) })
    byLoadAndSections = Self.ranks(
      sizes.indices.map { (busiest[$0], Double(instance.sections[$0].count)) })
  }

  private static func ranks(_ keys: [(Double, Double)]) -> [Int] {
    var ranks = [Int](repeating: 0, count: keys.count)
    let order = keys.indices.sorted { keys[$0] == keys[$1] ? $0 < $1 : keys[$0] < keys[$1] }
    for (rank, item) in order.enumerated() { ranks[item] = rank }
    return ranks
  }
}
