/// Searches a placement below a capacity, or proves that there is none.
///
/// At every step one section of time is chosen, and with it the question which item starts at its
/// floor: one child for each item that can, and one for none. The children exclude each other, so
/// no packing is looked at twice. Where no unplaced item crosses a border in time, the parts
/// are solved one after the other, and a part that fails does not make the others try again. A part
/// that failed is remembered by its items and their lowest offsets.
///
/// The search can stop after any number of steps and go on later.
struct StackingSearch {
  enum Outcome { case found, impossible, undecided }

  private(set) var state: StackingState
  private(set) var steps = 0
  private let preference: SearchPreference
  private var frames: [Frame] = []
  private var children: [Child] = []
  private var parts: [Part] = []
  private var pending: Int32 = -1
  private let failures: FailureTable
  private var outcome = Outcome.undecided

  /// A set of neighbouring items that no unplaced item links with others.
  private struct Part {
    var items: Range<Int32>
    var sections: Range<Int32>
    var next: Int32

    /// The frame whose choice split this part off; if the part fails, so does that choice.
    var parent: Int32
    var fingerprint: Fingerprint
  }

  private struct Child {
    /// The item to place, or −1 to leave the floor empty.
    var item: Int32
    var key: Int
  }

  private struct Frame {
    var part: Part
    var section: Int32
    var mark: Int
    var pending: Int32
    var partCount: Int
    var firstChild: Int
    var nextChild: Int
    var endChild: Int

    /// Whether the last item tried has no unplaced neighbour, so that its offset changes nothing.
    var isForced = false
  }

  init(
    _ instance: SearchInstance, capacity: Int, preference: SearchPreference, failures: FailureTable
  ) {
    state = StackingState(instance, capacity: capacity)
    self.preference = preference
    self.failures = failures
    guard state.start() else {
      outcome = .impossible
      return
    }
    begin()
  }

  /// Takes all items as one part.
  private mutating func begin() {
    let instance = state.instance
    let all = Part(
      items: 0..<Int32(instance.itemCount), sections: 0..<Int32(instance.sectionCount), next: -1,
      parent: -1, fingerprint: Fingerprint())
    if split(all, parent: -1) { descend() } else { outcome = .impossible }
  }

  /// Starts from the top again, with what was learned.
  mutating func restart() {
    guard outcome == .undecided, let first = frames.first else { return }
    takeBack(first)
    frames.removeAll(keepingCapacity: true)
    children.removeAll(keepingCapacity: true)
    parts.removeAll(keepingCapacity: true)
    pending = -1
    begin()
  }

  /// Goes on for a number of steps.
  mutating func run(steps limit: Int) -> Outcome {
    let end = steps + limit
    while outcome == .undecided, steps < end {
      steps += 1
      advance()
    }
    return outcome
  }

  /// Tries the next child of the last frame.
  private mutating func advance() {
    guard let frame = frames.last else {
      outcome = .impossible
      return
    }
    let last = frames.count - 1
    guard frame.nextChild < frame.endChild, !frame.isForced else {
      failures.insert(frame.part.fingerprint)
      fail(to: frame.part.parent)
      return
    }
    let child = children[frame.nextChild]
    frames[last].nextChild += 1
    let isFirst = frame.nextChild == frame.firstChild
    if !isFirst { takeBack(frame) }
    if child.item >= 0 {
      frames[last].isForced = !state.hasUnplacedNeighbour(Int(child.item))
      guard state.place(Int(child.item)) else { return takeBack(frame) }
    } else {
      guard state.skipFloor(of: Int(frame.section)) else { return takeBack(frame) }
    }
    guard split(frame.part, parent: Int32(last)) else { return takeBack(frame) }
    descend()
  }

  private mutating func takeBack(_ frame: Frame) {
    state.undo(to: frame.mark)
    pending = frame.pending
    parts.removeLast(parts.count - frame.partCount)
  }

  /// Leaves all frames above one, whose last child has failed.
  private mutating func fail(to parent: Int32) {
    guard parent >= 0 else {
      outcome = .impossible
      return
    }
    frames.removeLast(frames.count - Int(parent) - 1)
    let frame = frames[Int(parent)]
    children.removeLast(children.count - frame.endChild)
    takeBack(frame)
  }

