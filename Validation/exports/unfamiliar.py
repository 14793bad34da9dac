"""Image networks, and unusual ways to make and train them, measured for the first time after the program had been mended for all others."""

UNFAMILIAR_TIMM = """
convnextv2_pico mixer_s16_224 resnet34d efficientvit_b2 vit_small_patch16_rope_mixed_224 xcit_tiny_12_p16_224 tf_mobilenetv3_large_minimal_100
swin_small_patch4_window7_224 regnety_040_sgn dla46x_c hgnetv2_b1 mobilenetv4_hybrid_medium_075 test_vit4 efficientnet_b1_pruned
coatnext_nano_rw_224 levit_conv_256 cpubone_b0_bfrobust pvt_v2_b1 res2net50_48w_2s vit_relpos_base_patch32_plus_rpn_256
convformer_s36 poolformer_s24 resnetv2_50x1_bit ghostnetv3_100 tresnet_v2_l maxxvitv2_nano_rw_256 edgenext_small_rw gcresnet50t
fastvit_t12 halonet50ts eca_resnext26ts efficientnet_es vovnet57a mvitv2_small_cls tinynet_c coat_lite_mini
cs3darknet_focus_s vit_small_patch16_18x2_224 eva02_tiny_patch14_336 hrnet_w18_small_v2 repvgg_b0 rexnetr_130 fasternet_t1
mobilevitv2_075 nextvit_base sequencer2d_m skresnet50d starnet_s050 swiftformer_l1 tnt_b_patch16_224 twins_svt_large volo_d3_224
shvit_s2 lowformer_e1 iformer_m_distilled efficientvim_m3 efficientformerv2_s1 rdnet_small mambaout_small_rw lcnet_100
convnext_zepto_rms_ols cspnext_s ese_vovnet19b_slim_dw hardcorenas_d inception_next_base nf_resnet50 nfnet_f1 pit_ti_distilled_224
resnet50_clip resnest50d_4s2x40d selecsls42 semnasnet_050 senet154 spnasnet_100 tf_efficientnet_lite1 tiny_vit_21m_384
vit_base_patch16_xp_224 vit_small_r26_s32_224 xception65 test_maxvit test_nfnet test_mambaout swinv2_cr_small_224 gernet_l
crossvit_small_240 davit_base deit3_medium_patch16_224 focalnet_small_lrf hiera_base_224 vit_dpwee_patch16_reg1_gap_256 mnasnet_075
""".split()

# Measured for the first time after the program had been mended for those above.
UNFAMILIAR_LATER = """
repvit_m1_1 coatnet_pico_rw_224 ghostnetv2_130 test_convnext3 convnextv2_femto vit_pwee_patch16_reg1_gap_256 dpn68b efficientvit_m3
resnetv2_18d crossvit_15_dagger_240 test_efficientnet_evos regnetz_c16
""".split()

UNFAMILIAR_TORCHVISION = """
densenet161 efficientnet_b3 mnasnet1_3 regnet_x_1_6gf regnet_y_1_6gf resnet50 shufflenet_v2_x2_0 squeezenet1_0 swin_s swin_v2_b vgg16
vgg13_bn vit_l_32 convnext_base video.swin3d_b
""".split()

UNFAMILIAR_SIZES = {
    **dict.fromkeys("test_vit4 test_maxvit test_nfnet test_mambaout test_convnext3 test_efficientnet_evos test_coatnet".split(), 160),
    **dict.fromkeys("""vit_relpos_base_patch32_plus_rpn_256 maxxvitv2_nano_rw_256 edgenext_small_rw halonet50ts eca_resnext26ts
        cs3darknet_focus_s mobilevitv2_075 vit_dpwee_patch16_reg1_gap_256 vit_pwee_patch16_reg1_gap_256 maxvit_tiny_pm_256 halonet_h1""".split(), 256),
    "eva02_tiny_patch14_336": 336, "tiny_vit_21m_384": 384, "nfnet_f1": 224, "xception65": 299, "crossvit_small_240": 240, "crossvit_15_dagger_240": 240,
}

