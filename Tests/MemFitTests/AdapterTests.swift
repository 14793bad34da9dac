import Foundation
import MemFit
import TestSupport
import Testing

/// Low-rank adapters against PyTorch's own figures, made by `Validation/training/measure_adapters.py`.
@Suite struct AdapterTests {
  private struct Truth: Decodable {
    var runs: [Run]

    struct Run: Decodable {
      var name: String
      var model: String
      var batch: Int
      var seq: Int?
      var opt: String
      var memfit: String
      var saved: Int
      var first: Peaks
      var steady: Peaks
    }

    struct Peaks: Decodable, Equatable {
      var requested: Int
      var allocated: Int
      var reserved: Int
    }
  }

  @Test func `adapters take what PyTorch takes`() throws {
    let bytes = try TestFiles.bytes(of: TestFiles.fixture("PyTorch/adapters.json"))
    for run in try JSONDecoder().decode(Truth.self, from: Data(bytes)).runs {
      let measured = try footprint(run).measurement
      #expect(measured.savedActivations.value == run.saved, "\(run.name): saved")
      for (ours, truth) in [(measured.first, run.first), (measured.steady, run.steady)] {
        #expect(ours.requested.value == truth.requested, "\(run.name): requested")
        #expect(near(ours.allocated, truth.allocated, 0.005), "\(run.name): allocated")
        #expect(near(ours.reserved, truth.reserved, 0.02), "\(run.name): reserved")
      }
    }
  }

  private func near(_ ours: ByteCount, _ truth: Int, _ share: Double) -> Bool {
    abs(Double(ours.value - truth)) <= share * Double(truth)
  }

  private func footprint(_ run: Truth.Run) throws -> TrainingFootprint {
    let name = run.model.hasPrefix("bert") ? "bert-base" : run.model
    var request = MemFit.Request(
      sections: [.train], bindings: Bindings(batch: run.batch, sequence: run.seq),
      device: try MemFit.device(named: "a100-80gb"))
    request.training.optimizer = run.opt == "sgdm" ? "sgd:momentum" : run.opt
    request.training.adapters = LowRankAdapters(run.memfit)
    request.training.hasWorkspace = false
    request.training.findsChanges = false
    request.training.findsLargestBatch = false
    return try #require(try MemFit.report(on: MemFit.open(name), request).train)
  }

  @Test(arguments: ["", "0", "-1", "x", "8:", "65537", "8x"])
  func `what is no rank is refused`(text: String) { #expect(LowRankAdapters(text) == nil) }

  @Test func `a model without such layers is told so`() throws {
    var request = MemFit.Request(sections: [.train], bindings: Bindings(batch: 2))
    request.training.adapters = LowRankAdapters("8:no.such.layer")
    #expect(throws: TrainingError.nothingToAdapt("8:no.such.layer")) {
      try MemFit.report(on: MemFit.open("resnet18"), request)
    }
  }
}