  /// Finds the independent parts of what is left of one; `false` if one is known to fail.
  private mutating func split(_ part: Part, parent: Int32) -> Bool {
    var start: Int32 = -1
    var reach = 0
    var first = 0
    var print = Fingerprint()
    for item in part.items where !state.isPlaced[Int(item)] {
      let sections = state.instance.sections[Int(item)]
      if start >= 0, sections.lowerBound >= reach {
        if failures.contains(print) { return false }
        push(items: start..<item, sections: first..<reach, parent, print)
        start = -1
      }
      if start < 0 {
        start = item
        first = sections.lowerBound
        reach = 0
        print = Fingerprint()
      }
      reach = max(reach, sections.upperBound)
      print.add(Int(item), state.lowest[Int(item)])
    }
    guard start >= 0 else { return true }
    if failures.contains(print) { return false }
    push(items: start..<part.items.upperBound, sections: first..<reach, parent, print)
    return true
  }

  private mutating func push(
    items: Range<Int32>, sections: Range<Int>, _ parent: Int32, _ print: Fingerprint
  ) {
    parts.append(
      Part(
        items: items, sections: Int32(sections.lowerBound)..<Int32(sections.upperBound),
        next: pending, parent: parent, fingerprint: print))
    pending = Int32(parts.count - 1)
  }

  /// Opens a frame for the next part; there is none left when everything is placed.
  private mutating func descend() {
    guard pending >= 0 else {
      outcome = .found
      return
    }
    let part = parts[Int(pending)]
    pending = part.next
    let firstChild = children.count
    let section = chooseSection(of: part)
    appendChildren(of: section)
    frames.append(
      Frame(
        part: part, section: Int32(section), mark: state.mark, pending: pending,
        partCount: parts.count, firstChild: firstChild, nextChild: firstChild,
        endChild: children.count))
  }

  /// The section with the fewest answers, or the best by the search's rule.
  private func chooseSection(of part: Part) -> Int {
    var best = -1
    var bestScore = (Int.max, Int.max)
    let isCounting = preference.rule != .lowest && !preference.learns
    for section in Int(part.sections.lowerBound)..<Int(part.sections.upperBound) {
      let floor = state.floors[section]
      if floor == .max { continue }
      let slack = state.capacity - floor - state.remaining[section]
      let limit = isCounting ? bestScore.0 : .max
      guard let count = answerCount(at: section, floor, slack: slack, limit: limit) else {
        continue
      }
      let score = score(of: section, floor: floor, slack: slack, answers: count)
      if score < bestScore { (best, bestScore) = (section, score) }
    }
    return best
  }

  @inline(__always)
  private func score(of section: Int, floor: Int, slack: Int, answers: Int) -> (Int, Int) {
    if preference.rule == .lowest {
      return answers == 1 ? (-1, 0) : (floor, -bestKey(at: section, floor))
    }
    let weight = preference.learns ? state.failureWeights[section] : 1
    let count = preference.learns ? (answers << 32) / weight : answers
    return (count, preference.score(floor: floor, slack: slack, section: section))
  }

  /// The largest key of the items that can start at the floor of a section.
  private func bestKey(at section: Int, _ floor: Int) -> Int {
    var best = Int.min
    for position in state.instance.itemsBySection[section] {
      let item = Int(state.instance.itemsBySection.entries[position])
      guard !state.isPlaced[item], state.lowest[item] == floor else { continue }
      best = max(best, preference.keys[item])
    }
    return best
  }

  /// The number of children of a section; `nil` if it cannot be asked yet, or above a limit.
  private func answerCount(at section: Int, _ floor: Int, slack: Int, limit: Int) -> Int? {
    var count = slack > 0 ? 1 : 0
    for position in state.instance.itemsBySection[section] {
      let item = Int(state.instance.itemsBySection.entries[position])
      guard !state.isPlaced[item], state.lowest[item] == floor else { continue }
      count += 1
      guard count <= limit, state.restsFirmly(item) else { return nil }
    }
    return count
  }

  private mutating func appendChildren(of section: Int) {
    let floor = state.floors[section]
    let start = children.count
    for position in state.instance.itemsBySection[section] {
      let item = Int(state.instance.itemsBySection.entries[position])
      guard !state.isPlaced[item], state.lowest[item] == floor else { continue }
      children.append(Child(item: Int32(item), key: preference.keys[item]))
    }
    children[start...].sort { $0.key > $1.key }
    if state.capacity - floor > state.remaining[section] {
      children.append(Child(item: -1, key: 0))
    }
  }
}
