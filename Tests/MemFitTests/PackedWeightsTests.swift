import ByteFormats
import MemFit
import Testing

/// Stored sizes of packed checkpoints, against those that were published.
@Suite struct PackedWeightsTests {
  private func packed(_ text: String) throws -> PackedFootprint {
    let document = try JSONValue(MappedFile(Array(text.utf8), path: "config.json"))
    let model = try ModelZoo.model(
      configuredBy: document, name: "m", source: "m", format: "config.json")
    let graph = try #require(try model.graph?.bind(Bindings(sequence: 1)).graph)
    return try #require(StoreFootprint(of: model, graph: graph).packed)
  }

  /// `total_size` of the published `model.safetensors.index.json`.
  @Test(arguments: [(24, 32, 13_761_264_768), (36, 128, 65_248_815_744)])
  func `gpt-oss takes what its published files hold`(depth: Int, experts: Int, bytes: Int) throws {
    let packed = try packed(
      """
      {"model_type": "gpt_oss", "num_hidden_layers": \(depth), "num_local_experts": \(experts),
       "dtype": "bfloat16", "quantization_config": {"quant_method": "mxfp4",
       "modules_to_not_convert": ["model.layers.*.self_attn", "model.layers.*.mlp.router",
       "model.embed_tokens", "lm_head"]}}
      """)
    #expect(packed.bytes == ByteCount(bytes))
  }

  /// The 163 published files have 688,586,727,753 bytes, of which 15,424,227,552 are the layer that
  /// predicts one token more, 59,392 corrections of the choice of experts, and the rest headers.
  @Test func `DeepSeek-V3 takes what its published files hold, headers apart`() throws {
    let packed = try packed(
      """
      {"model_type": "deepseek_v3", "dtype": "bfloat16", "max_position_embeddings": 163840,
       "quantization_config": {"quant_method": "fp8", "fmt": "e4m3",
       "activation_scheme": "dynamic", "weight_block_size": [128, 128]}}
      """)
    #expect(packed.bytes == ByteCount(673_150_552_416))
  }

  /// One matrix of 256 outputs and 512 inputs has these tensors in each library's own layout.
  @Test(arguments: [
    (
      #"{"quant_method": "gptq", "bits": 4, "group_size": 128, "desc_act": true}"#,
      64 * 256 * 4, 4 * 256 * 2 + 4 * 32 * 4 + 512 * 4
    ),
    (
      #"{"quant_method": "gptq", "bits": 3, "group_size": -1}"#,
      48 * 256 * 4, 256 * 2 + 24 * 4 + 512 * 4
    ),
    (
      #"{"quant_method": "awq", "bits": 4, "group_size": 64}"#,
      512 * 32 * 4, 8 * 256 * 2 + 8 * 32 * 4
    ),
    (#"{"quant_method": "bitsandbytes", "load_in_8bit": true}"#, 512 * 256, 256 * 4 + 1),
    (
      #"{"quant_method": "bitsandbytes", "load_in_4bit": true, "bnb_4bit_use_double_quant": true}"#,
      512 * 128, 2048 + 8 * 4 + 1024 + 64
    ),
    (#"{"quant_method": "fbgemm_fp8"}"#, 512 * 256, 256 * 4 + 4),
    (#"{"quant_method": "modelopt", "quant_algo": "NVFP4"}"#, 512 * 128, 512 * 16 + 8),
    (
      #"{"quant_method": "compressed-tensors", "format": "pack-quantized", "config_groups":"#
        + #"{"group_0": {"weights": {"num_bits": 4, "strategy": "group", "group_size": 128,"#
        + #" "symmetric": true}}}}"#, 256 * 64 * 4, 256 * 4 * 2 + 16
    ),
    (#"{"quant_method": "torchao", "quant_type": "int8_weight_only"}"#, 512 * 256, 256 * 2),
  ])
  func `a matrix takes what its library stores`(rule: String, elements: Int, side: Int) throws {
    let document = try JSONValue(
      MappedFile(
        Array(
          #"{"model_type": "llama", "dtype": "bfloat16", "quantization_config": \#(rule)}"#.utf8),
        path: "config.json"))
    let model = try ModelZoo.model(
      configuredBy: document, name: "m", source: "m", format: "config.json")
    let packing = try #require(model.packing)
    #expect(packing.elementBytes(outputs: 256, inputs: 512, ofExpert: false) == elements)
    #expect(packing.sideBytes(outputs: 256, inputs: 512, ofExpert: false) == side)
  }

  @Test func `an unknown method is named and nothing is counted`() throws {
    let document = try JSONValue(
      MappedFile(
        Array(#"{"model_type": "llama", "quantization_config": {"quant_method": "magic"}}"#.utf8),
        path: "config.json"))
    let model = try ModelZoo.model(
      configuredBy: document, name: "m", source: "m", format: "config.json")
    #expect(model.packing == nil)
    #expect(model.diagnostics.contains { $0.message.contains("magic") })
  }
}
