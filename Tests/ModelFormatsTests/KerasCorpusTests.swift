import ByteFormats
import ModelFormats
import ModelGraph
import TestSupport
import Testing

/// Files of the corpus against what Keras says of them.
@Suite(.enabled(if: TestFiles.corpus != nil)) struct KerasCorpusTests {
  private func truth() throws -> [(path: String, facts: JSONValue)] {
    let corpus = try #require(TestFiles.corpus)
    let truth = try JSONValue(MappedFile(path: "\(corpus)/keras/truth.json"))
    return (truth["files"]?.members ?? []).map { ("\(corpus)/\($0.key)", $0.value) }
  }

  @Test func `variables are those that Keras counts`() throws {
    let files = try truth()
    #expect(files.count >= TestFiles.comparisons(12))
    for (path, facts) in files {
      let model = try readModel(atPath: path)
      #expect(elements(.parameter, model) == facts["trainable"]?.integer, "\(path)")
      #expect(elements(.state, model) == facts["non_trainable"]?.integer, "\(path)")
      let weights = model.tensors.filter { $0.role == .parameter || $0.role == .state }
      #expect(weights.count == facts["n_weights"]?.integer, "\(path)")
      let expected = (facts["weights"]?.elements ?? []).map { weight in
        "\(weight.elements[2].string ?? "")\(weight.elements[1].elements.compactMap(\.integer))"
      }
      #expect(weights.map { "\($0.type)" }.sorted() == expected.sorted(), "\(path)")
      let stored = model.tensors.map(\.type.elementCount).reduce(0, +)
      #expect(stored == facts["h5"]?["elements"]?.integer, "\(path)")
    }
  }

  private func elements(_ role: Tensor.Role, _ model: Model) -> Int {
    model.tensors.filter { $0.role == role }.map(\.type.elementCount).reduce(0, +)
  }

  @Test func `layers make what Keras infers`() throws {
    for (path, facts) in try truth() where !path.contains(".weights.") {
      let bound = try #require(try readModel(atPath: path).graph).bind(Bindings())
      #expect(bound.diagnostics.filter { $0.severity > .note } == [], "\(path)")
      let values = Dictionary(
        bound.graph.values.map { ($0.name, $0.type) }, uniquingKeysWith: { first, _ in first })
      for layer in facts["layers"]?.elements ?? [] {
        guard let name = layer.elements[1].string, let type = values[name]?.tensorType,
          let shape = layer.elements.last?.elements.first?.elements.map({ $0.integer ?? 1 })
        else { continue }
        #expect(type.shape == shape, "\(path) \(name)")
      }
    }
  }
}
