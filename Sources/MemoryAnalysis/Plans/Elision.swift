import ModelGraph
import Operators

extension Storages {
  /// Lays the operands of concatenations into their results, and the parts of splits over their operands.
  ///
  /// An operand is laid there if it is a buffer of its own that a node makes and nobody else keeps in
  /// another result; otherwise it is copied as before.
  mutating func elide(_ facts: GraphFacts, _ rule: InPlaceRule, leavingOut outputs: Set<ValueID>) {
    guard rule.elidesConcatenations else { return }
    var holdsOthers = sharedRoots
    for node in facts.graph.nodes {
      switch node.operatorName {
      case "Concat": elideConcatenation(node, facts, rule, outputs, &holdsOthers)
      case "Split": elideSplit(node, facts, rule, outputs)
      default: break
      }
    }
  }

  /// Whether each value has another one in its bytes.
  private var sharedRoots: [Bool] {
    var shared = [Bool](repeating: false, count: roots.count)
    for (index, root) in roots.enumerated() where Int(root) != index { shared[Int(root)] = true }
    return shared
  }

  private mutating func elideConcatenation(
    _ node: Node, _ facts: GraphFacts, _ rule: InPlaceRule, _ outputs: Set<ValueID>,
    _ holdsOthers: inout [Bool]
  ) {
    guard case let result?? = node.outputs.first, isOwn(result), !outputs.contains(result),
      facts.isRun(of: result, along: node, rule)
    else { return }
    for case let operand? in node.inputs
    where isOwn(operand) && facts.isActivation(operand) && !outputs.contains(operand)
      && !holdsOthers[operand.index] && node.inputs.filter({ $0 == operand }).count == 1
    {
      share(operand, with: result)
      holdsOthers[result.index] = true
    }
  }

  private mutating func elideSplit(
    _ node: Node, _ facts: GraphFacts, _ rule: InPlaceRule, _ outputs: Set<ValueID>
  ) {
    guard case let operand?? = node.inputs.first, facts.isActivation(operand),
      facts.isRun(of: operand, along: node, rule)
    else { return }
    for case let part? in node.outputs where isOwn(part) && !outputs.contains(part) {
      share(part, with: operand)
    }
  }
}

extension GraphFacts {
  /// Whether the parts of a value along a node's axis can lie in it.
  fileprivate func isRun(of id: ValueID, along node: Node, _ rule: InPlaceRule) -> Bool {
    guard let shape = graph[id].type.tensorType?.shape else { return false }
    if rule == .tensorrt { return true }
    let axis = node.attributes.integer("axis") ?? 0
    let position = axis < 0 ? axis + shape.count : axis
    return shape.indices.contains(position) && shape[..<position].allSatisfy { $0 == 1 }
  }
}
