import ByteFormats
import MemFit
import TestSupport
import Testing

/// Odd configurations of many kinds of decoders, as transformers 5.23 builds them
/// (`Tests/Fixtures/ConfigurationFile/make_decoders.py`).
@Suite struct DecoderFixtureTests {
  @Test func `odd configurations come out as transformers builds them`() throws {
    let path = TestFiles.fixture("ConfigurationFile/decoders.json")
    let rows = try JSONValue(MappedFile(path: path)).elements
    #expect(rows.count > 50)
    for row in rows {
      let name = row["name"]?.string ?? ""
      let model = try ModelZoo.model(
        configuredBy: try #require(row["config"]), name: name, source: name, format: "config.json")
      let graph = try #require(try model.graph?.bind(Bindings(sequence: 8)).graph)
      expectFigures(StoreFootprint(of: model, graph: graph), row, name)
      let lines = model.tensors.filter { $0.role == .parameter }
        .map { "\($0.name) \($0.type.shape)" }
      #expect(digest(lines.sorted()) == row["digest"]?.string, "\(name)")
      if case .array(let shapes)? = row["cache"] {
        #expect(kept(model) == shapes.map { $0.elements.compactMap(\.integer) }, "\(name)")
      }
    }
  }

  private func expectFigures(_ store: StoreFootprint, _ row: JSONValue, _ name: String) {
    let parts = store.parts
    let figures = [
      ("parameters", store.parameters.count), ("tied", parts.tied.count),
      ("countingTiedTwice", parts.countingTiedTwice.count),
      ("embedding", parts.embedding.count), ("head", parts.head.count),
      ("experts", parts.experts.count), ("buffers", store.state.count),
    ]
    for (key, figure) in figures { #expect(figure == row[key]?.integer, "\(name) \(key)") }
  }

  private func kept(_ model: Model) -> [[Int]] {
    (model.cache?.layers ?? []).flatMap { layer in
      layer.tensors.filter { ["keys", "values"].contains($0.name) }.map { tensor in
        var shape = [1] + tensor.shape
        shape.insert(tensor.growth.entryCount(ofTokens: 8), at: max(1, shape.count - 1))
        return shape
      }
    }
  }
}
