"""What people train first, in the set-ups they train it in: 16 bits, autocast, eager attention, frozen parts, odd sizes.

Measured for the first time after the program had been mended for all others.
"""

from configurations import BART, BASE, CLASSES, LM, MT5, SEQUENCES, SPEECH, WAVES
from transformers_heads import CHOICES, EAGER, EXPERTS, GPT, MAPS, MASKED_LM, MASKED_SEQUENCES, PADDED, SMALL, SPANS, STEPPED, TEXT, TOWER, TWO

# Of a head of 64 where the type does not divide the width itself.
HEADED = {**SMALL, "head_dim": 64}
OPT = {"hidden_size": 256, "ffn_dim": 512, "num_hidden_layers": 2, "num_attention_heads": 4, "vocab_size": 8192}
BLOOM = {"n_layer": 2, "hidden_size": 256, "n_head": 4, "vocab_size": 8192}
SIGHT = {**TOWER, "image_size": 64, "patch_size": 16}
WHISPER = {"encoder_layers": 2, "decoder_layers": 2, "d_model": 256, "encoder_attention_heads": 4, "decoder_attention_heads": 4, "encoder_ffn_dim": 512,
           "decoder_ffn_dim": 512, "vocab_size": 8192, "pad_token_id": 0, "decoder_start_token_id": 0}
HEARD = {"input_features": "spectra", "labels": "tokens"}
FRAMES = {"input_values": "waves", "labels": "framed"}


def odd(precision, **more):
    return {"variant": "odd", "precision": precision, **more}


