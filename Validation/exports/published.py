"""Models of transformers at the sizes they are published with, cut only in depth, in 16 bits and under autocast.

Measured for the first time after the program had been mended for all other lists.
"""

from configurations import CLASSES, LM, SEQUENCES, WAVES

EAGER = {"attn_implementation": "eager"}
TWO = {"num_hidden_layers": 2}
MASKED = {**LM, "attention_mask": "tokens"}
PAIR = {"encoder_layers": 2, "decoder_layers": 2}
SPANS = {"input_ids": "tokens", "start_positions": "classes", "end_positions": "classes"}
BART = {**PAIR, "d_model": 768, "encoder_ffn_dim": 3072, "decoder_ffn_dim": 3072, "encoder_attention_heads": 12, "decoder_attention_heads": 12}
SHIFTED = {"decoder_start_token_id": 0, "pad_token_id": 0}
WHISPER = {**BART, "vocab_size": 51865, **SHIFTED}
HEARD = {"input_features": "spectra", "labels": "tokens"}
DEBERTA = {**TWO, "vocab_size": 128100, "relative_attention": True, "position_buckets": 256, "pos_att_type": ["p2c", "c2p"], "norm_rel_ebd": "layer_norm",
           "share_att_key": True, "max_relative_positions": -1, "position_biased_input": False, "type_vocab_size": 0}
T5 = {"d_model": 768, "d_kv": 64, "d_ff": 3072, "num_heads": 12, "num_layers": 2, "decoder_start_token_id": 0}
TINY_LLAMA = {"hidden_size": 2048, "intermediate_size": 5632, "num_attention_heads": 32, "num_key_value_heads": 4, "vocab_size": 32000, "num_hidden_layers": 2}
CLIP = {"text_config": {**TWO, "vocab_size": 49408}, "vision_config": {**TWO, "patch_size": 32}}
SHOWN = {"input_ids": "tokens", "pixel_values": "images", "return_loss": True}
SPEECH = {**TWO, "apply_spec_augment": False, "layerdrop": 0.0}

