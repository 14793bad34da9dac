/// What is made of a `config.json`, by its `model_type`.
///
/// To add a family, write its file and name its maker in one line here.
enum ModelFamilies {
  /// Decoders of text.
  static let decoders: [String: DecoderMaker] = [
    "apertus": Apertus.decoder,
    "arcee": Arcee.decoder,
    "bamba": Bamba.decoder,
    "bitnet": BitNet.decoder,
    "bloom": BLOOM.decoder,
    "codegen": CodeGen.decoder,
    "cohere": Cohere.decoder,
    "cohere2": Cohere2.decoder,
    "dbrx": DBRX.decoder,
    "deepseek_v2": DeepSeekV2.decoder,
    "deepseek_v3": DeepSeekV3.decoder,
    "deepseek_v32": DeepSeekV32.decoder,
    "deepseek_v4": DeepSeekV4.decoder,
    "diffllama": DiffLlama.decoder,
    "doge": Doge.decoder,
    "dots1": Dots1.decoder,
    "ernie4_5": Ernie45.decoder,
    "ernie4_5_moe": Ernie45.mixture,
    "exaone4": EXAONE4.decoder,
    "falcon": Falcon.decoder,
    "falcon_h1": FalconH1.decoder,
    "falcon_mamba": Mamba.falcon,
    "gemma": Gemma.decoder,
    "gemma2": Gemma2.decoder,
    "gemma3_text": Gemma3.decoder,
    "gemma3n_text": Gemma3n.decoder,
    "gemma4_text": Gemma4.decoder,
    "glm": GLM.decoder,
    "glm4": GLM4.decoder,
    "glm4_moe": GLM4MoE.decoder,
    "glm_moe_dsa": GLMMoEDSA.decoder,
    "gpt_bigcode": GPTBigCode.decoder,
    "gpt_neo": GPTNeo.decoder,
    "gpt_neox": GPTNeoX.decoder,
    "gpt_neox_japanese": GPTNeoXJapanese.decoder,
    "gpt_oss": GptOss.decoder,
    "gptj": GPTJ.decoder,
    "granite": Granite.decoder,
    "granitemoe": GraniteMoE.decoder,
    "granitemoehybrid": GraniteMoE.hybrid,
    "granitemoeshared": GraniteMoE.shared,
    "helium": Helium.decoder,
    "hunyuan_v1_dense": HunYuan.decoder,
    "hunyuan_v1_moe": HunYuan.mixture,
    "jamba": Jamba.decoder,
    "jetmoe": JetMoE.decoder,
    "kimi_k2": DeepSeekV3.decoder,
    "kimi_linear": KimiLinear.decoder,
    "lfm2": LFM2.decoder,
    "lfm2_moe": LFM2.mixture,
    "llama": Llama.decoder,
    "llama4_text": Llama4Text.decoder,
    "longcat_flash": LongcatFlash.decoder,
    "mamba": Mamba.decoder,
    "mamba2": Mamba2.decoder,
    "minicpm3": MiniCPM3.decoder,
    "minimax": MiniMax.decoder,
    "minimax_m2": MiniMaxM2.decoder,
    "mistral": Mistral.decoder,
    "mixtral": Mixtral.decoder,
    "mpt": MPT.decoder,
    "nemotron": Nemotron.decoder,
    "nemotron_h": NemotronH.decoder,
    "olmo": OLMo.decoder,
    "olmo2": OLMo2.decoder,
    "olmo3": OLMo3.decoder,
    "olmoe": OLMoE.decoder,
    "opt": OPT.decoder,
    "persimmon": Persimmon.decoder,
    "phi": Phi.decoder,
    "phi3": Phi3.decoder,
    "phimoe": PhiMoE.decoder,
    "qwen2": Qwen2.decoder,
    "qwen2_moe": Qwen2MoE.decoder,
    "qwen3": Qwen3.decoder,
    "qwen3_5_moe_text": Qwen35.mixture,
    "qwen3_5_text": Qwen35.decoder,
    "qwen3_moe": Qwen3MoE.decoder,
    "qwen3_next": Qwen3Next.decoder,
    "recurrent_gemma": RecurrentGemma.decoder,
    "rwkv": RWKV.decoder,
    "seed_oss": SeedOSS.decoder,
    "smollm3": SmolLM3.decoder,
    "stablelm": StableLM.decoder,
    "starcoder2": Starcoder2.decoder,
    "vaultgemma": VaultGemma.decoder,
    "xglm": XGLM.decoder,
    "zamba": Zamba.decoder,
    "zamba2": Zamba2.decoder,
  ]

  /// Everything else: encoders, encoders with decoders, images, sound, and what joins them.
  static let others: [String: BlueprintMaker] = [
    "gemma4": Gemma4Model.model,
    "gpt2": ConfiguredGPT2.model,
  ]

  /// Every `model_type` that is known.
  static var names: [String] { (Array(decoders.keys) + Array(others.keys)).sorted() }

  /// Makes the model; `nil` if the type is unknown.
  static func blueprint(
    of modelType: String, _ configuration: Configuration
  ) throws(ConfigurationError) -> Blueprint? {
    if let maker = decoders[modelType] { return try maker(configuration).blueprint }
    return try others[modelType]?(configuration)
  }
}
