/// Which items are placed, and how low the others can still be.
///
/// Every item has a lowest offset; placing an item lifts those that live with it. A trail of old
/// values takes changes back.
struct StackingState {
  let instance: SearchInstance
  let capacity: Int

  /// The lowest offset of each item, its offset once it is placed.
  private(set) var lowest: [Int]
  private(set) var isPlaced: [Bool]

  /// The sum of the sizes of the items that are not placed, by section.
  private(set) var remaining: [Int]

  /// The smallest of the lowest offsets, and of the lowest ends, of unplaced items, by section.
  private(set) var floors: [Int]
  private(set) var lowestEnds: [Int]

  /// How often a section could not hold its items, and one for all.
  private(set) var failureWeights: [Int]

  private var trail: [Change] = []
  private var dirtySections: [Int32] = []
  private var dirtyStamps: [UInt32]
  private var stamp: UInt32 = 0
  private var sortedLowest: [Int]
  private var sortedSizes: [Int]

  private enum Kind { case lowest, floor, lowestEnd, placement }

  private struct Change {
    var kind: Kind
    var index: Int32
    var value: Int
  }

  init(_ instance: SearchInstance, capacity: Int) {
    self.instance = instance
    self.capacity = capacity
    lowest = instance.sizes.indices.map { instance.normalised(0, for: $0) }
    isPlaced = Array(repeating: false, count: instance.itemCount)
    remaining = Array(repeating: 0, count: instance.sectionCount)
    floors = remaining
    lowestEnds = remaining
    failureWeights = Array(repeating: 1, count: instance.sectionCount)
    dirtyStamps = Array(repeating: 0, count: instance.sectionCount)
    let widest = (0..<instance.sectionCount).map { instance.itemsBySection[$0].count }.max()
    sortedLowest = Array(repeating: 0, count: widest ?? 0)
    sortedSizes = sortedLowest
    for (size, range) in zip(instance.sizes, instance.sections) {
      for section in range { remaining[section] += size }
    }
  }

  var mark: Int { trail.count }

  /// Looks at all sections for the first time; `false` if one cannot hold its items.
  mutating func start() -> Bool {
    stamp &+= 1
    dirtySections.removeAll(keepingCapacity: true)
    for section in 0..<instance.sectionCount { markDirty(section) }
    return refreshSections()
  }

  /// Puts an item at its lowest offset; `false` if the others no longer fit.
  mutating func place(_ item: Int) -> Bool {
    stamp &+= 1
    dirtySections.removeAll(keepingCapacity: true)
    trail.append(Change(kind: .placement, index: Int32(item), value: 0))
    isPlaced[item] = true
    let size = instance.sizes[item]
    let end = lowest[item] + size
    for section in instance.sections[item] {
      remaining[section] -= size
      markDirty(section)
    }
    for position in instance.neighbours[item] {
      let other = Int(instance.neighbours.entries[position])
      if isPlaced[other] || lowest[other] >= end { continue }
      guard raise(other, to: end) else { return false }
    }
    return refreshSections()
  }

  /// Decides that no item starts at the floor of a section; `false` if the rest no longer fits.
  ///
  /// An item that does not start there rests on another one, since any packing can be pushed down.
  mutating func skipFloor(of section: Int) -> Bool {
    stamp &+= 1
    dirtySections.removeAll(keepingCapacity: true)
    let floor = floors[section]
    let range = instance.itemsBySection[section]
    var candidates: [(item: Int, rest: Int)] = []
    for position in range {
      let item = Int(instance.itemsBySection.entries[position])
      guard !isPlaced[item], lowest[item] == floor else { continue }
      candidates.append((item, restingPlace(of: item, above: floor, notIn: section)))
    }
    let smallest = candidates.map { instance.sizes[$0.item] }.min() ?? 0
    let support = candidates.map(\.rest).min() ?? 0
    guard support < .max else { return false }
    for (item, rest) in candidates {
      let offset = min(rest, instance.normalised(support + smallest, for: item))
      guard raise(item, to: offset) else { return false }
    }
    return refreshSections()
  }

