import ModelGraph
import Testing

@testable import MemoryAnalysis

@Suite struct EagerInferenceTests {
  /// Three activations of a kilobyte each behind each other: two live at once, and the input.
  @Test func `a chain holds its input and two values`() {
    var maker = GraphMaker()
    let x = maker.input("x", [256])
    let a = maker.node("Relu", x, gives: "a", [256])
    let b = maker.node("Relu", a, gives: "b", [256])
    let c = maker.node("Relu", b, gives: "c", [256])
    let run = RunFootprint(of: maker.finished(c))
    #expect(run.activations == Tally(count: 768, bytes: 3072))
    #expect(run.peak.bytes == 3072)
    #expect(run.peak.node == "b")
    #expect(run.peak.live.map(\.name) == ["x", "a", "b"])
    #expect(run.peak.live.map(\.producer) == ["", "a", "b"])
    #expect(run.timeline.map(\.liveBytes) == [2048, 3072, 3072])
  }

  @Test func `working in place makes no buffer`() {
    var maker = GraphMaker()
    let x = maker.input("x", [256])
    let a = maker.node("Sigmoid", x, gives: "a", [256])
    let b = maker.node("Relu", a, gives: "b", [256], attributes: ["inplace": .integer(1)])
    let run = RunFootprint(of: maker.finished(b))
    #expect(run.activations.bytes == 1024)
    #expect(run.peak.bytes == 2048)
    #expect(RunFootprint(of: maker.finished(b), runtime: .onnxruntime).activations.bytes == 2048)
  }

  @Test func `a skip connection keeps its value`() {
    var maker = GraphMaker()
    let x = maker.input("x", [64])
    let a = maker.node("Relu", x, gives: "a", [256])
    let b = maker.node("Relu", a, gives: "b", [256])
    let c = maker.node("Relu", b, gives: "c", [256])
    let sum = maker.node("Add", a, c, gives: "sum", [256])
    let run = RunFootprint(of: maker.finished(sum))
    #expect(run.peak.bytes.value == 256 + 3 * 1024)
    // In one arena the sum overwrites, and input and output lie outside.
    #expect(run.arena.lowerBound == 2048)
  }

  @Test func `a value handed to a module lives until the call returns`() {
    var maker = GraphMaker()
    let x = maker.input("x", [1])
    let a = maker.node("Sigmoid", x, gives: "a", [256])
    let b = maker.node("Sigmoid", a, gives: "b", [256], module: "features.0")
    let c = maker.node("Sigmoid", b, gives: "c", [256], module: "features.1")
    let held = RunFootprint(of: maker.finished(c))
    #expect(held.peak.bytes.value == 4 + 3 * 1024)
    #expect(Set(held.peak.live.map(\.name)) == ["x", "a", "b", "c"])
  }

  @Test func `a view keeps what it shows`() {
    var maker = GraphMaker()
    let x = maker.input("x", [1])
    let a = maker.node("Sigmoid", x, gives: "a", [16, 16])
    let view = maker.node("Flatten", a, gives: "view", [1, 256])
    let b = maker.node("Sigmoid", view, gives: "b", [1, 256])
    let run = RunFootprint(of: maker.finished(b))
    #expect(run.activations.bytes == 2048)
    #expect(run.peak.bytes.value == 4 + 2048)
  }

  @Test func `dropout that does not train returns its input`() {
    var maker = GraphMaker()
    let x = maker.input("x", [256])
    let y = maker.node("Dropout", x, gives: "y", [256])
    #expect(RunFootprint(of: maker.finished(y)).activations == .zero)
  }

  @Test func `max-pooling makes indices that nothing reads`() throws {
    var maker = GraphMaker()
    let x = maker.input("x", [1, 1, 4, 4])
    let y = maker.node(
      "MaxPool", x, gives: "y", [1, 1, 2, 2],
      attributes: ["kernel_shape": .integers([2, 2]), "strides": .integers([2, 2])])
    let run = RunFootprint(of: maker.finished(y))
    #expect(run.peak.bytes.value == 64 + 16 + 32)
    #expect(run.breakdown[.workspace] == 32)
  }
}
