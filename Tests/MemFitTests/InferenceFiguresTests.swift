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

  /// Convolutional networks, whose only views are the flattening before the last layer.
  @Test(.enabled(if: TestFiles.corpus != nil))
  func `node outputs add up to what ONNX Runtime counts`() throws {
    let networks = ["resnet18", "resnet50", "mobilenet_v2", "squeezenet1_1", "unet", "densenet"]
    for measured in try Self.measured() where networks.contains(where: measured.model.contains) {
      let run = RunFootprint(of: try Self.graph(measured.model))
      let deviation = 1 - Double(run.activations.bytes.value) / Double(measured.outputs)
      #expect((0..<0.001).contains(deviation), "\(measured.model)")
    }
  }

  @Test(.enabled(if: TestFiles.corpus != nil))
  func `the modelled block is the one ONNX Runtime plans`() throws {
    for measured in try Self.measured() {
      let run = RunFootprint(of: try Self.graph(measured.model), runtime: .onnxruntime)
      #expect(run.patternBlock?.value == measured.block, "\(measured.model)")
    }
  }

  @Test(.enabled(if: TestFiles.corpus != nil), arguments: Runtime.allCases)
  func `a good planner needs no more than ONNX Runtime`(runtime: Runtime) throws {
    for measured in try Self.measured() {
      let run = RunFootprint(of: try Self.graph(measured.model), runtime: runtime)
      #expect(run.arena.bytes.value <= measured.block, "\(measured.model)")
      #expect(run.arena.bytes >= run.arena.lowerBound, "\(measured.model)")
    }
  }
}
