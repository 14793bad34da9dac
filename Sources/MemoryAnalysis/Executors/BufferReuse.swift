import ModelGraph
import Operators

/// A plan of which values share a buffer, made node by node.
///
/// An output takes over the buffer of an input that dies at its node, if the operator may overwrite
/// it and shape and element size agree.
struct BufferReuse {
  struct Options {
    /// What costs nothing.
    var views: ViewRule

    /// Whether only functions of single elements work in place, not sums, products or layers.
    var isElementwiseOnly: Bool

    /// Whether an output takes the buffer freed last of its shape, if there is one.
    var takesFreedBuffers: Bool

    /// Whether graph outputs are the caller's and take no part.
    var leavesOutOutputs: Bool

    /// Whether any node takes over an operand's buffer.
    var worksInPlace = true

    /// Which operands lie in the results of concatenations.
    var elided = InPlaceRule.operators
  }

  private let facts: GraphFacts
  private let options: Options
  private let outputs: Set<ValueID>

  /// Each value's storage, before any is taken over.
  let views: Storages

  /// The buffer of each storage; itself until it takes over another.
  private var buffers: [ValueID]

  /// The uses to come of each buffer.
  private var usesLeft: [Int32]
  private var freed: [BufferKey: [ValueID]] = [:]

  private struct BufferKey: Hashable {
    var shape: Shape
    var layout: DataType.Layout
  }

  init(_ facts: GraphFacts, _ options: Options) {
    self.facts = facts
    self.options = options
    let outputs = Set(facts.graph.outputs)
    self.outputs = outputs
    var views = Storages(facts, views: options.views) {
      options.leavesOutOutputs && outputs.contains($0)
    }
    views.elide(facts, options.elided, leavingOut: outputs)
    self.views = views
    buffers = facts.graph.values.indices.map { ValueID($0) }
    usesLeft = Array(repeating: 0, count: facts.graph.values.count)
    countUses()
    for (node, definition) in zip(facts.graph.nodes, facts.definitions) {
      plan(node, definition)
    }
  }

  /// Which values share their bytes in the end.
  var storages: Storages {
    var result = views
    for index in facts.graph.values.indices {
      result.share(ValueID(index), with: buffer(of: ValueID(index)))
    }
    return result
  }

  private mutating func countUses() {
    for node in facts.graph.nodes {
      for use in facts.uses(of: node) { usesLeft[views.root(of: use).index] += 1 }
    }
    // The caller reads the outputs after the last node.
    for output in facts.graph.outputs { usesLeft[views.root(of: output).index] += 1 }
  }

  private mutating func plan(_ node: Node, _ definition: OperatorDefinition?) {
    for (index, output) in node.outputs.enumerated() {
      guard let output, isPlanned(output) else { continue }
      let overwritten = index == 0 ? overwritable(by: output, node, definition) : nil
      guard let buffer = overwritten ?? takeFreed(for: output) else { continue }
      buffers[output.index] = buffer
      usesLeft[buffer.index] += usesLeft[output.index]
    }
    for use in facts.uses(of: node) { drop(buffer(of: use)) }
    for case let output? in node.outputs where usesLeft[buffer(of: output).index] == 0 {
      release(buffer(of: output))
    }
  }

  private func buffer(of id: ValueID) -> ValueID { buffers[views.root(of: id).index] }

  /// Whether a value needs a buffer that is planned.
  func isPlanned(_ id: ValueID) -> Bool {
    guard facts.isActivation(id), views.isOwn(id), key(of: id) != nil else { return false }
    return !(options.leavesOutOutputs && outputs.contains(id))
  }

  private func key(of id: ValueID) -> BufferKey? {
    guard let type = facts.graph[id].type.tensorType, type.dataType != .string else { return nil }
    return BufferKey(shape: type.shape, layout: type.dataType.layout)
  }

  /// The buffer of an input that the output may be written over.
  private func overwritable(
    by output: ValueID, _ node: Node, _ definition: OperatorDefinition?
  ) -> ValueID? {
    candidates(for: output, node, definition).first { isDying($0) }.map { buffer(of: $0) }
  }

  /// The operands that the first output may be written over where no one else needs them.
  func candidates(
    for output: ValueID, _ node: Node, _ definition: OperatorDefinition?
  ) -> [ValueID] {
    let candidates = definition?.overwrites ?? []
    guard options.worksInPlace else { return [] }
    if options.isElementwiseOnly && (candidates.count > 1 || readsWeights(node)) { return [] }
    return candidates.compactMap { node.inputs.element(at: $0) }
      .filter { key(of: $0) == key(of: output) }
  }

  private func readsWeights(_ node: Node) -> Bool {
    node.inputs.compactMap(\.self).contains {
      facts.graph[$0].role == .parameter || facts.graph[$0].role == .state
    }
  }

  private func isDying(_ id: ValueID) -> Bool {
    let buffer = buffer(of: id)
    return facts.isActivation(buffer) && usesLeft[buffer.index] == 1
  }

  private mutating func takeFreed(for output: ValueID) -> ValueID? {
    guard options.takesFreedBuffers, let key = key(of: output) else { return nil }
    return freed[key]?.popLast()
  }

  private mutating func drop(_ buffer: ValueID) {
    usesLeft[buffer.index] -= 1
    if usesLeft[buffer.index] == 0 { release(buffer) }
  }

  private mutating func release(_ buffer: ValueID) {
    guard options.takesFreedBuffers, isPlanned(buffer), let key = key(of: buffer) else { return }
    freed[key, default: []].append(buffer)
  }
}
