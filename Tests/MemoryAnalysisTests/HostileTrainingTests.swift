import ModelGraph
import Operators
import Testing

@testable import MemoryAnalysis

/// Nodes as no honest file states them: a training step ends, whatever it makes of them.
@Suite struct HostileTrainingTests {
  private static let numbers = [Int.max, -2]
  private static let shapes: [Shape] = [[], [5], [2, 3, 4, 5]]

  @Test func `attributes may be anything`() {
    for definition in OperatorCatalog.standard.all {
      let example = definition.example
      for name in ["axis"] + example.call.attributes.entries.map(\.name) {
        for number in Self.numbers {
          var call = example.call
          call.attributes[name] = .integer(number)
          step(definition, call, example.outputs)
          call.attributes[name] = .integers([number, number])
          step(definition, call, example.outputs)
        }
      }
    }
  }

  @Test func `operands may have any shape`() {
    for definition in OperatorCatalog.standard.all {
      let example = definition.example
      for shape in Self.shapes {
        for index in example.call.inputs.indices {
          var call = example.call
          call.inputs[index] = .tensor(.float32, shape)
          step(definition, call, example.outputs)
        }
      }
    }
  }

  /// Trains the one node, all its operands being parameters where they can be.
  private func step(
    _ definition: OperatorDefinition, _ call: OperatorCall, _ outputs: [ValueType]
  ) {
    let outputs = (try? definition.shape(call)) ?? outputs
    var graph = Graph()
    func add(_ type: ValueType, _ role: ValueRole, _ name: String) -> ValueID {
      graph.values.append(Value(name: name, type: type, role: role))
      return ValueID(graph.values.count - 1)
    }
    let inputs = call.inputs.enumerated().map { index, type in
      type.map { type in
        let isTrained = type.tensorType?.dataType.isFloatingPoint ?? false
        return add(type, isTrained ? .parameter : .input, "input \(index)")
      }
    }
    let made = outputs.enumerated().map { add($1, .activation, "output \($0)") }
    graph.inputs = inputs.compactMap(\.self).filter { graph[$0].role == .input }
    graph.outputs = made
    graph.nodes = [
      Node(
        definition.name, name: "node", inputs: inputs, outputs: made, attributes: call.attributes)
    ]
    let settings = TrainingSettings(optimizer: .none, environment: OptimizerTruthTests.environment)
    _ = EagerTraining(settings).trace(of: graph)
  }
}
