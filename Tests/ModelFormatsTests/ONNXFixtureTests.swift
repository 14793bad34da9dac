import ByteFormats
import ModelGraph
import Operators
import TestSupport
import Testing

@testable import ModelFormats

/// Small files made by `make_fixtures.py`, against what ONNX Runtime and ONNX say of them.
@Suite struct ONNXFixtureTests {
  static let names = [
    "cnn_residual", "constant_weights", "external", "functions", "if_weights", "matmulnbits",
    "mlp_dynamic_batch", "qdq_int8", "sparse_initializer",
  ]

  static func read(_ name: String) throws -> (model: Model, graph: SymbolicGraph) {
    let file = try MappedFile(path: TestFiles.fixture("ONNX/\(name).onnx"))
    let (model, graph) = try ONNX.readGraph(file)
    return (model, try #require(graph))
  }

  @Test(arguments: names)
  func `types of node outputs are those of a run`(name: String) throws {
    let expected = try #require(try FixtureTruth.load().models[name])
    let graph = try Self.read(name).graph
    let bound = try graph.bind(Bindings(sizes: expected.sizes)).graph
    let types = Dictionary(uniqueKeysWithValues: bound.values.map { ($0.name, $0.type) })
    for (value, type) in expected.values {
      #expect(types[value] == type.type.map(ValueType.tensor), "\(value)")
    }
  }

  @Test(arguments: names.filter { $0 != "functions" && $0 != "sparse_initializer" })
  func `tensors are those of the file`(name: String) throws {
    let expected = try #require(try FixtureTruth.load().models[name]).tensors
    let found = try Self.read(name).model.tensors
    #expect(
      found.map { "\($0.type)" }.sorted() == expected.compactMap { $0.type?.description }.sorted())
    #expect(Set(found.map(\.name)).isSuperset(of: expected.map(\.name)))
    #expect(Set(found.map(\.name)).count == found.count)
  }

  @Test(arguments: names)
  func `nothing is wrong with the file`(name: String) throws {
    #expect(try Self.read(name).model.diagnostics == [])
  }

  @Test func `running statistics are state, the rest of a network parameters`() throws {
    let tensors = try Self.read("cnn_residual").model.tensors
    let state = tensors.filter { $0.role == .state }.map(\.name)
    #expect(state == ["bn1.mean", "bn1.var"])
    #expect(tensors.filter { $0.role == .parameter }.count == 7)
  }

  @Test func `the path in a node's name is its module`() throws {
    let modules = try Self.read("cnn_residual").graph.nodes.map(\.module)
    #expect(modules.prefix(4) == ["conv1", "bn1", "", "layer1.0.conv2"])
  }

  @Test func `integers of shape arithmetic are constants with contents`() throws {
    let (model, graph) = try Self.read("mlp_dynamic_batch")
    let constants = model.tensors.filter { $0.role == .constant }.map(\.name).sorted()
    #expect(constants == ["axes", "minus_one", "zero"])
    let value = graph.values.first { $0.name == "minus_one" }
    #expect(value?.contents == TensorValue([-1]))
    #expect(graph.symbols == ["batch"])
  }

