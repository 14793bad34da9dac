import ByteFormats
public import MemoryPlanning

/// A file of tasks in JSON, as it comes from other tools.
public struct PlanFile {
  private let path: String
  private let document: JSONValue

  /// Reads the file at a path; `nil` if it is a model, of which some are JSON, too.
  ///
  /// - Throws: ``OpenError`` if it cannot be read.
  public init?(path: String) throws {
    guard path.lowercased().hasSuffix(".json") else { return nil }
    self.path = path
    document = try JSONValue(MappedFile(path: path))
    let ofModels = ["model_type", "architectures", "weight_map", "_class_name"]
    if ofModels.contains(where: { document[$0] != nil }) { return nil }
  }

  /// Tasks that make one buffer each: `size` in bytes, and `preds`, the earlier tasks they read.
  ///
  /// `nodes` may name them.
  public func orderProblem() throws(PlanError) -> (problem: OrderProblem, names: [String]) {
    let sizes = try integers("size")
    let dependencies = try lists("preds", count: sizes.count)
    return (
      OrderProblem(byteCounts: sizes, dependencies: dependencies), names("nodes", sizes.count)
    )
  }

  /// A training step: `mem` in bytes, `cost`, `deps`, and how many of the first are forward tasks,
  /// `n_fwd`; `names` may name them.
  public func recomputationProblem() throws(PlanError) -> RecomputationProblem {
    let sizes = try integers("mem")
    let costs = try numbers("cost", count: sizes.count)
    let dependencies = try lists("deps", count: sizes.count)
    let names = names("names", sizes.count)
    guard let count = document["n_fwd"]?.integer, (0...sizes.count).contains(count) else {
      throw problem("n_fwd", expected: "a number of tasks", found: document["n_fwd"])
    }
    return RecomputationProblem(
      tasks: sizes.indices.map {
        RecomputationTask(
          names[$0], byteCount: sizes[$0], cost: costs[$0], dependencies: dependencies[$0])
      }, forwardCount: count)
  }

  private func names(_ key: String, _ count: Int) -> [String] {
    let names = document[key]?.elements.map { $0.string ?? "" } ?? []
    return names.count == count ? names : (0..<count).map { "task \($0)" }
  }

  private func integers(_ key: String) throws(PlanError) -> [Int] {
    guard case .array(let elements)? = document[key] else {
      throw problem(key, expected: "a list", found: document[key])
    }
    var result: [Int] = []
    for (index, element) in elements.enumerated() {
      guard let size = element.integer, size >= 0 else {
        throw problem(key, index, expected: "a number of bytes", found: element)
      }
      result.append(size)
    }
    return result
  }

  private func numbers(_ key: String, count: Int) throws(PlanError) -> [Double] {
    let elements = try elements(key, count)
    var result: [Double] = []
    for (index, element) in elements.enumerated() {
      guard let number = element.double, number.isFinite, number >= 0 else {
        throw problem(key, index, expected: "a number of at least 0", found: element)
      }
      result.append(number)
    }
    return result
  }

  /// Lists of earlier tasks, one for each task.
  private func lists(_ key: String, count: Int) throws(PlanError) -> [[Int]] {
    let elements = try elements(key, count)
    var result: [[Int]] = []
    for (index, element) in elements.enumerated() {
      guard case .array(let list) = element else {
        throw problem(key, index, expected: "a list of earlier tasks", found: element)
      }
      let tasks = list.compactMap(\.integer)
      guard tasks.count == list.count, tasks.allSatisfy({ (0..<index).contains($0) }) else {
        throw problem(key, index, expected: "numbers of tasks before \(index)", found: element)
      }
      result.append(tasks)
    }
    return result
  }

  private func elements(_ key: String, _ count: Int) throws(PlanError) -> [JSONValue] {
    guard case .array(let elements)? = document[key], elements.count == count else {
      throw problem(key, expected: "a list of \(count)", found: document[key])
    }
    return elements
  }

  private func problem(
    _ key: String, _ index: Int? = nil, expected: String, found: JSONValue?
  ) -> PlanError {
    .file(path: path, key: key, index: index, expected: expected, found: found?.kind ?? "nothing")
  }
}

extension JSONValue {
  /// What a value is, for people.
  fileprivate var kind: String {
    switch self {
    case .null: "null"
    case .boolean(let value): "\(value)"
    case .number(.integer(let value)): "\(value)"
    case .number(let number): number.double.map { "\($0)" } ?? "a number"
    case .string(let text): "“\(text.prefix(40))”"
    case .array(let elements):
      elements.count > 8
        ? "a list of \(elements.count)" : "[\(elements.map(\.kind).joined(separator: ", "))]"
    case .object: "an object"
    }
  }
}
