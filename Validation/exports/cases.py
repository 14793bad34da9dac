"""What is exported and measured: models of torchvision, timm and transformers beyond the built-in architectures.

A case names a library and a constructor with its arguments, what the module is called with, and how it is
trained. Depths and widths are cut where that keeps an export small: the operators stay those of the whole model.
"""

from configurations import BART, BASE, CLASSES, DECODER, LM, MT5, SEQUENCES, SPEECH, WAVES
from drawn import drawn_cases
from further import (
    FURTHER_BLOCKS, FURTHER_PRECISE, FURTHER_SIZES, FURTHER_TIMM, FURTHER_TORCHVISION, FURTHER_TRANSFORMERS,
)
from networks_more import MORE_BLOCKS, MORE_PRECISE, MORE_SIZES, MORE_TIMM, MORE_TORCHVISION
from own import own_cases
from published import published_cases
from transformers_heads import HEADS_TRANSFORMERS
from transformers_more import MORE_PRECISE as PRECISE_TRANSFORMERS
from transformers_more import MORE_TRANSFORMERS
from transformers_trained import TRAINED_LAST, TRAINED_LATER, TRAINED_TRANSFORMERS
from transformers_wide import WIDE_TRANSFORMERS as FURTHER_HEADS
from unfamiliar import (
    UNFAMILIAR_BLOCKS, UNFAMILIAR_LATER, UNFAMILIAR_SIZES, UNFAMILIAR_TIMM, UNFAMILIAR_TORCHVISION, unusual_cases,
)
from unmeasured import unmeasured_cases
from untried import UNTRIED_BLOCKS, UNTRIED_PRECISE, UNTRIED_SIZES, UNTRIED_TIMM, UNTRIED_TRANSFORMERS
from varied import varied_cases

OPTIMIZERS = ["sgd", "sgdm", "adam", "adamw"]
BATCHES = [8, 16, 4, 32]

TORCHVISION = """
resnet18 mobilenet_v3_small efficientnet_b0 densenet121 shufflenet_v2_x1_0 regnet_y_400mf convnext_tiny swin_t swin_v2_t
vit_b_32 maxvit_t googlenet mnasnet0_5 squeezenet1_1 alexnet vgg11
segmentation.fcn_resnet50 segmentation.deeplabv3_mobilenet_v3_large segmentation.lraspp_mobilenet_v3_large
video.r3d_18 video.mc3_18 video.r2plus1d_18 video.s3d video.mvit_v2_s video.swin3d_t
""".split()

TIMM = """
resnet18 resnext50_32x4d ecaresnet26t seresnet50 regnety_004 efficientnet_b0 mobilenetv3_small_100
mobilenetv4_conv_small mobilenetv4_hybrid_medium vit_tiny_patch16_224 deit_tiny_distilled_patch16_224
beit_base_patch16_224 cait_xxs24_224 xcit_nano_12_p16_224 swin_tiny_patch4_window7_224 swinv2_tiny_window8_256
convnext_atto convnextv2_atto coatnet_0_rw_224 maxvit_rmlp_pico_rw_256 mixer_s32_224 resmlp_12_224 poolformer_s12
pvt_v2_b0 twins_svt_small levit_128s mobilevit_xxs mobilevitv2_050 nfnet_f0 res2net50_26w_4s densenet121 dla34
hrnet_w18_small vgg11_bn ghostnet_100 fastvit_t8 edgenext_xx_small focalnet_tiny_srf davit_tiny hiera_tiny_224
eva02_tiny_patch14_224 tiny_vit_5m_224 efficientformer_l1 gmlp_s16_224 crossvit_9_240 visformer_tiny repvgg_a0
skresnet18 resnest14d cspresnet50 darknet53 inception_next_tiny convmixer_768_32 volo_d1_224 efficientvit_b0
tresnet_m rexnet_100 hardcorenas_a tf_efficientnetv2_b0 selecsls42b vovnet39a xception41 inception_v4
deit3_small_patch16_224 vit_small_patch16_dinov3 mambaout_femto repvit_m1 starnet_s1 sequencer2d_s gcvit_xxtiny
nextvit_small pit_ti_224 tnt_s_patch16_224 convit_tiny coat_lite_tiny nest_tiny
""".split()

