import Foundation
import ModelGraph
import ModelZoo
import Operators
import TestSupport
import Testing

@testable import MemoryAnalysis

/// One call under `torch.no_grad()` against PyTorch's own figures.
@Suite struct InferenceTruthTests {
  private struct Run: Decodable {
    var model: String
    var batch: Int
    var base: Int
    var peak: Int
    var after: Int
    var reserved: Int
  }

  @Test func `inference takes what PyTorch takes`() throws {
    let isTold = ProcessInfo.processInfo.environment["MEMFIT_TRAINING_TABLE"] != nil
    let url = TestFiles.fixture("PyTorch/inference.json")
    let runs = try JSONDecoder().decode([Run].self, from: Data(TestFiles.bytes(of: url)))
    for run in runs {
      let (name, attention) = TrainingTruth.zooName(run.model)
      let isText = attention != nil
      let source = try #require(ModelZoo.model(named: name)?.graph)
      let graph = try source.bind(
        Bindings(batch: run.batch, sequence: isText ? 512 : nil)
      ).graph
      var environment = OptimizerTruthTests.environment
      environment.attention = attention ?? .automatic
      let settings = TrainingSettings(optimizer: .none, environment: environment)
      let ours = try InferenceMeasurement(EagerTraining(settings).inferenceTrace(of: graph))
      let label = "\(run.model) at batch \(run.batch)"
      if isTold {
        print(
          label, ours.before.value - run.base, ours.peak.value - run.peak,
          ours.after.value - run.after, ours.reserved.value - run.reserved)
      }
      #expect(ours.before.value == run.base, "\(label): before")
      #expect(ours.after.value == run.after, "\(label): after")
      #expect(ours.peak.value == run.peak, "\(label): peak")
      #expect(ours.reserved.value == run.reserved, "\(label): reserved")
    }
    #expect(runs.count == 22)
  }
}
