/// A training step whose backward pass mirrors its forward pass.
///
/// The backward task of a forward task reads that one's value, and the values and gradients of the tasks
/// that read it, or of the loss if none does.
struct MirroredGraph {
  let count: Int

  /// The bytes of values and of their gradients, the costs of forward tasks added up.
  let bytes: [Int]
  let gradientBytes: [Int]
  let costSums: [Double]

  /// The last forward task that reads each value; its own index if none does.
  let lastReaders: [Int]

  /// The bytes of values and gradients that are live between the backward tasks of `t + 1` and `t`.
  let crossing: [Int]

  init?(_ problem: RecomputationProblem) {
    let count = problem.forwardCount
    guard count > 0, problem.tasks.count == 2 * count + 1 else { return nil }
    var readers = [[Int]](repeating: [], count: count)
    for index in 0..<count {
      for dependency in problem.tasks[index].dependencies { readers[dependency].append(index) }
    }
    for index in 0..<count {
      let expected =
        readers[index].isEmpty
        ? [index, count] : [index] + readers[index] + readers[index].map { 2 * count - $0 }
      guard Set(problem.tasks[2 * count - index].dependencies).isSubset(of: expected) else {
        return nil
      }
    }
    self.count = count
    bytes = problem.tasks.prefix(count).map(\.byteCount)
    gradientBytes = (0..<count).map { problem.tasks[2 * count - $0].byteCount }
    costSums = problem.tasks.prefix(count).reduce(into: [0]) {
      $0.append($0[$0.count - 1] + $1.cost)
    }
    lastReaders = (0..<count).map { readers[$0].max() ?? $0 }
    let firstReads = problem.tasks.prefix(count).map { $0.dependencies.min() ?? Int.max }
    let loss = problem.tasks[count].byteCount
    let (values, gradients) = (bytes, gradientBytes)
    crossing = (0..<count).map { last in
      let live = (last + 1..<count).filter { firstReads[$0] <= last }
      return loss + live.map { values[$0] + gradients[$0] }.reduce(0, +)
    }
  }
}

extension MirroredGraph {
  /// For each task from a first one on, the bytes of values from the first on that are read after the task.
  func frontiers(from first: Int) -> [Int] {
    var ending = [Int](repeating: 0, count: count)
    var live = 0
    return (first..<count).map { task in
      live += bytes[task]
      ending[lastReaders[task]] += bytes[task]
      live -= ending[task]
      return live
    }
  }

  /// For each task from a first one on, the most bytes while running from the first up to it.
  func runPeaks(from first: Int) -> [Int] {
    var (held, peak) = (0, 0)
    return zip(first..<count, frontiers(from: first)).map { task, frontier in
      peak = max(peak, held + bytes[task])
      held = frontier
      return peak
    }
  }
}
