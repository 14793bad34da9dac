import MemoryPlanning
import ModelGraph

/// An order of nodes in a file, and the order in which they run then.
public struct FileOrder: Hashable, Sendable {
  /// The nodes as they stand in the file.
  public var nodes: [Int]

  /// The most bytes live at once when the runtime runs them in its own way.
  public var peak: Int
}

extension GraphOrdering {
  /// The trials of the search for a file that a runtime with its own mind runs well.
  private static let trials = 400

  /// The order in which nodes should stand in a file so that ONNX Runtime runs them as wanted, or as
  /// near to it as can be.
  ///
  /// With the default option a runtime decides by itself, depth first; then the file is searched for whose
  /// order leads it to the least peak: the one made last of two operands goes first.
  public func fileOrder(running order: [Int], _ option: ExecutionOrderOption) -> FileOrder {
    guard option == .default else {
      return FileOrder(nodes: order, peak: problem.peak(of: order) ?? 0)
    }
    var positions = [Int](repeating: 0, count: order.count)
    for (position, node) in order.enumerated() { positions[node] = position }
    let wanted = problem.peak(of: order) ?? 0
    var keys = positions.map { -$0 }
    var best =
      [Array(problem.tasks.indices), order].map(file).min { $0.peak < $1.peak }
      ?? FileOrder(nodes: order, peak: wanted)
    var current = file(sorted(by: keys))
    if current.peak < best.peak { best = current }
    var random = SplitMix(state: 1)
    for _ in 0..<Self.trials where best.peak > wanted && keys.count > 1 && keys.count < 5000 {
      let (a, b) = (
        Int.random(in: keys.indices, using: &random), Int.random(in: keys.indices, using: &random)
      )
      keys.swapAt(a, b)
      let next = file(sorted(by: keys))
      if next.peak > current.peak { keys.swapAt(a, b) } else { current = next }
      if current.peak < best.peak { best = current }
    }
    return best
  }

  /// A file with an order, and the peak to which the runtime's depth-first search leads.
  private func file(_ nodes: [Int]) -> FileOrder {
    var positions = [Int](repeating: 0, count: nodes.count)
    for (position, node) in nodes.enumerated() { positions[node] = position }
    let producers = nodes.map { node in
      Set(problem.tasks[node].dependencies.map { positions[$0] }).sorted()
    }
    let executed = backwardOrder(producers).map { nodes[$0] }
    return FileOrder(nodes: nodes, peak: problem.peak(of: executed) ?? .max)
  }

  /// The nodes by ascending keys, each after those it depends on.
  private func sorted(by keys: [Int]) -> [Int] {
    var missing = problem.tasks.map { Set($0.dependencies).count }
    var readers = [[Int]](repeating: [], count: problem.tasks.count)
    for (index, task) in problem.tasks.enumerated() {
      for dependency in Set(task.dependencies) { readers[dependency].append(index) }
    }
    var ready = problem.tasks.indices.filter { missing[$0] == 0 }
    var order: [Int] = []
    while let position = ready.indices.min(by: { keys[ready[$0]] < keys[ready[$1]] }) {
      let next = ready.remove(at: position)
      order.append(next)
      for reader in readers[next] {
        missing[reader] -= 1
        if missing[reader] == 0 { ready.append(reader) }
      }
    }
    return order
  }
}