  @Test func `functions are inlined with their attributes`() throws {
    let (model, graph) = try Self.read("functions")
    #expect(
      graph.nodes.map(\.name).filter { !$0.isEmpty } == ["first/scale/act", "second/scale/act"])
    let slopes = graph.nodes.filter { $0.operatorName == "LeakyRelu" }
      .map { $0.attributes.float("alpha") }
    #expect(slopes == [0.5, 0.25])
    let axes = graph.nodes.filter { $0.operatorName == "Concat" }
      .map { $0.attributes.integer("axis") }
    #expect(axes == [0, 1])
    #expect(model.tensors.map(\.name) == ["first/one", "second/one"])
    #expect(Set(model.tensors.map(\.storage)).count == 1)
  }

  @Test func `branches capture values level by level`() throws {
    let graph = try Self.read("if_weights").graph
    let node = try #require(graph.nodes.first)
    let body = try #require(node.bodies.first { $0.attribute == "else_branch" })
    let other = graph.bodies[body.index]
    let inner = try #require(other.bodies.first)
    let captured = inner.values.compactMap { value -> String? in
      guard case .captured(let outer) = value.role else { return nil }
      guard case .captured(let outermost) = other.values[outer.index].role else { return nil }
      return graph.values[outermost.index].name
    }
    #expect(captured.sorted() == ["shared", "x"])
  }

  @Test func `weights of branches have names of their own`() throws {
    let model = try Self.read("if_weights").model
    #expect(model.tensors.map(\.name).sorted() == ["choice/then_branch/w", "shared", "w"])
    #expect(model.tensors.allSatisfy { $0.role == .parameter })
  }

  @Test func `quantised weights are parameters, their scales state`() throws {
    let tensors = try Self.read("qdq_int8").model.tensors
    #expect(tensors.filter { $0.role == .parameter }.map(\.name).sorted() == ["b", "w"])
    #expect(tensors.filter { $0.role == .state }.count == 5)
    let blocks = try Self.read("matmulnbits").model.tensors
    #expect(blocks.map(\.role) == [.parameter, .state, .state])
  }

  @Test func `tensors at one place in a file beside the model share a storage`() throws {
    let model = try Self.read("external").model
    let storages = Dictionary(uniqueKeysWithValues: model.tensors.map { ($0.name, $0.storage) })
    #expect(storages["w"] == storages["tied"])
    #expect(storages["w"] != storages["b"])
    let size = try MappedFile(path: TestFiles.fixture("ONNX/external.onnx")).byteCount
    #expect(model.fileByteCount == ByteCount(size + 80))
  }

  @Test func `a sparse tensor is dense in the graph and stored as its elements`() throws {
    let (model, graph) = try Self.read("sparse_initializer")
    #expect(
      model.tensors.map(\.type) == [TensorType(.float32, [3]), TensorType(.int64, [3])])
    let weight = graph.values.first { $0.name == "w" }
    #expect(weight?.declared == .tensor(.float32, [.size(4), .size(4)]))
  }

  @Test func `elements of every data type are read, raw and typed`() throws {
    let graph = try Self.read("data_types").graph
    let values = Dictionary(uniqueKeysWithValues: graph.values.map { ($0.name, $0) })
    for (name, numbers) in try FixtureTruth.load().contents {
      for form in ["raw", "typed"] {
        let contents = try #require(values["\(name)_\(form)"]?.contents, "\(name)_\(form)")
        #expect(contents.numbers == numbers, "\(name)_\(form)")
        #expect(contents.type == DataType(onnxName: name).map { TensorType($0, [5]) })
      }
    }
    #expect(values["STRING_typed"]?.contents?.strings == ["a", "bé"])
  }

  @Test func `a tensor in a file of its own is read`() throws {
    let file = try MappedFile(path: TestFiles.fixture("ONNX/tensor.pb"))
    #expect(try ONNX.readTensor(file) == TensorValue([3, -1]))
    let model = try MappedFile(path: TestFiles.fixture("ONNX/cnn_residual.onnx"))
    #expect(throws: FormatError.self) { try ONNX.readTensor(model) }
  }

  @Test func `a model is known by its name or its first bytes`() throws {
    let file = try MappedFile(path: TestFiles.fixture("ONNX/cnn_residual.onnx"))
    let bytes = file.prefix(Candidate.firstByteCount)
    #expect(ONNX.matches(Candidate(fileName: "model", firstBytes: bytes)))
    #expect(ONNX.matches(Candidate(fileName: "MODEL.ONNX", firstBytes: [])))
    #expect(!ONNX.matches(Candidate(fileName: "model", firstBytes: [])))
    // A Core ML file: its second field holds a message.
    #expect(
      !ONNX.matches(Candidate(fileName: "m.mlmodel", firstBytes: [8, 4, 0x12, 3, 0x0A, 1, 0x61])))
  }

  @Test func `a file of no known format is an error`() throws {
    let path = TestFiles.fixture("ONNX/expected.json")
    #expect(throws: FormatError.self) { try readModel(atPath: path) }
    #expect(throws: FormatError.self) { try readModel(atPath: "/nowhere") }
    let model = try readModel(atPath: TestFiles.fixture("ONNX/cnn_residual.onnx"))
    #expect(model.name == "cnn_residual" && model.format == "ONNX")
  }
}

/// What ONNX's own tools say of the files made by `make_fixtures.py`.
struct FixtureTruth: Decodable {
  var models: [String: File]
  var contents: [String: [Double]]

  struct File: Decodable {
    var sizes: [String: Int]
    var values: [String: TypeFields]
    var tensors: [NamedType]
  }

  /// A data type and a shape.
  struct TypeFields: Decodable {
    var type: TensorType?

    init(from decoder: any Decoder) throws {
      var fields = try decoder.unkeyedContainer()
      let dataType = DataType(onnxName: try fields.decode(String.self))
      let shape = try fields.decode([Int].self)
      type = dataType.map { TensorType($0, shape) }
    }
  }

  /// A name, a data type and a shape.
  struct NamedType: Decodable {
    var name: String
    var type: TensorType?

    init(from decoder: any Decoder) throws {
      var fields = try decoder.unkeyedContainer()
      name = try fields.decode(String.self)
      let dataType = DataType(onnxName: try fields.decode(String.self))
      let shape = try fields.decode([Int].self)
      type = dataType.map { TensorType($0, shape) }
    }
  }

  static func load() throws -> FixtureTruth {
    try TestFiles.decode(FixtureTruth.self, at: TestFiles.fixture("ONNX/expected.json"))
  }
}
