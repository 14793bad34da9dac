import Foundation
import ModelGraph
import TestSupport
import Testing

@testable import MemoryAnalysis

/// Losses against PyTorch's own, on one linear layer and on ResNet-18.
@Suite struct LossTruthTests {
  private struct Truth: Decodable {
    var runs: [Run]
  }

  private struct Run: Decodable, CustomStringConvertible {
    var model: String
    var loss: String
    var autocast: Bool
    var pure: Bool?
    var target: Int?
    var first: TrainingTruth.Peaks
    var steady: TrainingTruth.Peaks
    var saved: Int

    var description: String {
      let words = [autocast ? "autocast" : nil, target.map { "target of \($0)" }]
      return ([model, loss] + words.compactMap(\.self)).joined(separator: ", ")
    }
  }

  /// The runs whose peaks differ, by a copy of what the loss reads; what is saved is exact.
  private static let inexact: Set = [
    "linear, cross-entropy:label-smoothing, autocast", "linear, sum, autocast",
  ]

  @Test func `every loss takes what PyTorch's takes`() throws {
    let url = TestFiles.fixture("PyTorch/losses.json")
    let truth = try JSONDecoder().decode(Truth.self, from: Data(TestFiles.bytes(of: url)))
    for run in truth.runs {
      let loss = try #require(TrainingLoss(rawValue: run.loss), "\(run.loss)")
      var settings = TrainingSettings(
        optimizer: .sgd, environment: OptimizerTruthTests.environment,
        precision: run.autocast ? .autocastBF16 : run.pure == true ? .bf16 : .fp32, loss: loss)
      settings.targetLength = run.target == 100 ? nil : run.target
      let graph = try OptimizerTruthTests.graph(run.model)
      let ours = try TrainingMeasurement(EagerTraining(settings).trace(of: graph))
      #expect(ours.savedActivations.value == run.saved, "\(run): saved")
      guard !Self.inexact.contains("\(run)") else { continue }
      #expect(TrainingTruth.Peaks(ours.first) == run.first, "\(run): first")
      #expect(TrainingTruth.Peaks(ours.steady) == run.steady, "\(run): steady")
    }
    // Language models make their losses themselves.
    #expect(Set(truth.runs.map(\.loss)).count == TrainingLoss.allCases.count - 2)
  }
}
