/// The best order so far, stretch by stretch, and what is proved of it.
struct OrderPlan {
  private let problem: OrderProblem
  private let uses: BufferUses
  private var stretches: [Stretch]

  /// The peak that needs no improvement.
  private let goal: Int
  private(set) var order: [Int]
  private(set) var lowerBound: Int
  private(set) var states = 0
  let givenPeak: Int

  private struct Stretch {
    var range: Range<Int>
    var peak: Int
  }

  /// The widths of the beams, one after the other while they do not reach the bound.
  private static let beamWidths = [1, 16, 128]

  /// Beyond this many tasks a stretch is left to narrow beams and windows.
  private static let maximumExactCount = 20_000

  init(_ problem: OrderProblem, goal: Int) {
    self.problem = problem
    self.goal = goal
    order = Array(problem.tasks.indices)
    uses = BufferUses(problem, order: order)
    lowerBound = 0
    let profile = problem.profile(of: order)
    givenPeak = max(problem.startingBytes, profile.max() ?? 0)
    stretches = problem.cuts.map { Stretch(range: $0, peak: profile[$0].max() ?? 0) }
  }

  var peak: Int { max(problem.startingBytes, stretches.map(\.peak).max() ?? 0) }

  private var floor: Int { max(lowerBound, goal) }

  /// Works on the stretches with the highest peaks first.
  mutating func improve(states limit: Int, until deadline: Deadline) {
    lowerBound = problem.startingBytes
    let bounds = stretches.map { instance(of: $0.range).lowerBound }
    lowerBound = max(lowerBound, bounds.max() ?? 0)
    let byPeak = stretches.indices.sorted { stretches[$0].peak > stretches[$1].peak }
    for index in byPeak where stretches[index].peak > floor {
      improve(index, states: limit - states, until: deadline)
    }
  }

  private func instance(of range: Range<Int>) -> OrderInstance {
    OrderInstance(problem, stretch: range, of: order, uses)
  }

  private mutating func improve(_ index: Int, states limit: Int, until deadline: Deadline) {
    let range = stretches[index].range
    let instance = instance(of: range)
    for width in Self.beamWidths where stretches[index].peak > floor {
      guard instance.taskCount * width <= 1_000_000 else { break }
      let beam = BeamSearch(instance: instance, width: width, floor: floor)
      if let found = beam.run(below: stretches[index].peak, until: deadline) {
        adopt(found, of: instance, at: index)
      }
    }
    guard stretches[index].peak > floor, instance.taskCount <= Self.maximumExactCount else {
      return
    }
    var search = IdealSearch(instance, floor: floor, below: stretches[index].peak)
    let outcome = search.run(states: limit, until: deadline)
    states += search.states
    if search.lowerBound > floor { lowerBound = min(search.lowerBound, stretches[index].peak) }
    if case .found(let found) = outcome { adopt(found, of: instance, at: index) }
    if case .undecided = outcome { resolveWindows(of: index, until: deadline) }
  }

  private mutating func adopt(_ found: [Int], of instance: OrderInstance, at index: Int) {
    let range = stretches[index].range
    let tasks = found.map { instance.origins[$0] }
    var candidate = order
    candidate.replaceSubrange(range, with: tasks)
    let peak = problem.profile(of: candidate)[range].max() ?? 0
    guard peak < stretches[index].peak else { return }
    order = candidate
    stretches[index].peak = peak
  }
}

extension OrderPlan {
  private static let windowCount = 40
  private static let windowStates = 20_000

  /// Solves windows around the busiest tasks of a stretch until none gets better.
  private mutating func resolveWindows(of index: Int, until deadline: Deadline) {
    let range = stretches[index].range
    var progress = true
    while progress, stretches[index].peak > floor, !deadline.hasPassed {
      progress = false
      let profile = problem.profile(of: order)
      let busiest = range.filter { profile[$0] == stretches[index].peak }
      for center in busiest {
        let lower = max(range.lowerBound, center - Self.windowCount / 2)
        let window = lower..<min(range.upperBound, lower + Self.windowCount)
        progress = resolve(window) || progress
      }
      stretches[index].peak = problem.profile(of: order)[range].max() ?? 0
      progress = progress && stretches[index].peak < profile[range].max() ?? 0
    }
  }

  /// Whether a window got better.
  private mutating func resolve(_ window: Range<Int>) -> Bool {
    let peak = problem.profile(of: order)[window].max() ?? 0
    let instance = OrderInstance(
      problem, stretch: window, of: order, BufferUses(problem, order: order))
    var search = IdealSearch(instance, floor: floor, below: peak)
    let outcome = search.run(states: Self.windowStates, until: Deadline(instant: nil))
    states += search.states
    guard case .found(let found) = outcome else { return false }
    order.replaceSubrange(window, with: found.map { instance.origins[$0] })
    return true
  }
}

extension OrderProblem {
  /// The bytes live before the first task.
  var startingBytes: Int {
    let touched = Set(tasks.flatMap { $0.reads + $0.makes })
    return buffers.indices.filter { buffers[$0].isGiven }
      .filter { buffers[$0].isKept || touched.contains($0) }
      .map { buffers[$0].byteCount }.reduce(0, +)
  }

  /// The most bytes live during each task of an order that keeps to the dependencies.
  func profile(of order: [Int]) -> [Int] {
    var replay = OrderReplay(self)
    return order.map { task in
      replay.peak = 0
      _ = replay.run(task)
      return replay.peak
    }
  }

  /// The stretches between tasks that come before or after all others, in the order given.
  var cuts: [Range<Int>] {
    let count = tasks.count
    var firstSuccessor = [Int](repeating: count, count: count)
    let lastDependency = tasks.map { $0.dependencies.max() ?? -1 }
    for (index, task) in tasks.enumerated() {
      for other in task.dependencies { firstSuccessor[other] = min(firstSuccessor[other], index) }
    }
    // A task comes after all earlier ones if each of them leads to one that is no later than it, and
    // before all later ones if each of them depends on one that is no earlier.
    var leads = [Bool](repeating: false, count: count)
    var farthest = 0
    for index in 0..<count {
      leads[index] = farthest <= index
      farthest = max(farthest, firstSuccessor[index])
    }
    var result: [Range<Int>] = []
    var nearest = count
    var end = count
    for index in (0..<count).reversed() {
      if leads[index], nearest >= index, index + 1 < end {
        result.append(index + 1..<end)
        end = index + 1
      }
      nearest = min(nearest, lastDependency[index])
    }
    if end > 0 { result.append(0..<end) }
    return result.reversed()
  }
}
