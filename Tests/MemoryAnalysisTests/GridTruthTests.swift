import Foundation
import MemoryAnalysis
import ModelGraph
import ModelZoo
import Operators
import TestSupport
import Testing

/// Built-in architectures under training set-ups drawn at random, against PyTorch's own figures.
///
/// Made by `Validation/training/measure_grid.py`. Every third is run; with `MEMFIT_SLOW_TESTS` all are.
@Suite struct GridTruthTests {
  private struct Truth: Decodable {
    var runs: [Run]
  }

  private struct Run: Decodable {
    var name: String
    var model: String
    var batch: Int
    var image: Int?
    var sequence: Int?
    var optimizer: String
    var precision: String
    var cc: Int
    var workspace: Bool
    var attention: String?
    var loss: String?
    var channelsLast: Bool?
    var checkpointing: String?
    var accumulate: Int?
    var frozen: [String]
    var keep: Bool?
    var allocator: String?
    var regions: Int
    var saved: Int
    var first: TrainingTruth.Peaks
    var steady: TrainingTruth.Peaks
    var phase: String
  }

  /// The largest errors allowed, as shares: what tensors ask for is exact, but of two runs of Llama in reentrant
  /// regions under fp16 autocast, where PyTorch asks for 0.03 % more; why is not known.
  private static let requestedErrors = ["008_llama-3.2-1b": 0.0004, "050_llama-3.2-1b": 0.0004]
  private static let allocatedError = 0.005
  private static let reservedError = 0.02

  @Test func `set-ups drawn at random take what PyTorch takes`() throws {
    let url = TestFiles.fixture("PyTorch/grid.json")
    let runs = try JSONDecoder().decode(Truth.self, from: Data(TestFiles.bytes(of: url))).runs
    var exact = 0
    for (index, run) in runs.enumerated() where TestFiles.runsSlowTests || index % 3 == 2 {
      let ours = try measurement(of: run)
      func error(_ ours: ByteCount, _ truth: Int) -> Double {
        abs(Double(ours.value - truth)) / Double(truth)
      }
      #expect(ours.savedActivations.value == run.saved, "\(run.name): saved")
      for (mine, truth) in [(ours.first, run.first), (ours.steady, run.steady)] {
        let limit = Self.requestedErrors[run.name] ?? 0
        #expect(error(mine.requested, truth.requested) <= limit, "\(run.name): requested")
        #expect(
          error(mine.allocated, truth.allocated) <= Self.allocatedError, "\(run.name): allocated")
        #expect(
          error(mine.reserved, truth.reserved) <= Self.reservedError, "\(run.name): reserved")
      }
      let phases = ["fwd": TrainingTrace.Phase.forward, "bwd": .backward, "opt": .optimizer]
      #expect(ours.steady.peakPhase == phases[run.phase], "\(run.name): phase of the peak")
      if TrainingTruth.Peaks(ours.first) == run.first,
        TrainingTruth.Peaks(ours.steady) == run.steady
      {
        exact += 1
      }
    }
    #expect(exact >= (TestFiles.runsSlowTests ? 59 : 18), "runs that are exact in every figure")
  }

  private func measurement(of run: Run) throws -> TrainingMeasurement {
    let model = try #require(ModelZoo.model(named: run.model), "\(run.model)")
    var bindings = Bindings()
    bindings.batch = run.batch
    bindings.sequence = run.sequence
    if let image = run.image { bindings.image = .init(height: image, width: image) }
    let graph = try #require(try model.graph?.bind(bindings).graph)
    var environment = TrainingEnvironment(
      computeCapability: run.cc, multiprocessors: run.cc == 90 ? 132 : 108,
      threadsPerMultiprocessor: 2048,
      matrixProductWorkspace: run.workspace ? (run.cc == 90 ? 33_554_432 : 8_519_680) : 0)
    if let attention = run.attention {
      environment.attention = try #require(.init(rawValue: attention))
    }
    var settings = TrainingSettings(
      optimizer: try #require(Optimizer.named(run.optimizer)), environment: environment,
      precision: try #require(Precision(rawValue: run.precision)),
      loss: run.loss.flatMap { TrainingLoss(rawValue: $0) })
    settings.isChannelsLast = run.channelsLast ?? false
    settings.strategy.accumulatedBatches = run.accumulate ?? 1
    settings.strategy.keepsGradients = run.keep ?? false
    settings.strategy.frozen = run.frozen.map { NamePattern($0) }
    if let choice = run.checkpointing.flatMap({ Checkpointing($0) }) {
      settings.strategy.recomputation = Recomputation(choice, in: graph)
      #expect(settings.strategy.recomputation.regions.count == run.regions, "\(run.name): regions")
    }
    let trace = EagerTraining(settings).trace(of: graph, tensors: model.tensors)
    let allocator = try CachingAllocator.Configuration(settings: run.allocator ?? "")
    return try TrainingMeasurement(trace, allocator: allocator)
  }
}
