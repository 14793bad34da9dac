import MemFit
import Testing

/// Training through the library's front door.
@Suite struct TrainingTests {
  private func train(
    _ name: String, batch: Int, device: String, _ adjust: (inout TrainingRequest) -> Void = { _ in }
  ) throws -> TrainingFootprint {
    var training = TrainingRequest()
    adjust(&training)
    var bindings = Bindings()
    bindings.batch = batch
    let request = MemFit.Request(
      sections: [.train], bindings: bindings, device: try MemFit.device(named: device),
      training: training)
    let report = try MemFit.report(on: MemFit.open(name), request)
    return try #require(report.train)
  }

  /// The figures of the recorded run `resnet50_adam`; an often-quoted article says about 5 GB.
  @Test func `ResNet-50 with Adam takes what PyTorch takes and the budget adds up`() throws {
    let footprint = try train("resnet50", batch: 32, device: "v100-16gb")
    #expect(footprint.measurement.savedActivations == 2_730_177_028)
    #expect(footprint.measurement.steady.requested == 3_089_838_128)
    #expect(footprint.breakdown.values.total() == footprint.measurement.steady.requested)
    #expect(
      footprint.breakdown.values.total() + footprint.overhead + footprint.context
        + footprint.headroom == footprint.available)
    #expect(footprint.peak.operatorName == "threshold_backward")
    #expect(footprint.fits)
  }

  @Test func `the largest batch fits and one more does not`() throws {
    let found = try train("squeezenet1_1", batch: 8, device: "t4").largestBatch
    let largest = try #require(found)
    let alone = { (training: inout TrainingRequest) in training.findsLargestBatch = false }
    #expect(try train("squeezenet1_1", batch: largest, device: "t4", alone).fits)
    #expect(try !train("squeezenet1_1", batch: largest + 1, device: "t4", alone).fits)
  }

  @Test func `what is not modelled is refused`() throws {
    #expect(throws: TrainingError.self) {
      try train("alexnet", batch: 1, device: "v100-16gb") { $0.precision = "fp8" }
    }
    #expect(throws: TrainingError.self) {
      try train("alexnet", batch: 1, device: "v100-16gb") { $0.optimizer = "lion" }
    }
    #expect(throws: TrainingError.unsupportedDevice("stm32h743")) {
      try train("alexnet", batch: 1, device: "stm32h743")
    }
  }
}
