"""Models that were measured for the first time after the program had been mended for those of untried.py."""

from configurations import BART, BASE, DECODER, LM, MT5, SEQUENCES

PADDED = {"pad_token_id": 0}
TEXT = {**BASE, "vocab_size": 8192}
SMALL = {**DECODER, **PADDED}
SPANS = {"input_ids": "tokens", "start_positions": "classes", "end_positions": "classes"}
GPT = {"n_embd": 256, "n_layer": 3, "n_head": 4, "vocab_size": 8192}

FURTHER_TRANSFORMERS = [
    ("LlamaForSequenceClassification", SMALL, SEQUENCES, 4, 256),
    ("BertForQuestionAnswering", TEXT, SPANS, 8, 128),
    ("GPT2ForTokenClassification", GPT, LM, 4, 256),
    ("NanoChatForCausalLM", SMALL, LM, 4, 256),
    ("XLMRobertaForMaskedLM", TEXT, LM, 4, 128),
    ("T5ForTokenClassification", MT5, LM, 4, 128),
    ("MistralForTokenClassification", SMALL, LM, 4, 256),
    ("OlmoeForCausalLM", {**SMALL, "num_experts": 4, "num_experts_per_tok": 2}, LM, 4, 128),
    ("DebertaV2ForTokenClassification", TEXT, LM, 4, 128),
    ("MvpForConditionalGeneration", {**BART, "pad_token_id": 1, "decoder_start_token_id": 0}, LM, 4, 128),
    ("DogeForCausalLM", SMALL, LM, 4, 128),
    ("ModernBertForSequenceClassification", {**TEXT, **PADDED}, SEQUENCES, 4, 128),
    ("NomicBertForMaskedLM", {**TEXT, **PADDED}, LM, 4, 128),
    ("GPTNeoXJapaneseForCausalLM", {"hidden_size": 256, "num_hidden_layers": 3, "num_attention_heads": 4, "vocab_size": 8192}, LM, 4, 256),
    ("Data2VecTextForMaskedLM", TEXT, LM, 4, 128),
    ("VaultGemmaForCausalLM", {**SMALL, "head_dim": 64}, LM, 4, 128),
    ("OPTForSequenceClassification", {"hidden_size": 256, "ffn_dim": 1024, "num_hidden_layers": 3, "num_attention_heads": 4, "vocab_size": 8192},
     SEQUENCES, 4, 128),
    ("XmodForMaskedLM", {**TEXT, "languages": ["en_XX"], "default_language": "en_XX"}, LM, 4, 128),
    ("GraniteMoeForCausalLM", {**SMALL, "num_local_experts": 4, "num_experts_per_tok": 2}, LM, 4, 128),
    ("ElectraForSequenceClassification", {**TEXT, "embedding_size": 128}, SEQUENCES, 8, 128),
    ("PegasusXForConditionalGeneration", {**BART, "decoder_start_token_id": 0, "pad_token_id": 0}, LM, 2, 128),
    ("FSMTForConditionalGeneration", {**{k: v for k, v in BART.items() if k != "vocab_size"}, "langs": ["en", "de"], "src_vocab_size": 8192,
                                      "tgt_vocab_size": 8192, "decoder_start_token_id": 2}, LM, 2, 64),
]

# Library, model and precision.
FURTHER_PRECISE = [
    ("transformers", "LlamaForSequenceClassification", "amp-bf16"), ("transformers", "EuroBertForMaskedLM", "bf16"),
    ("transformers", "XGLMForCausalLM", "amp-bf16"), ("transformers", "MT5ForConditionalGeneration", "amp-bf16"),
    ("transformers", "Ernie4_5ForCausalLM", "bf16"), ("transformers", "BertForQuestionAnswering", "bf16"),
]

FURTHER_TIMM = """
pnasnet5large lambda_resnet26rpt_256 sebotnet33ts_256 efficientnet_b0_gn dla60_res2next dpn48b vit_relpos_medium_patch16_cls_224
cs3darknet_focus_m resnetv2_50d_frn eca_vovnet39b regnetv_040 dm_nfnet_f0 legacy_xception mobilevit_xs mvitv2_small
tnt_s_legacy_patch16_224 skresnet34 swinv2_cr_tiny_ns_224 efficientvim_m2_dist coat_lite_small legacy_seresnext26_32x4d levit_192
halo2botnet50ts_256 gernet_m efficientnet_b0_g16_evos nest_tiny_jx xception41p cait_s24_224 convnext_atto_rms hgnetv2_b2
naflexvit_base_patch16_map qwen3_vit_88m_merge
""".split()

FURTHER_TORCHVISION = """
efficientnet_v2_s regnet_x_400mf mobilenet_v3_large wide_resnet50_2 swin_v2_s segmentation.deeplabv3_resnet101 video.swin3d_s
shufflenet_v2_x0_5
""".split()

FURTHER_SIZES = {
    "pnasnet5large": 331, "legacy_xception": 299, "xception41p": 299, "dm_nfnet_f0": 192,
    **dict.fromkeys("""lambda_resnet26rpt_256 sebotnet33ts_256 halo2botnet50ts_256 cs3darknet_focus_m mobilevit_xs
        qwen3_vit_88m_merge""".split(), 256),
}

FURTHER_BLOCKS = {"cait_s24_224": {"depth": 4}, "qwen3_vit_88m_merge": {"depth": 3}, "vit_relpos_medium_patch16_cls_224": {"depth": 4}}
