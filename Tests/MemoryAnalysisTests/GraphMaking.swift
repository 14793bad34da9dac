import ModelGraph
import Operators

/// Makes small graphs by hand.
struct GraphMaker {
  var graph = Graph()

  mutating func value(_ name: String, _ shape: Shape, _ role: ValueRole) -> ValueID {
    graph.values.append(Value(name: name, type: .tensor(.float32, shape), role: role))
    return ValueID(graph.values.count - 1)
  }

  mutating func input(_ name: String, _ shape: Shape) -> ValueID {
    let id = value(name, shape, .input)
    graph.inputs.append(id)
    return id
  }

  mutating func parameter(_ name: String, _ shape: Shape) -> ValueID {
    value(name, shape, .parameter)
  }

  /// Adds a node with one output of a stated shape.
  mutating func node(
    _ operatorName: OperatorName, _ inputs: ValueID?..., gives name: String, _ shape: Shape,
    attributes: Attributes = [:], module: String = ""
  ) -> ValueID {
    let output = value(name, shape, .activation)
    graph.nodes.append(
      Node(
        operatorName, name: name, inputs: inputs, outputs: [output], attributes: attributes,
        module: module))
    return output
  }

  /// The graph with given outputs.
  func finished(_ outputs: ValueID...) -> Graph {
    var graph = graph
    graph.outputs = outputs
    return graph
  }
}
