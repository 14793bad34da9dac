import ModelGraph
import Testing

@testable import MemoryAnalysis

@Suite struct StoreFootprintTests {
  private func model(_ tensors: [Tensor]) -> Model {
    Model(name: "m", source: "m.bin", format: "test", tensors: tensors)
  }

  private func tensor(
    _ name: String, _ shape: Shape, _ role: Tensor.Role = .parameter, storage: Int
  ) -> Tensor {
    Tensor(name: name, type: TensorType(.float32, shape), role: role, storage: storage)
  }

  @Test func `the formula shows the sizes and their product`() {
    func formula(_ shapes: [Shape]) -> String {
      let layer = LayerFootprint(
        name: "", type: .other, parameters: .zero, state: .zero, shapes: shapes)
      return layer.formula
    }
    #expect(formula([[64, 3, 7, 7], [64]]) == "64 × 3 × 7 × 7 + 64 = 9,472")
    #expect(formula([[64, 3, 3, 3]]) == "64 × 3 × 3 × 3 = 1,728")
    #expect(formula([[5000]]) == "5,000")
    #expect(formula([]) == "0")
    #expect(
      formula(Array(repeating: [8, 8], count: 6) + [[8]]) == "6 × (8 × 8) + 8 = 392")
  }

  @Test func `tied weights count once`() {
    let store = StoreFootprint(
      of: model([
        tensor("wte.weight", [100, 8], storage: 0), tensor("lm_head.weight", [100, 8], storage: 0),
        tensor("ln_f.weight", [8], storage: 1), tensor("ln_f.bias", [8], storage: 2),
      ]))
    #expect(store.parameters == Tally(count: 816, bytes: 3264))
    #expect(store.layers.map(\.name) == ["wte", "ln_f"])
    #expect(store.layers.map(\.type) == [.embedding, .normalization])
    #expect(store.explanations.contains { $0.certainty == .assumed })
  }

  @Test func `a huge tensor of very many names is told without overflow`() {
    let names = (0...1 << 15).map { tensor("w\($0)", [1 << 24, 1 << 24], storage: 0) }
    let parts = StoreFootprint(of: model(names)).parts
    #expect(parts.countingTiedTwice.count == .max)
    let told = parts.explanations(of: model([]), isGuessed: false)
    let most = "9,223,372,036,854,775,807"
    #expect(told.contains { $0.numbers.hasPrefix("\(most), of which again \(most) in 1 ") })
  }

  @Test func `state lies beside parameters`() {
    let store = StoreFootprint(
      of: model([
        tensor("bn.weight", [64], storage: 0), tensor("bn.bias", [64], storage: 1),
        tensor("bn.running_mean", [64], .state, storage: 2),
        tensor("bn.running_var", [64], .state, storage: 3),
        tensor("shape", [4], .constant, storage: 4),
      ]))
    #expect(store.parameters.count == 128)
    #expect(store.state.count == 128)
    #expect(store.tensors.count == 260)
    #expect(store.layers.count == 1)
    #expect(store.layers.first?.state.count == 128)
  }

  @Test func `block types fill the last block of each tensor`() throws {
    let store = StoreFootprint(
      of: model([tensor("a", [33], storage: 0), tensor("b", [32], storage: 1)]))
    let sizes = Dictionary(uniqueKeysWithValues: store.sizes.map { ($0.dataType, $0.bytes) })
    #expect(sizes[.q4_0] == 54)
    #expect(sizes[.float16] == 130)
    #expect(sizes[.int4] == 33)
    #expect(sizes[.q4_K] == 288)
  }

  @Test func `a weight that is transposed belongs to the layer that uses it`() {
    var maker = GraphMaker()
    let x = maker.input("x", [1, 8])
    let weight = maker.parameter("onnx::MatMul_7", [4, 8])
    let transposed = maker.node("Transpose", weight, gives: "/fc/Transpose", [8, 4])
    let product = maker.node("MatMul", x, transposed, gives: "/fc/MatMul", [1, 4])
    let store = StoreFootprint(
      of: model([tensor("onnx::MatMul_7", [4, 8], storage: 0)]), graph: maker.finished(product))
    #expect(store.layers.map(\.name) == ["/fc/MatMul"])
    #expect(store.layers.map(\.type) == [.linear])
    #expect(store.byLayerType.map(\.layers) == [1])
  }

  @Test func `a bias joins its weight by the module's name`() {
    var maker = GraphMaker()
    let x = maker.input("x", [1, 8])
    let product = maker.node(
      "MatMul", x, maker.parameter("fc.weight", [8, 4]), gives: "product", [1, 4])
    let sum = maker.node("Add", product, maker.parameter("fc.bias", [4]), gives: "sum", [1, 4])
    let store = StoreFootprint(
      of: model([tensor("fc.weight", [8, 4], storage: 0), tensor("fc.bias", [4], storage: 1)]),
      graph: maker.finished(sum))
    #expect(store.layers.map(\.formula) == ["8 × 4 + 4 = 36"])
    #expect(store.layers.map(\.type) == [.linear])
  }

  @Test func `parameters that no node uses are there too`() {
    let store = StoreFootprint(
      of: model([tensor("unused.weight", [2, 2], storage: 0)]), graph: Graph())
    #expect(store.layers.map(\.name) == ["unused"])
  }
}