  /// The lowest offset above the floor at which an item can rest on one that is not a candidate.
  private func restingPlace(of item: Int, above floor: Int, notIn section: Int) -> Int {
    var best = Int.max
    for obstacle in instance.obstacles[item] where obstacle.upperBound > floor {
      best = instance.normalised(obstacle.upperBound, for: item)
      break
    }
    for position in instance.neighbours[item] {
      let other = Int(instance.neighbours.entries[position])
      guard !isPlaced[other] else { continue }
      if lowest[other] == floor, instance.sections[other].contains(section) { continue }
      let end = lowest[other] + instance.sizes[other]
      if end < best { best = min(best, instance.normalised(end, for: item)) }
    }
    return best
  }

  private mutating func raise(_ item: Int, to offset: Int) -> Bool {
    let offset = instance.normalised(offset, for: item)
    trail.append(Change(kind: .lowest, index: Int32(item), value: lowest[item]))
    lowest[item] = offset
    guard offset <= capacity - instance.sizes[item] else {
      for section in instance.sections[item] { failureWeights[section] += 1 }
      return false
    }
    for section in instance.sections[item] { markDirty(section) }
    return true
  }

  @inline(__always)
  private mutating func markDirty(_ section: Int) {
    guard dirtyStamps[section] != stamp else { return }
    dirtyStamps[section] = stamp
    dirtySections.append(Int32(section))
  }

  /// Renews the floors of changed sections; `false` if a section cannot hold its items.
  private mutating func refreshSections() -> Bool {
    for index in dirtySections.indices {
      let section = Int(dirtySections[index])
      guard refresh(section) else {
        failureWeights[section] += 1
        return false
      }
    }
    return true
  }

  /// Stacks the items of a section in the order of their lowest offsets, as if each could be cut.
  ///
  /// Counted from the top, every item and all those that cannot be lower must fit above it.
  private mutating func refresh(_ section: Int) -> Bool {
    var count = 0
    var lowestEnd = Int.max
    for position in instance.itemsBySection[section] {
      let item = Int(instance.itemsBySection.entries[position])
      if isPlaced[item] { continue }
      let (offset, size) = (lowest[item], instance.sizes[item])
      lowestEnd = min(lowestEnd, offset + size)
      var slot = count
      while slot > 0, sortedLowest[slot - 1] < offset {
        sortedLowest[slot] = sortedLowest[slot - 1]
        sortedSizes[slot] = sortedSizes[slot - 1]
        slot -= 1
      }
      sortedLowest[slot] = offset
      sortedSizes[slot] = size
      count += 1
    }
    var sum = 0
    for slot in 0..<count {
      sum += sortedSizes[slot]
      if sortedLowest[slot] + sum > capacity { return false }
    }
    record(count > 0 ? sortedLowest[count - 1] : .max, lowestEnd, of: section)
    return true
  }

  private mutating func record(_ floor: Int, _ lowestEnd: Int, of section: Int) {
    if floors[section] != floor {
      trail.append(Change(kind: .floor, index: Int32(section), value: floors[section]))
      floors[section] = floor
    }
    if lowestEnds[section] != lowestEnd {
      trail.append(Change(kind: .lowestEnd, index: Int32(section), value: lowestEnds[section]))
      lowestEnds[section] = lowestEnd
    }
  }

  /// Takes back all changes since a mark.
  mutating func undo(to mark: Int) {
    while trail.count > mark, let change = trail.popLast() {
      let index = Int(change.index)
      switch change.kind {
      case .lowest: lowest[index] = change.value
      case .floor: floors[index] = change.value
      case .lowestEnd: lowestEnds[index] = change.value
      case .placement:
        isPlaced[index] = false
        for section in instance.sections[index] { remaining[section] += instance.sizes[index] }
      }
    }
  }

  /// Whether no unplaced item that lives with an item could end up below it.
  ///
  /// Only then are its offset and “higher” the only choices.
  func restsFirmly(_ item: Int) -> Bool {
    for section in instance.sections[item] where lowestEnds[section] <= lowest[item] {
      return false
    }
    return true
  }

  /// Whether an unplaced item lives with an item.
  func hasUnplacedNeighbour(_ item: Int) -> Bool {
    instance.neighbours[item].contains {
      !isPlaced[Int(instance.neighbours.entries[$0])]
    }
  }
}
