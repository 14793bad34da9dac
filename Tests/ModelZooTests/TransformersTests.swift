#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif
import ModelGraph
import TestSupport
import Testing

@testable import ModelZoo

/// Models of text against Hugging Face's, measured by `Validation/transformers_zoo.py`.
@Suite struct TransformersTests {
  struct Fixture: Decodable {
    let models: [Entry]
  }

  struct Entry: Decodable {
    let name: String
    let parameters: Int
    let tensors: Int
    let stateDigest: String
  }

  @Test func `tensors have the names and shapes of the state dictionary`() throws {
    let bytes = try TestFiles.bytes(of: TestFiles.fixture("transformers.json"))
    let fixture = try JSONDecoder().decode(Fixture.self, from: Data(bytes))
    #expect(fixture.models.count == 6)
    for entry in fixture.models {
      let architecture = try #require(ModelZoo.architecture(named: entry.name))
      let lines = architecture.tensors.map { "\($0.role.rawValue) \($0.name) \($0.type.shape)" }
      #expect(architecture.parameterCount == entry.parameters, "\(entry.name)")
      #expect(lines.count == entry.tensors, "\(entry.name)")
      #expect(digest(lines.sorted()) == entry.stateDigest, "\(entry.name)")
    }
  }

  @Test(arguments: [
    ("gpt2", ["transformer.wte.weight", "lm_head.weight"]),
    (
      "bert-base",
      ["bert.embeddings.word_embeddings.weight", "cls.predictions.decoder.weight"]
    ),
    ("bert-base", ["cls.predictions.bias", "cls.predictions.decoder.bias"]),
  ])
  func `tied weights share a storage`(name: String, tied: [String]) throws {
    let tensors = try #require(ModelZoo.model(named: name)).tensors
    let storages = Set(tensors.filter { tied.contains($0.name) }.map(\.storage))
    #expect(storages.count == 1)
  }
}
