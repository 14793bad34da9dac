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
}
