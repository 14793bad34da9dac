import Foundation
import TestSupport
import Testing

/// `memfit plan recomputation`, run as a user runs it.
@Suite struct RecomputationCommandTests {
  @Test func `every plan goes into a folder, which is made`() throws {
    let parent = try TemporaryFolder()
    let folder = "\(parent.path)/plans"
    let outcome = try Tool.run(
      "plan", "recomputation", "squeezenet1_1", "--batch", "8", "--python", folder)
    #expect(outcome.status == 0, "\(outcome.errors)")
    let names = try FileManager.default.contentsOfDirectory(atPath: folder)
    #expect(!names.isEmpty)
    #expect(Set(names) == Set((1...names.count).map { "plan-\($0).py" }))
    let code = try String(contentsOfFile: "\(folder)/plan-1.py", encoding: .utf8)
    #expect(code.contains("def recompute(model: nn.Module) -> nn.Module:"))
  }

  @Test func `a model's configuration is planned, not taken for a file of tasks`() throws {
    let path = TestFiles.fixture("ConfigurationFile/llama-tied.config.json")
    for (kind, part) in [("recomputation", "\"regions\""), ("order", "\"order\"")] {
      let outcome = try Tool.run("plan", kind, path, "--format", "json")
      #expect(outcome.status == 0, "\(kind): \(outcome.errors)")
      #expect(outcome.output.contains(part), "\(kind)")
    }
  }
}
