import ByteFormats
import ModelFormats
import ModelGraph
import TestSupport
import Testing

@Suite struct TorchExportTests {
  private func read(_ name: String) throws -> Model {
    try TorchExport.read(MappedFile(path: TestFiles.fixture("TorchExport/\(name).pt2")))
  }

  private func bound(_ name: String, _ bindings: Bindings = Bindings()) throws -> BoundGraph {
    try #require(try read(name).graph).bind(bindings)
  }

  static let names = [
    "tiny", "tied", "residual", "residual_train", "dynamic", "branch", "joint", "meta", "recurrent",
    "normed", "vector",
  ]

  @Test(arguments: names)
  func `tensors, storages and roles are those of PyTorch`(name: String) throws {
    let path = TestFiles.fixture("TorchExport/exports.json")
    let truth = try #require(try JSONValue(MappedFile(path: path))[name])
    let expected = (truth["tensors"]?.members ?? []).map { member in
      let type = member.value.elements
      let shape = type[1].elements.compactMap(\.integer)
      return "\(member.key) \(type[0].string ?? "")\(shape)"
    }
    let model = try read(name)
    #expect(model.tensorDescriptions == expected.sorted())
    #expect(Set(model.tensors.map(\.storage)).count == truth["storages"]?.integer)
    let parameters = model.tensors.filter { $0.role == .parameter }.map(\.name).sorted()
    #expect(parameters == truth["parameters"]?.elements.compactMap(\.string))
    #expect(model.diagnostics.map(\.code) == (name == "meta" ? ["noData"] : []))
  }

  @Test(arguments: names)
  func `inferred types are those the file states`(name: String) throws {
    let bound = try bound(name)
    let differing = bound.diagnostics.filter {
      ["declaredTypeDiffers", "shapeContradiction", "unknownSize"].contains($0.code)
    }
    #expect(differing == [])
    #expect(bound.graph.values.filter { $0.type == .unknown }.map(\.name) == [])
  }

  @Test func `tied weights are one storage under two names`() throws {
    let tied = try read("tied").tensors.filter { $0.type.shape == [50, 16] }
    #expect(tied.map(\.name).sorted() == ["head.weight", "table.weight"])
    #expect(Set(tied.map(\.storage)).count == 1)
  }

  @Test func `modules and in-place operators are kept`() throws {
    let nodes = try bound("residual").graph.nodes
    #expect(
      nodes.map(\.operatorName.name) == [
        "Conv", "BatchNormalization", "Relu", "Sigmoid", "Add", "GlobalAveragePool", "Flatten",
        "Linear",
      ])
    #expect(nodes.map(\.module) == ["conv", "bn", "relu", "", "", "pool", "", "head"])
    #expect(nodes.map { $0.attributes.flag("inplace") }.filter { $0 }.count == 2)
  }

  @Test(arguments: [2, 8, 64])
  func `fixed sizes take another batch`(batch: Int) throws {
    for name in ["residual", "tied"] {
      let bound = try bound(name, Bindings(batch: batch))
      let output = try #require(bound.graph.outputs.first)
      #expect(bound.graph[output].type.tensorType?.shape.first == batch, "\(name)")
      #expect(bound.diagnostics.filter { $0.severity > .note } == [], "\(name)")
    }
  }

  @Test func `a symbol takes the file's size unless it is chosen`() throws {
    let assumed = try bound("dynamic")
    let symbol = try #require(assumed.sizes.keys.first)
    #expect(assumed.sizes == [symbol: 2])
    #expect(assumed.diagnostics.map(\.code) == ["assumedSize"])
    for bindings in [Bindings(batch: 9), Bindings(sizes: [symbol: 9])] {
      let bound = try bound("dynamic", bindings)
      #expect(bound.sizes == [symbol: 9])
      #expect(bound.graph[bound.graph.outputs[0]].type == .tensor(.float32, [9, 5]))
      #expect(bound.diagnostics == [])
    }
  }

  @Test func `a size that the export excludes is reported`() throws {
    #expect(try bound("dynamic", Bindings(batch: 65)).diagnostics.map(\.code) == ["sizeOutOfRange"])
  }

  @Test func `a symbol that is not there is refused`() throws {
    #expect(throws: BindingError.self) { try bound("dynamic", Bindings(sizes: ["s0x": 2])) }
  }

  @Test func `arithmetic on symbols is followed past an opaque branch`() throws {
    let bound = try bound("branch", Bindings(batch: 5))
    #expect(bound.graph[bound.graph.outputs[0]].type == .tensor(.float32, [10, 8]))
    let opaque = bound.diagnostics.filter { $0.code == "opaqueOperator" }
    #expect(opaque.count == 1)
    #expect(opaque.first?.message.contains("higher_order::cond") == true)
  }

  @Test func `a graph with gradients is read as far as its loss`() throws {
    let bound = try bound("joint")
    #expect(bound.diagnostics.map(\.code) == ["jointGraph"])
    let outputs = bound.graph.outputs.compactMap { bound.graph[$0].type.tensorType?.shape }
    #expect(outputs == [[]])
  }
}
