/// How a framework's constructor makes a model's tensors, and in which order it knows them.
///
/// Where a block of memory lies depends on what was made and dropped before it.
public struct Construction: Hashable, Sendable {
  /// What is made and dropped, in order.
  public var steps: [Step]

  /// The names of the tensors as the modules list them: a module's own before its children's.
  public var registered: [String]

  public enum Step: Hashable, Sendable {
    /// A tensor comes into being: one of the model's, or one by another name on the way.
    case make(String, TensorType)

    /// A tensor that is none of the model's goes.
    case drop(String)

    /// Random numbers are looked through for some that lie too far off.
    case check(TensorType)
  }

  public init(steps: [Step], registered: [String]) {
    self.steps = steps
    self.registered = registered
  }

  /// The names as `Module.to` goes through them: a module's own after its children's.
  public var childrenFirst: [String] {
    ModulePaths.ordered(registered) { own, children in children + own }
  }
}

/// Names with dots, as the tree of modules that they tell.
public enum ModulePaths {
  /// The names in the order in which a function puts a module's own tensors and its children.
  ///
  /// The function gets the names of both, each in the order in which they first appear.
  public static func ordered(
    _ names: [String], _ arrange: ([String], [String]) -> [String]
  ) -> [String] {
    ordered(names.map { Path(name: $0, rest: $0[...], depth: 0) }, arrange).map(\.name)
  }

  private struct Path {
    let name: String
    let rest: Substring
    let depth: Int
  }

  /// Deeper paths are not told apart: no module tree nests so deep.
  private static let maximumDepth = 64

  private static func ordered(
    _ paths: [Path], _ arrange: ([String], [String]) -> [String]
  ) -> [Path] {
    var own: [String: Path] = [:]
    var inner: [String: [Path]] = [:]
    var (ownNames, childNames): ([String], [String]) = ([], [])
    for path in paths {
      guard path.depth < maximumDepth, let dot = path.rest.firstIndex(of: ".") else {
        ownNames.append(String(path.rest))
        own[String(path.rest)] = path
        continue
      }
      let child = String(path.rest[..<dot])
      if inner[child] == nil { childNames.append(child) }
      inner[child, default: []].append(
        Path(
          name: path.name, rest: path.rest[path.rest.index(after: dot)...],
          depth: path.depth + 1))
    }
    return arrange(ownNames, childNames).flatMap { name -> [Path] in
      (own[name].map { [$0] } ?? []) + (inner[name].map { ordered($0, arrange) } ?? [])
    }
  }
}
