import ModelGraph
import Operators

/// Which stored tensors a value is made of, where it is nothing but stored tensors.
///
/// A weight that is transposed, cast or dequantised on its way to the layer that uses it belongs
/// to that layer.
struct TensorOrigins {
  private let facts: GraphFacts
  private let values: StoredValues
  private var origins: [[Int]]

  /// A node that gathers more tensors than this keeps them.
  private static let limit = 16

  /// Looks up the tensors of a graph, and those that a body takes from the graph around it.
  init(_ facts: GraphFacts, _ stored: StoredTensors, around outer: TensorOrigins? = nil) {
    self.facts = facts
    values = StoredValues(facts)
    origins = facts.graph.values.map { value in
      switch value.role {
      case .parameter, .state: stored.position(of: value.name).map { [$0] } ?? []
      case .captured(let id): outer?.origins[id.index] ?? []
      case .input, .constant, .activation: []
      }
    }
  }

  /// The stored tensors in the operands of a node.
  func tensors(of node: Node) -> [Int] {
    var tensors: [Int] = []
    for case let input? in node.inputs { tensors += origins[input.index] }
    return tensors
  }

  /// Hands tensors on to whoever reads the node's outputs, if it only prepares them.
  mutating func passOn(_ tensors: [Int], through node: Node, _ type: LayerType) -> Bool {
    guard type == .other, tensors.count <= Self.limit,
      let output = node.outputs.first, values.contains(output)
    else { return false }
    for case let output? in node.outputs { origins[output.index] = tensors }
    return true
  }
}
