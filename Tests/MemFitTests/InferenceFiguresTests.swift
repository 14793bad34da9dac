import MemFit
import TestSupport
import Testing

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// Figures of inference against those that runtimes gave.
@Suite struct InferenceFiguresTests {
  struct Measured: Decodable, CustomTestStringConvertible {
    var model: String
    var outputs: Int
    var block: Int

    var testDescription: String { model }
  }

  static func measured() throws -> [Measured] {
    let bytes = try TestFiles.bytes(of: TestFiles.fixture("ONNXRuntime/memory.json"))
    return try JSONDecoder().decode([Measured].self, from: Data(bytes))
  }

  static func graph(_ name: String) throws -> Graph {
    let corpus = try #require(TestFiles.corpus)
    let model = try readModel(atPath: "\(corpus)/onnx/\(name)")
    return try #require(model.graph).bind(Bindings()).graph
  }

  @Test(.enabled(if: TestFiles.corpus != nil))
  func `the table`() throws {
    for measured in try Self.measured() {
      let graph = try Self.graph(measured.model)
      for runtime in Runtime.allCases {
        let run = RunFootprint(of: graph, runtime: runtime)
        print(
          "ZZ", measured.model, runtime, "outputs", measured.outputs, run.activations.bytes.value,
          "block", measured.block, run.patternBlock?.value ?? 0, "arena", run.arena.bytes.value,
          run.arena.lowerBound.value, run.arena.planner, run.arena.bytes.value <= measured.block)
      }
    }
  }
}
