import ModelGraph
import Testing

@testable import ModelZoo

@Suite struct ArchitectureTests {
  @Test func `no two architectures share a name`() {
    let names = ModelZoo.architectures.map(\.name)
    #expect(names.count == Set(names).count)
    #expect(names.count == 97)
  }

  /// The first layers at batch 32, in bytes: 32 × 64 × 112 × 112 × 4 and a quarter of it.
  @Test func `ResNet-50 begins with 102,760,448 and 25,690,112 bytes at batch 32`() throws {
    let graph = try bound("resnet50", Bindings(batch: 32))
    #expect(try bytes("conv1", in: graph) == 102_760_448)
    #expect(try bytes("maxpool", in: graph) == 25_690_112)
  }

  /// The figures of MIT 6.5940, lecture 2: parameters, all activations, and the two largest.
  @Test func `the lecture's AlexNet has the lecture's counts`() throws {
    let architecture = try #require(ModelZoo.architecture(named: "alexnet-lecture"))
    #expect(architecture.parameterCount == 60_965_224)
    let graph = try architecture.bind(Bindings()).graph
    let counted: Set<OperatorName> = ["Conv", "MaxPool", "Linear"]
    let outputs = graph.nodes.filter { counted.contains($0.operatorName) }
      .compactMap { $0.outputs.first.flatMap(\.self) }.map { graph[$0].type.elementCount }
    let input = graph[graph.inputs[0]].type.elementCount
    #expect(input == 150_528)
    #expect(input + outputs.reduce(0, +) == 932_264)
    #expect(input + outputs[0] == 440_928)
  }

  @Test(arguments: [
    ("gpt3-small", 125e6), ("gpt3-medium", 350e6), ("gpt3-large", 760e6), ("gpt3-xl", 1.3e9),
    ("gpt3-2.7b", 2.7e9), ("gpt3-6.7b", 6.7e9), ("gpt3-13b", 13e9), ("gpt3-175b", 175e9),
  ])
  func `GPT-3's sizes are the paper's, to its two digits`(name: String, published: Double) throws {
    let count = Double(try #require(ModelZoo.architecture(named: name)).parameterCount)
    #expect(abs(count / published - 1) < (name == "gpt3-175b" ? 0.003 : 0.02))
  }

  /// The count of `measure.py`'s U-Net in the reference measurements.
  @Test func `U-Net has 31,037,698 parameters and any even or odd image fits`() throws {
    let architecture = try #require(ModelZoo.architecture(named: "unet"))
    #expect(architecture.parameterCount == 31_037_698)
    let odd = Bindings(image: .init(height: 227, width: 301))
    let graph = try architecture.bind(odd).graph
    #expect(graph[graph.outputs[0]].type == .tensor(.float32, [1, 2, 227, 301]))
  }

  @Test(arguments: ModelZoo.architectures.map(\.name))
  func `values are named once, and every node reads what exists`(name: String) throws {
    let graph = try bound(name, Bindings())
    let names = graph.values.map(\.name)
    #expect(names.count == Set(names).count)
    var known = Set(graph.inputs)
    for (index, value) in graph.values.enumerated() where value.role != .activation {
      known.insert(ValueID(index))
    }
    for node in graph.nodes {
      #expect(node.inputs.allSatisfy { $0.map(known.contains) ?? true }, "\(node.name)")
      known.formUnion(node.outputs.compactMap(\.self))
    }
    #expect(graph.outputs.allSatisfy(known.contains))
  }

  private func bound(_ name: String, _ bindings: Bindings) throws -> Graph {
    try #require(ModelZoo.architecture(named: name)).bind(bindings).graph
  }

  private func bytes(_ node: String, in graph: Graph) throws -> ByteCount {
    let value = try #require(graph.values.first { $0.name == node })
    return value.type.byteCount
  }
}
