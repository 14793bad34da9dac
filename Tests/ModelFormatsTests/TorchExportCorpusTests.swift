import ByteFormats
import ModelFormats
import ModelGraph
import TestSupport
import Testing

/// Exports of the corpus against what PyTorch says of them.
@Suite(.enabled(if: TestFiles.corpus != nil)) struct TorchExportCorpusTests {
  private func truth() throws -> [(path: String, facts: JSONValue)] {
    let corpus = try #require(TestFiles.corpus)
    let truth = try JSONValue(MappedFile(path: "\(corpus)/torch/pt2_truth.json"))
    return (truth["files"]?.members ?? []).map { ("\(corpus)/\($0.key)", $0.value) }
  }

  @Test func `parameters and buffers are as many as PyTorch counts`() throws {
    let files = try truth()
    #expect(files.count >= TestFiles.comparisons(8))
    for (path, facts) in files {
      let model = try readModel(atPath: path)
      var seen: Set<Int> = []
      let own = model.tensors.filter { seen.insert($0.storage).inserted }
      let parameters = own.filter { $0.role == .parameter }
      let buffers = own.filter { $0.role == .state }
      #expect(elements(parameters) == facts["params"]?.integer, "\(path)")
      #expect(elements(buffers) == facts["buffers"]?.integer, "\(path)")
      #expect(model.tensors.count == facts["state_dict_keys"]?.integer, "\(path)")
    }
  }

  private func elements(_ tensors: [Tensor]) -> Int {
    tensors.map(\.type.elementCount).reduce(0, +)
  }

  @Test func `inferred types are those the files state`() throws {
    for (path, _) in try truth() {
      let bound = try #require(try readModel(atPath: path).graph).bind(Bindings())
      let warnings = bound.diagnostics.filter {
        $0.severity > .note && $0.code != "opaqueOperator"
      }
      #expect(warnings == [], "\(path)")
    }
  }

  @Test(arguments: [
    ("dtype_99", "unknown dtype 99"), ("model_json_broken", "expected the end of a string"),
    ("model_json_missing", "no models/model.json"),
    ("schema_major_99", "expected schema version 8, found version 99"),
    ("weight_short", "expected 512 bytes of data for \"0.weight\", found 3"),
  ])
  func `a hostile archive is refused with a reason`(name: String, reason: String) throws {
    let corpus = try #require(TestFiles.corpus)
    let error = try #require(throws: FormatError.self) {
      try readModel(atPath: "\(corpus)/hostile/pt2/\(name).pt2")
    }
    #expect(error.description.contains(reason), "\(error)")
  }

  @Test func `missing data and unknown operators are reported`() throws {
    let corpus = try #require(TestFiles.corpus)
    let missing = try readModel(atPath: "\(corpus)/hostile/pt2/weight_missing.pt2")
    #expect(missing.codes == ["missingData"])
    let unknown = try readModel(atPath: "\(corpus)/hostile/pt2/unknown_op.pt2")
    let bound = try #require(unknown.graph).bind(Bindings())
    #expect(bound.diagnostics.map(\.code) == ["opaqueOperator"])
  }
}
