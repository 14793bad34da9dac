/// The local variables of an optimizer's Python function, and the storages that they hold.
struct OptimizerFrame {
  private var names: [String] = []
  private var held: [[Int]] = []

  /// Gives a variable storages; returns what it held.
  mutating func bind(_ name: String, to storages: [Int]) -> [Int] {
    guard let index = names.firstIndex(of: name) else {
      names.append(name)
      held.append(storages)
      return []
    }
    defer { held[index] = storages }
    return held[index]
  }

  /// What a variable holds.
  func storages(of name: String) -> [Int] {
    names.firstIndex(of: name).map { held[$0] } ?? []
  }

  /// All that is held, variable by variable in the order in which they first appeared.
  ///
  /// A list drops its last tensor first.
  var remains: [Int] { held.flatMap { $0.reversed() } }
}
