import ModelGraph
import Operators

/// The declaration of each node's operator; `nil` if there is none.
///
/// A declaration takes half a kilobyte, so that each is kept once for all nodes that it declares.
struct NodeDefinitions: RandomAccessCollection {
  private var declared: [OperatorDefinition] = []

  /// The position in ``declared`` for each node; -1 where there is none.
  private var kinds: [Int32] = []

  init(_ nodes: [Node], catalog: OperatorCatalog) {
    var known: [OperatorName: Int32] = [:]
    kinds.reserveCapacity(nodes.count)
    for index in nodes.indices {
      let name = nodes[index].operatorName
      let kind = known[name] ?? declare(catalog[name])
      known[name] = kind
      kinds.append(kind)
    }
  }

  private mutating func declare(_ definition: OperatorDefinition?) -> Int32 {
    guard let definition else { return -1 }
    declared.append(definition)
    return Int32(declared.count - 1)
  }

  var startIndex: Int { 0 }
  var endIndex: Int { kinds.count }

  subscript(step: Int) -> OperatorDefinition? {
    kinds[step] < 0 ? nil : declared[Int(kinds[step])]
  }

  /// The declarations that a test lets through, given the positions of their nodes.
  func filtered(_ isKept: (_ step: Int, OperatorDefinition) -> Bool) -> NodeDefinitions {
    var kept = self
    for step in indices where kinds[step] >= 0 && !isKept(step, declared[Int(kinds[step])]) {
      kept.kinds[step] = -1
    }
    return kept
  }
}