# Asked for after the program was written, to see how it does on what nobody had in mind.
LATER = """
mvitv2_tiny botnet26t_256 halonet26t lambda_resnet26t resnetv2_50 mobileone_s0 tf_mixnet_s dpn68 cs3darknet_s
lcnet_050 hgnetv2_b0 eca_nfnet_l0 repghostnet_050 seresnext26d_32x4d
""".split()

# A third turn, wider: families of which no member stands above, and members with other heads.
WIDER = """
caformer_s18 samvit_base_patch16_224 ghostnetv2_100 vit_relpos_small_patch16_224 efficientformerv2_s0 rdnet_tiny
inception_resnet_v2 swinv2_cr_tiny_224 vit_base_patch16_siglip_224 efficientvit_m0 shvit_s1 iformer_t mnasnet_small
twins_pcpvt_small coat_tiny swiftformer_xs vitamin_small_224 fasternet_t0 regnetz_b16 vit_srelpos_small_patch16_224
xception convformer_s18 bat_resnext26ts eca_halonext26ts gernet_s lowformer_b0 tinynet_d efficientvim_m1
naflexvit_base_patch16_gap vit_small_resnet26d_224 legacy_seresnet18 densenetblur121d ese_vovnet19b_slim gmixer_12_224
fbnetv3_b csatv2 cpubone_nano cspnext_tiny tf_efficientnet_cc_b0_4e res2next50 hieradet_small poolformerv2_s12
gcresnet33ts nf_regnet_b0 swin_s3_tiny_224 ghostnetv3_050 levit_conv_128s vit_wee_patch16_reg1_gap_256 qwen3_vit_88m
eva02_small_patch14_224 seresnextaa101d_32x8d convmixer_768_32
""".split()

# Segmentation and video of torchvision, after the others.
LATER_TORCHVISION = "segmentation.deeplabv3_resnet50 video.mvit_v1_b segmentation.fcn_resnet101".split()

# Sizes of images where the usual 224 does not go.
SIZES = {
    "swinv2_tiny_window8_256": 256, "maxvit_rmlp_pico_rw_256": 256, "crossvit_9_240": 240,
    "mobilevit_xxs": 256, "mobilevitv2_050": 256, "inception_v4": 299, "xception41": 299,
    "segmentation.fcn_resnet50": 128, "segmentation.deeplabv3_mobilenet_v3_large": 192,
    "segmentation.lraspp_mobilenet_v3_large": 192, "video.r3d_18": 112, "video.mc3_18": 112,
    "video.r2plus1d_18": 112, "vit_small_patch16_dinov3": 256,
    "segmentation.deeplabv3_resnet50": 128, "segmentation.fcn_resnet101": 128, "vit_wee_patch16_reg1_gap_256": 256,
    "eca_halonext26ts": 256, "bat_resnext26ts": 256, "inception_resnet_v2": 299, "xception": 299, "csatv2": 256,
    "botnet26t_256": 256, "halonet26t": 256, "lambda_resnet26t": 256, "cs3darknet_s": 256, **UNTRIED_SIZES, **FURTHER_SIZES,
    **MORE_SIZES, **UNFAMILIAR_SIZES,
}

BLOCKS = {
    "beit_base_patch16_224": {"depth": 3}, "cait_xxs24_224": {"depth": 4},
    "xcit_nano_12_p16_224": {"depth": 3}, "deit3_small_patch16_224": {"depth": 4},
    "samvit_base_patch16_224": {"depth": 3, "global_attn_indexes": (2,)}, "vit_base_patch16_siglip_224": {"depth": 3},
    "vit_relpos_small_patch16_224": {"depth": 4}, "vit_srelpos_small_patch16_224": {"depth": 4},
    "naflexvit_base_patch16_gap": {"depth": 3}, "qwen3_vit_88m": {"depth": 4}, "eva02_small_patch14_224": {"depth": 4},
    "seresnextaa101d_32x8d": {"layers": (2, 2, 2, 2)}, **UNTRIED_BLOCKS, **FURTHER_BLOCKS,
    **MORE_BLOCKS, **UNFAMILIAR_BLOCKS,
}