UNFAMILIAR_BLOCKS = {
    "vit_base_patch16_xp_224": {"depth": 3}, "vit_relpos_base_patch32_plus_rpn_256": {"depth": 3},
    "vit_small_patch16_18x2_224": {"depth": 6}, "deit3_medium_patch16_224": {"depth": 4}, "vit_dpwee_patch16_reg1_gap_256": {"depth": 4},
    "vit_pwee_patch16_reg1_gap_256": {"depth": 4}, "vit_relpos_medium_patch16_rpn_224": {"depth": 4}, "resmlp_36_224": {"num_blocks": 8},
}

LAST = {"features_only": True, "out_indices": [-1]}

# Library, model, what tells its files apart, the constructor's arguments, and what else differs.
UNUSUAL = [
    ("timm", "resnet26d", "channels-last", {}, {"layout": "channels_last", "precision": "amp-bf16", "batch": 16}),
    ("timm", "convnext_pico", "channels-last", {}, {"layout": "channels_last", "optimizer": "adamw"}),
    ("timm", "efficientnet_b1", "channels-last", {}, {"layout": "channels_last", "precision": "amp-fp16"}),
    ("timm", "regnetx_006", "channels-last", {}, {"layout": "channels_last", "optimizer": "sgdm"}),
    ("timm", "swin_tiny_patch4_window7_224", "channels-last", {}, {"layout": "channels_last"}),
    ("torchvision", "resnext50_32x4d", "channels-last", {}, {"layout": "channels_last", "precision": "bf16"}),
    ("timm", "mobilenetv3_large_100", "channels-last", {}, {"layout": "channels_last"}),
    ("timm", "vit_small_patch16_224", "embedding", {"num_classes": 0, "depth": 4}, {"optimizer": "adamw"}),
    ("timm", "resnet34d", "embedding", {"num_classes": 0}, {}),
    ("timm", "convnext_atto", "embedding", {"num_classes": 0}, {"precision": "bf16"}),
    ("timm", "efficientnet_b0", "embedding", {"num_classes": 0, "global_pool": ""}, {"optimizer": "adamw"}),
    ("timm", "resnet18d", "features", LAST, {"optimizer": "adamw"}),
    ("timm", "convnext_nano", "features", LAST, {}),
    ("timm", "vit_small_patch16_224", "features", {**LAST, "depth": 4}, {}),
    ("timm", "swin_tiny_patch4_window7_224", "features", LAST, {"optimizer": "adamw"}),
    ("timm", "hrnet_w18_small", "features", LAST, {}),
    ("timm", "mobilenetv2_100", "features", LAST, {"precision": "amp-bf16"}),
    ("timm", "vit_small_patch16_224", "image-288", {"img_size": 288, "depth": 4}, {"size": 288, "batch": 6}),
    ("timm", "vit_small_patch16_224", "dynamic", {"dynamic_img_size": True, "depth": 4}, {"size": 192, "batch": 6}),
    ("timm", "swin_tiny_patch4_window7_224", "image-256", {"img_size": 256, "window_size": 8}, {"size": 256, "batch": 3}),
    ("timm", "resnet50d", "image-160", {}, {"size": 160, "batch": 24, "optimizer": "adamw"}),
    ("timm", "mobilenetv3_large_100", "dropped", {"drop_rate": 0.2, "drop_path_rate": 0.2}, {}),
    ("timm", "vit_small_patch16_224", "dropped", {"drop_path_rate": 0.1, "drop_rate": 0.1, "proj_drop_rate": 0.1, "attn_drop_rate": 0.1, "depth": 4},
     {"optimizer": "adamw"}),
    ("timm", "swin_tiny_patch4_window7_224", "dropped", {"drop_path_rate": 0.2, "drop_rate": 0.1, "attn_drop_rate": 0.1}, {}),
    ("timm", "resnet26", "dropped", {"drop_block_rate": 0.1, "drop_path_rate": 0.1}, {}),
    ("timm", "convnext_pico", "dropped", {"drop_path_rate": 0.1, "drop_rate": 0.3}, {"precision": "amp-bf16"}),
    ("timm", "resnet26d", "catavgmax", {"global_pool": "catavgmax"}, {}),
    ("timm", "resnet18", "mish", {"act_layer": "mish"}, {}),
    ("timm", "resnet18", "prelu", {"act_layer": "prelu"}, {"optimizer": "adamw"}),
    ("timm", "resnet18", "hard-mish", {"act_layer": "hard_mish"}, {}),
    ("timm", "efficientnet_b0", "elu", {"act_layer": "elu"}, {}),
    ("timm", "resnet26", "cbam", {"block_args": {"attn_layer": "cbam"}}, {}),
    ("timm", "resnet26", "gather-excite", {"block_args": {"attn_layer": "ge"}}, {}),
    ("timm", "resnet26", "blur", {"aa_layer": "blurpc"}, {}),
    ("timm", "resnet26d", "stride-8", {"output_stride": 8}, {"batch": 4}),
    ("timm", "vit_small_patch16_224", "map", {"global_pool": "map", "class_token": False, "depth": 4}, {}),
    ("timm", "vit_small_patch16_224", "scaled", {"init_values": 1e-5, "qk_norm": True, "depth": 4, "reg_tokens": 4}, {"precision": "amp-fp16"}),
    ("timm", "seresnext26ts", "half", {}, {"precision": "fp16", "size": 256}),
    ("timm", "mobilevitv2_075", "half", {}, {"precision": "fp16", "size": 256}),
    ("timm", "xcit_nano_12_p16_224", "half", {"depth": 3}, {"precision": "fp16"}),
    ("timm", "poolformer_s12", "autocast", {}, {"precision": "amp-fp16"}),
    ("timm", "focalnet_tiny_srf", "autocast", {}, {"precision": "amp-bf16", "batch": 8}),
    ("timm", "mvitv2_tiny", "autocast", {}, {"precision": "amp-bf16"}),
    ("timm", "maxvit_nano_rw_256", "autocast", {}, {"precision": "amp-bf16", "size": 256, "batch": 4}),
    ("timm", "crossvit_9_240", "autocast", {}, {"precision": "amp-bf16", "size": 240}),
    ("timm", "edgenext_xx_small", "autocast", {}, {"precision": "amp-bf16"}),
    ("timm", "efficientformerv2_s0", "autocast", {}, {"precision": "amp-fp16"}),
    ("timm", "convmixer_768_32", "shallow", {}, {"batch": 4}),
    ("timm", "vit_tiny_patch16_224", "head", {}, {"frozen": ["cls_token", "pos_embed", "patch_embed.*", "blocks.*", "norm.*"]}),
    ("timm", "resnet50d", "head", {}, {"frozen": ["conv1.*", "bn1.*", "layer*"], "optimizer": "adamw"}),
    ("timm", "convnext_tiny", "end", {}, {"frozen": ["stem.*", "stages.[012].*"]}),
    ("timm", "vit_tiny_patch16_224", "one-channel", {"in_chans": 1}, {"channels": 1}),
    ("torchvision", "swin_t", "half", {}, {"precision": "fp16"}),
    ("torchvision", "maxvit_t", "autocast", {}, {"precision": "amp-bf16", "batch": 4}),
    ("torchvision", "video.mvit_v2_s", "autocast", {}, {"precision": "amp-bf16", "batch": 2}),
    ("torchvision", "segmentation.deeplabv3_mobilenet_v3_large", "autocast", {}, {"precision": "amp-bf16", "size": 192, "batch": 4}),
]


def unusual_cases():
    for index, (library, model, variant, arguments, changes) in enumerate(UNUSUAL):
        yield {"library": library, "model": model, "variant": variant, "arguments": arguments, "batch": 8, "size": 224,
               "optimizer": ["sgd", "adam"][index % 2], "cc": 90 if index % 8 == 5 else 80, "workspace": index % 3 != 2, **changes}