# Type, configuration, inputs, batch, size (of a sequence, an image or a wave), precision.
PUBLISHED = [
    ("BertForSequenceClassification", TWO, SEQUENCES, 16, 128, "amp-fp16"),
    ("BertForMaskedLM", TWO, MASKED, 6, 384, "bf16"),
    ("RobertaForMaskedLM", {**TWO, "vocab_size": 50265, "max_position_embeddings": 514, "type_vocab_size": 1}, MASKED, 4, 500, "fp16"),
    ("DistilBertForSequenceClassification", {"n_layers": 2}, SEQUENCES, 24, 160, "bf16"),
    ("DebertaV2ForQuestionAnswering", DEBERTA, SPANS, 4, 256, "amp-bf16"),
    ("DebertaV2ForTokenClassification", DEBERTA, LM, 3, 200, "fp16"),
    ("ElectraForSequenceClassification", {**TWO, "embedding_size": 768, "hidden_size": 768, "num_attention_heads": 12, "intermediate_size": 3072}, SEQUENCES, 12, 200, "bf16"),
    ("AlbertForMaskedLM", {**TWO, "hidden_size": 768, "num_attention_heads": 12, "intermediate_size": 3072}, LM, 6, 256, "amp-fp16"),
    ("XLMRobertaForSequenceClassification", {**TWO, "vocab_size": 250002, "max_position_embeddings": 514, "type_vocab_size": 1}, SEQUENCES, 8, 256, "amp-fp16"),
    ("MPNetForQuestionAnswering", TWO, SPANS, 6, 300, "fp16"),
    ("ModernBertForSequenceClassification", {**TWO, "pad_token_id": 0}, SEQUENCES, 4, 512, "bf16"),
    ("GPT2LMHeadModel", {"n_layer": 2}, MASKED, 3, 768, "amp-bf16"),
    ("GPT2ForSequenceClassification", {"n_layer": 2, "pad_token_id": 0}, SEQUENCES, 5, 320, "fp16"),
    ("OPTForCausalLM", {**TWO, "vocab_size": 50272}, LM, 3, 512, "bf16"),
    ("BloomForCausalLM", {"n_layer": 2, "hidden_size": 1024, "n_head": 16, "vocab_size": 250880}, LM, 2, 320, "bf16"),
    ("GPTNeoXForCausalLM", {**TWO, "hidden_size": 768, "num_attention_heads": 12, "intermediate_size": 3072, "vocab_size": 50304}, LM, 3, 400, "fp16"),
    ("LlamaForCausalLM", {"num_hidden_layers": 1, "hidden_size": 2048, "intermediate_size": 8192, "num_attention_heads": 32, "num_key_value_heads": 8, "vocab_size": 128256,
                          "head_dim": 64, "tie_word_embeddings": True}, LM, 1, 640, "amp-bf16"),
    ("LlamaForSequenceClassification", {**TINY_LLAMA, "pad_token_id": 0}, SEQUENCES, 2, 700, "bf16"),
    ("LlamaForTokenClassification", {**TWO, "hidden_size": 576, "intermediate_size": 1536, "num_attention_heads": 9, "num_key_value_heads": 3, "vocab_size": 49152}, LM, 4, 512, "fp16"),
    ("Qwen2ForCausalLM", {**TWO, "hidden_size": 896, "intermediate_size": 4864, "num_attention_heads": 14, "num_key_value_heads": 2, "vocab_size": 151936,
                          "tie_word_embeddings": True}, MASKED, 2, 300, "amp-fp16"),
    ("Qwen3ForCausalLM", {**TWO, "hidden_size": 1024, "intermediate_size": 3072, "num_attention_heads": 16, "num_key_value_heads": 8, "head_dim": 128, "vocab_size": 151936,
                          "tie_word_embeddings": True}, LM, 2, 320, "bf16"),
    ("GemmaForCausalLM", {"num_hidden_layers": 1, "hidden_size": 2048, "intermediate_size": 16384, "num_attention_heads": 8, "num_key_value_heads": 1, "head_dim": 256,
                          "vocab_size": 256000}, LM, 1, 256, "bf16"),
    ("Gemma3ForCausalLM", {**TWO, "hidden_size": 640, "intermediate_size": 2048, "num_attention_heads": 4, "num_key_value_heads": 1, "head_dim": 256, "vocab_size": 262144,
                           "sliding_window": 512}, LM, 1, 600, "amp-bf16"),
    ("MistralForSequenceClassification", {"num_hidden_layers": 1, "hidden_size": 4096, "intermediate_size": 14336, "num_attention_heads": 32, "num_key_value_heads": 8,
                                          "vocab_size": 32000, "pad_token_id": 0}, SEQUENCES, 1, 512, "bf16"),
    ("PhiForCausalLM", {**TWO, "hidden_size": 2048, "intermediate_size": 8192, "num_attention_heads": 32, "vocab_size": 51200}, LM, 2, 256, "fp16"),
    ("FalconForCausalLM", {**TWO, "hidden_size": 2048, "num_attention_heads": 32, "vocab_size": 50304, "alibi": True, "multi_query": False, "bias": True, "parallel_attn": False}, LM, 2, 300, "bf16"),
    ("MambaForCausalLM", {**TWO, "vocab_size": 50280}, LM, 2, 40, "amp-bf16"),
    ("T5ForConditionalGeneration", {**T5, "vocab_size": 32128}, MASKED, 4, 256, "bf16"),
    ("T5ForTokenClassification", {"d_model": 512, "d_kv": 64, "d_ff": 2048, "num_heads": 8, "num_layers": 2, "vocab_size": 32128, "pad_token_id": 0}, LM, 3, 180, "fp16"),
    ("MT5ForConditionalGeneration", {**T5, "d_ff": 2048, "vocab_size": 250112}, LM, 2, 128, "amp-bf16"),
    ("BartForConditionalGeneration", {**BART, "vocab_size": 50265}, LM, 3, 256, "fp16"),
    ("BartForQuestionAnswering", {**BART, "vocab_size": 50265}, SPANS, 4, 300, "amp-bf16"),
    ("PegasusForConditionalGeneration", {**PAIR, "d_model": 1024, "encoder_ffn_dim": 4096, "decoder_ffn_dim": 4096, "encoder_attention_heads": 16,
                                         "decoder_attention_heads": 16, "vocab_size": 96103, **SHIFTED}, LM, 2, 200, "amp-fp16"),
    ("MarianMTModel", {**PAIR, "d_model": 512, "encoder_ffn_dim": 2048, "decoder_ffn_dim": 2048, "encoder_attention_heads": 8, "decoder_attention_heads": 8,
                       "vocab_size": 58101, "scale_embedding": True, "activation_function": "swish", "max_position_embeddings": 512, **SHIFTED, "pad_token_id": 58100}, LM, 4, 160, "fp16"),
    ("WhisperForConditionalGeneration", WHISPER, HEARD, 2, 120, "amp-fp16"),
    ("WhisperForConditionalGeneration", {**WHISPER, **EAGER}, HEARD, 2, 60, "bf16"),
    ("ViTForImageClassification", TWO, CLASSES, 24, 224, "amp-fp16"),
    ("DeiTForImageClassification", TWO, CLASSES, 16, 224, "bf16"),
    ("BeitForImageClassification", {**TWO, "use_relative_position_bias": True, "use_absolute_position_embeddings": False}, CLASSES, 12, 224, "fp16"),
    ("Dinov2ForImageClassification", {**TWO, "image_size": 518, "patch_size": 14}, CLASSES, 6, 224, "amp-fp16"),
    ("SwinForImageClassification", {"depths": [2, 2, 2, 2]}, CLASSES, 12, 224, "amp-fp16"),
    ("ConvNextForImageClassification", {"depths": [2, 2, 2, 2]}, CLASSES, 12, 224, "bf16"),
    ("SegformerForSemanticSegmentation", {"depths": [2, 2, 2, 2]}, {"pixel_values": "images", "labels": "maps"}, 2, 512, "fp16"),
    ("CLIPModel", CLIP, SHOWN, 12, 224, "amp-fp16"),
    ("SiglipModel", {"text_config": TWO, "vision_config": TWO}, SHOWN, 8, 224, "bf16"),
    ("Wav2Vec2ForSequenceClassification", SPEECH, WAVES, 4, 32000, "amp-fp16"),
    ("HubertForSequenceClassification", SPEECH, WAVES, 3, 32000, "bf16"),
    ("WavLMForSequenceClassification", SPEECH, WAVES, 3, 24000, "amp-bf16"),
    ("ASTForAudioClassification", TWO, {"input_values": "spectrum", "labels": "classes"}, 3, 64, "amp-fp16"),
    ("ViTMAEForPreTraining", {**TWO, "decoder_num_hidden_layers": 2}, {"pixel_values": "images"}, 8, 224, "amp-bf16"),
    ("VideoMAEForVideoClassification", TWO, {"pixel_values": "frames", "labels": "classes"}, 1, 224, "fp16"),
    ("BlipForConditionalGeneration", {"text_config": TWO, "vision_config": {**TWO, "image_size": 224}}, {"input_ids": "tokens", "pixel_values": "images", "labels": "tokens"}, 3, 224, "amp-fp16"),
    ("ResNetForImageClassification", {"depths": [2, 2, 2, 2]}, CLASSES, 16, 224, "amp-fp16"),
]

