import ModelGraph

/// The names of a program's parameters and of its state in the order in which the modules list them.
///
/// A strict export lists them as they are first read, and of those of one tensor one alone. The archive stores all in the
/// modules' order, but for those of one storage, which stand together.
struct RegisteredNames {
  let parameters: [String]
  let state: [String]

  init(_ program: ExportedProgram, _ weights: WeightConfiguration) {
    let stored = program.body.inputNames.compactMap { program.stored[$0] }
    let parameters = stored.filter { $0.role == .parameter }.map(\.name)
    let state = stored.filter { $0.role == .state }.map(\.name)
    guard !program.lists(weights) else {
      (self.parameters, self.state) = (parameters, state)
      return
    }
    let names = weights.entries.map(\.name)
    let untold = Set(names).subtracting(stored.map(\.name))
    let shared = weights.sharedNames
    guard !program.modules.isEmpty,
      !untold.isEmpty || [parameters, state].contains(where: { !names.lists($0, except: shared) })
    else {
      (self.parameters, self.state) = (parameters, state)
      return
    }
    let places = Places(program.modules, names)
    self.parameters = places.sorted(parameters + names.filter(untold.contains))
    self.state = places.sorted(state)
  }

  /// Where modules stand, each before those in it, and where in them tensors do.
  private struct Places {
    private let modules: [Substring: Int]
    private let names: [String: Int]

    init(_ modules: [String], _ names: [String]) {
      self.modules = Dictionary(modules.enumerated().map { ($1[...], $0) }) { first, _ in first }
      self.names = Dictionary(names.enumerated().map { ($1, $0) }) { first, _ in first }
    }

    func sorted(_ tensors: [String]) -> [String] {
      tensors.enumerated()
        .map { (key: (modules[$1[...].parentPath] ?? .max, names[$1] ?? .max, $0), name: $1) }
        .sorted { $0.key < $1.key }
        .map(\.name)
    }
  }
}

extension [String] {
  /// Whether those of some names that are among them stand in the same order, some of them aside.
  fileprivate func lists(_ names: [String], except others: Set<String>) -> Bool {
    let own = Set(self)
    let asked = names.filter { own.contains($0) && !others.contains($0) }
    let known = Set(asked)
    return filter(known.contains) == asked
  }
}

extension WeightConfiguration {
  /// The names of tensors whose storage another one has, too.
  fileprivate var sharedNames: Set<String> {
    let records = Dictionary(grouping: entries, by: \.record)
    return Set(records.values.filter { $0.count > 1 }.joined().map(\.name))
  }
}
