/// Tasks without the sources that one other task alone needs, which run just before it.
///
/// A source reads nothing, so that running it later keeps its bytes from being live for longer than needed and
/// no order gets worse: the best order of the rest is the best of all. Exporters write weights as such tasks, by
/// the hundred, and every order of them would be looked at.
struct LoneSources {
  let problem: OrderProblem

  /// The tasks that each of the rest stands for, in order.
  private let groups: [[Int]]

  init(_ given: OrderProblem) {
    let readers = Self.readers(given)
    var sources = [[Int]](repeating: [], count: given.tasks.count)
    var rest: [Int] = []
    for index in given.tasks.indices {
      if let reader = readers[index] { sources[reader].append(index) } else { rest.append(index) }
    }
    var positions = [Int](repeating: -1, count: given.tasks.count)
    for (position, index) in rest.enumerated() { positions[index] = position }
    let tasks = rest.map { index in
      var task = given.tasks[index]
      task.makes += sources[index].flatMap { given.tasks[$0].makes }
      task.dependencies = task.dependencies.map { positions[$0] }.filter { $0 >= 0 }
      return task
    }
    problem = OrderProblem(tasks: tasks, buffers: given.buffers)
    groups = rest.map { sources[$0] + [$0] }
  }

  /// The order of all tasks for one of the rest.
  func expanded(_ order: [Int]) -> [Int] { order.flatMap { groups[$0] } }

  /// For each source, the one task that depends on it; `nil` for all other tasks.
  private static func readers(_ problem: OrderProblem) -> [Int?] {
    var users = [Set<Int>](repeating: [], count: problem.buffers.count)
    var successors = [Set<Int>](repeating: [], count: problem.tasks.count)
    for (index, task) in problem.tasks.enumerated() {
      for buffer in task.reads + task.makes { users[buffer].insert(index) }
      for dependency in task.dependencies { successors[dependency].insert(index) }
    }
    return problem.tasks.indices.map { index in
      let task = problem.tasks[index]
      guard task.dependencies.isEmpty, task.reads.isEmpty, task.workspace == 0, !task.makes.isEmpty,
        successors[index].count == 1, let reader = successors[index].first,
        !problem.tasks[reader].makes.isEmpty
      else { return nil }
      let isOwn = task.makes.allSatisfy { buffer in
        let isFree = !problem.buffers[buffer].isGiven && !problem.buffers[buffer].isKept
        return isFree && users[buffer] == [index, reader]
          && !problem.tasks[reader].overwrites.contains(buffer)
      }
      return isOwn ? reader : nil
    }
  }
}
