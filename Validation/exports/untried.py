"""Models that were measured for the first time after the program had been mended for all others."""

from configurations import BART, BASE, CLASSES, DECODER, LM, MT5, SEQUENCES

UNTRIED_TIMM = """
resnetv2_50d_gn skresnext50_32x4d fastvit_sa12 flexivit_small hgnet_tiny botnet50ts_256 hiera_small_abswin_256 mixnet_m
crossvit_9_dagger_240 pvt_v2_b2_li convit_small coat_mini gcvit_xtiny davit_small maxxvit_rmlp_nano_rw_256 nf_resnet26
swinv2_cr_small_ns_224 lambda_resnet50ts vit_small_patch16_rope_224 tiny_vit_11m_224 edgenext_small resnest26d
focalnet_tiny_lrf efficientnet_blur_b0 dla60_res2net sam2_hiera_tiny levit_256 xcit_tiny_12_p8_224 volo_d2_224 hrnet_w18
deepseek_vit_412m gemma4_vit_167m mobilenetv5_300m vit_pe_core_tiny_patch16_384 vit_dlittle_patch16_reg1_gap_256
vit_small_patch14_dinov2 vit_base_mci_224 cs3edgenet_x xception65p inception_v3 lamhalobotnet50ts_256 resnet51q
coatnet_nano_cc_224 maxvit_tiny_tf_224 mobilenet_edgetpu_v2_xs mobilenetv1_100 efficientnet_lite0 fbnetc_100 repvit_m0_9
resnetv2_50d_evos res2net50_14w_8s selecsls60 ese_vovnet19b_dw lcnetv2_small rexnetr_100 regnetx_004 nf_ecaresnet26 nfnet_l0
haloregnetz_b sehalonet33ts gcresnext26ts vit_base_r50_s16_224 vit_tiny_r_s16_p8_224 vit_medium_patch16_gap_240 pit_xs_224
mobilevit_s mobilevitv2_100 coatnet_rmlp_nano_rw_224 mobilenetv4_conv_blur_medium mobilenetv2_050 semnasnet_075 nasnetalarge
fastvit_mci0 twins_svt_base visformer_small darknetaa53 sedarknet21 resnetaa50 resnetblur50 resnetrs50 ecaresnetlight
resnet50_gn seresnet33ts mambaout_kobe test_byobnet cait_xs24_384 resmlp_24_224 inception_next_atto mobileone_s1
efficientvit_l1 vit_little_patch16_reg4_gap_256 vit_xsmall_patch16_clip_224
""".split()

UNTRIED_SIZES = {
    **dict.fromkeys("""botnet50ts_256 sehalonet33ts lambda_resnet50ts lamhalobotnet50ts_256 resnet51q gcresnext26ts
        edgenext_small mobilevit_s mobilevitv2_100 maxxvit_rmlp_nano_rw_256 fastvit_sa12 fastvit_mci0 hiera_small_abswin_256
        vit_dlittle_patch16_reg1_gap_256 darknetaa53 sedarknet21 cs3edgenet_x seresnet33ts
        vit_little_patch16_reg4_gap_256 mobilenetv5_300m gemma4_vit_167m""".split(), 256),
    **dict.fromkeys("flexivit_small vit_medium_patch16_gap_240 crossvit_9_dagger_240".split(), 240),
    "nasnetalarge": 331, "xception65p": 299, "inception_v3": 299, "resnetrs50": 160, "test_byobnet": 160, "cait_xs24_384": 384,
    "vit_pe_core_tiny_patch16_384": 384, "vit_small_patch14_dinov2": 518, "deepseek_vit_412m": 546, "sam2_hiera_tiny": 896,
}

UNTRIED_BLOCKS = {
    "flexivit_small": {"depth": 4}, "vit_medium_patch16_gap_240": {"depth": 4}, "vit_small_patch14_dinov2": {"depth": 3},
    "vit_small_patch16_rope_224": {"depth": 4}, "vit_base_r50_s16_224": {"depth": 3}, "vit_base_mci_224": {"depth": 3},
    "vit_pe_core_tiny_patch16_384": {"depth": 4}, "deepseek_vit_412m": {"depth": 3},
    "gemma4_vit_167m": {"depth": 3}, "vit_xsmall_patch16_clip_224": {"depth": 4}, "cait_xs24_384": {"depth": 4},
    "vit_little_patch16_reg4_gap_256": {"depth": 4}, "vit_dlittle_patch16_reg1_gap_256": {"depth": 4},
}

PADDED = {"pad_token_id": 0}
SMALL = {**DECODER, **PADDED}
EXPERTS = {"moe_intermediate_size": 256, "num_experts": 4, "num_experts_per_tok": 2}

