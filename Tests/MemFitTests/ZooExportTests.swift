import MemFit
@testable import MemoryAnalysis
import ModelGraph
import TestSupport
import Testing

/// The same model twice: as it is built in, and as torch.export wrote the live module.
@Suite struct ZooExportTests {
  private static let models = [
    "alexnet", "vgg11", "resnet18", "resnet50", "mobilenet_v2", "mobilenet_v3_small",
    "efficientnet_b0", "densenet121", "squeezenet1_1", "shufflenet_v2_x1_0", "regnet_y_400mf",
    "convnext_tiny", "vit_b_32",
  ]

  /// That of the export, and others.
  private static let batches = [4, 1, 7]

  /// What a training step takes, and the most bytes asked for in each phase of it.
  private struct Taken: Equatable {
    var measurement: TrainingMeasurement
    var phases: [[ByteCount]]

    /// The same without the position of the peak among the events, which counts views too.
    var comparable: Taken {
      var taken = self
      taken.measurement.first.peakEvent = 0
      taken.measurement.steady.peakEvent = 0
      return taken
    }
  }

  private func taken(by path: String, batch: Int, _ optimizer: String) throws -> Taken {
    let model = try MemFit.open(path)
    let graph = try #require(model.graph).bind(Bindings(batch: batch)).graph
    let settings = TrainingSettings(
      optimizer: try #require(Optimizer.named(optimizer)),
      environment: try #require(MemFit.device(named: "a100-80gb").trainingEnvironment()))
    let trace = EagerTraining(settings).trace(of: graph, tensors: model.tensors)
    return Taken(
      measurement: try TrainingMeasurement(trace),
      phases: (0...1).map { step in trace.phases(ofStep: step).map { peak(trace, in: $0.events) } })
  }

  /// The most bytes that are live at once in a range of events.
  private func peak(_ training: TrainingTrace, in events: Range<Int>) -> ByteCount {
    var (live, most) = (ByteCount.zero, ByteCount.zero)
    for (index, event) in training.trace.events[..<events.upperBound].enumerated() {
      switch event {
      case .begin: break
      case .allocate(let allocation):
        live += training.trace.allocations[Int(allocation)].bytes
      case .free(let allocation):
        live -= training.trace.allocations[Int(allocation)].bytes
      }
      if index >= events.lowerBound { most = max(most, live) }
    }
    return most
  }

  @Test(arguments: models, batches)
  func `a built-in model and its export take the same to train`(name: String, batch: Int) throws {
    let file = TestFiles.fixture("TorchExport/Zoo/\(name).pt2")
    for optimizer in ["sgd:momentum", "adamw"] {
      let built = try taken(by: name, batch: batch, optimizer).comparable
      let exported = try taken(by: file, batch: batch, optimizer).comparable
      #expect(built == exported, "\(name), \(optimizer)")
    }
  }

  @Test(arguments: models, batches)
  func `a built-in model and its export take the same to run`(name: String, batch: Int) throws {
    let file = TestFiles.fixture("TorchExport/Zoo/\(name).pt2")
    let peaks = try [name, file].map { path in
      let graph = try #require(try MemFit.open(path).graph).bind(Bindings(batch: batch)).graph
      return RunFootprint(of: graph).peak.bytes
    }
    #expect(peaks[0] == peaks[1], "\(name)")
  }
}
