import ByteFormats
import MemFit
import TestSupport
import Testing

/// Configurations against the models that transformers builds of them: every name, shape and tie, the
/// parts, and what a decoder keeps after eight tokens.
///
/// `MEMFIT_CONFIGURATIONS` names a file that `Validation/configurations/search.py` made.
@Suite struct MeasuredConfigurationTests {
  @Test func `configurations in which differences were found come out as in transformers`() throws {
    try MeasuredConfiguration.expectEqual(inFixture: "ConfigurationFile/searched.jsonl")
  }

  @Test func `every line of a search is as it was measured, where one is at hand`() throws {
    try MeasuredConfiguration.expectEqual(inFileNamedBy: "MEMFIT_CONFIGURATIONS")
  }
}

/// A model that transformers built, and what is said of its configuration here.
struct MeasuredConfiguration: MeasuredLine {
  let row: JSONValue

  init(_ row: JSONValue) { self.row = row }

  var differences: [String] {
    do {
      let model = try built()
      return try lines(model) + parts(model) + cache(model)
    } catch { return ["refused: \(error)"] }
  }

  private func lines(_ model: Model) -> [String] {
    let named = model.tensors.map { "\($0.role.rawValue) \($0.name) \($0.type.shape)" }
    let shared = Dictionary(grouping: model.tensors) { $0.storage }.values.filter { $0.count > 1 }
    let all = named + shared.map { "tied " + $0.map(\.name).sorted().joined(separator: " ") }
    guard row["lines"] != nil else {
      return digest(all.sorted()) == row["digest"]?.string ? [] : ["other tensors or ties"]
    }
    let found = Set(all)
    let expected = Set((row["lines"]?.elements ?? []).compactMap(\.string))
    let missing = expected.subtracting(found).sorted().map { "- \($0)" }
    let extra = found.subtracting(expected).sorted().map { "+ \($0)" }
    return Array(missing.prefix(5) + extra.prefix(5))
  }

  private func parts(_ model: Model) throws -> [String] {
    let graph = try? model.graph?.bind(Bindings(sequence: 1)).graph
    guard let graph = try graph ?? model.graph?.bind(Bindings()).graph else { return ["no graph"] }
    let store = StoreFootprint(of: model, graph: graph)
    let parts = store.parts
    let figures = [
      ("parameters", store.parameters.count), ("buffers", store.state.count),
      ("countingTiedTwice", parts.countingTiedTwice.count),
      ("embedding", parts.embedding.count), ("head", parts.head.count),
      ("experts", parts.experts.count),
    ]
    return figures.filter { row[$0.0]?.integer != $0.1 }.map { key, figure in
      "\(key) \(figure), transformers \(row[key]?.integer ?? -1)"
    }
  }

  /// The entries after eight tokens; the last one of a window is that of the token that comes next.
  private func entries(_ growth: CachedTensor.Growth) -> Int {
    guard case .window(let size) = growth else { return growth.entryCount(ofTokens: 8) }
    return min(8, size - 1)
  }

  private func cache(_ model: Model) -> [String] {
    guard case .array(let shapes)? = row["cache"] else { return [] }
    let expected = shapes.map { $0.elements.compactMap(\.integer) }
    let found = (model.cache?.layers ?? []).flatMap { layer in
      layer.tensors.filter { ["keys", "values"].contains($0.name) }.map { tensor in
        var shape = [1] + tensor.shape
        shape.insert(entries(tensor.growth), at: max(1, shape.count - 1))
        return shape
      }
    }
    return found == expected ? [] : ["cache \(found), transformers \(expected)"]
  }
}
