import ByteFormats
import ModelFormats
import ModelGraph
import TestSupport
import Testing

@Suite struct CoreMLTests {
  private func read(_ name: String) throws -> Model {
    try readModel(atPath: TestFiles.fixture("CoreML/\(name)"))
  }

  private func facts() throws -> [(name: String, facts: JSONValue)] {
    let truth = try JSONValue(MappedFile(path: TestFiles.fixture("CoreML/facts.json")))
    return truth.members.map { ($0.key, $0.value) }
  }

  private func programs() throws -> [(name: String, facts: JSONValue)] {
    try facts().filter { $0.facts["kind"]?.string == "mlProgram" }
  }

  @Test func `weights count all their elements, however they are compressed`() throws {
    for (name, facts) in try programs() {
      let model = try read(name)
      let parameters = model.tensors.filter { $0.role == .parameter }
      let elements = parameters.map(\.content.elementCount).reduce(0, +)
      #expect(elements == facts["elements"]?.integer, "\(name)")
      #expect(model.diagnostics.filter { $0.severity > .note } == [], "\(name)")
    }
  }

  @Test func `compressed weights take the bytes that the file has for them`() throws {
    for (name, facts) in try programs() {
      let bytes = try read(name).tensors.map(\.content.byteCount).total().value
      let records = try #require(facts["recordBytes"]?.integer)
      // Beside the records there are small tensors that stand in the program itself.
      #expect(records...records + 1024 ~= bytes, "\(name): \(bytes), records \(records)")
    }
    let plain = try read("plain.mlpackage").tensors.map(\.content.byteCount).total().value
    let palette = try read("palette.mlpackage").tensors.map(\.content.byteCount).total().value
    #expect(palette * 4 < plain)
  }

  @Test func `a program's values have the types it states`() throws {
    for (name, facts) in try programs() {
      let bound = try #require(try read(name).graph).bind(Bindings())
      #expect(bound.diagnostics.filter { $0.severity > .note } == [], "\(name)")
      let values = Dictionary(
        bound.graph.values.map { ($0.name, $0.type) }, uniquingKeysWith: { first, _ in first })
      for output in facts["outputs"]?.members ?? [] {
        let shape = output.value.elements[1].elements.compactMap(\.integer)
        #expect(values[output.key] == .tensor(.float32, shape), "\(name) \(output.key)")
      }
    }
  }