TRAINED_TRANSFORMERS = [
    ("LlamaForCausalLM", {**SMALL, **EAGER}, LM, 3, 133, odd("fp16", cc=90)),
    ("Qwen3ForCausalLM", HEADED, LM, 3, 133, odd("amp-bf16")),
    ("GemmaForCausalLM", HEADED, LM, 2, 175, odd("bf16")),
    ("PhiForCausalLM", TEXT, LM, 3, 111, odd("amp-bf16")),
    ("MistralForCausalLM", SMALL, LM, 5, 77, odd("amp-fp16")),
    ("BertForSequenceClassification", {**TEXT, **EAGER}, MASKED_SEQUENCES, 7, 91, odd("bf16", cc=90)),
    ("RobertaForQuestionAnswering", TEXT, SPANS, 5, 123, {"precision": "amp-fp16"}),
    ("T5ForConditionalGeneration", MT5, MASKED_LM, 3, 91, odd("fp16")),
    ("BartForConditionalGeneration", {**BART, **STEPPED}, LM, 3, 91, odd("bf16")),
    ("ViTForImageClassification", BASE, CLASSES, 5, 224, odd("bf16")),
    ("CLIPModel", {"text_config": {**TOWER, "vocab_size": 8192}, "vision_config": TOWER}, {"input_ids": "tokens", "pixel_values": "images", "return_loss": True}, 5, 224, odd("amp-bf16")),
    ("WhisperForConditionalGeneration", WHISPER, HEARD, 3, 37, odd("bf16")),
    ("Wav2Vec2ForAudioFrameClassification", SPEECH, FRAMES, 2, 16000, {"precision": "amp-bf16"}),
    ("Gemma3ForCausalLM", {**HEADED, "sliding_window": 48}, LM, 3, 133, odd("bf16")),
    ("Phi3ForCausalLM", SMALL, LM, 3, 133, odd("bf16")),
    ("Qwen2ForCausalLM", {**SMALL, **EAGER}, LM, 3, 133, odd("amp-bf16", cc=90)),
    ("GPT2LMHeadModel", GPT, LM, 3, 133, odd("bf16")),
    ("DistilBertForTokenClassification", {"n_layers": 2, "dim": 256, "hidden_dim": 512, "n_heads": 4}, MASKED_LM, 5, 77, {"precision": "bf16"}),
    ("XLMRobertaForTokenClassification", TEXT, LM, 5, 77, {"precision": "fp16"}),
    ("XLMRobertaForQuestionAnswering", {**TEXT, **EAGER}, SPANS, 5, 77, {"frozen": ["roberta.embeddings*"]}),
    ("DebertaV2ForTokenClassification", {**TEXT, "relative_attention": True, "pos_att_type": ["p2c", "c2p"], "position_buckets": 64}, LM, 3, 77, odd("bf16")),
    ("DebertaForQuestionAnswering", {**TEXT, "relative_attention": True, "pos_att_type": ["c2p", "p2c"]}, SPANS, 3, 77, {"precision": "bf16"}),
    ("ModernBertForQuestionAnswering", {**TEXT, **PADDED}, SPANS, 3, 133, {"precision": "bf16"}),
    ("AlbertForTokenClassification", {**TEXT, "embedding_size": 64}, LM, 5, 77, {"precision": "bf16"}),
    ("AlbertForMultipleChoice", {**TEXT, "embedding_size": 64, "num_hidden_groups": 2}, CHOICES, 3, 41, {"precision": "amp-bf16"}),
    ("Qwen3ForTokenClassification", {**HEADED, **EAGER}, LM, 3, 77, {"precision": "bf16"}),
    ("Qwen2ForQuestionAnswering", SMALL, SPANS, 3, 77, {"precision": "amp-fp16"}),
    ("MistralForQuestionAnswering", SMALL, SPANS, 3, 77, {"precision": "bf16"}),
    ("GemmaForTokenClassification", HEADED, LM, 3, 77, {"precision": "amp-bf16"}),
    ("PhiForTokenClassification", TEXT, LM, 3, 77, {"precision": "bf16"}),
    ("Gemma3ForSequenceClassification", {"text_config": {**TWO, "head_dim": 64}, "vision_config": SIGHT, "mm_tokens_per_image": 16, **PADDED}, SEQUENCES, 2, 77, {}),
    ("SmolLM3ForSequenceClassification", SMALL, SEQUENCES, 3, 77, {"precision": "bf16"}),
    ("GPTNeoXForSequenceClassification", {**TEXT, **PADDED}, SEQUENCES, 3, 77, {"precision": "bf16"}),
    ("MixtralForSequenceClassification", {**SMALL, "num_local_experts": 4}, SEQUENCES, 2, 77, {"precision": "bf16"}),
    ("Olmo2ForSequenceClassification", SMALL, SEQUENCES, 3, 77, {"precision": "amp-bf16"}),
    ("MptForSequenceClassification", {"d_model": 256, "n_layers": 2, "n_heads": 4, "vocab_size": 8192, **PADDED}, SEQUENCES, 3, 77, {"precision": "bf16"}),
    ("FalconForQuestionAnswering", {**TEXT, "alibi": True}, SPANS, 3, 77, {"precision": "bf16"}),
    ("MBartForQuestionAnswering", {**BART, **STEPPED, "scale_embedding": True}, SPANS, 3, 77, {"precision": "fp16"}),
    ("MT5ForQuestionAnswering", {**MT5, **PADDED, "feed_forward_proj": "gated-gelu"}, SPANS, 3, 77, {"precision": "amp-fp16"}),
    ("MarianMTModel", {**BART, **STEPPED}, LM, 3, 77, odd("bf16")),
    ("PegasusForConditionalGeneration", {**BART, **STEPPED}, LM, 3, 77, odd("bf16")),
    ("BlenderbotSmallForConditionalGeneration", {**BART, **STEPPED}, LM, 3, 77, odd("amp-bf16")),
    ("OPTForCausalLM", OPT, LM, 3, 133, odd("amp-fp16")),
    ("BloomForCausalLM", BLOOM, LM, 3, 133, odd("bf16")),
    ("FalconForCausalLM", {**TEXT, "new_decoder_architecture": True, "num_kv_heads": 2}, LM, 3, 77, odd("bf16")),
    ("GPTNeoXForCausalLM", TEXT, LM, 3, 133, odd("bf16")),
    ("GPTJForCausalLM", {**GPT, "n_layer": 2, "rotary_dim": 32}, LM, 3, 77, odd("fp16")),
    ("GPTNeoForCausalLM", {"hidden_size": 256, "num_layers": 2, "num_heads": 4, "vocab_size": 8192, "attention_types": [[["global", "local"], 1]]}, LM, 3, 77, odd("amp-bf16")),
    ("GPTBigCodeForCausalLM", {**GPT, **EAGER}, LM, 3, 77, odd("bf16")),
    ("Starcoder2ForCausalLM", SMALL, LM, 3, 77, odd("amp-bf16")),
    ("CohereForCausalLM", SMALL, LM, 3, 77, odd("bf16")),
    ("GraniteForCausalLM", SMALL, LM, 3, 77, odd("bf16")),
    ("Olmo2ForCausalLM", SMALL, LM, 3, 77, odd("bf16")),
    ("StableLmForCausalLM", {**SMALL, "qk_layernorm": True}, LM, 3, 77, odd("bf16")),
    ("NemotronForCausalLM", SMALL, LM, 3, 77, odd("bf16")),
    ("MixtralForCausalLM", {**SMALL, "num_local_experts": 4, "output_router_logits": True}, LM, 2, 77, odd("amp-bf16")),
    ("Qwen3MoeForCausalLM", {**HEADED, **EXPERTS, "num_experts": 4, "norm_topk_prob": True}, LM, 2, 77, odd("bf16")),
    ("GptOssForCausalLM", {**HEADED, "num_local_experts": 4, "num_experts_per_tok": 2}, LM, 2, 77, odd("bf16")),
    ("MambaForCausalLM", {"hidden_size": 256, "num_hidden_layers": 2, "vocab_size": 8192}, LM, 2, 33, odd("bf16")),
    ("Glm4ForCausalLM", HEADED, LM, 3, 77, odd("amp-bf16")),
    ("SwinForImageClassification", {"depths": [2, 2, 2, 2]}, CLASSES, 3, 224, odd("fp16")),
    ("Dinov2ForImageClassification", {**BASE, "drop_path_rate": 0.1}, CLASSES, 5, 224, odd("amp-bf16")),
    ("ConvNextV2ForImageClassification", {"depths": [2, 2, 2, 2]}, CLASSES, 5, 224, odd("bf16")),
    ("BeitForImageClassification", {**BASE, "use_relative_position_bias": True}, CLASSES, 3, 224, odd("bf16")),
    ("SegformerForSemanticSegmentation", {}, MAPS, 3, 128, odd("amp-bf16")),
    ("DPTForDepthEstimation", {**BASE, "num_hidden_layers": 4, "backbone_out_indices": [0, 1, 2, 3], "neck_hidden_sizes": [32, 64, 128, 128], "fusion_hidden_size": 64, "image_size": 128},
     {"pixel_values": "images", "labels": "depths"}, 2, 128, {}),
    ("ViTMAEForPreTraining", {**BASE, "decoder_hidden_size": 128, "decoder_num_hidden_layers": 2, "decoder_num_attention_heads": 4, "decoder_intermediate_size": 512},
     {"pixel_values": "images"}, 3, 224, odd("bf16")),
    ("BeitForMaskedImageModeling", {**BASE, "vocab_size": 8192, "use_mask_token": True}, {"pixel_values": "images", "bool_masked_pos": "masks"}, 3, 224, {}),
    ("SiglipModel", {"text_config": {**TOWER, "vocab_size": 8192}, "vision_config": TOWER}, {"input_ids": "tokens", "pixel_values": "images", "return_loss": True}, 5, 224, odd("bf16")),
    ("VideoMAEForVideoClassification", TOWER, {"pixel_values": "frames", "labels": "classes"}, 1, 224, odd("amp-bf16")),
    ("ASTForAudioClassification", TOWER, {"input_values": "spectrum", "labels": "classes"}, 3, 64, odd("bf16")),
    ("WavLMForAudioFrameClassification", SPEECH, FRAMES, 2, 16000, {}),
    ("Wav2Vec2ForXVector", {**SPEECH, "tdnn_dim": [64, 64, 64, 64, 128], "xvector_output_dim": 64}, WAVES, 3, 12000, odd("bf16")),
    ("UniSpeechSatForAudioFrameClassification", SPEECH, FRAMES, 2, 16000, {"precision": "bf16"}),
    ("WhisperForAudioClassification", {"encoder_layers": 2, "d_model": 256, "encoder_attention_heads": 4, "encoder_ffn_dim": 512}, {"input_features": "spectra", "labels": "classes"}, 3, 64, odd("amp-fp16")),
    ("LlavaForConditionalGeneration", {"text_config": {**TWO, "model_type": "llama"}, "vision_config": {**SIGHT, "model_type": "clip_vision_model"}, "image_token_index": 1}, LM, 2, 77, odd("bf16")),
    ("PaliGemmaForConditionalGeneration", {"text_config": {**TWO, "head_dim": 64, "model_type": "gemma"}, "vision_config": {**SIGHT, "model_type": "siglip_vision_model"}, "projection_dim": 256},
     {**LM, "token_type_ids": "tokens"}, 2, 77, odd("bf16")),
    ("Qwen2_5_VLForConditionalGeneration", {"text_config": {**TWO, "rope_scaling": {"type": "mrope", "mrope_section": [8, 12, 12], "rope_type": "default"}},
                                            "vision_config": {"depth": 2, "hidden_size": 128, "intermediate_size": 256, "out_hidden_size": 256, "num_heads": 4}}, LM, 2, 77, {"precision": "bf16"}),
    ("SmolVLMForConditionalGeneration", {"text_config": {**TWO, "model_type": "llama"}, "vision_config": SIGHT}, LM, 2, 77, {"precision": "bf16"}),
    ("LlavaOnevisionForConditionalGeneration", {"text_config": {**TWO, "model_type": "qwen2"}, "vision_config": {**SIGHT, "model_type": "siglip_vision_model"}}, LM, 2, 77, {"precision": "amp-bf16"}),
    ("Mistral3ForConditionalGeneration", {"text_config": {**HEADED, "num_hidden_layers": 2, "model_type": "mistral"}, "vision_config": {**SIGHT, "model_type": "pixtral"}}, LM, 2, 77, {}),
    ("InternVLForConditionalGeneration", {"text_config": {**TWO, "model_type": "qwen2"}, "vision_config": {**SIGHT, "image_size": [64, 64], "patch_size": [16, 16]}}, LM, 2, 77, {}),
    ("Qwen3VLForConditionalGeneration", {"text_config": {**TWO, "head_dim": 64, "rope_scaling": {"mrope_section": [12, 10, 10], "rope_type": "default"}},
                                         "vision_config": {"depth": 2, "hidden_size": 128, "intermediate_size": 256, "out_hidden_size": 256, "num_heads": 4, "deepstack_visual_indexes": [0]}}, LM, 2, 77, {"precision": "bf16"}),
    ("Florence2ForConditionalGeneration", {"text_config": {**BART, "model_type": "bart"}, "vision_config": {"depths": [1, 1, 1, 1], "embed_dim": [32, 64, 128, 256], "num_heads": [1, 2, 4, 8], "num_groups": [1, 2, 4, 8], "projection_dim": 256}}, LM, 2, 77, {}),
]
