"""Popular models at their real sizes or widths, under set-ups drawn at random, with a seed.

What varies is what `memfit train` offers: optimizer, precision, layout, recomputation, accumulation, gradients kept, parameters
frozen after the export, losses, the allocator's settings, device and workspace.
"""

import random

from configurations import CLASSES, LM, SEQUENCES

# Library, model, the constructor's arguments, batch, size of images, and the modules that are computed again.
IMAGES = [
    ("torchvision", "resnet101", {}, 16, 224, "names=layer?.*"),
    ("torchvision", "resnext101_32x8d", {}, 4, 224, "names=layer?"),
    ("torchvision", "regnet_y_3_2gf", {}, 8, 224, "names=trunk_output.block?.*"),
    ("torchvision", "convnext_large", {}, 2, 224, "names=features.[1357].*"),
    ("torchvision", "densenet169", {}, 8, 224, None),
    ("torchvision", "efficientnet_b4", {}, 4, 380, "names=features.[1-7].*"),
    ("torchvision", "efficientnet_v2_l", {}, 1, 480, "names=features.[1-7].*"),
    ("torchvision", "vgg19_bn", {}, 8, 224, "names=features"),
    ("torchvision", "vit_l_16", {}, 4, 224, "names=encoder.layers.*"),
    ("torchvision", "swin_b", {}, 8, 224, "names=features.[1357].*"),
    ("torchvision", "mnasnet0_75", {}, 64, 224, None),
    ("torchvision", "video.swin3d_t", {}, 1, 224, "names=features.[1357].*"),
    ("torchvision", "mobilenet_v2", {}, 128, 224, "names=features.*"),
    ("torchvision", "segmentation.deeplabv3_resnet50", {}, 2, 256, None),
    ("timm", "resnet50", {}, 128, 224, "blocks"),
    ("timm", "resnet152", {}, 8, 224, "blocks"),
    ("timm", "seresnext101_32x4d", {}, 8, 224, "blocks"),
    ("timm", "regnety_032", {}, 16, 224, "blocks"),
    ("timm", "efficientnet_b3", {}, 8, 288, "blocks"),
    ("timm", "tf_efficientnetv2_s", {}, 8, 300, "blocks"),
    ("timm", "convnext_small", {}, 8, 224, "blocks"),
    ("timm", "convnextv2_tiny", {}, 16, 224, "blocks"),
    ("timm", "vit_base_patch16_224", {}, 32, 224, "blocks"),
    ("timm", "vit_large_patch14_clip_224", {}, 2, 224, "blocks"),
    ("timm", "vit_base_patch14_dinov2", {}, 1, 518, "blocks"),
    ("timm", "deit3_base_patch16_224", {}, 8, 224, "blocks"),
    ("timm", "beit_large_patch16_224", {"depth": 6}, 4, 224, "blocks"),
    ("timm", "eva02_base_patch14_224", {}, 4, 224, "blocks"),
    ("timm", "swinv2_base_window8_256", {}, 4, 256, "blocks"),
    ("timm", "maxvit_small_tf_224", {}, 4, 224, "blocks"),
    ("timm", "coatnet_rmlp_2_rw_224", {}, 2, 224, "blocks"),
    ("timm", "mobilenetv4_conv_medium", {}, 16, 256, "names=blocks.*.*"),
    ("timm", "mobilenetv3_large_100", {}, 64, 224, "names=blocks.*.*"),
    ("timm", "fastvit_sa24", {}, 4, 256, "names=stages.?.blocks.*"),
    ("timm", "hrnet_w32", {}, 4, 224, None),
    ("timm", "dla60", {}, 16, 224, None),
    ("timm", "dpn107", {}, 4, 224, None),
    ("timm", "gcvit_base", {}, 2, 224, "names=stages.?.blocks.*"),
    ("timm", "davit_base", {}, 4, 224, "names=stages.?.blocks.*"),
    ("timm", "focalnet_base_srf", {}, 4, 224, "blocks"),
    ("timm", "mixer_b16_224", {}, 16, 224, "blocks"),
    ("timm", "poolformer_m36", {}, 4, 224, "blocks"),
    ("timm", "pvt_v2_b2", {}, 8, 224, "blocks"),
    ("timm", "efficientvit_b3", {}, 8, 224, "blocks"),
    ("timm", "mobileone_s2", {}, 8, 224, None),
    ("timm", "inception_next_base", {}, 4, 224, "blocks"),
    ("timm", "hgnetv2_b5", {}, 8, 224, "blocks"),
    ("timm", "repvgg_b1", {}, 4, 224, "names=stages.?"),
    ("timm", "tresnet_m", {}, 8, 224, "blocks"),
    ("timm", "nfnet_l0", {}, 8, 224, "names=stages.?"),
]

