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

  /// The shared blocks of Zamba2 have adapters of their own: one linear layer reads another's result.
  @Test func `a linear layer that reads an adapted one does not end in a trap`() throws {
    let folder = try TemporaryFolder()
    try folder.write(
      """
      {"model_type": "zamba2", "hidden_size": 64, "num_hidden_layers": 12, "vocab_size": 256,
       "num_attention_heads": 4, "num_key_value_heads": 4, "intermediate_size": 128,
       "n_mamba_heads": 2, "mamba_d_state": 16, "chunk_size": 16, "use_shared_attention_adapter": true,
       "adapter_rank": 8}
      """, to: "config.json")
    var request = MemFit.Request(
      sections: [.train], bindings: Bindings(batch: 1, sequence: 16),
      device: try MemFit.device(named: "a100-80gb"))
    request.training.adapters = LowRankAdapters("4")
    let model = try MemFit.open("\(folder.path)/config.json")
    let adapted = try #require(try MemFit.report(on: model, request).train)
    #expect(adapted.measurement.steady.requested.value > 0)
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
