import ModelGraph
import Operators

/// Which nodes of a graph make the same call: of one operator, with the same attributes and types.
///
/// Equal layers do, so that what was dispatched for one need not be worked out for the next.
struct RepeatedCalls: Sendable {
  /// By node, the number of its call; `nil` for one that no other node makes.
  private var numbers: [Int?]

  init(_ facts: GraphFacts, _ calls: [OperatorCall]) {
    numbers = Array(repeating: nil, count: calls.count)
    var lasts: [Int: Int] = [:]
    var count = 0
    let nodes = facts.graph.nodes
    func outputs(_ step: Int) -> [ValueType?] {
      nodes[step].outputs.map { $0.map { facts.graph[$0].type } }
    }
    for step in nodes.indices where !nodes[step].readsTypeOnly(at: 1) {
      let place = calls[step].place &* 31 &+ nodes[step].operatorName.name.utf8.count
      guard let last = lasts.updateValue(step, forKey: place),
        nodes[step].operatorName == nodes[last].operatorName,
        calls[step].isSame(as: calls[last]), outputs(step) == outputs(last)
      else { continue }
      if numbers[last] == nil {
        numbers[last] = count
        count += 1
      }
      numbers[step] = numbers[last]
    }
  }

  subscript(step: Int) -> Int? { numbers[step] }
}

extension OperatorCall {
  /// A number that calls share whose operands have the same sizes.
  fileprivate var place: Int {
    inputs.reduce(0) { place, type in
      guard case .tensor(let type)? = type else { return place &* 31 &+ 1 }
      return type.shape.reduce(place &* 31 &+ 2) { ($0 &* 31) &+ $1 }
    }
  }

  /// Whether a rule of training sees the same of another call, which knows no contents and has no bodies either.
  fileprivate func isSame(as other: OperatorCall) -> Bool {
    version == other.version && outputCount == other.outputCount && inputs == other.inputs
      && attributes == other.attributes
  }
}
