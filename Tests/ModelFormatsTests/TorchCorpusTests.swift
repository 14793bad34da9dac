import ByteFormats
import ModelFormats
import ModelGraph
import TestSupport
import Testing

/// Files of the corpus against what torch.load says of them.
@Suite(.enabled(if: TestFiles.corpus != nil)) struct TorchCorpusTests {
  private let corpus = TestFiles.corpus ?? ""

  private func truth(_ name: String) throws -> [JSONValue.Member] {
    try JSONValue(MappedFile(path: "\(corpus)/\(name)"))["files"]?.members ?? []
  }

  @Test func `files of PyTorch hold what it loads`() throws {
    var compared = 0
    for member in try truth("torch/truth.json")
    where FileFacts(path: "\(corpus)/\(member.key)") != nil {
      compared += 1
      let model = try readModel(atPath: "\(corpus)/\(member.key)")
      #expect(model.format == "PyTorch")
      TorchTruth(facts: member.value).expect(model, member.key)
      let hasStorages = member.value["storages"]?.integer ?? 0 > 0
      if hasStorages, let bytes = member.value["storage_bytes_total"]?.integer {
        #expect(model.heldByteCount == bytes, "\(member.key)")
      }
      if let unique = member.value["unique_params"]?.integer {
        #expect(model.elementCount(.parameter) == unique, "\(member.key)")
      }
    }
    #expect(compared >= TestFiles.comparisons(20))
  }

  @Test func `hostile files are refused, or read with a diagnostic`() throws {
    var compared = 0
    for member in try truth("hostile/truth.json") where member.key.hasPrefix("hostile/torch/") {
      compared += 1
      let reference = member.value["reference"]?.string ?? ""
      do throws(FormatError) {
        let model = try readModel(atPath: "\(corpus)/\(member.key)")
        let isDoubtful = model.diagnostics.contains { $0.severity > .note }
        #expect(reference.contains("LOADS") || isDoubtful, "\(member.key)")
      } catch {
        #expect(!error.description.isEmpty)
        #expect(!member.key.contains("ok_"), "\(error)")
      }
    }
    #expect(compared >= TestFiles.comparisons(18))
  }
}
