import ModelGraph
import Operators

/// Which values share their bytes.
///
/// A view and a value written over another one have the storage of the value below them.
struct Storages {
  private(set) var roots: [Int32]

  /// Every value has bytes of its own.
  init(valueCount: Int) { roots = (0..<valueCount).map { Int32($0) } }

  /// Finds the views of a graph.
  ///
  /// - Parameters:
  ///   - facts: The graph.
  ///   - views: Which outputs are views.
  ///   - keepsBuffers: Whether the runtime gives a value a buffer of its own although its node
  ///     makes a view.
  init(
    _ facts: GraphFacts, views: ViewRule, keepsBuffers: (ValueID) -> Bool = { _ in false }
  ) {
    self.init(valueCount: facts.graph.values.count)
    for (node, definition) in zip(facts.graph.nodes, facts.definitions) {
      for alias in views.aliases(of: node, definition) {
        guard let input = node.inputs.element(at: alias.input), facts.isTensor(input),
          let output = node.outputs.element(at: alias.output), facts.isTensor(output),
          !keepsBuffers(output)
        else { continue }
        share(output, with: input)
      }
    }
  }

  /// The value whose bytes a value uses; itself if they are its own.
  func root(of id: ValueID) -> ValueID { ValueID(Int(roots[id.index])) }

  func isOwn(_ id: ValueID) -> Bool { roots[id.index] == Int32(id.index) }

  mutating func share(_ id: ValueID, with other: ValueID) {
    roots[id.index] = roots[other.index]
  }
}

/// Which outputs a runtime makes as views.
struct ViewRule {
  /// Whether tensors have strides, so that a transpose or a slice costs nothing.
  var hasStrides: Bool

  /// Whether a node asked to work in place does.
  var worksInPlace: Bool

  /// Whether operators that only matter in training return their input.
  var skipsTrainingOperators: Bool

  static let pytorch = ViewRule(
    hasStrides: true, worksInPlace: true, skipsTrainingOperators: true)
  static let onnxRuntime = ViewRule(
    hasStrides: false, worksInPlace: false, skipsTrainingOperators: false)

  func aliases(of node: Node, _ definition: OperatorDefinition?) -> [Alias] {
    guard let definition else { return [] }
    var aliases = definition.aliases
    if hasStrides { aliases += definition.stridedAliases }
    let isOverwriting = worksInPlace && node.attributes.flag("inplace")
    let isIdentity = skipsTrainingOperators && definition.isIdentityAtInference
    if isOverwriting || isIdentity { aliases.append(.firstOfFirst) }
    return aliases
  }
}

extension GraphFacts {
  func isTensor(_ id: ValueID) -> Bool { graph[id].type.tensorType != nil }
}

extension [ValueID?] {
  /// The operand at an index, if it is given.
  func element(at index: Int) -> ValueID? { indices.contains(index) ? self[index] : nil }
}
