import ByteFormats
import ModelFormats
import ModelGraph
import TestSupport
import Testing

/// TensorFlow Lite's files against what the schema's own reader and LiteRT say of them.
@Suite struct TFLiteTests {
  private func fixture(_ name: String) throws -> Model {
    try TFLite.read(MappedFile(path: TestFiles.fixture("TFLite/\(name).tflite")))
  }

  private func graph(_ name: String, _ bindings: Bindings = Bindings()) throws -> Graph {
    try #require(try fixture(name).graph).bind(bindings).graph
  }

  @Test func `options and operands become attributes and inputs`() throws {
    let graph = try graph("quantized")
    #expect(
      graph.nodes.map(\.operatorName.name) == ["CONV_2D", "AVERAGE_POOL_2D", "FULLY_CONNECTED"])
    #expect(graph.nodes[0].attributes.integer("stride_h") == 2)
    #expect(graph.nodes[0].attributes.integers("scales") == [1, 4, 4, 1])
    #expect(graph[graph.outputs[0]].type == .tensor(.int8, [1, 10]))
  }

  @Test func `an open batch is one, unless another is chosen`() throws {
    #expect(try graph("open_batch").inputs.count == 1)
    #expect(try graph("open_batch").values[0].type == .tensor(.float32, [1, 6]))
    for bindings in [Bindings(batch: 7), Bindings(sizes: ["batch": 7])] {
      let graph = try graph("open_batch", bindings)
      #expect(graph.values[0].type == .tensor(.float32, [7, 6]))
      #expect(graph[graph.outputs[0]].type == .tensor(.float32, [7, 5, 1]))
    }
  }

  @Test func `a batch fixed by the converter is changed too`() throws {
    let graph = try graph("quantized", Bindings(batch: 3))
    #expect(graph[graph.outputs[0]].type == .tensor(.int8, [3, 10]))
  }

  @Test func `a value of one run for the next is state that no file holds`() throws {
    let model = try fixture("open_batch")
    let graph = try #require(model.graph).bind(Bindings()).graph
    #expect(graph.values.filter { $0.role == .state }.map(\.name) == ["memory"])
    #expect(!model.tensors.contains { $0.name == "memory" })
  }

  /// The types are those that LiteRT has after a run.
  @Test func `sizes that a converter works out from the input's are followed`() throws {
    let path = TestFiles.fixture("TFLiteKernels/frames.tflite")
    let graph = try #require(try readModel(atPath: path).graph).bind(Bindings()).graph
    let types = Dictionary(graph.values.map { ($0.name, $0.type) }) { first, _ in first }
    #expect(types["width"] == .tensor(.int32, []))
    #expect(types["cut"] == .tensor(.float32, [1, 2048]))
    #expect(types["y"] == .tensor(.float32, [1, 512, 4]))
  }

  @Test func `bodies of branches are graphs of their own`() throws {
    let graph = try graph("branches")
    #expect(graph.nodes[0].bodies.map(\.attribute) == ["then", "else"])
    #expect(graph.bodies.map { $0.nodes.map(\.operatorName.name) } == [["ADD"], ["MUL"]])
  }

  @Test(.enabled(if: TestFiles.corpus != nil))
  func `constants, shapes and operators are those the reference lists`() throws {
    let corpus = try #require(TestFiles.corpus)
    let truth = try JSONValue(MappedFile(path: "\(corpus)/tflite/truth.json"))
    var compared = 0
    for member in truth["files"]?.members ?? [] {
      let path = "\(corpus)/\(member.key)"
      guard FileFacts(path: path) != nil else { continue }
      let model = try TFLite.read(MappedFile(path: path))
      let types = Dictionary(grouping: model.tensors) { $0.type.dataType.rawValue.uppercased() }
        .mapValues { $0.map(\.type.elementCount).reduce(0, +) }
      let expected = (member.value["constant_elements_by_type"]?.members ?? [])
        .map { ($0.key, $0.value.integer ?? -1) }
      #expect(types == Dictionary(uniqueKeysWithValues: expected), "\(path)")
      #expect(
        model.storedByteCount == member.value["constant_bytes_unique_buffers"]?.integer, "\(path)")
      let graph = try #require(model.graph).bind(Bindings()).graph
      let first = member.value["subgraphs"]?.elements.first
      expectTensors(first?["tensors"]?.elements ?? [], in: graph, path)
      let operators = first?["ops"]?.elements.compactMap(\.string) ?? []
      #expect(graph.nodes.count == operators.count, "\(path)")
      compared += 1
    }
    #expect(compared >= TestFiles.comparisons(144))
  }

  private func expectTensors(_ tensors: [JSONValue], in graph: Graph, _ path: String) {
    #expect(graph.values.count == tensors.count, "\(path)")
    for (value, tensor) in zip(graph.values, tensors) {
      guard let type = value.type.tensorType else { continue }
      #expect(
        type.shape == tensor["shape"]?.elements.compactMap(\.integer), "\(path) \(value.name)")
      #expect(type.dataType.rawValue.uppercased() == tensor["type"]?.string, "\(path)")
    }
  }

  @Test(.enabled(if: TestFiles.corpus != nil))
  func `hostile files are refused or read`() throws {
    let corpus = try #require(TestFiles.corpus)
    let folder = try #require(try Folder(path: "\(corpus)/hostile/tflite"))
    #expect(folder.names.count >= TestFiles.comparisons(12))
    for name in folder.names where name.hasSuffix(".tflite") {
      let isSound = name.hasPrefix("ok_") || name == "shape_zero.tflite"
      let file = try MappedFile(path: "\(corpus)/hostile/tflite/\(name)")
      if isSound {
        #expect(throws: Never.self) { try TFLite.read(file) }
      } else {
        #expect(throws: FormatError.self, "\(name)") { try TFLite.read(file) }
      }
    }
  }
}