  @Test func `a network's layers make what they must`() throws {
    let bound = try #require(try read("network.mlmodel").graph).bind(Bindings())
    #expect(bound.diagnostics.filter { $0.severity > .note } == [])
    let nodes = bound.graph.nodes.map(\.operatorName.name)
    #expect(
      nodes == ["Conv", "Relu", "MaxPool", "BatchNormalization", "Reshape", "Linear"])
    let shapes = bound.graph.nodes.compactMap { node in
      node.outputs.first.flatMap { $0 }.flatMap { bound.graph[$0].type.tensorType?.shape }
    }
    #expect(
      shapes == [[1, 4, 6, 6], [1, 4, 6, 6], [1, 4, 3, 3], [1, 4, 3, 3], [1, 36], [1, 5]])
    let state = try read("network.mlmodel").tensors.filter { $0.role == .state }
    #expect(state.map(\.name) == ["norm/mean", "norm/variance"])
  }

  /// The sizes follow from the layers' descriptions in Core ML's `NeuralNetwork.proto`.
  @Test func `layers of the first specification move elements as it says`() throws {
    let model = try read("moving.mlmodel")
    let bound = try #require(model.graph).bind(Bindings())
    #expect(bound.diagnostics.filter { $0.severity > .note } == [])
    let shapes = bound.graph.nodes.compactMap { node in
      node.outputs.first.flatMap { $0 }.flatMap { bound.graph[$0].type.tensorType?.shape }
    }
    let whole: [Shape] = Array(repeating: [4, 15, 18], count: 7)
    let cut: [Shape] = [[2, 15, 18], [4, 15, 18], [4, 6, 18], [4, 18, 6]]
    #expect(shapes.count == 15)
    #expect(Array(shapes.prefix(2)) == [[4, 9, 10], [4, 18, 20]])
    #expect(Array(shapes[2..<9]) == whole)
    #expect(Array(shapes[9..<13]) == cut)
    #expect(Array(shapes[13...]) == [[4, 1, 1], [4, 1, 1]])
    let weights = model.tensors.map { "\($0.name)\($0.type.shape)" }
    #expect(weights.contains("bias/bias[4, 1, 1]"))
  }

  @Test func `classic models tell what they store`() throws {
    let trees = try read("trees.mlmodel").tensors.map { "\($0.name)\($0.type.shape)" }
    #expect(trees == ["thresholds[2]", "leaf_values[4]", "base_values[1]"])
    let pipeline = try read("pipeline.mlmodel")
    #expect(pipeline.tensors.count == 5)
    #expect(pipeline.tensors.map(\.name).contains("0/weights"))
    #expect(pipeline.codes.contains("pipeline"))
  }

  @Test func `a manifest leads nowhere outside its package`() throws {
    let folder = try TemporaryFolder()
    let model = "{\"path\": \"../../secret.mlmodel\"}"
    try folder.write(
      "{\"rootModelIdentifier\": \"A\", \"itemInfoEntries\": {\"A\": \(model)}}",
      to: "Manifest.json")
    try folder.makeFolder("Data")
    let error = #expect(throws: FormatError.self) { try readModel(atPath: folder.path) }
    #expect(error?.description.contains("leads out of the package") == true)
  }

  @Test func `a record that is not one is reported`() throws {
    let path = "plain.mlpackage/Data/com.apple.CoreML"
    let folder = try TemporaryFolder()
    try folder.makeFolder("weights")
    try folder.write(
      try TestFiles.bytes(of: TestFiles.fixture("CoreML/\(path)/model.mlmodel")),
      to: "model.mlmodel")
    #expect(try readModel(atPath: "\(folder.path)/model.mlmodel").codes.contains("missingData"))
    var bytes = try TestFiles.bytes(
      of: TestFiles.fixture("CoreML/\(path)/weights/weight.bin"))
    bytes[64] ^= 1
    try folder.write(bytes, to: "weights/weight.bin")
    let model = try readModel(atPath: "\(folder.path)/model.mlmodel")
    #expect(model.diagnostics.contains { $0.message.contains("0xDEADBEEF") })
  }
}

/// Files of the corpus against what coremltools says of them.
@Suite(.enabled(if: TestFiles.corpus != nil)) struct CoreMLCorpusTests {
  @Test func `weights and types are those that coremltools lists`() throws {
    let corpus = try #require(TestFiles.corpus)
    let truth = try JSONValue(MappedFile(path: "\(corpus)/coreml/truth.json"))
    var compared = 0
    for member in truth["files"]?.members ?? [] {
      let (path, facts) = ("\(corpus)/\(member.key)", member.value)
      let model = try readModel(atPath: path)
      #expect(model.diagnostics.filter { $0.severity > .note } == [], "\(path)")
      let bound = try #require(model.graph).bind(Bindings())
      let doubtful = bound.diagnostics.filter { $0.severity > .note }
      #expect(doubtful == [], "\(path)")
      let weights = model.tensors.map(\.content.elementCount).reduce(0, +)
      if let expected = facts["weight_elements"]?["f32"]?.integer { #expect(weights == expected) }
      if let blobs = facts["blob_elements"]?.members {
        let inBlobs = blobs.compactMap(\.value.integer).reduce(0, +)
        #expect(weights >= inBlobs && weights <= facts["torch_params"]?.integer ?? 0, "\(path)")
      }
      let values = Dictionary(
        bound.graph.values.map { ($0.name, $0.type) }, uniquingKeysWith: { first, _ in first })
      for output in facts["op_outputs"]?.elements ?? [] {
        let parts = output.elements
        guard parts[0].string != "const", let name = parts[1].string else { continue }
        let shape = parts[3].elements.compactMap(\.integer)
        #expect(values[name]?.tensorType?.shape == shape, "\(path) \(name)")
      }
      compared += 1
    }
    #expect(compared >= TestFiles.comparisons(9))
  }
}
