import ByteFormats
import ModelFormats
import ModelGraph
import ModelZoo
import TestSupport
import Testing

@Suite struct ConfigurationTests {
  private func model(_ text: String) throws(FormatError) -> Model {
    try ConfigurationFile.read(MappedFile(Array(text.utf8), path: "config.json"))
  }

  @Test func `parameters and buffers are those that transformers counts`() throws {
    guard let corpus = TestFiles.corpus else { return }
    let folder = "\(corpus)/transformers"
    var compared = 0
    for name in try Folder(path: folder)?.names ?? [] {
      let path = "\(folder)/\(name)"
      guard let truth = try? JSONValue(MappedFile(path: "\(path)/truth.json")) else { continue }
      let document = try JSONValue(MappedFile(path: "\(path)/config.json"))
      guard let type = document["model_type"]?.string, ModelZoo.knows(modelType: type) else {
        continue
      }
      let model = try readModel(atPath: "\(path)/config.json")
      #expect(model.elementCount(.parameter) == truth["params_total"]?.integer, "\(name)")
      #expect(model.elementCount(.state) == truth["buffers"]?.integer, "\(name)")
      compared += 1
    }
    #expect(compared > 75)
  }

  @Test(arguments: [
    #"{"model_type": "llama", "num_hidden_layers": 1000000000}"#,
    #"{"model_type": "llama", "hidden_size": -4}"#,
    #"{"model_type": "llama", "hidden_size": 1e300}"#,
    #"{"model_type": "llama", "vocab_size": "many"}"#,
    #"{"model_type": "llama", "num_attention_heads": 0}"#,
    #"{"model_type": "llama", "num_attention_heads": 5, "num_key_value_heads": 3}"#,
    #"{"model_type": "gemma2", "layer_types": ["full_attention"]}"#,
    #"{"model_type": "deepseek_v3", "n_routed_experts": 67108864, "moe_intermediate_size": 67108864}"#,
    #"{"model_type": "vit", "image_size": 67108864, "patch_size": 1}"#,
    #"{"model_type": "vit", "image_size": 8}"#, #"{"model_type": "vit", "image_size": [1, 2, 3]}"#,
    #"{"model_type": "vit", "num_attention_heads": 7}"#,
    #"{"model_type": "vit", "architectures": ["ViTForTelepathy"]}"#,
    #"{"model_type": "swin", "depths": [2048, 2048]}"#, #"{"model_type": "swin", "depths": []}"#,
    #"{"model_type": "resnet", "depths": [2048, 2048, 2048, 2048]}"#,
    #"{"model_type": "efficientnet", "depth_coefficient": 1e9}"#,
    #"{"model_type": "qwen2_vl", "vision_config": {"patch_size": 67108864}}"#,
    #"{"model_type": "mllama", "vision_config": {"max_num_tiles": 67108864}}"#,
    #"{"model_type": "llava", "text_config": {"model_type": "llava"}}"#,
    #"{"model_type": "llava", "vision_config": {"model_type": "an_eye_of_the_future"}}"#,
    #"{"model_type": "llava", "vision_feature_layer": [-99]}"#,
    #"{"model_type": "llama4", "vision_config": {"pixel_shuffle_ratio": 0}}"#,
    #"{"model_type": "detr", "backbone": "a_backbone_of_the_future"}"#,
    #"{"model_type": ["llama"]}"#, #"{"model_type": "a_type_of_the_future"}"#, "[]", "{}", "7",
  ])
  func `a configuration that asks for nonsense is refused`(text: String) {
    #expect(throws: FormatError.self) { try model(text) }
  }

  @Test func `a configuration gives what its library would by default`() throws {
    #expect(try model(#"{"model_type": "llama"}"#).elementCount(.parameter) == 6_738_415_616)
    #expect(try model(#"{"model_type": "mistral"}"#).elementCount(.parameter) == 7_241_732_096)
  }

  @Test func `experts and the ones used are told`() throws {
    let mixtral = try model(#"{"model_type": "mixtral"}"#)
    #expect(mixtral.experts == ExpertRouting(count: 8, used: 2))
  }
}
