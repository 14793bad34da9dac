import ModelGraph
import Operators
import TestSupport
import Testing

@testable import ModelZoo

/// The 80 classification models against torchvision itself.
@Suite struct TorchvisionTests {
  static let entries = TorchvisionFixture.entries

  @Test func `all eighty models are in the zoo`() {
    #expect(Self.entries.count == 80)
    #expect(Self.entries.allSatisfy { ModelZoo.architecture(named: $0.name) != nil })
  }

  @Test(arguments: entries)
  func `parameters and state are torchvision's`(entry: TorchvisionFixture.Entry) throws {
    let tensors = try #require(ModelZoo.model(named: entry.name)).tensors
    let parameters = tensors.filter { $0.role == .parameter }
    let state = tensors.filter { $0.role == .state }
    #expect(parameters.map(\.type.elementCount).reduce(0, +) == entry.parameters)
    #expect(parameters.count == entry.parameterTensors)
    #expect(state.map(\.type.elementCount).reduce(0, +) == entry.state)
    #expect(state.count == entry.stateTensors)
    for (child, count) in entry.children {
      let inside = parameters.filter { $0.name.hasPrefix("\(child).") }
      #expect(inside.map(\.type.elementCount).reduce(0, +) == count, "\(child)")
    }
  }

  @Test(arguments: entries)
  func `tensors have the names and shapes of the state dictionary`(
    entry: TorchvisionFixture.Entry
  ) throws {
    let model = try #require(ModelZoo.model(named: entry.name))
    let lines = model.tensors.map { "\($0.role.rawValue) \($0.name) \($0.type.shape)" }.sorted()
    #expect(digest(lines) == entry.stateDigest)
  }

  @Test(arguments: entries)
  func `the graph runs the operators that PyTorch dispatches`(
    entry: TorchvisionFixture.Entry
  ) throws {
    let architecture = try #require(ModelZoo.architecture(named: entry.name))
    #expect(architecture.input == .image(entry.image))
    for batch in [1, 2] {
      let lines = forwardLines(try architecture.bind(Bindings(batch: batch)).graph)
      #expect(lines.count == entry.operators[batch - 1], "batch \(batch)")
      #expect(digest(lines) == entry.forwardDigests[batch - 1], "batch \(batch)")
    }
  }

  /// torchvision rounds to a thousandth of 10⁹.
  @Test(arguments: entries)
  func `work is what torchvision publishes`(entry: TorchvisionFixture.Entry) throws {
    let architecture = try #require(ModelZoo.architecture(named: entry.name))
    let graph = try architecture.bind(Bindings()).graph
    let published = entry.gigaMACs * 1e9
    let tolerance = 0.0001 * published + 0.5e6
    #expect(abs(Double(graph.multiplyAccumulates) - published) <= tolerance)
  }

  /// Every node that is no view and no copy: its operator, `_` if it works in place, and the elements it makes.
  private func forwardLines(_ graph: Graph) -> [String] {
    graph.nodes.compactMap { node in
      guard let definition = OperatorCatalog.standard[node.operatorName],
        definition.aliases.isEmpty, definition.stridedAliases.isEmpty,
        node.operatorName.name != "Contiguous", let output = node.outputs.first.flatMap(\.self)
      else { return nil }
      let name = Self.names[node.operatorName.name] ?? node.operatorName.name
      let mark = node.attributes.flag("inplace") ? "_" : ""
      return "\(name)\(mark) \(graph[output].type.elementCount)"
    }
  }

  /// Operators that are one in PyTorch.
  private static let names = [
    "GlobalAveragePool": "Mean", "ReduceMean": "Mean", "Scale": "Mul",
  ]
}

extension Graph {
  /// The multiply-accumulates of all nodes.
  var multiplyAccumulates: Int {
    nodes.map { node in
      let call = OperatorCall(
        node.inputs.map { $0.map { self[$0].type } }, attributes: node.attributes)
      let outputs = node.outputs.compactMap { $0.map { self[$0].type } }
      return OperatorCatalog.standard[node.operatorName]?.work(call, outputs: outputs)
        .multiplyAccumulates ?? 0
    }.reduce(0, +)
  }
}
