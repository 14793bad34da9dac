"""Image networks that were measured for the first time after the program had been mended for those of further.py."""

MORE_TIMM = """
res2net50d convnext_femto_ols swiftformer_s resnetv2_50t gcvit_tiny crossvit_tiny_240 efficientvit_b1 eca_botnext26ts_256
dla60x_c hrnet_w30 mobilenetv4_conv_aa_medium xcit_nano_12_p8_224 regnetz_c16_evos resnest50d_1s4x24d tiny_vit_21m_224 starnet_s2
vit_relpos_base_patch16_clsgap_224 swinv2_small_window8_256 efficientnetv2_rw_t cspresnext50 hiera_small_224 iformer_s mambaout_tiny
maxvit_nano_rw_256 naflexvit_base_patch16_par_gap nf_seresnet50 skresnet50 twins_pcpvt_base legacy_seresnet34 coatnet_bn_0_rw_224
aimv2_large_patch14_224 pit_s_distilled_224 mixnet_l rexnet_130 seresnext50_32x4d edgenext_x_small inception_next_small vgg13_bn
sam2_hiera_small mvitv2_base_cls repghostnet_080 efficientformer_l3 focalnet_small_srf lowformer_b1 davit_base_fl ghostnet_130
tresnet_l gmlp_ti16_224 densenet169 vit_small_patch16_dinov3_qkvb beit3_base_patch16_224 fastvit_s12 cs3sedarknet_l resnet26t
""".split()

MORE_TORCHVISION = """
resnext50_32x4d mobilenet_v2 regnet_y_800mf convnext_small efficientnet_b1 mnasnet1_0 vgg11_bn shufflenet_v2_x1_5 resnet34 vit_b_16
""".split()

MORE_SIZES = {
    "crossvit_tiny_240": 240, "sam2_hiera_small": 512,
    **dict.fromkeys("eca_botnext26ts_256 swinv2_small_window8_256 maxvit_nano_rw_256 cs3sedarknet_l resnet26t".split(), 256),
}

MORE_BLOCKS = {
    "vit_relpos_base_patch16_clsgap_224": {"depth": 3}, "aimv2_large_patch14_224": {"depth": 2},
    "naflexvit_base_patch16_par_gap": {"depth": 3}, "vit_small_patch16_dinov3_qkvb": {"depth": 4}, "beit3_base_patch16_224": {"depth": 3},
    "xcit_nano_12_p8_224": {"depth": 3},
}

# Library, model and precision.
MORE_PRECISE = [
    ("timm", "res2net50d", "amp-bf16"), ("timm", "convnext_femto_ols", "bf16"), ("timm", "swiftformer_s", "amp-bf16"),
    ("timm", "gcvit_tiny", "bf16"), ("timm", "hiera_small_224", "amp-bf16"), ("torchvision", "regnet_y_800mf", "amp-bf16"),
    ("torchvision", "efficientnet_b1", "bf16"), ("timm", "mobilenetv4_conv_aa_medium", "amp-bf16"),
]