UNTRIED_TRANSFORMERS = [
    ("XLNetLMHeadModel", {"d_model": 256, "n_layer": 3, "n_head": 4, "d_inner": 512, "vocab_size": 8192}, LM, 4, 128),
    ("FunnelForMaskedLM", {"d_model": 256, "n_head": 4, "d_head": 64, "d_inner": 512, "block_sizes": [2, 2, 2], "vocab_size": 8192}, LM, 4, 128),
    ("LongformerForMaskedLM", {**BASE, "vocab_size": 8192, "attention_window": [64, 64, 64]}, LM, 2, 256),
    ("BigBirdForMaskedLM", {**BASE, "vocab_size": 8192, "attention_type": "original_full"}, LM, 4, 128),
    ("MixtralForCausalLM", {**DECODER, "num_local_experts": 4}, LM, 4, 128),
    ("CamembertForMaskedLM", {**BASE, "vocab_size": 8192}, LM, 4, 128),
    ("NystromformerForMaskedLM", {**BASE, "vocab_size": 8192}, LM, 4, 128),
    ("MegatronBertForMaskedLM", {**BASE, "vocab_size": 8192}, LM, 8, 128),
    ("RemBertForMaskedLM", {**BASE, "vocab_size": 8192}, LM, 4, 128),
    ("CanineForSequenceClassification", {**BASE, "local_attention_window": 32}, SEQUENCES, 4, 128),
    ("IBertForMaskedLM", {**BASE, "vocab_size": 8192}, LM, 4, 128),
    ("ErnieForMaskedLM", {**BASE, "vocab_size": 8192}, LM, 8, 128),
    ("FlaubertWithLMHeadModel", {"emb_dim": 256, "n_layers": 3, "n_heads": 4, "vocab_size": 8192}, LM, 4, 128),
    ("LEDForConditionalGeneration", {**BART, "decoder_start_token_id": 0, "attention_window": 64}, LM, 2, 256),
    ("ProphetNetForConditionalGeneration", {"hidden_size": 256, "num_encoder_layers": 2, "num_decoder_layers": 2, "num_encoder_attention_heads": 4,
      "num_decoder_attention_heads": 4, "encoder_ffn_dim": 512, "decoder_ffn_dim": 512, "vocab_size": 8192, "decoder_start_token_id": 0}, LM, 2, 64),
    ("LongT5ForConditionalGeneration", {**MT5, "pad_token_id": 0}, LM, 2, 256),
    ("UMT5ForConditionalGeneration", MT5, LM, 4, 128),
    ("BlenderbotForConditionalGeneration", {**BART, "decoder_start_token_id": 0}, LM, 4, 128),
    ("PLBartForConditionalGeneration", {**BART, "pad_token_id": 1}, LM, 4, 128),
    ("CTRLLMHeadModel", {"n_embd": 256, "n_layer": 3, "n_head": 4, "dff": 512, "vocab_size": 8192}, LM, 4, 128),
    ("PersimmonForCausalLM", {**BASE, **PADDED, "vocab_size": 8192}, LM, 4, 256),
    ("Cohere2ForCausalLM", SMALL, LM, 4, 256),
    ("Olmo3ForCausalLM", SMALL, LM, 4, 256),
    ("HeliumForCausalLM", {**SMALL, "head_dim": 64}, LM, 4, 256),
    ("Exaone4ForCausalLM", SMALL, LM, 4, 256),
    ("Lfm2ForCausalLM", {**SMALL, "num_hidden_layers": 4, "layer_types": ["conv", "conv", "full_attention", "conv"]}, LM, 4, 128),
    ("ArceeForCausalLM", SMALL, LM, 4, 256),
    ("HunYuanDenseV1ForCausalLM", {**SMALL, "head_dim": 64}, LM, 4, 256),
    ("Glm4ForCausalLM", {**SMALL, "head_dim": 64}, LM, 4, 256),
    ("DiffLlamaForCausalLM", SMALL, LM, 4, 256),
    ("SeedOssForCausalLM", {**SMALL, "head_dim": 64}, LM, 4, 256),
    ("ApertusForCausalLM", SMALL, LM, 4, 256),
    ("BitNetForCausalLM", SMALL, LM, 4, 256),
    ("RecurrentGemmaForCausalLM", {**SMALL, "lru_width": 256, "block_types": ["recurrent", "attention"]}, LM, 2, 64),
    ("Qwen3MoeForCausalLM", {**SMALL, **EXPERTS, "head_dim": 64}, LM, 4, 128),
    ("GptOssForCausalLM", {**SMALL, "head_dim": 64, "num_local_experts": 4}, LM, 4, 128),
    ("ModernBertDecoderForCausalLM", {**BASE, **PADDED, "vocab_size": 8192}, LM, 4, 256),
    ("Mamba2ForCausalLM", {"hidden_size": 256, "num_hidden_layers": 2, "vocab_size": 8192, "num_heads": 8, "head_dim": 64, "state_size": 32,
                           "n_groups": 2, "chunk_size": 64}, LM, 2, 64),
    ("EsmForMaskedLM", {**BASE, "vocab_size": 33, "pad_token_id": 1, "mask_token_id": 32}, LM, 4, 128),
    ("RoCBertForMaskedLM", {**BASE, "vocab_size": 8192}, LM, 4, 128),
    ("BertGenerationDecoder", {**BASE, "vocab_size": 8192, "is_decoder": True}, LM, 4, 128),
    ("EuroBertForMaskedLM", SMALL, LM, 4, 128),
    ("XLMRobertaXLForMaskedLM", {**BASE, "vocab_size": 8192}, LM, 4, 128),
    ("RobertaPreLayerNormForMaskedLM", {**BASE, "vocab_size": 8192}, LM, 4, 128),
    ("ViTMSNForImageClassification", {**BASE}, CLASSES, 8, 224),
    ("MobileNetV1ForImageClassification", {}, CLASSES, 8, 224),
    ("MobileViTV2ForImageClassification", {}, CLASSES, 4, 256),
    ("Data2VecVisionForImageClassification", {**BASE}, CLASSES, 8, 224),
    ("IJepaForImageClassification", {**BASE}, CLASSES, 8, 224),
    ("HGNetV2ForImageClassification", {}, CLASSES, 8, 224),
    ("TextNetForImageClassification", {}, CLASSES, 4, 224),
    ("SwiftFormerForImageClassification", {}, CLASSES, 8, 224),
    ("TimesformerForVideoClassification", {**BASE}, {"pixel_values": "frames", "labels": "classes"}, 2, 224),
    ("VivitForVideoClassification", {**BASE, "num_frames": 16}, {"pixel_values": "frames", "labels": "classes"}, 2, 224),
    ("ImageGPTForImageClassification", {"n_embd": 256, "n_layer": 2, "n_head": 4}, {"input_ids": "tokens", "labels": "classes"}, 2, 256),
    ("DPTForSemanticSegmentation", {**BASE, "num_hidden_layers": 4, "backbone_out_indices": [0, 1, 2, 3], "neck_hidden_sizes": [32, 64, 128, 128],
                                    "fusion_hidden_size": 64, "image_size": 128}, {"pixel_values": "images", "labels": "maps"}, 2, 128),
    ("UperNetForSemanticSegmentation", {}, {"pixel_values": "images", "labels": "maps"}, 2, 128),
    ("LayoutLMForMaskedLM", {**BASE, "vocab_size": 8192}, LM, 4, 128),
    ("YosoForMaskedLM", {**BASE, "vocab_size": 8192, "use_expectation": True}, LM, 4, 128),
    ("SwitchTransformersForConditionalGeneration", {**MT5, "num_experts": 4}, LM, 2, 64),
    ("JambaForCausalLM", {**SMALL, "num_hidden_layers": 2, "attn_layer_period": 2, "attn_layer_offset": 1, "num_experts": 2, "use_mamba_kernels": False}, LM, 2, 64),
    ("AltCLIPModel", {}, {"input_ids": "tokens", "pixel_values": "images", "return_loss": True}, 2, 224),
]

# Library, model and precision.
UNTRIED_PRECISE = [
    ("transformers", "CamembertForMaskedLM", "amp-bf16"), ("transformers", "Olmo3ForCausalLM", "bf16"), ("timm", "hgnet_tiny", "amp-bf16"),
    ("timm", "flexivit_small", "bf16"), ("timm", "fastvit_sa12", "amp-fp16"), ("transformers", "UMT5ForConditionalGeneration", "amp-bf16"),
    ("transformers", "XLNetLMHeadModel", "amp-bf16"), ("timm", "davit_small", "amp-bf16"), ("transformers", "BigBirdForMaskedLM", "bf16"),
    ("transformers", "BlenderbotForConditionalGeneration", "amp-bf16"), ("timm", "mixnet_m", "amp-bf16"), ("timm", "tiny_vit_11m_224", "bf16"),
    ("transformers", "ArceeForCausalLM", "amp-fp16"), ("transformers", "HeliumForCausalLM", "amp-bf16"), ("timm", "coat_mini", "amp-bf16"),
    ("transformers", "ErnieForMaskedLM", "amp-bf16"), ("timm", "levit_256", "amp-bf16"), ("timm", "resnest26d", "bf16"),
]