# Measured for the first time after the program had been mended for those above.
PUBLISHED_LATER = [
    ("CamembertForMaskedLM", {**TWO, "vocab_size": 32005, "max_position_embeddings": 514, "type_vocab_size": 1, "pad_token_id": 1}, MASKED, 4, 300, "bf16"),
    ("EsmForMaskedLM", {**TWO, "vocab_size": 33, "hidden_size": 640, "num_attention_heads": 20, "intermediate_size": 2560, "pad_token_id": 1, "mask_token_id": 32, "position_embedding_type": "rotary"}, LM, 4, 400, "amp-bf16"),
    ("GPTNeoForCausalLM", {"hidden_size": 768, "num_layers": 2, "num_heads": 12, "vocab_size": 50257, "attention_types": [[["global", "local"], 1]]}, LM, 2, 500, "fp16"),
    ("CodeGenForCausalLM", {"n_embd": 1024, "n_layer": 2, "n_head": 16, "rotary_dim": 32, "vocab_size": 51200}, LM, 2, 300, "amp-fp16"),
    ("Phi3ForCausalLM", {"num_hidden_layers": 1, "hidden_size": 3072, "intermediate_size": 8192, "num_attention_heads": 32, "num_key_value_heads": 32, "vocab_size": 32064, "pad_token_id": 0}, LM, 1, 500, "bf16"),
    ("Gemma2ForCausalLM", {"num_hidden_layers": 1, "hidden_size": 2304, "intermediate_size": 9216, "num_attention_heads": 8, "num_key_value_heads": 4, "head_dim": 256, "vocab_size": 256000}, LM, 1, 300, "amp-bf16"),
    ("StableLmForCausalLM", {**TWO, "hidden_size": 2048, "intermediate_size": 5632, "num_attention_heads": 32, "num_key_value_heads": 32, "vocab_size": 100352, "use_qkv_bias": True}, LM, 1, 400, "fp16"),
    ("Olmo2ForCausalLM", {"num_hidden_layers": 1, "hidden_size": 2048, "intermediate_size": 8192, "num_attention_heads": 16, "num_key_value_heads": 16, "vocab_size": 100352}, LM, 1, 300, "amp-fp16"),
    ("Starcoder2ForSequenceClassification", {**TWO, "hidden_size": 3072, "intermediate_size": 12288, "num_attention_heads": 24, "num_key_value_heads": 2, "vocab_size": 49152, "pad_token_id": 0}, SEQUENCES, 1, 400, "bf16"),
    ("GPTBigCodeForCausalLM", {"n_layer": 2, "n_embd": 2048, "n_head": 16, "vocab_size": 49280}, LM, 1, 512, "bf16"),
    ("XLNetForSequenceClassification", {"n_layer": 2}, SEQUENCES, 4, 160, "amp-bf16"),
    ("DistilBertForQuestionAnswering", {"n_layers": 2, **EAGER}, SPANS, 6, 200, "amp-bf16"),
    ("BlenderbotSmallForConditionalGeneration", {**PAIR, "d_model": 512, "encoder_ffn_dim": 2048, "decoder_ffn_dim": 2048, "encoder_attention_heads": 16, "decoder_attention_heads": 16,
                                                 "vocab_size": 54944, **SHIFTED}, LM, 3, 128, "bf16"),
    ("Swinv2ForImageClassification", {"depths": [2, 2, 2, 2], "image_size": 256, "window_size": 8}, CLASSES, 8, 256, "amp-bf16"),
    ("ConvNextV2ForImageClassification", {"depths": [2, 2, 2, 2]}, CLASSES, 10, 224, "amp-fp16"),
    ("MobileViTForImageClassification", {"num_hidden_layers": 2}, CLASSES, 8, 256, "fp16"),
    ("PvtV2ForImageClassification", {}, CLASSES, 8, 224, "bf16"),
    ("LevitForImageClassification", {"depths": [2, 2, 2]}, CLASSES, 16, 224, "amp-fp16"),
    ("Data2VecVisionForImageClassification", {**TWO, "use_relative_position_bias": True}, CLASSES, 8, 224, "bf16"),
    ("UniSpeechSatForSequenceClassification", SPEECH, WAVES, 3, 28000, "bf16"),
    ("Data2VecAudioForSequenceClassification", SPEECH, WAVES, 3, 28000, "amp-fp16"),
    ("HubertForSequenceClassification", {**SPEECH, **EAGER}, WAVES, 2, 36000, "amp-bf16"),
    ("ChineseCLIPModel", {"text_config": TWO, "vision_config": TWO}, {"input_ids": "tokens", "pixel_values": "images", "return_loss": True}, 6, 224, "amp-bf16"),
]


def published_cases(text_case):
    """The cases, each of a variant of its own where another list has the type too."""
    cases = []
    for index, (*entry, precision) in enumerate(PUBLISHED + PUBLISHED_LATER):
        kind = ["eager"] if "attn_implementation" in entry[1] else []
        # Attention in 16 bits on a device of compute capability 9.0 would ask cuDNN.
        cases.append({**text_case(index + 3, entry), "variant": "-".join(["published", *kind]), "precision": precision, "cc": 80})
    return cases
