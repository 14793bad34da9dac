import Foundation
import ModelGraph
import ModelZoo
import Operators
import TestSupport
import Testing

@testable import MemoryAnalysis

/// Optimizers against PyTorch's own, on a model of odd sizes, ResNet-18 and GPT-2.
@Suite struct OptimizerTruthTests {
  private struct Truth: Decodable {
    var runs: [Run]
  }

  private struct Run: Decodable {
    var model: String
    var optimizer: String
    var first: TrainingTruth.Peaks
    var steady: TrainingTruth.Peaks
  }

  /// The measured environment: compute capability 8.0, no workspace of cuBLAS.
  static let environment = TrainingEnvironment(
    computeCapability: 80, multiprocessors: 108, threadsPerMultiprocessor: 2048,
    matrixProductWorkspace: 0)

  static func graph(_ name: String) throws -> Graph {
    switch name {
    case "products": return HandMadeModels.products
    case "sequences": return HandMadeModels.sequences
    case "linear": return HandMadeModels.linear
    default:
      var bindings = Bindings(batch: name == "gpt2" ? 1 : 8)
      if name == "gpt2" { bindings.sequence = 128 }
      let model = try #require(ModelZoo.model(named: name)?.graph)
      return try model.bind(bindings).graph
    }
  }

  @Test func `every optimizer takes what PyTorch's takes`() throws {
    let url = TestFiles.fixture("PyTorch/optimizers.json")
    let truth = try JSONDecoder().decode(Truth.self, from: Data(TestFiles.bytes(of: url)))
    var graphs: [String: Graph] = [:]
    for run in truth.runs {
      let graph = try graphs[run.model] ?? Self.graph(run.model)
      graphs[run.model] = graph
      let optimizer = try #require(Optimizer.named(run.optimizer), "\(run.optimizer)")
      let settings = TrainingSettings(optimizer: optimizer, environment: Self.environment)
      let ours = try TrainingMeasurement(EagerTraining(settings).trace(of: graph))
      #expect(TrainingTruth.Peaks(ours.first) == run.first, "\(run.model), \(run.optimizer): first")
      #expect(
        TrainingTruth.Peaks(ours.steady) == run.steady, "\(run.model), \(run.optimizer): steady")
    }
    #expect(truth.runs.count > 150)
  }

  @Test func `options stand in any order, and only those that go together`() {
    #expect(Optimizer.named("sgd:nesterov,momentum")?.name == "sgd:momentum,nesterov")
    #expect(Optimizer.named("adam:fused,loop") == nil)
    #expect(Optimizer.named("adam:") == nil)
    #expect(Optimizer.named("adam:momentum") == nil)
    #expect(Optimizer.named("sgd:momentum,momentum") == nil)
    #expect(Set(Optimizer.all.map(\.name)).count == Optimizer.all.count)
  }

  /// Of bitsandbytes 0.49: 8-bit moments with a scale for each 256 elements from 4096 elements on.
  @Test func `8-bit Adam keeps two bytes for an element of a large parameter`() throws {
    let settings = TrainingSettings(
      optimizer: try #require(Optimizer.named("adam8bit")), environment: Self.environment)
    let trace = EagerTraining(settings).trace(of: HandMadeModels.products)
    let kept = trace.trace.allocations.filter { $0.category == .optimizerState }
    let large = [370 * 1001, 1001 * 2513, 2513 * 7]
    let small = [1001, 2513, 7]
    let expected =
      large.map { 2 * $0 + 8 * (($0 + 255) / 256) }.reduce(0, +)
      + small.map { 8 * $0 }.reduce(0, +) + 2 * 1024
    #expect(kept.map(\.bytes.value).reduce(0, +) == expected)
  }
}

extension TrainingTruth.Peaks {
  init(_ peaks: TrainingMeasurement.StepPeaks) {
    self.init(
      requested: peaks.requested.value, allocated: peaks.allocated.value,
      reserved: peaks.reserved.value)
  }
}