IMAGES_768 = {"num_hidden_layers": 4}
SEVEN = {"hidden_size": 4096, "intermediate_size": 11008, "num_hidden_layers": 1, "num_attention_heads": 32, "vocab_size": 32000}
QWEN = {"hidden_size": 896, "intermediate_size": 4864, "num_hidden_layers": 3, "num_attention_heads": 14, "num_key_value_heads": 2,
        "vocab_size": 151936, "tie_word_embeddings": True}
LARGE = {"hidden_size": 1024, "intermediate_size": 4096, "num_hidden_layers": 3, "num_attention_heads": 16}

# Modules that are computed again where the library's own method takes others than `--checkpointing blocks` finds: convolutions before
# the layers, or a layer that is the only one.
AGAIN = {"HubertForSequenceClassification": "names=hubert.encoder.layers.*", **dict.fromkeys(
    ["LlamaForCausalLM", "MistralForCausalLM", "Gemma2ForCausalLM", "Phi3ForCausalLM"], "names=model.layers.*")}

# Class, configuration, inputs, batch, length.
TEXTS = [
    ("BertForMaskedLM", LARGE, LM, 8, 384),
    ("BertForSequenceClassification", {"num_hidden_layers": 12, "attn_implementation": "eager"}, SEQUENCES, 32, 128),
    ("RobertaForMaskedLM", {"num_hidden_layers": 4, "vocab_size": 50265, "max_position_embeddings": 514, "pad_token_id": 1}, LM, 8, 256),
    ("DebertaV2ForMaskedLM", {"hidden_size": 768, "num_hidden_layers": 2, "num_attention_heads": 12, "intermediate_size": 3072,
                              "vocab_size": 128100, "relative_attention": True, "pos_att_type": ["p2c", "c2p"], "position_buckets": 256,
                              "share_att_key": True, "norm_rel_ebd": "layer_norm", "max_relative_positions": -1}, LM, 4, 256),
    ("DistilBertForSequenceClassification", {}, SEQUENCES, 16, 256),
    ("ElectraForPreTraining", {"num_hidden_layers": 4}, LM, 16, 128),
    ("ModernBertForMaskedLM", {"num_hidden_layers": 4}, LM, 2, 512),
    ("GPT2LMHeadModel", {"n_embd": 1024, "n_layer": 4, "n_head": 16}, LM, 2, 1024),
    ("GPT2LMHeadModel", {"n_layer": 4, "attn_implementation": "eager"}, LM, 4, 512),
    ("OPTForCausalLM", {"hidden_size": 768, "ffn_dim": 3072, "num_hidden_layers": 4, "num_attention_heads": 12}, LM, 4, 512),
    ("LlamaForCausalLM", SEVEN, LM, 1, 512),
    ("MistralForCausalLM", {**SEVEN, "intermediate_size": 14336, "num_key_value_heads": 8}, LM, 1, 512),
    ("Qwen2ForCausalLM", QWEN, LM, 2, 512),
    ("Qwen3ForCausalLM", {**QWEN, "hidden_size": 1024, "intermediate_size": 3072, "num_attention_heads": 16, "num_key_value_heads": 8,
                          "head_dim": 128}, LM, 2, 512),
    ("Gemma2ForCausalLM", {"hidden_size": 2304, "intermediate_size": 9216, "num_hidden_layers": 1, "num_attention_heads": 8,
                           "num_key_value_heads": 4, "head_dim": 256, "vocab_size": 64000}, LM, 1, 512),
    ("Phi3ForCausalLM", {**SEVEN, "hidden_size": 3072, "intermediate_size": 8192, "pad_token_id": 0}, LM, 1, 512),
    ("GPTNeoXForCausalLM", {"hidden_size": 1024, "intermediate_size": 4096, "num_hidden_layers": 3, "num_attention_heads": 16,
                            "vocab_size": 50304}, LM, 2, 512),
    ("T5ForConditionalGeneration", {"d_model": 768, "d_ff": 3072, "num_layers": 3, "num_heads": 12, "decoder_start_token_id": 0}, LM, 4, 256),
    ("BartForConditionalGeneration", {"d_model": 768, "encoder_layers": 3, "decoder_layers": 3, "encoder_attention_heads": 12,
                                      "decoder_attention_heads": 12, "encoder_ffn_dim": 3072, "decoder_ffn_dim": 3072}, LM, 4, 256),
    ("MarianMTModel", {"d_model": 512, "encoder_layers": 3, "decoder_layers": 3, "encoder_attention_heads": 8,
                       "decoder_attention_heads": 8, "encoder_ffn_dim": 2048, "decoder_ffn_dim": 2048, "vocab_size": 58101,
                       "pad_token_id": 58100, "decoder_start_token_id": 58100}, LM, 8, 128),
    ("WhisperForConditionalGeneration", {"d_model": 768, "encoder_layers": 2, "decoder_layers": 2, "encoder_attention_heads": 12,
                                         "decoder_attention_heads": 12, "encoder_ffn_dim": 3072, "decoder_ffn_dim": 3072},
     {"input_features": "spectra", "labels": "tokens"}, 2, 128),
    ("Wav2Vec2ForSequenceClassification", {"num_hidden_layers": 4, "layerdrop": 0.0, "apply_spec_augment": False},
     {"input_values": "waves", "labels": "classes"}, 2, 48000),
    ("HubertForSequenceClassification", {"num_hidden_layers": 3, "layerdrop": 0.0, "apply_spec_augment": False},
     {"input_values": "waves", "labels": "classes"}, 2, 32000),
    ("ViTForImageClassification", {}, CLASSES, 16, 224),
    ("Dinov2ForImageClassification", IMAGES_768, CLASSES, 16, 224),
    ("SwinForImageClassification", {"embed_dim": 128, "depths": [2, 2, 6, 2], "num_heads": [4, 8, 16, 32]}, CLASSES, 8, 224),
    ("ConvNextForImageClassification", {}, CLASSES, 8, 224),
    ("ViTMAEForPreTraining", IMAGES_768, {"pixel_values": "images"}, 16, 224),
    ("VideoMAEForVideoClassification", {"num_hidden_layers": 3}, {"pixel_values": "frames", "labels": "classes"}, 2, 224),
    ("SegformerForSemanticSegmentation", {"hidden_sizes": [64, 128, 320, 512], "depths": [2, 2, 2, 2]},
     {"pixel_values": "images", "labels": "maps"}, 4, 128),
    ("CLIPModel", {}, {"input_ids": "tokens", "pixel_values": "images", "return_loss": True}, 16, 224),
    ("PatchTSTForPrediction", {"num_input_channels": 7, "context_length": 512, "patch_length": 16, "patch_stride": 16,
                               "prediction_length": 96}, {"past_values": "history", "future_values": "future"}, 32, 512),
    ("MambaForCausalLM", {"num_hidden_layers": 2}, LM, 1, 64),
    ("AlbertForMaskedLM", {"hidden_size": 768, "intermediate_size": 3072, "num_attention_heads": 12, "num_hidden_layers": 6}, LM, 8, 256),
]

