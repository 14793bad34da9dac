import ByteFormats
import MemFit
import TestSupport
import Testing

/// What configurations are reported to describe, against what transformers builds of them.
@Suite struct ConfigurationTruthTests {
  @Test func `reports say what transformers counts`() throws {
    guard let corpus = TestFiles.corpus else { return }
    let folder = "\(corpus)/transformers"
    let names = try Folder(path: folder)?.names.sorted() ?? []
    var compared = 0
    // All of them take the better part of a minute.
    let step = TestFiles.runsSlowTests ? 1 : 5
    for name in stride(from: 0, to: names.count, by: step).map({ names[$0] }) {
      let path = "\(folder)/\(name)"
      guard let truth = try? JSONValue(MappedFile(path: "\(path)/truth.json")) else { continue }
      let document = try JSONValue(MappedFile(path: "\(path)/config.json"))
      guard let type = document["model_type"]?.string, ModelZoo.knows(modelType: type) else {
        continue
      }
      let model = try MemFit.open("\(path)/config.json")
      expectParts(model, truth, name)
      expectNames(model, truth, name)
      expectCache(model, truth, name)
      compared += 1
    }
    #expect(compared > 60 / step)
  }

  private func expectParts(_ model: Model, _ truth: JSONValue, _ name: String) {
    let short = try? model.graph?.bind(Bindings(sequence: 1)).graph
    guard let graph = try? short ?? model.graph?.bind(Bindings()).graph else {
      Issue.record("\(name) gives no graph")
      return
    }
    let store = StoreFootprint(of: model, graph: graph)
    let parts = store.parts
    let figures: [(String, Int)] = [
      ("params_total", store.parameters.count),
      ("params_counting_tied_twice", parts.countingTiedTwice.count),
      ("embedding_params", parts.embedding.count),
      ("lm_head_params_if_untied", parts.head.count),
      ("expert_params", parts.experts.count), ("buffers", store.state.count),
    ]
    for (key, figure) in figures {
      #expect(figure == truth[key]?.integer, "\(name) \(key)")
    }
    let tied = (truth["tied_groups"]?.elements ?? []).map { Set($0.elements.compactMap(\.string)) }
    #expect(Set(parts.tied.map { Set($0.names) }) == Set(tied), "\(name)")
    #expect((parts.routing == nil) == (parts.experts.count == 0), "\(name)")
  }

  /// Names with the numbers of layers left out, and the sizes under each.
  private func expectNames(_ model: Model, _ truth: JSONValue, _ name: String) {
    var found: [String: [String: Int]] = [:]
    var seen: Set<Int> = []
    for tensor in model.tensors where tensor.role == .parameter {
      guard seen.insert(tensor.storage).inserted else { continue }
      let pattern = tensor.name.split(separator: ".")
        .map { $0.allSatisfy(\.isNumber) ? "*" : String($0) }.joined(separator: ".")
      found[pattern, default: [:]]["\(tensor.type.shape)", default: 0] += 1
    }
    let known = Dictionary(
      (truth["by_name_pattern"]?.members ?? []).map { member in
        let shapes = (member.value["shapes"]?.members ?? []).map { ($0.key, $0.value.integer ?? 0) }
        return (member.key, Dictionary(shapes) { first, _ in first })
      }
    ) { first, _ in first }
    let wrong = Set(found.keys).union(known.keys).filter { found[$0] != known[$0] }
    #expect(wrong.isEmpty, "\(name): \(wrong.sorted().prefix(6))")
  }

  /// Keys and values of every layer after eight tokens.
  private func expectCache(_ model: Model, _ truth: JSONValue, _ name: String) {
    guard case .array(let entries)? = truth["cache_8_tokens_batch1"], !entries.isEmpty else {
      return
    }
    var known: [[Int]] = []
    for entry in entries {
      let layer = ["keys", "values"].compactMap { entry["layer"]?[$0]?.elements }
        .map { $0.compactMap(\.integer) }
      for _ in 0..<(entry["repeat"]?.integer ?? 0) { known += layer }
    }
    let found = (model.cache?.layers ?? []).flatMap { layer in
      layer.tensors.filter { ["keys", "values"].contains($0.name) }.map { tensor in
        var shape = [1] + tensor.shape
        shape.insert(tensor.growth.entryCount(ofTokens: 8), at: max(1, shape.count - 1))
        return shape
      }
    }
    #expect(found == known.filter { $0 != [] }, "\(name)")
  }
}
