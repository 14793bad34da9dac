import ByteFormats
import ModelFormats
import ModelGraph
import TestSupport
import Testing

@Suite struct KerasTests {
  private func read(_ name: String) throws -> Model {
    try Keras.read(MappedFile(path: TestFiles.fixture("Keras/\(name)")))
  }

  private func truth(_ name: String) throws -> JSONValue {
    try JSONValue(MappedFile(path: TestFiles.fixture("Keras/\(name).json")))
  }

  /// `renumbered.h5` holds the variables of `images.h5` under the names of a second session of TensorFlow.
  @Test func `variables that a session numbered belong to their layers`() throws {
    let models = try ["images", "renumbered"].map { name in
      try readModel(atPath: TestFiles.fixture("Keras/\(name).h5"))
    }
    #expect(models[0].tensors.map(\.name) == models[1].tensors.map(\.name))
    let graphs = try models.map { try #require($0.graph).bind(Bindings()) }
    #expect(graphs[0].graph.nodes.map(\.operatorName) == graphs[1].graph.nodes.map(\.operatorName))
    #expect(graphs[1].diagnostics.filter { $0.severity > .note } == [])
  }

  @Test func `every array that h5py lists is read`() throws {
    for file in try truth("h5py").members {
      let expected = file.value.elements.map(\.arrayType).sorted()
      let found = try read(file.key).tensors.map { "\($0.type)" }.sorted()
      #expect(found == expected, "\(file.key)")
    }
  }

  @Test func `parameters and state are as many as Keras counts`() throws {
    let models = try truth("layers")
    for file in try truth("h5py").members where !file.key.isPlainHDF5 {
      let facts = try #require(models[String(file.key.prefix { $0 != "." })])
      let model = try read(file.key)
      #expect(elements(.parameter, model) == facts["parameters"]?.integer, "\(file.key)")
      let seeds = model.tensors.filter { $0.name.hasSuffix("seed_generator_state") }
      let state = elements(.state, model) - seeds.map(\.type.elementCount).reduce(0, +)
      #expect(state == facts["state"]?.integer, "\(file.key)")
      #expect(model.diagnostics.filter { $0.severity > .note } == [], "\(file.key)")
    }
  }

  /// Models in models, each called once, in an archive that another tool has packed.
  @Test func `a packed archive says what a stored one does`() throws {
    let facts = try #require(try truth("layers")["packed"])
    let model = try read("packed.keras")
    #expect(elements(.parameter, model) == facts["parameters"]?.integer)
    #expect(model.diagnostics.filter { $0.severity > .note } == [])
    let bound = try #require(model.graph).bind(Bindings(batch: 3)).graph
    #expect(bound.outputs.map { bound[$0].type.tensorType?.shape } == [[3, 3]])
    #expect(bound.values.filter { $0.type == .unknown }.map(\.name) == [])
    let uses = bound.nodes.filter { $0.operatorName == "LSTM" }
    #expect(uses.count == 1)
  }

  @Test func `a packed member that is longer than it says is refused`() throws {
    var bytes = try TestFiles.bytes(of: TestFiles.fixture("Keras/packed.keras"))
    let archive = try ZipArchive(MappedFile(bytes, path: "packed.keras"))
    let entry = try #require(archive["model.weights.h5"])
    bytes[entry.directoryOffset + 24] &-= 1
    #expect(throws: FormatError.self) {
      try Keras.read(MappedFile(bytes, path: "packed.keras"))
    }
  }

  private func elements(_ role: Tensor.Role, _ model: Model) -> Int {
    model.tensors.filter { $0.role == role }.map(\.type.elementCount).reduce(0, +)
  }

  @Test(arguments: ["keras", "h5", "weights.h5"])
  func `names are Keras' own, in whatever form`(form: String) throws {
    for name in ["images", "texts"] {
      let variables = try #require(try truth("layers")[name]?["variables"]?.elements)
      let expected = variables.compactMap { $0.elements.first?.string }
      let model = try read("\(name).\(form)")
      let found = model.tensors.map(\.name).filter { !$0.hasSuffix("seed_generator_state") }
      #expect(found.sorted() == expected.sorted(), "\(name).\(form)")
    }
  }

  @Test(arguments: ["keras", "h5"])
  func `every layer's output has the shape that Keras infers`(form: String) throws {
    for name in ["sequence", "images", "texts", "shared", "cells"] {
      let facts = try #require(try truth("layers")[name])
      let graph = try #require(try read("\(name).\(form)").graph)
      let bound = try graph.bind(Bindings(batch: 3))
      #expect(bound.diagnostics.filter { $0.severity > .note && !$0.isLambda } == [], "\(name)")
      let values = Dictionary(
        bound.graph.values.map { ($0.name, $0.type) }, uniquingKeysWith: { first, _ in first })
      for output in facts["outputs"]?.members ?? [] {
        let shape = output.value.elements.map { $0.integer ?? 3 }
        guard let type = values[output.key] else { continue }
        #expect(type.tensorType?.shape == shape, "\(name).\(form) \(output.key)")
      }
      let compared = (facts["outputs"]?.members ?? []).filter { values[$0.key] != nil }
      #expect(compared.count * 10 >= (facts["outputs"]?.members.count ?? 0) * 7)
      #expect(bound.graph.values.filter { $0.type == .unknown }.map(\.name) == [])
    }
  }

  @Test func `a layer called three times is stored once`() throws {
    let model = try read("shared.keras")
    let bound = try #require(model.graph).bind(Bindings())
    let uses = bound.graph.nodes.filter {
      $0.module == "inner/dense" && $0.operatorName == "MatMul"
    }
    #expect(uses.count == 3)
    #expect(Set(uses.map(\.inputs[1])).count == 1)
    let opaque = bound.diagnostics.filter { $0.code == "opaqueOperator" }
    #expect(opaque.map { $0.message.contains("Lambda") } == [true])
  }

  @Test func `an optimizer's state is no parameter`() throws {
    for form in ["keras", "h5", "weights.h5"] {
      let model = try read("sequence.\(form)")
      // Adam: two moments of every trained weight, the step and the learning rate.
      #expect(elements(.optimizerState, model) == 2 * 84 + 2, "\(form)")
    }
  }

  @Test func `a layer computes in the type of its policy`() throws {
    let bound = try #require(try read("half.keras").graph).bind(Bindings())
    let types = Dictionary(
      bound.graph.values.map { ($0.name, $0.type) }, uniquingKeysWith: { first, _ in first })
    #expect(types["mixed"] == .tensor(.float16, [1, 4]))
    #expect(types["brain"] == .tensor(.bfloat16, [1, 2]))
    let stored = try read("half.keras").tensors.filter { $0.name.hasSuffix("kernel") }
    #expect(Set(stored.map(\.type.dataType)) == [.bfloat16, .float32])
  }

  @Test func `weights alone have no graph`() throws {
    let model = try read("images.weights.h5")
    #expect(model.graph == nil)
    #expect(model.codes.contains("weightsOnly"))
  }
}

extension JSONValue {
  /// The type of `[NAME, DATA TYPE, SHAPE]`.
  fileprivate var arrayType: String {
    let dataType = elements[1].string ?? ""
    return "\(dataType)\(elements[2].elements.compactMap(\.integer))"
  }
}

extension String {
  fileprivate var isPlainHDF5: Bool { self == "old.h5" || self == "new.h5" }
}

extension Diagnostic {
  fileprivate var isLambda: Bool { code == "opaqueOperator" && message.contains("Lambda") }
}
