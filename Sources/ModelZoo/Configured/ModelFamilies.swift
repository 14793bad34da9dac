/// What is made of a `config.json`, by its `model_type`.
///
/// To add a family, write its file and name its maker in one line here.
enum ModelFamilies {
  /// Decoders of text.
  static let decoders: [String: DecoderMaker] = [
    "bloom": BLOOM.decoder,
    "codegen": CodeGen.decoder,
    "cohere": Cohere.decoder,
    "cohere2": Cohere2.decoder,
    "deepseek_v2": DeepSeekV2.decoder,
    "deepseek_v3": DeepSeekV3.decoder,
    "falcon": Falcon.decoder,
    "falcon_mamba": Mamba.falcon,
    "gemma": Gemma.decoder,
    "gemma2": Gemma2.decoder,
    "gemma3_text": Gemma3.decoder,
    "glm": GLM.decoder,
    "glm4": GLM4.decoder,
    "glm4_moe": GLM4MoE.decoder,
    "gpt_bigcode": GPTBigCode.decoder,
    "gpt_neo": GPTNeo.decoder,
    "gpt_neox": GPTNeoX.decoder,
    "gpt_oss": GptOss.decoder,
    "gptj": GPTJ.decoder,
    "granite": Granite.decoder,
    "granitemoe": GraniteMoE.decoder,
    "kimi_k2": DeepSeekV3.decoder,
    "lfm2": LFM2.decoder,
    "llama": Llama.decoder,
    "llama4_text": Llama4Text.decoder,
    "mamba": Mamba.decoder,
    "mamba2": Mamba2.decoder,
    "minicpm3": MiniCPM3.decoder,
    "mistral": Mistral.decoder,
    "mixtral": Mixtral.decoder,
    "mpt": MPT.decoder,
    "nemotron_h": NemotronH.decoder,
    "olmo": OLMo.decoder,
    "olmo2": OLMo2.decoder,
    "olmo3": OLMo3.decoder,
    "olmoe": OLMoE.decoder,
    "opt": OPT.decoder,
    "phi": Phi.decoder,
    "phi3": Phi3.decoder,
    "qwen2": Qwen2.decoder,
    "qwen2_moe": Qwen2MoE.decoder,
    "qwen3": Qwen3.decoder,
    "qwen3_moe": Qwen3MoE.decoder,
    "qwen3_next": Qwen3Next.decoder,
    "smollm3": SmolLM3.decoder,
    "stablelm": StableLM.decoder,
    "starcoder2": Starcoder2.decoder,
  ]

  /// Everything else: encoders, encoders with decoders, images, sound, and what joins them.
  static let others: [String: BlueprintMaker] = [
    "albert": ALBERT.model,
    "bart": BART.model,
    "bert": BERT.model,
    "blenderbot": Blenderbot.model,
    "blenderbot-small": Blenderbot.small,
    "camembert": RoBERTa.multilingual,
    "deberta": DeBERTa.first,
    "deberta-v2": DeBERTa.second,
    "distilbert": DistilBERT.model,
    "electra": ELECTRA.model,
    "ernie": BERT.ernie,
    "gpt2": ConfiguredGPT2.model,
    "longt5": T5.long,
    "m2m_100": M2M100.model,
    "marian": Marian.model,
    "mbart": MBART.model,
    "modernbert": ModernBERT.model,
    "mpnet": MPNet.model,
    "mt5": T5.multilingual,
    "nllb-moe": M2M100.mixture,
    "pegasus": Pegasus.model,
    "plbart": PLBART.model,
    "roberta": RoBERTa.model,
    "switch_transformers": SwitchTransformers.model,
    "t5": T5.first,
    "umt5": T5.unimax,
    "xlm-roberta": RoBERTa.multilingual,
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
