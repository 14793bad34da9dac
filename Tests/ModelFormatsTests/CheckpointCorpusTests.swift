import ByteFormats
import ModelFormats
import ModelGraph
import TestSupport
import Testing

/// Files of the corpus against what the reference readers say of them.
@Suite(.enabled(if: TestFiles.corpus != nil)) struct CheckpointCorpusTests {
  private func truth(_ name: String) throws -> (corpus: String, JSONValue) {
    let corpus = try #require(TestFiles.corpus)
    return (corpus, try JSONValue(MappedFile(path: "\(corpus)/\(name)")))
  }

  @Test func `safetensors files hold what safetensors lists`() throws {
    let (corpus, truth) = try truth("safetensors/truth.json")
    var compared = 0
    for member in truth["files"]?.members ?? [] {
      let (path, facts) = (member.key, member.value)
      let model = try readModel(atPath: "\(corpus)/\(path)")
      if let expected = facts["state_numel"]?.integer {
        #expect(model.storedElementCount == expected)
      }
      if let expected = facts["params"]?.integer {
        let parameters = model.tensors.filter { $0.role == .parameter }
        #expect(parameters.map(\.type.elementCount).reduce(0, +) == expected)
      }
      if let tensors = facts["tensors"] { expectTensors(tensors, in: model, path) }
      compared += 1
    }
    #expect(compared >= TestFiles.comparisons(11))
  }

  private func expectTensors(_ tensors: JSONValue, in model: Model, _ path: String) {
    let types = Dictionary(uniqueKeysWithValues: model.tensors.map { ($0.name, $0.type) })
    #expect(tensors.members.count == model.tensors.count)
    for tensor in tensors.members {
      let shape = tensor.value.elements.last?.elements.compactMap(\.integer)
      #expect(types[tensor.key]?.shape == shape, "\(path) \(tensor.key)")
    }
  }

  @Test func `GGUF files hold what gguf lists`() throws {
    let (corpus, truth) = try truth("gguf/truth.json")
    let heads = try JSONValue(MappedFile(path: "\(corpus)/heads/heads.json"))
    var compared = 0
    for member in truth["files"]?.members ?? [] {
      compared += 1
      let head = heads[member.key]?["head"]?.string
      guard let head = head.map({ "\(corpus)/heads/\($0.split(separator: "/").last ?? "")" }) else {
        expectGGUF(try readModel(atPath: "\(corpus)/\(member.key)"), member.value)
        continue
      }
      let model = try GGUF.read(MappedFile(path: head))
      expectGGUF(model, member.value)
      #expect(model.codes.contains("missingData"))
    }
    #expect(compared >= TestFiles.comparisons(12))
  }

  private func expectGGUF(_ model: Model, _ facts: JSONValue) {
    #expect(model.storedElementCount == facts["n_elements"]?.integer)
    #expect(model.storedByteCount == facts["tensor_bytes"]?.integer)
    #expect(model.tensors.count == facts["n_tensors"]?.integer)
    for (tensor, expected) in zip(model.tensors, facts["tensors"]?.elements ?? []) {
      #expect(tensor.name == expected["name"]?.string)
      #expect(tensor.type.shape.reversed() == expected["ne"]?.elements.compactMap(\.integer))
      #expect(tensor.type.byteCount.value == expected["n_bytes"]?.integer)
    }
    for pair in facts["kv"]?.members ?? [] {
      guard let text = pair.value["value"]?.string, !pair.key.hasPrefix("tokenizer") else {
        continue
      }
      #expect(model.metadata.string(pair.key) == text)
    }
  }

  @Test(arguments: ["safetensors", "gguf"])
  func `hostile files are refused, or read with a diagnostic`(folder: String) throws {
    let (corpus, truth) = try truth("hostile/truth.json")
    var compared = 0
    for member in truth["files"]?.members ?? []
    where member.key.hasPrefix("hostile/\(folder)/") {
      compared += 1
      let reference = member.value["reference"]?.string ?? ""
      let isGood = reference.contains("LOADS") || reference.contains("\"loads\": true")
      do throws(FormatError) {
        let model = try readModel(atPath: "\(corpus)/\(member.key)")
        let isDoubtful = model.diagnostics.contains { $0.severity > .note }
        #expect(isGood || isDoubtful, "\(member.key)")
      } catch {
        #expect(!isGood, "\(member.key): \(error)")
        #expect(!error.description.isEmpty)
      }
    }
    #expect(compared >= TestFiles.comparisons(16))
  }
}
