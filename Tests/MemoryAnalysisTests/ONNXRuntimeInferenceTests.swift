import ModelGraph
import Testing

@testable import MemoryAnalysis

@Suite struct ONNXRuntimeInferenceTests {
  @Test func `an elementwise output takes over the buffer of its input`() {
    var maker = GraphMaker()
    let x = maker.input("x", [256])
    let a = maker.node("Softmax", x, gives: "a", [256])
    let b = maker.node("Relu", a, gives: "b", [256])
    let c = maker.node("Relu", b, gives: "c", [256])
    let d = maker.node("Concat", c, gives: "d", [512])
    let run = RunFootprint(of: maker.finished(d), runtime: .onnxruntime)
    #expect(run.activations.bytes == 5120)
    #expect(run.peak.bytes == 4096)
    #expect(run.patternBlock == 1024)
  }

  @Test func `graph inputs are never overwritten`() {
    var maker = GraphMaker()
    let x = maker.input("x", [256])
    let a = maker.node("Relu", x, gives: "a", [256])
    let b = maker.node("Concat", a, gives: "b", [256])
    let run = RunFootprint(of: maker.finished(b), runtime: .onnxruntime)
    #expect(run.peak.bytes == 3072)
  }

  @Test func `a freed buffer of the same shape is taken again`() {
    var maker = GraphMaker()
    let x = maker.input("x", [1])
    var value = x
    for index in 0..<6 { value = maker.node("Concat", value, gives: "\(index)", [256]) }
    let y = maker.node("Concat", value, gives: "y", [1])
    let run = RunFootprint(of: maker.finished(y), runtime: .onnxruntime)
    #expect(run.patternBlock == 2048)
    #expect(run.arena.bytes == 2048)
  }

  /// ONNX Runtime plans 4,014,080 bytes for the whole ResNet-18; its first two layers take them.
  @Test func `the stem of a ResNet sets its block`() {
    var maker = GraphMaker()
    let x = maker.input("x", [1, 3, 224, 224])
    let convolved = maker.node(
      "Conv", x, maker.parameter("w", [64, 3, 7, 7]), gives: "conv", [1, 64, 112, 112])
    let positive = maker.node("Relu", convolved, gives: "relu", [1, 64, 112, 112])
    let pooled = maker.node(
      "MaxPool", positive, gives: "pool", [1, 64, 56, 56],
      attributes: ["kernel_shape": .integers([3, 3]), "strides": .integers([2, 2])])
    let y = maker.node("GlobalAveragePool", pooled, gives: "y", [1, 64, 1, 1])
    let run = RunFootprint(of: maker.finished(y), runtime: .onnxruntime)
    #expect(run.patternBlock == 4_014_080)
    #expect(run.arena.bytes == 4_014_080)
  }

  @Test func `of two operands, the one made by the later node is made first`() {
    var maker = GraphMaker()
    let x = maker.input("x", [1])
    let a = maker.node("Sigmoid", x, gives: "a", [1])
    let b = maker.node("Sigmoid", x, gives: "b", [1])
    let sum = maker.node("Add", a, b, gives: "sum", [1])
    #expect(maker.finished(sum).inONNXRuntimeOrder().nodes.map(\.name) == ["b", "a", "sum"])
  }
}
