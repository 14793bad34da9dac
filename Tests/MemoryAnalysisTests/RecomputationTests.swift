import MemoryAnalysis
import ModelGraph
import ModelZoo
import Testing

/// What is computed again: choices, regions, blocks.
@Suite struct RecomputationTests {
  private func graph(of name: String) throws -> Graph {
    let model = try #require(ModelZoo.model(named: name))
    return try #require(try model.graph?.bind(Bindings(batch: 1)).graph)
  }

  private func names(_ choice: String, in name: String) throws -> [String] {
    let choice = try #require(Checkpointing(choice))
    return Recomputation(choice, in: try graph(of: name)).regions.map(\.name)
  }

  @Test func `single nodes become runs, and regions never overlap`() {
    let runs = Recomputation(nodes: [7, 3, 4, 5, 9, 3]).regions.map(\.nodes)
    #expect(runs == [3..<6, 7..<8, 9..<10])
    let regions = Recomputation([
      .init(nodes: 4..<8), .init(nodes: 0..<5), .init(nodes: 8..<8), .init(nodes: 8..<9),
    ])
    #expect(regions.regions.map(\.nodes) == [0..<5, 8..<9])
  }

  @Test func `choices read back as they are written`() {
    let texts = [
      "none", "blocks", "blocks:reentrant", "every=3", "every=2:reentrant", "names=*.mlp",
    ]
    for text in texts { #expect(Checkpointing(text)?.description == text) }
    for text in ["", "block", "every=0", "every=x", "names=", "none:reentrant", "every=-1"] {
      #expect(Checkpointing(text) == nil, "\(text)")
    }
  }

  @Test func `blocks are the innermost numbered modules that follow each other`() throws {
    #expect(try names("blocks", in: "resnet18").count == 8)
    #expect(try names("blocks", in: "gpt2").first == "transformer.h.0")
    #expect(try names("every=4", in: "vit_b_16").map { $0.suffix(2) } == ["_0", "_4", "_8"])
    #expect(try names("blocks", in: "googlenet").first == "inception3a")
    #expect(try names("blocks", in: "vgg11").isEmpty)
    #expect(try names("names=layer?", in: "resnet18") == (1...4).map { "layer\($0)" })
  }

  @Test(arguments: [
    ("*", "", true), ("", "", true), ("", "a", false), ("a*c", "abbc", true),
    ("a*c", "abbd", false),
    ("*.mlp", "h.0.mlp", true), ("*.mlp", "h.0.mlp.c_fc", false), ("h.?", "h.11", false),
    ("layer[1-3].*", "layer2.0", true), ("layer[!1-3].*", "layer2.0", false), ("a[b", "a[b", true),
    ("*a*a*b", "aaaaaaaaaaaaaaaaaaaaaaac", false), ("[]", "[]", true),
  ])
  func `patterns match whole names`(_ pattern: String, _ name: String, _ matches: Bool) {
    #expect(NamePattern(pattern).matches(name) == matches)
  }
}
