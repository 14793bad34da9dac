import ModelGraph
import Testing

@testable import MemoryAnalysis

/// Graphs so large that anything quadratic would not end.
@Suite struct ScalingTests {
  @Test(
    .timeLimit(.minutes(10)),
    arguments: [Runtime.pytorch, .onnxruntime, .litert, .tfliteMicro])
  func `a chain of 100,000 nodes with skips is analysed in linear time`(runtime: Runtime) {
    var maker = GraphMaker()
    var value = maker.input("x", [64])
    var skipped = value
    for index in 0..<100_000 {
      if index % 10 == 0 {
        value = maker.node("Add", value, skipped, gives: "\(index)", [64])
        skipped = value
      } else {
        value = maker.node(
          "Sigmoid", value, gives: "\(index)", [64], module: "blocks.\(index / 10).act")
      }
    }
    let run = RunFootprint(of: maker.finished(value), runtime: runtime)
    #expect(run.activations.count == 6_400_000)
    #expect(run.timeline.count == 100_000)
    // The rule of TensorFlow Lite Micro takes the lowest gap, here at a price.
    #expect(run.arena.isOptimal || runtime == .tfliteMicro)
    #expect(run.peak.live.count <= 6)
  }

  @Test(.timeLimit(.minutes(10)))
  func `a node with 10,000 outputs that all live on is no trouble`() {
    var maker = GraphMaker()
    let x = maker.input("x", [10_000])
    let parts = (0..<10_000).map { maker.value("part\($0)", [1], .activation) }
    maker.graph.nodes = [Node("Split", inputs: [x], outputs: parts)]
    let y = maker.value("y", [10_000], .activation)
    maker.graph.nodes.append(Node("Concat", inputs: parts, outputs: [y]))
    let run = RunFootprint(of: maker.finished(y), runtime: .onnxruntime)
    #expect(run.arena.bytes == 40_000)
    #expect(run.peak.bytes == 120_000)
  }

  @Test func `sizes that a lying file states do not overflow`() {
    var maker = GraphMaker()
    var value = maker.input("x", [1 << 48])
    var made: [ValueID] = []
    for index in 0..<70_000 {
      value = maker.node("Sigmoid", value, gives: "\(index)", [1 << 48])
      made.append(value)
    }
    maker.graph.outputs = made
    let run = RunFootprint(of: maker.graph)
    #expect(run.peak.bytes == .maximum)
    #expect(run.activations.count == .max)
  }
}
