import MemoryPlanning
import ModelGraph
import ModelZoo
import Testing

@testable import MemoryAnalysis

@Suite struct GraphOrderingTests {
  /// Two branches, each of a large and then a small value, given side by side.
  private func forked() -> Graph {
    var maker = GraphMaker()
    let x = maker.input("x", [1])
    let a = maker.node("Concat", x, gives: "a", [100])
    let b = maker.node("Concat", x, gives: "b", [100])
    let c = maker.node("Concat", a, gives: "c", [10])
    let d = maker.node("Concat", b, gives: "d", [10])
    let e = maker.node("Concat", c, d, gives: "e", [5])
    let y = maker.node("Concat", e, gives: "y", [1])
    return maker.finished(y)
  }

  @Test func `the peak of an order is what its arena must hold`() {
    for name in ["resnet50", "googlenet", "mobilenet_v2", "densenet121"] {
      guard let model = ModelZoo.model(named: name),
        let graph = try? model.graph?.bind(Bindings()).graph
      else {
        Issue.record("no \(name)")
        continue
      }
      for rule in InPlaceRule.allCases {
        let ordering = GraphOrdering(graph, runtime: .onnxruntime, inPlace: rule)
        #expect(ordering.problem.firstUnsoundTask == nil)
        let given = Array(graph.nodes.indices)
        let arena = ArenaProblem(graph, runtime: .onnxruntime, inPlace: rule)
        #expect(ordering.problem.peak(of: given) == arena.lowerBound, "\(name) \(rule)")
      }
    }
  }

  @Test func `branches run one after the other`() {
    let ordering = GraphOrdering(forked(), runtime: .pytorch, inPlace: .operators)
    let solution = OrderSolver().solve(ordering.problem)
    #expect(solution.givenPeak == 840)
    #expect(solution.peak == 480)
    let arena = ArenaProblem(
      ordering.graph(in: solution.order), runtime: .pytorch, inPlace: .operators)
    #expect(arena.lowerBound == 480)
  }

  @Test func `a file is found that leads the runtime's own search to the least peak`() {
    let ordering = GraphOrdering(forked(), runtime: .onnxruntime, inPlace: .onnxruntime)
    let solution = OrderSolver().solve(ordering.problem)
    for option in ExecutionOrderOption.allCases {
      let file = ordering.fileOrder(running: solution.order, option)
      #expect(file.peak == solution.peak)
      #expect(ordering.problem.peak(of: file.nodes) != nil)
    }
  }

  @Test func `the operands of a concatenation are made inside its result where they are runs`() {
    var maker = GraphMaker()
    let x = maker.input("x", [1, 2, 8])
    let a = maker.node("Softmax", x, gives: "a", [1, 2, 8])
    let b = maker.node("Softmax", x, gives: "b", [1, 2, 8])
    let c = maker.node("Concat", a, b, gives: "c", [1, 4, 8], attributes: ["axis": .integer(1)])
    let d = maker.node("Concat", c, c, gives: "d", [1, 4, 16], attributes: ["axis": .integer(-1)])
    let y = maker.node("Softmax", d, gives: "y", [1, 4, 16])
    let graph = maker.finished(y)
    func peak(_ rule: InPlaceRule) -> Int {
      ArenaProblem(graph, runtime: .onnxruntime, inPlace: rule).lowerBound
    }
    #expect(peak(.operators) == 384)
    #expect(peak(.openvino) == 384)  // c and d; the operands of c lie in it
    #expect(
      GraphOrdering(graph, runtime: .onnxruntime, inPlace: .openvino).problem.buffers.count == 2)
    // The second concatenation reads one value twice, which must be copied.
    #expect(
      GraphOrdering(graph, runtime: .onnxruntime, inPlace: .tensorrt).problem.buffers.count == 2)
  }
}
