"""Networks that were measured for the first time after the program had been mended for those of untried.py."""

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
