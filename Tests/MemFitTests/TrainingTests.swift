import MemFit
import TestSupport
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

  /// A region whose last casts follow one another in one kernel's wake runs again as far as the last of them.
  @Test(arguments: ["fp32", "amp-fp16"])
  func `a convolution of a computed weight is computed again`(precision: String) throws {
    let file = TestFiles.fixture("TorchExport/normed.pt2")
    func kept(_ checkpointing: Checkpointing) throws -> ByteCount {
      try train(file, batch: 16, device: "t4") {
        $0.precision = precision
        $0.checkpointing = checkpointing
        $0.findsChanges = false
      }.measurement.savedActivations
    }
    #expect(try kept(Checkpointing(.names(NamePattern("net.0")))) < kept(.none))
  }

  @Test func `what a model has computed again itself is not what is asked for`() throws {
    let file = TestFiles.fixture("TorchExport/Training/again.pt2")
    let name = "names=nothing.of.this.name"
    #expect(throws: TrainingError.nothingToRecompute(name)) {
      _ = try train(file, batch: 4, device: "t4") {
        $0.checkpointing = Checkpointing(.names(NamePattern("nothing.of.this.name")))
      }
    }
  }

  @Test func `a vector is trained as a row`() throws {
    let file = TestFiles.fixture("TorchExport/vector.pt2")
    let footprint = try train(file, batch: 8, device: "t4") { $0.loss = .sum }
    // Autograd keeps the vector of eight numbers, and no copy of the weight.
    #expect(footprint.measurement.savedActivations == .zero)
    #expect(footprint.peak.operatorName != "opaque")
  }

  /// What cuDNN is taken to keep: of two layers in two directions five vectors of 16 for each of 5 steps of an example and
  /// two that go on to the next layer, then six vectors of 8.
  @Test(arguments: [2, 32])
  func `recurrent layers take another batch, and say what is an estimate`(batch: Int) throws {
    let file = TestFiles.fixture("TorchExport/recurrent.pt2")
    let footprint = try train(file, batch: batch, device: "t4")
    let notes = footprint.diagnostics.filter { $0.code == "cudnnReserve" }
    let kept = batch * 5 * 4 * ((4 * 5 + 2) * 16 + 6 * 8)
    #expect(notes.map { $0.message.contains(" \(kept) bytes ") } == [true])
    #expect(footprint.measurement.savedActivations > ByteCount(kept))
  }

  @Test func `the largest batch fits and one more does not`() throws {
    let found = try train("squeezenet1_1", batch: 8, device: "t4").largestBatch
    let largest = try #require(found)
    let alone = { (training: inout TrainingRequest) in training.findsLargestBatch = false }
    #expect(try train("squeezenet1_1", batch: largest, device: "t4", alone).fits)
    #expect(try !train("squeezenet1_1", batch: largest + 1, device: "t4", alone).fits)
  }

  /// The same figures as asking for each change by itself.
  @Test func `what else would give is what the same request with it says`() throws {
    let alone = { (training: inout TrainingRequest) in training.findsLargestBatch = false }
    let footprint = try train("resnet18", batch: 8, device: "v100-16gb", alone)
    let change = try #require(footprint.changes.first { $0.flags == "--checkpointing blocks" })
    let changed = try train("resnet18", batch: 8, device: "v100-16gb") {
      alone(&$0)
      $0.checkpointing = Checkpointing(.blocks)
    }
    #expect(change.total == changed.total && change.gain == footprint.total - changed.total)
    #expect(changed.recomputedMultiplyAccumulates > 0)
    let time = try #require(change.time)
    #expect(time > 1 && time < 1.5)
    #expect(footprint.changes.contains { $0.flags == "--batch 4 --accumulate 2" })
  }

  /// `sdp_utils.cpp` lets FlashAttention take neither 32-bit numbers nor a mask, such as a bias of positions.
  @Test(arguments: [
    ("vit_b_16", "fp32"),
    (TestFiles.fixture("TorchExport/Training/bias_attention.pt2"), "bf16"),
  ])
  func `where FlashAttention cannot run, PyTorch's own choice is shown, and told`(
    model: String, precision: String
  ) throws {
    func trained(withFlash: Bool) throws -> TrainingFootprint {
      try train(model, batch: 8, device: "a100-80gb") {
        $0.findsLargestBatch = false
        $0.findsChanges = false
        $0.precision = precision
        if withFlash { $0.attention = .flash }
      }
    }
    let (asked, own) = (try trained(withFlash: true), try trained(withFlash: false))
    #expect(asked.measurement == own.measurement)
    #expect(asked.diagnostics.contains { $0.code == "flashRefused" })
    #expect(!own.diagnostics.contains { $0.code == "flashRefused" })
  }

  @Test(.timeLimit(.minutes(1)))
  func `a convolution of 134,217,728 groups trains in bfloat16 without a step for each`() throws {
    let folder = try TemporaryFolder()
    try folder.write(Self.convolution(groups: 1 << 27), to: "groups.onnx")
    let footprint = try train("\(folder.path)/groups.onnx", batch: 1, device: "a100-80gb") {
      $0.precision = "bf16"
      $0.findsLargestBatch = false
      $0.findsChanges = false
    }
    #expect(footprint.measurement.savedActivations > ByteCount(1 << 28))
  }

  /// An ONNX file of one convolution of two channels a group, whose weights are not all there.
  private static func convolution(groups: Int) -> [UInt8] {
    func value(_ name: String, _ sizes: [Int], in message: inout ProtobufWriter) {
      message.string(1, name)
      message.message(2) { type in
        type.message(1) { tensor in
          tensor.integer(1, 1)
          tensor.message(2) { shape in
            for size in sizes { shape.message(1) { $0.integer(1, size) } }
          }
        }
      }
    }
    return ProtobufWriter.message { model in
      model.integer(1, 8)
      model.message(8) { $0.integer(2, 17) }
      model.message(7) { graph in
        graph.message(1) { node in
          for input in ["x", "w"] { node.string(1, input) }
          node.string(2, "y")
          node.string(4, "Conv")
          node.message(5) { attribute in
            attribute.string(1, "group")
            attribute.integer(3, groups)
            attribute.integer(20, 2)
          }
        }
        graph.message(5) { weight in
          weight.packed(1, [groups, 2, 1, 1])
          weight.integer(2, 1)
          weight.string(8, "w")
          weight.bytes(9, [0, 0, 0, 0])
        }
        graph.message(11) { value("x", [1, 2 * groups, 1, 1], in: &$0) }
        graph.message(12) { value("y", [1, groups, 1, 1], in: &$0) }
      }
    }
  }

  @Test func `memory runs out where the allocator cannot serve a kernel`() throws {
    let footprint = try train("vgg16", batch: 256, device: "t4") {
      $0.findsLargestBatch = false
      $0.findsChanges = false
    }
    let error = try #require(footprint.outOfMemory)
    #expect(!footprint.fits && error.step == 0 && error.phase == .forward)
    #expect(error.memory.attempted > error.memory.available)
    #expect(!error.node.isEmpty)
  }

  @Test func `a pattern that no parameter has is refused`() throws {
    #expect(throws: TrainingError.self) {
      try train("alexnet", batch: 1, device: "t4") { $0.frozen = [NamePattern("encoder*")] }
    }
    #expect(throws: TrainingError.nothingToRecompute("blocks")) {
      try train("vgg11", batch: 1, device: "t4") { $0.checkpointing = Checkpointing(.blocks) }
    }
    #expect(throws: TrainingError.noLoss) {
      try train("alexnet", batch: 1, device: "t4") { $0.frozen = [NamePattern("*")] }
    }
  }

  @Test func `what is not modelled is refused`() throws {
    #expect(throws: TrainingError.self) {
      try train("alexnet", batch: 1, device: "v100-16gb") { $0.precision = "fp8" }
    }
    #expect(throws: TrainingError.self) {
      try train("alexnet", batch: 1, device: "v100-16gb") { $0.optimizer = "shampoo" }
    }
    #expect(throws: TrainingError.unsupportedDevice("stm32h743")) {
      try train("alexnet", batch: 1, device: "stm32h743")
    }
  }
}
