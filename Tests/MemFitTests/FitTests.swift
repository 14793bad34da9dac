import MemFit
import TestSupport
import Testing

/// What to change so that a model fits.
@Suite struct FitTests {
  private func fit(
    _ name: String, batch: Int? = nil, sequence: Int? = nil, device: String,
    _ adjust: (inout MemFit.Request) -> Void = { _ in }
  ) throws -> FitAnswer {
    var bindings = Bindings()
    bindings.batch = batch
    bindings.sequence = sequence
    var request = MemFit.Request(bindings: bindings, device: try MemFit.device(named: device))
    adjust(&request)
    return try #require(try MemFit.fit(MemFit.open(name), request).fit)
  }

  private func trains(
    _ name: String, batch: Int, device: String, _ adjust: (inout TrainingRequest) -> Void
  ) throws -> TrainingFootprint {
    var request = MemFit.Request(
      sections: [.train], bindings: Bindings(batch: batch),
      device: try MemFit.device(named: device))
    request.training.findsChanges = false
    request.training.findsLargestBatch = false
    adjust(&request.training)
    return try #require(try MemFit.report(on: MemFit.open(name), request).train)
  }

  @Test func `the smallest change is the first that fits, and what it says is what train says`()
    throws
  {
    let answer = try fit("resnet50", batch: 256, device: "v100-16gb") {
      $0.fit.kept = [.device, .image, .frozen]
    }
    #expect(!answer.fits && answer.goal == .train)
    let smallest = try #require(answer.smallest)
    #expect(smallest.flags == "--checkpointing every=2" && smallest.concerns.isEmpty)
    #expect(answer.changes.prefix { $0 != smallest }.allSatisfy { !$0.fits })
    let footprint = try trains("resnet50", batch: 256, device: "v100-16gb") {
      $0.checkpointing = Checkpointing(.every(2))
    }
    #expect(footprint.fits && footprint.total == smallest.needed)
    #expect(smallest.extraMultiplyAccumulates == footprint.recomputedMultiplyAccumulates)
    #expect(
      smallest.command
        == "memfit train resnet50 --batch 256 --device v100-16gb --optimizer adam "
        + "--checkpointing every=2")
  }

  @Test func `a single change that is not enough becomes a part of one that is`() throws {
    let answer = try fit("resnet18", batch: 1536, device: "v100-16gb") {
      $0.fit.kept = [
        .batch, .image, .device, .optimizer, .implementation, .accumulation, .frozen,
      ]
    }
    #expect(answer.smallest == nil)
    let best = try #require(answer.best)
    #expect(best.axes.count >= 2)
    #expect(answer.front.contains(best))
    #expect(Set(best.axes).isDisjoint(with: [.batch, .image, .device, .accumulation]))
  }

  @Test func `what fits already needs no change`() throws {
    let answer = try fit("squeezenet1_1", batch: 8, device: "t4")
    #expect(answer.fits && answer.smallest == nil && answer.best == nil)
    #expect(!answer.isLimitExceeded)
    let limit = try #require(answer.limits.first { $0.axis == .batch }?.size)
    #expect(try trains("squeezenet1_1", batch: limit, device: "t4") { _ in }.fits)
    #expect(try !trains("squeezenet1_1", batch: limit + 1, device: "t4") { _ in }.fits)
  }

  @Test func `where nothing fits, what comes closest is told`() throws {
    let answer = try fit("gpt2", batch: 64, sequence: 512, device: "t4") {
      $0.fit.kept = Set(FitAxis.allCases).subtracting([.allocator, .implementation])
    }
    #expect(answer.isLimitExceeded && answer.best == nil)
    let closest = try #require(answer.closest)
    #expect(!closest.fits && closest.headroom < .zero && closest.needed < answer.current.needed)
  }

  @Test func `batches in parts are the same where nothing is normalized over a batch`() throws {
    let quality = { (name: String) throws -> FitChange.Quality? in
      let answer = try fit(name, batch: 8, sequence: name == "gpt2" ? 64 : nil, device: "t4") {
        $0.fit.kept = Set(FitAxis.allCases).subtracting([.accumulation])
      }
      return answer.changes.first { $0.axes == [.accumulation] }?.quality
    }
    #expect(try quality("gpt2") == FitChange.Quality.none)
    #expect(try quality("resnet18") == .needsValidation)
  }

  @Test func `the longest sequence is the model's own where memory is plenty`() throws {
    let answer = try fit("gpt2", batch: 1, sequence: 64, device: "h200") {
      $0.fit.limits = [.sequence]
      $0.fit.kept = Set(FitAxis.allCases)
    }
    #expect(
      answer.limits.first { $0.axis == .sequence }
        == FitAnswer.Limit(axis: .sequence, size: 1024, isOfModel: true))
    #expect(answer.changes.isEmpty)
  }

  @Test func `a better order, narrower types and smaller images go together`() throws {
    let answer = try fit("mobilenet_v2", device: "stm32h743")
    #expect(answer.goal == .run && answer.smallest == nil)
    let best = try #require(answer.best)
    #expect(best.axes.count >= 2 && best.fits && best.command.hasPrefix("memfit run mobilenet_v2"))
  }

  @Test func `layers that PyTorch hands a growing list are not wrapped`() throws {
    let axes = { (name: String) throws -> [[FitAxis]] in
      try fit(name, batch: 64, device: "t4") {
        $0.fit.kept = Set(FitAxis.allCases).subtracting([.recomputation])
      }.changes.map(\.axes)
    }
    #expect(try axes("densenet121").isEmpty)
    #expect(try axes("resnet18").contains([.recomputation]))
  }

  @Test(.enabled(if: TestFiles.corpus != nil))
  func `an image with its channels last grows by height and width`() throws {
    let folder = try #require(TestFiles.corpus) + "/tflite/tflite-micro"
    let answer = try fit("\(folder)/models__person_detect.tflite", device: "rp2040") {
      $0.fit.limits = [.image]
    }
    let limit = try #require(answer.limits.first { $0.axis == .image }?.size)
    #expect(answer.fits && limit >= 96)
    let model = try MemFit.open("\(folder)/models__person_detect.tflite")
    var bindings = Bindings()
    bindings.image = Bindings.ImageSize(height: 96, width: 96)
    let graph = try #require(try model.graph?.bind(bindings).graph)
    #expect(graph.inputs.first.flatMap { graph[$0].type.tensorType?.shape } == [1, 96, 96, 1])
  }

  @Test func `a decoder's cache is what its context takes`() throws {
    let folder = try TemporaryFolder()
    try folder.write(
      #"""
      {"model_type": "llama", "hidden_size": 512, "intermediate_size": 1024, "num_hidden_layers": 4,
       "num_attention_heads": 8, "num_key_value_heads": 8, "vocab_size": 1000,
       "max_position_embeddings": 4194304, "torch_dtype": "float16"}
      """#, to: "config.json")
    let answer = try fit("\(folder.path)/config.json", device: "t4") { $0.fit.goal = .run }
    #expect(!answer.fits)
    let context = try #require(answer.limits.first { $0.axis == .context }?.size)
    // Keys and values of four layers, 512 numbers of two bytes each.
    let perToken = 4 * 2 * 512 * 2
    let spare =
      answer.current.available.value - (answer.current.needed.value - 4_194_304 * perToken)
    #expect(context == spare / perToken)
    let smaller = try #require(answer.changes.first { $0.axes == [.context] && $0.fits })
    #expect(smaller.command.contains("--context"))
  }
}
