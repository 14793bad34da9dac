import ModelGraph

/// When the forward pass drops its own references to the values that nodes make.
///
/// A value goes after its last use, or when the module call returns that has it as an argument or,
/// if its node is marked so, in a variable. Of what goes after the same node, its own operands go first,
/// then what the calls hold that end there, the innermost first.
struct ForwardHolds {
  /// The attribute of a node whose output a variable of the module at a path holds.
  static let variableAttribute = "variable"

  /// The attribute of a node that may make something beside its outputs, which a variable of the
  /// module at a path holds.
  static let besidesAttribute = "besides_variable"

  /// The values that go after each node, in order.
  private(set) var endings: [[ValueID]]

  init(_ facts: GraphFacts) {
    let graph = facts.graph
    var ends = [Ending?](repeating: nil, count: graph.values.count)
    func note(_ id: ValueID, _ ending: Ending) {
      ends[id.index] = ends[id.index].map { max($0, ending) } ?? ending
    }
    let calls = ModuleCalls(graph.nodes)
    // No node is copied: they are counted references, and others read them at the same time.
    let nodes = graph.nodes
    for step in nodes.indices {
      for case let id? in nodes[step].outputs { note(id, Ending(step: step, place: id.index)) }
      for (place, id) in facts.uses(ofNodeAt: step).enumerated()
      where facts.isActivation(id) && !nodes[step].readsTypeOnly(at: place) {
        // A list lets go of its last member first.
        let own = Ending(step: step, place: nodes[step].takesList ? -place : place)
        let producer = Int(facts.producers[id.index])
        let hold = calls.hold(ofValueMadeAt: producer, readAt: step)
        guard !nodes[step].module.isEmpty, let depth = hold.depth else {
          note(id, own)
          continue
        }
        note(id, Ending(step: hold.step, depth: depth, place: id.index))
      }
    }
    for step in nodes.indices {
      if let path = nodes[step].attributes.string(Self.variableAttribute) {
        let end = Self.lastStep(ofCall: path, around: step, nodes)
        let depth = CallDepth(modules: path.split(separator: ".").count)
        for case let id? in nodes[step].outputs {
          note(id, Ending(step: end, depth: depth, isVariable: true, place: id.index))
        }
      }
      if let hold = nodes[step].variable {
        let ending = Ending(
          step: Int(facts.producers[hold.end.index]), depth: hold.depth, isVariable: true,
          place: hold.place)
        for case let id? in nodes[step].outputs { note(id, ending) }
      }
    }
    for id in graph.outputs { ends[id.index] = nil }
    var groups = Array(repeating: [(ending: Ending, id: ValueID)](), count: graph.nodes.count)
    for (index, end) in ends.enumerated() {
      guard let end, end.step >= 0 else { continue }
      groups[end.step].append((end, ValueID(index)))
    }
    endings = groups.map { group in
      group.count < 2 ? group.map(\.id) : group.sorted { $0.ending < $1.ending }.map(\.id)
    }
  }

  /// The last step of the call of the module at a path that a step belongs to.
  static func lastStep(ofCall path: String, around step: Int, _ nodes: [Node]) -> Int {
    let rest = nodes[step...].prefix { node in
      path.isEmpty || node.module == path || node.module.hasPrefix("\(path).")
    }
    return max(step, rest.endIndex - 1)
  }
}

/// The moment at which the last reference to a value goes.
private struct Ending: Comparable {
  /// The node after which it does.
  var step: Int

  /// How deep the call is that holds it; `nil` if the node itself takes it from an expression.
  var depth: CallDepth?
  var isVariable = false
  var place: Int

  static func < (a: Ending, b: Ending) -> Bool {
    if a.step != b.step { return a.step < b.step }
    if a.depth != b.depth {
      guard let one = a.depth else { return true }
      guard let other = b.depth else { return false }
      return other < one
    }
    return (a.isVariable ? 1 : 0, a.place) < (b.isVariable ? 1 : 0, b.place)
  }
}

extension Node {
  /// Whether an operand is read for its element type alone, as in `y.to(x.dtype)`.
  func readsTypeOnly(at place: Int) -> Bool { place == 1 && operatorName == "InPrecision" }

  /// Whether its operands come in a list.
  fileprivate var takesList: Bool {
    operatorName == "Concat"
  }
}
