public import ModelGraph

/// A choice of what to compute again, before the graph is known: the values of `--checkpointing`.
public struct Checkpointing: Hashable, Sendable {
  public var parts: Parts

  /// Whether each region's backward pass is a backward pass inside the other.
  public var isReentrant = false

  public enum Parts: Hashable, Sendable {
    case nothing

    /// Every block of the model.
    case blocks

    /// The first block and every block that many further on.
    case every(Int)

    /// The calls of modules whose paths a pattern matches.
    case names(NamePattern)
  }

  public static let none = Checkpointing(.nothing)

  public init(_ parts: Parts, isReentrant: Bool = false) {
    self.parts = parts
    self.isReentrant = isReentrant
  }

  /// Reads `none`, `blocks`, `every=K` or `names=PATTERN`, each with or without `:reentrant`.
  public init?(_ text: String) {
    let suffix = ":reentrant"
    isReentrant = text.hasSuffix(suffix)
    let parts = isReentrant ? text.dropLast(suffix.count) : text[...]
    switch parts {
    case "none" where !isReentrant: self.parts = .nothing
    case "blocks": self.parts = .blocks
    default:
      if parts.hasPrefix("every="), let count = Int(parts.dropFirst(6)), count >= 1 {
        self.parts = .every(count)
      } else if parts.hasPrefix("names="), parts.count > 6 {
        self.parts = .names(NamePattern(String(parts.dropFirst(6))))
      } else {
        return nil
      }
    }
  }
}

extension Checkpointing: CustomStringConvertible {
  public var description: String {
    let suffix = isReentrant ? ":reentrant" : ""
    return switch parts {
    case .nothing: "none"
    case .blocks: "blocks\(suffix)"
    case .every(let count): "every=\(count)\(suffix)"
    case .names(let pattern): "names=\(pattern.text)\(suffix)"
    }
  }
}

extension Recomputation {
  /// Finds the chosen regions in a graph, beside those that the model itself has computed again; none if the graph has no such
  /// parts.
  public init(_ choice: Checkpointing, in graph: Graph) {
    var inner: [ModuleTree.Call] = []
    let calls =
      switch choice.parts {
      case .nothing: [ModuleTree.Call]()
      case .blocks: ModuleTree(graph).blocks
      case .every(let count):
        ModuleTree(graph).blocks.enumerated().filter { $0.offset % count == 0 }.map(\.element)
      case .names(let pattern): ModuleTree(graph).calls(matching: pattern)
      }
    if case .blocks = choice.parts { inner = ModuleTree(graph).innerBlocks }
    self.init(
      Self.stated(by: graph)
        + calls.map { call in
          Region(
            nodes: call.nodes, name: call.path, isReentrant: choice.isReentrant,
            inner: inner.map(\.nodes).filter { call.nodes.contains($0.lowerBound) })
        })
    // Blocks are computed again by the library's own means, modules that are named by PyTorch's.
    if case .names = choice.parts { return }
    isByLibrary = !calls.isEmpty
  }

  /// The parts that the model itself has computed again.
  private static func stated(by graph: Graph) -> [Region] {
    var regions: [Region] = []
    var last: Int?
    for index in graph.nodes.indices {
      let part = graph.nodes[index].attributes.integer(Node.recomputedAttribute)
      defer { last = part }
      guard let part else { continue }
      if part == last, let region = regions.last {
        regions[regions.count - 1].nodes = region.nodes.lowerBound..<index + 1
      } else {
        regions.append(
          Region(
            nodes: index..<index + 1, name: graph.nodes[index].module, isReentrant: part % 2 != 0))
      }
    }
    return regions
  }
}
