import ByteFormats
import ModelGraph
import Operators
import TestSupport
import Testing

@testable import ModelFormats

/// Exports with a fixed batch of 1, bound to a batch of 4.
@Suite struct ONNXRebatchingTests {
  @Test(
    .enabled(if: TestFiles.corpus != nil),
    arguments: [
      "alexnet.dynamo", "alexnet.legacy", "densenet121.dynamo", "densenet121.legacy",
      "resnet18.dynamo", "resnet18.legacy", "resnet50.dynamo", "resnet50.legacy",
      "mobilenet_v2.dynamo", "mobilenet_v2.legacy", "squeezenet1_1.dynamo",
      "squeezenet1_1.legacy", "unet32_256.dynamo", "unet32_256.legacy", "vit_b_16.dynamo",
      "gptlike_2l_128.dynamo", "gptlike_2l_128.legacy", "hf_bert_base.dynamo",
      "hf_bert_base.legacy", "hf_gpt2.dynamo", "lstm_tagger.dynamo", "lstm_tagger.legacy",
    ])
  func `what depends on the inputs scales with the batch`(name: String) throws {
    let corpus = try #require(TestFiles.corpus)
    let path = "\(corpus)/onnx/export/\(name).onnx"
    let graph = try #require(try ONNX.readGraph(MappedFile(path: path)).graph)
    let one = try graph.bind(Bindings())
    let four = try graph.bind(Bindings(batch: 4))
    #expect(four.diagnostics.allSatisfy { $0.code == "rebatched" })

    for id in Self.dependents(of: graph) {
      let (old, new) = (one.graph[id].type, four.graph[id].type)
      #expect(new.elementCount == 4 * old.elementCount, "\(one.graph[id].name): \(old) → \(new)")
    }
    for output in graph.outputs {
      let (old, new) = (one.graph[output].type.tensorType, four.graph[output].type.tensorType)
      #expect(new?.shape == old.map { [4] + $0.shape.dropFirst() })
    }
  }

  /// The values made from what the inputs hold, not only from their sizes.
  private static func dependents(of graph: SymbolicGraph) -> [ValueID] {
    var depends = Set(graph.inputs.filter { graph.values[$0.index].role == .input })
    var dependents: [ValueID] = []
    for node in graph.nodes where !["Shape", "Size"].contains(node.operatorName.name) {
      guard node.inputs.contains(where: { $0.map(depends.contains) ?? false }) else { continue }
      let outputs = node.outputs.compactMap(\.self)
      depends.formUnion(outputs)
      dependents += outputs
    }
    return dependents
  }

  @Test(.enabled(if: TestFiles.corpus != nil))
  func `a fixed batch gives what an open one gives`() throws {
    let corpus = try #require(TestFiles.corpus)
    let types = try ["resnet18.dynamo", "resnet18.dynbatch"].map { name in
      let path = "\(corpus)/onnx/export/\(name).onnx"
      let graph = try #require(try ONNX.readGraph(MappedFile(path: path)).graph)
      let bound = try graph.bind(Bindings(batch: 4)).graph
      return bound.nodes.filter { $0.operatorName.name != "Reshape" }
        .flatMap { $0.outputs.compactMap { $0.map { bound[$0].type } } }
        .filter { $0.tensorType?.rank == 4 }
    }
    #expect(types[0] == types[1])
    #expect(types[0].count > 40)
  }
}
