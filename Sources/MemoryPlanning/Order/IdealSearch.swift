/// Looks for the order of a stretch with the least peak, the set with the least peak so far first.
///
/// A set's priority is a bound from below on the peak of any order through it. So the first set that
/// is complete is proof, and where the search stops early the smallest priority is still a bound.
struct IdealSearch {
  private let instance: OrderInstance

  /// The peak that is known to be needed, and the one an order must stay below to be of use.
  private let floor: Int
  private let ceiling: Int
  private var nodes: [Node] = []
  private var words: [UInt64] = []
  private var ready: [Int32] = []
  private var moves: [Int32] = []
  private var seen = FingerprintTable()
  private var queue = IdealQueue()
  private(set) var states = 0

  /// The peak below which no order can go.
  private(set) var lowerBound: Int

  private struct Node {
    var parent: Int32
    var moves: Range<Int32>
    var ready: Range<Int32>
    var peak: Int
    var live: Int
    var doneCount: Int32
    var print: Fingerprint
  }

  enum Outcome {
    /// An order of local tasks with the least peak.
    case found([Int])

    /// No order stays below the ceiling.
    case exhausted
    case undecided
  }

  init(_ instance: OrderInstance, floor: Int, below ceiling: Int) {
    self.instance = instance
    self.floor = floor
    self.ceiling = ceiling
    lowerBound = floor
  }

  /// The sets that may be kept: the memory they take is bounded.
  private var stateLimit: Int { (256 << 20) / (8 * instance.wordCount + 160) }

  mutating func run(states limit: Int, until deadline: Deadline) -> Outcome {
    var start = Ideal(instance)
    moves = []
    instance.runFree(below: max(floor, start.peak), on: &start, &moves)
    add(start, parent: -1, movesFrom: 0)
    while let best = queue.popFirst() {
      let node = nodes[Int(best)]
      guard seen[node.print] == best else { continue }
      lowerBound = max(lowerBound, node.peak)
      if Int(node.doneCount) == instance.taskCount { return .found(path(to: best)) }
      states += 1
      guard states < limit, nodes.count < stateLimit, states & 63 != 0 || !deadline.hasPassed
      else { return .undecided }
      expand(best, node)
    }
    lowerBound = max(lowerBound, ceiling)
    return .exhausted
  }

  private mutating func expand(_ index: Int32, _ node: Node) {
    let ideal = ideal(at: index, node)
    for position in ideal.ready.indices {
      let effect = instance.effect(of: ideal.ready[position], on: ideal)
      let peak = max(node.peak, ideal.live + effect.during)
      guard peak < ceiling else { continue }
      var next = ideal
      let first = moves.count
      moves.append(ideal.ready[position])
      instance.run(at: position, effect, on: &next)
      instance.runFree(below: max(peak, lowerBound), on: &next, &moves)
      add(next, parent: index, movesFrom: first)
    }
  }

  /// Keeps a set unless it was reached as well before.
  private mutating func add(_ ideal: Ideal, parent: Int32, movesFrom first: Int) {
    let known = seen[ideal.print]
    guard known < 0 || ideal.peak < nodes[Int(known)].peak else {
      moves.removeSubrange(first...)
      return
    }
    let index = Int32(nodes.count)
    let start = Int32(ready.count)
    ready += ideal.ready
    words += ideal.words
    nodes.append(
      Node(
        parent: parent, moves: Int32(first)..<Int32(moves.count),
        ready: start..<Int32(ready.count), peak: ideal.peak, live: ideal.live,
        doneCount: Int32(ideal.doneCount), print: ideal.print))
    seen[ideal.print] = index
    queue.insert(index, peak: max(ideal.peak, floor), doneCount: ideal.doneCount)
  }

  private func ideal(at index: Int32, _ node: Node) -> Ideal {
    var ideal = Ideal(
      words: Array(words[Int(index) * instance.wordCount..<(Int(index) + 1) * instance.wordCount]),
      ready: Array(ready[Int(node.ready.lowerBound)..<Int(node.ready.upperBound)]),
      live: node.live, peak: node.peak)
    ideal.print = node.print
    ideal.doneCount = Int(node.doneCount)
    return ideal
  }

  private func path(to index: Int32) -> [Int] {
    var stretches: [ArraySlice<Int32>] = []
    var next = index
    while next >= 0 {
      let node = nodes[Int(next)]
      stretches.append(moves[Int(node.moves.lowerBound)..<Int(node.moves.upperBound)])
      next = node.parent
    }
    return stretches.reversed().joined().map { Int($0) }
  }
}