OPTIMIZERS = """
sgd sgd:momentum sgd:momentum,nesterov,weight-decay adam adamw nadam radam adamax adagrad adadelta rmsprop asgd rprop adafactor muon
adam:amsgrad adamw:fused adamw:loop sgd:momentum,fused rmsprop:momentum,centered adamw:amsgrad,fused none
""".split()
LOSSES = "cross-entropy:label-smoothing cross-entropy:probabilities mse l1 smooth-l1 huber bce-with-logits sum mean kl-divergence".split()
ALLOCATORS = ["expandable_segments:True"] * 3 + ["max_split_size_mb:64", "roundup_power2_divisions:4"]


def drawn(seed, case, again):
    """The case under a set-up of its own."""
    chance = random.Random(seed)
    case = {**case, "variant": f"varied-{seed}", "optimizer": chance.choice(OPTIMIZERS), "cc": chance.choice([80, 80, 80, 90]),
            "workspace": chance.random() < 0.5}
    precision = chance.choice([None, None, "bf16", "amp-bf16", "amp-bf16", "amp-fp16"])
    if precision:
        case["precision"] = precision
        # Attention in 16 bits on a device of compute capability 9.0 would ask cuDNN.
        case["cc"] = 80
    is_network = case["library"] != "transformers"
    if is_network and chance.random() < 0.3 and not case["model"].startswith("video."):
        case["layout"] = "channels_last"
    if is_network and chance.random() < 0.35 and "segmentation" not in case["model"]:
        case["loss"] = chance.choice(LOSSES)
    if again and chance.random() < 0.35:
        case["checkpointing"] = again
    if chance.random() < 0.2:
        case["accumulate"] = chance.choice([2, 3, 4])
    if chance.random() < 0.15:
        case["keep"] = True
    if chance.random() < 0.15:
        case["frozenLater"] = chance.choice([["*bias"], ["*norm*", "*bn*"], ["*embed*", "*stem*", "features.0*", "*shared*", "*wte*"]])
    if chance.random() < 0.3:
        case["allocator"] = chance.choice(ALLOCATORS)
    return case


def varied_cases():
    """Networks and texts in turn, so that a run that is cut short says something of both."""
    networks = [
        ({"library": library, "model": model, "arguments": arguments, "batch": batch, "size": size}, again)
        for library, model, arguments, batch, size, again in IMAGES]
    texts = [
        ({"library": "transformers", "model": kind, "arguments": configuration, "inputs": given, "batch": batch, "size": size},
         AGAIN.get(kind, "blocks"))
        for kind, configuration, given, batch, size in TEXTS]
    order = []
    for index in range(max(len(networks), len(texts))):
        order += networks[index:index + 1] + texts[index:index + 1]
    for seed, (case, again) in enumerate(order):
        yield drawn(seed, case, again)
