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
}

/// Names with dots, as the tree of modules that they tell.
public enum ModulePaths {
  /// The names as `Module.to` goes through them: a module's own after its children's.
  public static func childrenFirst(_ names: [String]) -> [String] {
    ordered(names) { own, children in children + own }
  }

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

    /// The path from the child on that follows the dot.
    func below(_ dot: String.Index) -> Path {
      Path(name: name, rest: rest[rest.utf8.index(after: dot)...], depth: depth + 1)
    }
  }

  /// A module's tensors and children, each under a name of its own.
  private struct Part {
    var own: Path?
    var inner: [Path] = []
  }

  /// Deeper paths are not told apart: no module tree nests so deep.
  private static let maximumDepth = 64

  private static func ordered(
    _ paths: [Path], _ arrange: ([String], [String]) -> [String]
  ) -> [Path] {
    var parts: [Part] = []
    var places: [Substring: Int] = [:]
    var (ownNames, childNames): ([String], [String]) = ([], [])
    func place(of name: Substring) -> Int {
      if let place = places[name] { return place }
      places[name] = parts.count
      parts.append(Part())
      return parts.count - 1
    }
    // Those of one child mostly stand together.
    var last: (name: Substring, place: Int)?
    for path in paths {
      guard path.depth < maximumDepth,
        let dot = path.rest.utf8.firstIndex(of: UInt8(ascii: "."))
      else {
        ownNames.append(String(path.rest))
        parts[place(of: path.rest)].own = path
        continue
      }
      let child = path.rest[..<dot]
      if let last, last.name == child {
        parts[last.place].inner.append(path.below(dot))
        continue
      }
      let place = place(of: child)
      if parts[place].inner.isEmpty { childNames.append(String(child)) }
      parts[place].inner.append(path.below(dot))
      last = (child, place)
    }
    return arrange(ownNames, childNames).flatMap { name -> [Path] in
      guard let place = places[name[...]] else { return [] }
      let part = parts[place]
      let inner = part.inner.isEmpty ? [] : ordered(part.inner, arrange)
      return (part.own.map { [$0] } ?? []) + inner
    }
  }
}