def image_case(library, index, name):
    video = name.startswith("video.")
    batch = BATCHES[index % 4]
    return {
        "library": library, "model": name, "arguments": BLOCKS.get(name, {}) if library == "timm" else {},
        "batch": max(2, batch // 4) if video or name.startswith("segmentation.") else batch,
        "size": SIZES.get(name, 224), "optimizer": OPTIMIZERS[(index // 2) % 4],
        "cc": 90 if index % 8 == 5 else 80, "workspace": index % 3 != 2}


# Class, configuration, inputs, batch, length of text or size of image.
TRANSFORMERS = [
    ("GPT2LMHeadModel", {"n_layer": 3}, LM, 8, 256),
    ("BertForMaskedLM", {"num_hidden_layers": 3}, LM, 8, 256),
    ("BertForSequenceClassification", {**BASE}, {"input_ids": "tokens", "labels": "classes"}, 16, 128),
    ("LlamaForCausalLM", DECODER, LM, 4, 256),
    ("T5ForConditionalGeneration", {"num_layers": 2, "decoder_start_token_id": 0}, LM, 4, 128),
    ("ViTForImageClassification", {**BASE}, CLASSES, 16, 224),
    ("WhisperForConditionalGeneration", {"encoder_layers": 2, "decoder_layers": 2},
     {"input_features": "spectra", "labels": "tokens"}, 2, 64),
    ("DistilBertForMaskedLM", {"n_layers": 2}, LM, 8, 128),
    ("RobertaForMaskedLM", {**BASE, "max_position_embeddings": 514}, LM, 8, 256),
    ("OPTForCausalLM", {"hidden_size": 256, "ffn_dim": 1024, "num_hidden_layers": 3, "num_attention_heads": 4}, LM, 4, 256),
    ("Qwen2ForCausalLM", DECODER, LM, 4, 256),
    ("Qwen3ForCausalLM", {**DECODER, "head_dim": 64}, LM, 8, 128),
    ("MistralForCausalLM", DECODER, LM, 4, 256),
    ("GemmaForCausalLM", {**DECODER, "head_dim": 64}, LM, 4, 256),
    ("Gemma2ForCausalLM", {**DECODER, "head_dim": 64}, LM, 4, 256),
    ("CLIPModel", {}, {"input_ids": "tokens", "pixel_values": "images", "return_loss": True}, 8, 224),
    ("SwinForImageClassification", {"depths": [2, 2, 2, 2]}, CLASSES, 8, 224),
    ("ConvNextForImageClassification", {"depths": [2, 2, 2, 2]}, CLASSES, 8, 224),
    ("DeiTForImageClassification", {**BASE}, CLASSES, 16, 224),
    ("BeitForImageClassification", {**BASE}, CLASSES, 8, 224),
    ("SegformerForSemanticSegmentation", {}, {"pixel_values": "images", "labels": "maps"}, 4, 128),
    ("PhiForCausalLM", {**BASE, "vocab_size": 8192}, LM, 4, 256),
    ("GPTNeoXForCausalLM", {**BASE, "vocab_size": 8192}, LM, 4, 256),
    ("BartForConditionalGeneration", {"encoder_layers": 2, "decoder_layers": 2}, LM, 4, 128),
    ("ElectraForMaskedLM", {**BASE}, LM, 8, 256),
    ("AlbertForMaskedLM", {**BASE}, LM, 8, 256),
    ("BloomForCausalLM", {"n_layer": 3, "hidden_size": 256, "n_head": 4, "vocab_size": 8192}, LM, 4, 256),
    ("ResNetForImageClassification", {}, CLASSES, 8, 224),
    ("Dinov2ForImageClassification", {**BASE}, CLASSES, 8, 224),
    ("MPNetForMaskedLM", {**BASE}, LM, 8, 128),
    ("XLMRobertaForSequenceClassification", {**BASE}, {"input_ids": "tokens", "labels": "classes"}, 8, 128),
    ("MobileViTForImageClassification", {}, CLASSES, 4, 256),
    ("Phi3ForCausalLM", {**DECODER, "pad_token_id": 0}, LM, 4, 256),
    ("SmolLM3ForCausalLM", {**DECODER, "pad_token_id": 0}, LM, 4, 256),
    ("Olmo2ForCausalLM", {**DECODER, "pad_token_id": 0}, LM, 4, 256),
]

LATER_TRANSFORMERS = [
    ("MobileBertForMaskedLM", {"num_hidden_layers": 4}, LM, 8, 128),
    ("GPTNeoForCausalLM", {"hidden_size": 256, "num_layers": 4, "num_heads": 4,
                           "attention_types": [[["global", "local"], 2]]}, LM, 4, 256),
    ("FalconForCausalLM", {**BASE, "vocab_size": 8192}, LM, 4, 256),
    ("StableLmForCausalLM", DECODER, LM, 4, 256),
    ("Starcoder2ForCausalLM", DECODER, LM, 4, 256),
    ("GPTJForCausalLM", {"n_embd": 256, "n_layer": 3, "n_head": 4, "rotary_dim": 32, "vocab_size": 8192}, LM, 4, 256),
    ("MarianMTModel", {"encoder_layers": 2, "decoder_layers": 2, "vocab_size": 8192, "pad_token_id": 0,
                       "decoder_start_token_id": 0}, LM, 4, 128),
    ("GPTBigCodeForCausalLM", {"n_embd": 256, "n_layer": 3, "n_head": 4, "vocab_size": 8192}, LM, 4, 256),
    ("MptForCausalLM", {"d_model": 256, "n_layers": 3, "n_heads": 4, "vocab_size": 8192}, LM, 4, 256),
    ("CohereForCausalLM", {**DECODER, "pad_token_id": 0}, LM, 4, 256),
    ("ConvNextV2ForImageClassification", {"depths": [2, 2, 2, 2]}, CLASSES, 8, 224),
    ("Swinv2ForImageClassification", {"depths": [2, 2, 2, 2], "image_size": 256, "window_size": 8}, CLASSES, 8, 256),
    ("PoolFormerForImageClassification", {"depths": [2, 2, 2, 2]}, CLASSES, 8, 224),
    ("RegNetForImageClassification", {}, CLASSES, 8, 224),
    ("LevitForImageClassification", {}, CLASSES, 8, 224),
    ("GlmForCausalLM", {**DECODER, "head_dim": 64, "pad_token_id": 0}, LM, 4, 256),
]

WIDER_TRANSFORMERS = [
    ("DebertaV2ForMaskedLM", {**BASE, "vocab_size": 8192, "relative_attention": True, "pos_att_type": ["p2c", "c2p"]}, LM, 4, 128),
    ("T5ForConditionalGeneration", {**MT5, "feed_forward_proj": "gated-gelu"}, LM, 4, 128),
    ("MT5ForConditionalGeneration", MT5, LM, 4, 128),
    ("BartForConditionalGeneration", {**BART, "dropout": 0.0}, LM, 4, 128),
    ("MBartForConditionalGeneration", BART, LM, 4, 128),
    ("PegasusForConditionalGeneration", {**BART, "decoder_start_token_id": 0, "pad_token_id": 0}, LM, 4, 128),
    ("Wav2Vec2ForSequenceClassification", SPEECH, WAVES, 2, 16000),
    ("HubertForSequenceClassification", SPEECH, WAVES, 2, 16000),
    ("Gemma3ForCausalLM", {**DECODER, "head_dim": 64}, LM, 4, 256),
    ("MambaForCausalLM", {"hidden_size": 256, "num_hidden_layers": 2, "vocab_size": 8192}, LM, 2, 64),
    ("XLMWithLMHeadModel", {"emb_dim": 256, "n_layers": 3, "n_heads": 4, "vocab_size": 8192}, LM, 4, 128),
    ("ModernBertForMaskedLM", {**BASE, "vocab_size": 8192, "pad_token_id": 0}, LM, 4, 256),
    ("GraniteForCausalLM", DECODER, LM, 4, 256),
    ("OlmoForCausalLM", {**DECODER, "pad_token_id": 0}, LM, 4, 256),
    ("CodeGenForCausalLM", {"n_embd": 256, "n_layer": 3, "n_head": 4, "rotary_dim": 32, "vocab_size": 8192}, LM, 4, 256),
    ("SiglipModel", {"text_config": {**BASE, "vocab_size": 8192}, "vision_config": {**BASE}},
     {"input_ids": "tokens", "pixel_values": "images", "return_loss": True}, 8, 224),
    ("ViltForQuestionAnswering", {**BASE}, {"input_ids": "tokens", "pixel_values": "images", "labels": "answers"}, 4, 384),
    ("SegformerForImageClassification", {}, CLASSES, 8, 224),
    ("PvtV2ForImageClassification", {}, CLASSES, 8, 224),
    ("PvtForImageClassification", {}, CLASSES, 8, 224),
    ("CvtForImageClassification", {"depth": [1, 2, 4]}, CLASSES, 8, 224),
    ("EfficientNetForImageClassification", {"depth_coefficient": 1.0, "width_coefficient": 1.0}, CLASSES, 8, 224),
    ("MobileNetV2ForImageClassification", {}, CLASSES, 8, 224),
    ("HieraForImageClassification", {"depths": [1, 2, 3, 2]}, CLASSES, 8, 224),
    ("FocalNetForImageClassification", {}, CLASSES, 8, 224),
    ("BitForImageClassification", {"depths": [1, 1, 1, 1]}, CLASSES, 8, 224),
    ("VideoMAEForVideoClassification", {**BASE}, {"pixel_values": "frames", "labels": "classes"}, 2, 224),
    ("ASTForAudioClassification", {**BASE}, {"input_values": "spectrum", "labels": "classes"}, 4, 64),
    ("ConvBertForMaskedLM", {**BASE, "vocab_size": 8192}, LM, 4, 128),
    ("DebertaForSequenceClassification", {**BASE, "vocab_size": 8192}, SEQUENCES, 8, 128),
    ("RoFormerForMaskedLM", {**BASE, "vocab_size": 8192}, LM, 4, 128),
    ("FNetForMaskedLM", {**BASE, "vocab_size": 8192}, LM, 4, 128),
    ("SqueezeBertForMaskedLM", {**BASE, "embedding_size": 256, "vocab_size": 8192}, LM, 4, 128),
    ("M2M100ForConditionalGeneration", {**BART, "decoder_start_token_id": 0}, LM, 4, 128),
    ("BlenderbotSmallForConditionalGeneration", BART, LM, 4, 128),
    ("XGLMForCausalLM", {"d_model": 256, "ffn_dim": 512, "num_layers": 2, "attention_heads": 4, "vocab_size": 8192}, LM, 4, 128),
    ("BioGptForCausalLM", {**BASE, "vocab_size": 8192}, LM, 4, 128),
    ("OpenAIGPTLMHeadModel", {"n_embd": 256, "n_layer": 3, "n_head": 4, "vocab_size": 8192}, LM, 4, 256),
    ("Ernie4_5ForCausalLM", {**DECODER, "pad_token_id": 0}, LM, 4, 256),
    ("NemotronForCausalLM", {**DECODER, "pad_token_id": 0}, LM, 4, 256),
    ("DistilBertForSequenceClassification", {"n_layers": 2, "dim": 256, "hidden_dim": 512, "n_heads": 4}, SEQUENCES, 8, 128),
    ("Dinov2WithRegistersForImageClassification", {**BASE}, CLASSES, 8, 224),
]

# In 16 bits, or under autocast: library, model, its arguments or inputs as above, and the precision.
PRECISE = [
    ("timm", "vit_tiny_patch16_224", "amp-bf16"), ("timm", "resnet18", "bf16"), ("torchvision", "efficientnet_b0", "amp-bf16"),
    ("timm", "convnext_atto", "bf16"), ("torchvision", "swin_t", "amp-bf16"), ("torchvision", "mobilenet_v3_small", "amp-fp16"),
    ("transformers", "GPT2LMHeadModel", "amp-bf16"), ("transformers", "BertForMaskedLM", "bf16"),
    ("transformers", "LlamaForCausalLM", "bf16"), ("transformers", "LlamaForCausalLM", "amp-bf16"),
    ("transformers", "T5ForConditionalGeneration", "amp-bf16"), ("transformers", "Qwen2ForCausalLM", "bf16"),
    ("transformers", "ViTForImageClassification", "amp-fp16"), ("timm", "mobilenetv4_conv_small", "bf16"),
    ("timm", "regnety_004", "amp-bf16"), ("transformers", "WhisperForConditionalGeneration", "amp-bf16"),
]


def text_case(index, entry):
    kind, configuration, inputs, batch, size = entry
    return {
        "library": "transformers", "model": kind, "arguments": configuration, "inputs": inputs, "batch": batch,
        "size": size, "optimizer": OPTIMIZERS[(index + 3) % 4], "cc": 90 if index % 8 == 6 else 80,
        "workspace": index % 3 != 2}


def known(library, model):
    return next(case for case in CASES if case["library"] == library and case["model"] == model)


def name(case):
    """The name of a case's files."""
    parts = [f"{case['library']}.{case['model']}", case.get("variant"), case.get("precision")]
    return "-".join(part for part in parts if part)


# The most asked for first, so that a run that is cut short says something of all.
CASES = [text_case(*pair) for pair in enumerate(TRANSFORMERS[:16])]
CASES += [image_case("timm", *pair) for pair in enumerate(TIMM[:44])]
CASES += [image_case("torchvision", *pair) for pair in enumerate(TORCHVISION)]
CASES += [text_case(i + 16, entry) for i, entry in enumerate(TRANSFORMERS[16:])]
CASES += [image_case("timm", i + 44, name) for i, name in enumerate(TIMM[44:])]
CASES += [image_case("timm", i, name) for i, name in enumerate(LATER)]
CASES += [text_case(i, entry) for i, entry in enumerate(LATER_TRANSFORMERS)]
CASES += [dict(text_case(i, entry), **({"variant": "small"} if entry[1] in (MT5, BART) or "d_model" in entry[1] else {}))
          for i, entry in enumerate(WIDER_TRANSFORMERS[:16])]
CASES += [image_case("timm", i + 1, name) for i, name in enumerate(WIDER[:20])]
CASES += [dict(known(library, model), precision=precision) for library, model, precision in PRECISE]
CASES += [image_case("torchvision", i, name) for i, name in enumerate(LATER_TORCHVISION)]
CASES += [text_case(i + 16, entry) for i, entry in enumerate(WIDER_TRANSFORMERS[16:])]
CASES += [image_case("timm", i + 21, name) for i, name in enumerate(WIDER[20:])]
# Images and texts in turn, so that a run that is cut short says something of both.
images = [image_case("timm", i + 3, name) for i, name in enumerate(UNTRIED_TIMM)]
texts = [text_case(i + 5, entry) for i, entry in enumerate(UNTRIED_TRANSFORMERS)]
for start in range(0, len(UNTRIED_TIMM), 3):
    CASES += images[start:start + 3] + texts[2 * start // 3:2 * start // 3 + 2]
CASES += [dict(known(library, model), precision=precision) for library, model, precision in UNTRIED_PRECISE]
CASES += [text_case(i, entry) for i, entry in enumerate(FURTHER_TRANSFORMERS)]
CASES += [dict(known(library, model), precision=precision) for library, model, precision in FURTHER_PRECISE]
CASES += [image_case("timm", i + 6, name) for i, name in enumerate(FURTHER_TIMM)]
CASES += [image_case("torchvision", i + 2, name) for i, name in enumerate(FURTHER_TORCHVISION)]
CASES += [text_case(i + 2, entry) for i, entry in enumerate(MORE_TRANSFORMERS)]
CASES += [dict(known(library, model), precision=precision) for library, model, precision in PRECISE_TRANSFORMERS]
CASES += [image_case("timm", i + 9, name) for i, name in enumerate(MORE_TIMM)]
CASES += [image_case("torchvision", i + 4, name) for i, name in enumerate(MORE_TORCHVISION)]
CASES += [dict(known(library, model), precision=precision) for library, model, precision in MORE_PRECISE]
for i, (*entry, more) in enumerate(HEADS_TRANSFORMERS + FURTHER_HEADS):
    # Attention in 16 bits on a device of compute capability 9.0 would ask cuDNN.
    CASES.append({**text_case(i + 1, entry), **more, **({"cc": 80} if more.get("precision") else {})})
CASES += unusual_cases()
CASES += [image_case("timm", i + 7, name) for i, name in enumerate(UNFAMILIAR_TIMM + UNFAMILIAR_LATER)]
CASES += [image_case("torchvision", i + 3, name) for i, name in enumerate(UNFAMILIAR_TORCHVISION)]
for i, (*entry, more) in enumerate(TRAINED_TRANSFORMERS + TRAINED_LATER + TRAINED_LAST):
    CASES.append({**text_case(i + 2, entry), **({"cc": 80} if more.get("precision") else {}), **more})
CASES += unmeasured_cases()
CASES += published_cases(text_case)
CASES += varied_cases()
CASES += own_cases()
CASES += drawn_cases()
