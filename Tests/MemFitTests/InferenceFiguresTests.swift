import MemFit
import TestSupport
import Testing

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// Figures of inference against those that runtimes gave.
@Suite struct InferenceFiguresTests {
  struct Measured: Decodable, CustomTestStringConvertible {
    var model: String
    var outputs: Int
    var block: Int

    var testDescription: String { model }
  }

  static func measured() throws -> [Measured] {
    let bytes = try TestFiles.bytes(of: TestFiles.fixture("ONNXRuntime/memory.json"))
    return try JSONDecoder().decode([Measured].self, from: Data(bytes))
  }

  static func graph(_ name: String) throws -> Graph {
    let corpus = try #require(TestFiles.corpus)
    let model = try readModel(atPath: "\(corpus)/onnx/\(name)")
    return try #require(model.graph).bind(Bindings()).graph
  }

  /// Convolutional networks, whose only views are the flattening before the last layer.
  @Test(.enabled(if: TestFiles.corpus != nil))
  func `node outputs add up to what ONNX Runtime counts`() throws {
    let networks = ["resnet18", "resnet50", "mobilenet_v2", "squeezenet1_1", "unet", "densenet"]
    for measured in try Self.measured() where networks.contains(where: measured.model.contains) {
      let run = RunFootprint(of: try Self.graph(measured.model))
      let deviation = 1 - Double(run.activations.bytes.value) / Double(measured.outputs)
      #expect((0..<0.001).contains(deviation), "\(measured.model)")
    }
  }

  @Test(.enabled(if: TestFiles.corpus != nil))
  func `the modelled block is the one ONNX Runtime plans`() throws {
    let all = try Self.measured()
    #expect(all.count >= TestFiles.comparisons(11))
    for measured in all {
      let run = RunFootprint(of: try Self.graph(measured.model), runtime: .onnxruntime)
      #expect(run.patternBlock?.value == measured.block, "\(measured.model)")
    }
  }

  @Test(.enabled(if: TestFiles.corpus != nil), arguments: [Runtime.pytorch, .onnxruntime])
  func `a good planner needs no more than ONNX Runtime`(runtime: Runtime) throws {
    for measured in try Self.measured() {
      let run = RunFootprint(of: try Self.graph(measured.model), runtime: runtime)
      #expect(run.arena.bytes.value <= measured.block, "\(measured.model)")
      #expect(run.arena.bytes >= run.arena.lowerBound, "\(measured.model)")
    }
  }

  struct Inference: Decodable {
    var model: String
    var batch: Int
    var temporary: Int
  }

  /// The rise of PyTorch's allocated bytes in one run of a built-in architecture.
  static func temporaryBytes(_ architecture: Architecture, _ bindings: Bindings) throws -> Int {
    let graph = try architecture.bind(bindings).graph
    var allocator = CachingAllocator()
    for tensor in architecture.model.tensors {
      _ = try allocator.allocate(tensor.type.byteCount.value)
    }
    let trace = EagerInference().trace(of: graph)
    var handles: [Int32: CachingAllocator.Handle] = [:]
    var base = 0
    for event in trace.events {
      switch event {
      case .begin(let step): if step == 0 { base = allocator.statistics.allocated.current }
      case .allocate(let index):
        handles[index] = try allocator.allocate(trace.allocations[Int(index)].bytes.value)
      case .free(let index): if let handle = handles[index] { allocator.free(handle) }
      }
    }
    return allocator.statistics.allocated.peak - base
  }

  /// How far the rise is off, in bytes, where it is not the measured one to the byte.
  ///
  /// For the bias of its last layer BERT takes a workspace of 1 MiB from cuBLASLt.
  static let deviations = [
    "bert-sdpa at batch 8": -1_048_576
  ]

  @Test func `eager inference peaks where PyTorch peaks`() throws {
    let names = ["bert-sdpa": "bert-base", "gpt2-sdpa": "gpt2"]
    let bytes = try TestFiles.bytes(of: TestFiles.fixture("PyTorch/inference.json"))
    // The zoo has no attention that is written out.
    for measured in try JSONDecoder().decode([Inference].self, from: Data(bytes))
    where !measured.model.hasSuffix("-eager") {
      let name = names[measured.model] ?? measured.model
      let architecture = try #require(ModelZoo.architecture(named: name))
      let isText = names[measured.model] != nil
      let bindings = Bindings(batch: measured.batch, sequence: isText ? 512 : nil)
      let deviation = try Self.temporaryBytes(architecture, bindings) - measured.temporary
      let run = "\(measured.model) at batch \(measured.batch)"
      #expect(deviation == Self.deviations[run] ?? 0, "\(run)")
    }
  }

  /// The figures of MIT 6.5940, lecture 2.
  @Test func `the lecture's AlexNet comes out as in the lecture`() throws {
    let architecture = try #require(ModelZoo.architecture(named: "alexnet-lecture"))
    let run = RunFootprint(of: try architecture.bind(Bindings()).graph)
    #expect(run.lecture?.activations == 932_264)
    #expect(run.lecture?.peak == 440_928)
  }

  @Test func `the first layers of ResNet-50 at batch 32 take what the formula says`() throws {
    let architecture = try #require(ModelZoo.architecture(named: "resnet50"))
    let graph = try architecture.bind(Bindings(batch: 32)).graph
    let outputs = graph.nodes.compactMap { $0.outputs.first.flatMap(\.self) }
      .map { graph[$0].type.byteCount.value }
    #expect(outputs.first == 102_760_448)
    #expect(outputs.contains(25_690_112))
  }

  @Test func `ResNet-50 stores what it should, by layer`() throws {
    let architecture = try #require(ModelZoo.architecture(named: "resnet50"))
    let graph = try architecture.bind(Bindings()).graph
    let store = StoreFootprint(of: architecture.model, graph: graph)
    #expect(store.parameters.count == 25_557_032)
    #expect(store.state.count == 53_173)
    #expect(store.layers.first?.formula == "64 × 3 × 7 × 7 = 9,408")
    #expect(store.layers.map(\.parameters.count).reduce(0, +) == 25_557_032)
    #expect(store.byLayerType.map(\.type) == [.convolution, .linear, .normalization])
    #expect(store.byLayerType.map(\.layers) == [53, 1, 53])
  }
}
