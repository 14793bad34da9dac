/// The placement of merged items so far, and what is proved of it.
struct ArenaPlan {
  let items: [ArenaItem]

  /// The indices of items with a fixed offset, and of the others; those that take no room are in none.
  let fixed: [Int]
  let movable: [Int]
  var offsets: [Int]
  var planner = "fixed offsets"
  var lowerBound: Int
  var steps = 0

  init(_ items: [ArenaItem], lowerBound: Int) {
    self.items = items
    self.lowerBound = lowerBound
    fixed = items.indices.filter { items[$0].buffer.isPlaced && items[$0].fixedOffset != nil }
    movable = items.indices.filter { items[$0].buffer.isPlaced && items[$0].fixedOffset == nil }
    offsets = items.map { $0.fixedOffset ?? 0 }
  }

  /// Whether the fixed items are sound by themselves.
  var canBePlaced: Bool {
    let aligned = fixed.allSatisfy { offsets[$0] % items[$0].alignment == 0 }
    return aligned
      && Placement(buffers: fixed.map { items[$0].buffer }, offsets: fixed.map { offsets[$0] })
        .conflicts.isEmpty
  }

  var height: Int { height(of: fixed + movable) }

  func height(of part: [Int]) -> Int {
    part.map { end(of: items[$0].buffer.byteCount, at: offsets[$0]) }.max() ?? 0
  }

  /// Places the movable items with greedy planners, until one reaches a goal.
  mutating func placeGreedily(until goal: Int) {
    let isPlain = fixed.isEmpty && items.allSatisfy { $0.alignment == 1 }
    let items = items
    let placements: [() -> Placement] =
      isPlain
      ? [{ BestOf.standard.place(items.map(\.buffer)) }] + scanning(items)
      : [
        { TFLiteMicroGreedy().place(items) }, { TFLiteArena().place(items) },
        { TFLiteMicroGreedy(order: .byLifetime).place(items) },
      ]
    var best: Placement?
    for place in placements where best.map({ $0.arenaByteCount > goal }) ?? true {
      let placement = place()
      if placement.arenaByteCount < best?.arenaByteCount ?? .max { best = placement }
    }
    guard let best else { return }
    offsets = best.offsets
    planner = best.planner
  }

  /// Planners for more items than are compared pair by pair.
  private func scanning(_ items: [ArenaItem]) -> [() -> Placement] {
    guard Self.scannedCounts.contains(items.count) else { return [] }
    return [.bySize, .inTime].map { order in
      { ScanningFit(order: order).place(items.map(\.buffer)) }
    }
  }

  private static let scannedCounts = 5000...100_000

  /// The movable items, split where no lifetime crosses a step, in the order of time.
  func independentParts() -> [[Int]] {
    var parts: [[Int]] = []
    var reach = Int.min
    for index in movable.sorted(by: startsEarlier) {
      let lifetime = items[index].buffer.lifetime
      if lifetime.lowerBound >= reach { parts.append([]) }
      parts[parts.count - 1].append(index)
      reach = max(reach, lifetime.upperBound)
    }
    return parts
  }

  private func startsEarlier(_ a: Int, _ b: Int) -> Bool {
    let (first, second) = (items[a].buffer.lifetime.lowerBound, items[b].buffer.lifetime.lowerBound)
    return first == second ? a < b : first < second
  }

  /// Takes over what was found for a part.
  mutating func adopt(_ refinement: PartRefinement) {
    steps += refinement.steps
    lowerBound = max(lowerBound, refinement.lowerBound)
    for (index, offset) in refinement.offsets {
      offsets[index] = offset
      planner = "exact search"
    }
  }
}
