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
    "qwen2_5_vl_text": Qwen2VLText.decoder,
    "qwen2_moe": Qwen2MoE.decoder,
    "qwen2_vl_text": Qwen2VLText.decoder,
    "qwen3": Qwen3.decoder,
    "qwen3_moe": Qwen3MoE.decoder,
    "qwen3_vl_moe_text": Qwen3VLText.mixture,
    "qwen3_vl_text": Qwen3VLText.decoder,
    "qwen3_next": Qwen3Next.decoder,
    "smollm3": SmolLM3.decoder,
    "stablelm": StableLM.decoder,
    "starcoder2": Starcoder2.decoder,
  ]

  /// Everything else: encoders, encoders with decoders, images, sound, and what joins them.
  static let others: [String: BlueprintMaker] = [
    "beit": BEiT.beit,
    "blip": BLIP.model,
    "blip-2": BLIP2.model,
    "blip_vision_model": BLIPVision.model,
    "clip": CLIP.model,
    "clip_text_model": CLIP.text,
    "clip_vision_model": CLIP.vision,
    "convnext": ConfiguredConvNeXt.first,
    "convnextv2": ConfiguredConvNeXt.second,
    "data2vec-vision": BEiT.data2vec,
    "deit": ConfiguredViT.deit,
    "detr": DETR.model,
    "dinov2": DINO.second,
    "dinov2_with_registers": DINO.secondWithRegisters,
    "dinov3_vit": DINO.third,
    "gemma3": Gemma3.multimodal,
    "gpt2": ConfiguredGPT2.model,
    "idefics2": Idefics.second,
    "idefics3": Idefics.third,
    "internvl": InternVL.model,
    "internvl_vision": InternVLVision.model,
    "llama4": Llama4Text.multimodal,
    "llava": LLaVA.model,
    "llava_next": LLaVA.next,
    "llava_onevision": LLaVA.oneVision,
    "mistral3": Mistral3.model,
    "paligemma": PaliGemma.model,
    "pixtral": PixtralVision.model,
    "qwen2_5_vl": QwenVL.secondAndHalf,
    "qwen2_vl": QwenVL.second,
    "qwen3_vl": QwenVL.third,
    "qwen3_vl_moe": QwenVL.thirdMoE,
    "resnet": ConfiguredResNet.model,
    "sam": SAM.model,
    "sam_vision_model": SAMVision.model,
    "segformer": SegFormer.model,
    "siglip": SigLIP.model,
    "siglip2": SigLIP.second,
    "siglip2_text_model": SigLIP.text,
    "siglip2_vision_model": SigLIP.secondVision,
    "siglip_text_model": SigLIP.text,
    "siglip_vision_model": SigLIP.vision,
    "smolvlm": Idefics.third,
    "swin": ConfiguredSwin.first,
    "swinv2": ConfiguredSwin.second,
    "vit": ConfiguredViT.vit,
    "vit_mae": ViTMAE.model,
    "yolos": YOLOS.model,
  ]

  /// Encoders of images as parts of larger models.
  static let towers: [String: ImageTowerMaker] = [
    "clip_vision_model": CLIPVision.tower,
    "internvl_vision": InternVLVision.tower,
    "pixtral": PixtralVision.tower,
    "siglip2_vision_model": SigLIP.secondTower,
    "siglip_vision_model": SigLIP.tower,
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
