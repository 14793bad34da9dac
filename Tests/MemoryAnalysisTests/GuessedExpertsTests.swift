import MemoryAnalysis
import ModelGraph
import Testing

@Suite struct GuessedExpertsTests {
  @Test(arguments: ["blk.0.ffn_up_exps.weight", "model.layers.0.mlp.experts.down_proj.weight"])
  func `experts in one tensor are linear layers, not convolutions`(name: String) {
    let tensor = Tensor(
      name: name, type: TensorType(.float16, [8, 16, 4]), role: .parameter, storage: 0)
    let model = Model(name: "m", source: "m", format: "GGUF", tensors: [tensor])
    #expect(StoreFootprint(of: model).byLayerType.map(\.type) == [.linear])
  }
}
