import ByteFormats
import TestSupport
import Testing

@testable import ModelFormats

/// What a node's texts say must not depend on the nodes read before it.
@Suite struct NodeTextsTests {
  private static let seed: UInt64 = 20_261_127

  /// A trace as PyTorch writes it, escaped as JSON is, and the modules around it.
  private struct Texts {
    var trace = ""
    var stack = ""

    init(_ random: inout SeededGenerator) {
      let depth = Int.random(in: 1...5, using: &random)
      let statements = [
        "x = self.block(x)", "return f(x)", #"raise E(\"File\")"#, "", "y, z = g(x)",
      ]
      var calls: [String] = []
      var modules: [String] = []
      for level in 0..<depth {
        let line = Int.random(in: 1...2, using: &random)
        let statement = statements.randomElement(using: &random) ?? ""
        calls.append(#"File \"/a/net\#(level).py\", line \#(line), in forward\n    \#(statement)"#)
        let kinds = ["torch.nn.Module", "transformers.models.x.XEncoderLayer"]
        let kind = kinds.randomElement(using: &random) ?? ""
        modules.append("k\(level)@\(line),m\(level).\(line),\(kind)")
      }
      trace = calls.joined(separator: #"\n  "#)
      // What is cut short is understood as far as it goes, or not at all.
      if Int.random(in: 0..<8, using: &random) == 0 { trace = String(trace.prefix(30)) + "x" }
      let end = Int.random(in: 0..<8, using: &random) == 0 ? ";;" : ";"
      stack = modules.dropLast(Int.random(in: 0...1, using: &random)).joined(separator: end)
    }
  }

  @Test func `a node's calls are the same whatever was read before`() throws {
    var random = SeededGenerator(seed: Self.seed)
    let all = (0..<2000).map { _ in Texts(&random) }
    let json = "[" + all.map { "\"\($0.trace)\", \"\($0.stack)\"" }.joined(separator: ", ") + "]"
    var scanner = JSONScanner(MappedFile(Array(json.utf8), path: "test.json"))
    try scanner.beginArray()
    var shared = NodeTexts()
    var understood = 0
    for _ in all {
      _ = try scanner.nextElement()
      let trace = try scanner.skipString()
      _ = try scanner.nextElement()
      let stackText = try scanner.skipString()
      var alone = NodeTexts()
      let expected = try alone.place(stackText: stackText, trace: trace, in: scanner)
      let found = try shared.place(stackText: stackText, trace: trace, in: scanner)
      #expect(found.frames == expected.frames)
      let (stack, alike) = (found.stack, expected.stack)
      #expect(stack.calls == alike.calls && stack.module == alike.module)
      #expect(stack.lists == alike.lists)
      #expect(stack.isOfTransformers == alike.isOfTransformers)
      #expect(stack.isOfEncoderLayer == alike.isOfEncoderLayer)
      if !found.frames.isEmpty { understood += 1 }
    }
    #expect(understood > 1000)
  }

  @Test(arguments: [
    ("layers.0.norm", "layers.11.norm", true), ("layers.0", "layers.1@2", true),
    ("a.b", "a.b", true), ("a..b", ".a.b", true), ("a@1.b", "a.b@10", true), ("", "", true),
    ("", "..", true), ("layers.0.norm", "layers.0.attn", false), ("a.b", "a", false),
    ("a", "a.0", false), ("norm1", "norm2", false), ("a.0", "a.b", false), ("1a", "2a", false),
  ])
  func `paths of a list's modules are alike`(a: String, b: String, areAlike: Bool) {
    #expect(a.isSibling(of: b) == areAlike)
    #expect(b.isSibling(of: a) == areAlike)
  }
}
