"""Small models of each type, from which `search.py` departs."""

from transformers import CONFIG_MAPPING
import transformers

from cases import CASES
from images import MODELS

S = dict(vocab_size=97, hidden_size=48, intermediate_size=80, num_hidden_layers=3, num_attention_heads=4)
T = dict(S, pad_token_id=0, bos_token_id=1, eos_token_id=2)
G = dict(T, num_key_value_heads=2)
W = dict(G, head_dim=16)
L = dict(T, q_lora_rank=12, kv_lora_rank=10, qk_rope_head_dim=4, qk_nope_head_dim=6, v_head_dim=7, num_key_value_heads=4)
R = dict(num_experts_per_tok=2, moe_intermediate_size=16)
N = dict(vocab_size=97, n_embd=48, n_layer=2, n_head=4, n_positions=40)
V = dict(hidden_size=48, num_hidden_layers=3, num_attention_heads=4, intermediate_size=70, image_size=64, patch_size=8)
LINEAR = dict(linear_num_key_heads=2, linear_num_value_heads=4, linear_key_head_dim=6, linear_value_head_dim=7)

HIERA = dict(hidden_size=12, image_size=[128, 128], blocks_per_stage=[1, 2, 1, 1], embed_dim_per_stage=[12, 24, 48, 96], num_attention_heads_per_stage=[1, 2, 4, 8], window_size_per_stage=[4, 4, 2, 2], global_attention_blocks=[2], window_positional_embedding_background_size=[4, 4])
SAM2 = dict(backbone_config=dict(HIERA, model_type="sam2_hiera_det_model"), backbone_channel_list=[96, 48, 24, 12], backbone_feature_sizes=[[32, 32], [16, 16], [8, 8]], fpn_hidden_size=32)

BASES = {
    "apertus": G, "arcee": G, "bitnet": G, "diffllama": G, "doge": G, "ernie4_5": dict(G, head_dim=12), "exaone4": G,
    "bamba": dict(G, mamba_n_heads=8, mamba_d_head=12, mamba_d_state=6, attn_layer_indices=[1]),
    "bloom": dict(vocab_size=97, hidden_size=48, n_layer=3, n_head=4), "codegen": dict(N, rotary_dim=4),
    "cohere": G, "cohere2": dict(G, num_hidden_layers=5, sliding_window=9),
    "dbrx": dict(d_model=48, n_heads=4, n_layers=2, max_seq_len=40, vocab_size=97, attn_config=dict(kv_n_heads=2, rope_theta=10000.0, clip_qkv=8.0), ffn_config=dict(ffn_hidden_size=60, moe_num_experts=3, moe_top_k=2)),
    "deepseek_v2": dict(L, **R, n_routed_experts=4, first_k_dense_replace=1),
    "deepseek_v3": dict(L, **R, n_routed_experts=4, first_k_dense_replace=1, n_group=2, topk_group=1),
    "deepseek_v32": dict(L, **R, n_routed_experts=4, first_k_dense_replace=1, n_group=2, topk_group=1, index_n_heads=3, index_head_dim=8, index_topk=5),
    "deepseek_v4": {"vocab_size": 97, "hidden_size": 48, "moe_intermediate_size": 16, "num_hidden_layers": 6, "num_attention_heads": 4, "head_dim": 16, "q_lora_rank": 12, "num_experts_per_tok": 2, "n_routed_experts": 5, "sliding_window": 6, "o_groups": 2, "o_lora_rank": 9, "index_n_heads": 3, "index_head_dim": 8, "index_topk": 5, "hc_mult": 3, "partial_rotary_factor": 0.25},
    "dots1": dict(G, **R, n_routed_experts=4, first_k_dense_replace=1), "ernie4_5_moe": dict(G, moe_num_experts=4, moe_k=2, moe_intermediate_size=16),
    "falcon": dict(vocab_size=97, hidden_size=48, num_hidden_layers=3, num_attention_heads=4),
    "falcon_h1": dict(G, mamba_d_ssm=48, mamba_n_heads=8, mamba_d_head=6, mamba_d_state=6),
    "falcon_mamba": dict(vocab_size=97, hidden_size=48, num_hidden_layers=2), "gemma": W, "gemma2": W, "gemma3_text": dict(W, num_hidden_layers=7, sliding_window=9),
    "gemma3n_text": dict(W, num_hidden_layers=7, sliding_window=9, hidden_size_per_layer_input=6, vocab_size_per_layer_input=31, num_kv_shared_layers=2, laurel_rank=5, activation_sparsity_pattern=None),
    "gemma4_text": dict(W, num_hidden_layers=7, global_head_dim=24, num_kv_shared_layers=1, hidden_size_per_layer_input=6, vocab_size_per_layer_input=31, sliding_window=9),
    "glm": W, "glm4": W, "glm4_moe": dict(G, **R, n_routed_experts=4, first_k_dense_replace=1, head_dim=12),
    "glm_moe_dsa": dict(L, **R, num_hidden_layers=6, n_routed_experts=3, index_n_heads=3, index_head_dim=8, index_topk=5, first_k_dense_replace=2),
    "gpt_bigcode": N, "gpt_neo": dict(vocab_size=97, hidden_size=48, num_layers=2, num_heads=3, max_position_embeddings=40, attention_types=[[["global", "local"], 1]]),
    "gpt_neox": S, "gpt_neox_japanese": dict(vocab_size=97, hidden_size=48, num_hidden_layers=3, num_attention_heads=4, intermediate_multiple_size=3),
    "gpt_oss": dict(W, num_local_experts=3, sliding_window=9), "gptj": dict(N, rotary_dim=4), "granite": G, "granitemoe": dict(G, num_local_experts=3),
    "granitemoehybrid": dict(G, num_local_experts=3, shared_intermediate_size=20, mamba_n_heads=8, mamba_d_state=6, mamba_d_head=12, layer_types=["mamba", "attention", "mamba"]),
    "granitemoeshared": dict(G, num_local_experts=3, shared_intermediate_size=20), "helium": dict(G, head_dim=12), "hunyuan_v1_dense": dict(G, head_dim=12),
    "hunyuan_v1_moe": dict(G, num_experts=3, moe_topk=2, head_dim=12), "jamba": dict(G, num_experts=3, attn_layer_period=3, attn_layer_offset=1, num_hidden_layers=6, mamba_d_state=5, mamba_dt_rank=7),
    "jetmoe": dict(vocab_size=97, hidden_size=48, num_hidden_layers=3, num_key_value_heads=2, kv_channels=10, intermediate_size=30, num_local_experts=4, num_experts_per_tok=2),
    "kimi_linear": dict(T, num_key_value_heads=4, num_hidden_layers=6, kv_lora_rank=10, qk_nope_head_dim=6, qk_rope_head_dim=4, v_head_dim=7, num_local_experts=4, linear_head_dim=8, linear_num_heads=3, **R),
    "lfm2": dict(G, num_hidden_layers=4, layer_types=["conv", "full_attention", "conv", "conv"]),
    "lfm2_moe": dict(G, **R, num_hidden_layers=4, layer_types=["conv", "full_attention", "conv", "conv"], num_experts=4, num_dense_layers=1),
    "llama": G, "llama4_text": dict(W, num_local_experts=3, intermediate_size_mlp=44, interleave_moe_layer_step=2),
    "longcat_flash": {"vocab_size": 97, "hidden_size": 48, "num_layers": 2, "num_attention_heads": 4, "q_lora_rank": 12, "kv_lora_rank": 10, "qk_nope_head_dim": 6, "qk_rope_head_dim": 4, "v_head_dim": 7, "moe_topk": 2, "n_routed_experts": 4, "zero_expert_num": 2, "ffn_hidden_size": 60, "expert_ffn_hidden_size": 16, "head_dim": 4},
    "mamba": dict(vocab_size=97, hidden_size=48, num_hidden_layers=2, state_size=5, time_step_rank=7),
    "mamba2": dict(vocab_size=97, hidden_size=48, num_hidden_layers=2, num_heads=8, head_dim=12, state_size=6, n_groups=2), "minicpm3": L,
    "minimax": dict(W, num_local_experts=3, num_experts_per_tok=2, block_size=6, num_hidden_layers=5), "minimax_m2": dict(W, num_local_experts=3, num_experts_per_tok=2, rotary_dim=8),
    "mistral": dict(G, sliding_window=9), "mixtral": dict(G, num_local_experts=3), "mllama_text_model": dict(G, cross_attention_layers=[1]),
    "mpt": dict(vocab_size=97, d_model=48, n_layers=2, n_heads=4), "nemotron": G,
    "nemotron_h": dict(G, head_dim=12, hybrid_override_pattern="M*-E", num_hidden_layers=4, mamba_num_heads=8, mamba_head_dim=12, ssm_state_size=6, n_groups=2, n_routed_experts=4, num_experts_per_tok=2, moe_intermediate_size=16, moe_shared_expert_intermediate_size=20),
    "olmo": G, "olmo2": G, "olmo3": dict(G, num_hidden_layers=5, sliding_window=9), "olmoe": dict(G, num_experts=5, num_experts_per_tok=2),
    "opt": dict(vocab_size=97, hidden_size=48, num_hidden_layers=2, ffn_dim=60, num_attention_heads=3, word_embed_proj_dim=20, max_position_embeddings=40), "persimmon": T, "phi": G, "phi3": G,
    "phimoe": dict(G, num_local_experts=3), "qwen2": G, "qwen2_5_vl_text": G, "qwen2_vl_text": G, "qwen3": W,
    "qwen2_moe": dict(G, **R, num_experts=5, shared_expert_intermediate_size=20), "qwen3_moe": dict(W, **R, num_experts=5),
    "qwen3_5_moe_text": dict(W, **R, **LINEAR, num_hidden_layers=5, num_experts=5, shared_expert_intermediate_size=20), "qwen3_5_text": dict(W, **LINEAR, num_hidden_layers=5),
    "qwen3_next": dict(W, **R, **LINEAR, num_hidden_layers=5, num_experts=5, shared_expert_intermediate_size=20),
    "qwen3_vl_moe_text": dict(W, **R, num_experts=5), "qwen3_vl_text": W,
    "recurrent_gemma": dict(G, num_hidden_layers=5, lru_width=40, attention_window_size=9), "rwkv": dict(vocab_size=97, hidden_size=24, num_hidden_layers=3, attention_hidden_size=20, intermediate_size=33),
    "seed_oss": dict(G, head_dim=12), "smollm3": dict(G, num_hidden_layers=5), "stablelm": G, "starcoder2": G, "vaultgemma": W,
    "xglm": dict(vocab_size=97, d_model=48, ffn_dim=60, num_layers=3, attention_heads=4, max_position_embeddings=40),
    "zamba": dict(G, num_hidden_layers=9, attn_layer_period=3, attn_layer_offset=2, n_mamba_heads=3, mamba_d_state=5, attention_head_dim=24),
    "zamba2": dict(T, num_hidden_layers=7, layers_block_type=["mamba", "hybrid", "mamba", "hybrid", "hybrid", "mamba", "hybrid"], num_mem_blocks=2, adapter_rank=4, n_mamba_heads=8, mamba_d_state=6),
    "gpt2": N,
    "qwen3_5": {"text_config": dict(W, **LINEAR, num_hidden_layers=5), "vision_config": {"depth": 2, "hidden_size": 32, "intermediate_size": 44, "num_heads": 4, "out_hidden_size": 48, "num_position_embeddings": 16, "patch_size": 4}},
    "qwen3_5_moe": {"text_config": dict(W, **R, **LINEAR, num_hidden_layers=5, num_experts=5, shared_expert_intermediate_size=20), "vision_config": {"depth": 2, "hidden_size": 32, "intermediate_size": 44, "num_heads": 4, "out_hidden_size": 48, "num_position_embeddings": 16, "patch_size": 4}},
    "gemma4": {"text_config": dict(W, num_hidden_layers=6, global_head_dim=32, hidden_size_per_layer_input=6, vocab_size_per_layer_input=97), "vision_config": {"hidden_size": 32, "intermediate_size": 44, "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 4, "head_dim": 8, "patch_size": 4, "position_embedding_size": 20}, "audio_config": {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4, "output_proj_dims": 24, "subsampling_conv_channels": [8, 4]}},
    "llava_next_video": {"text_config": dict(G, model_type="llama"), "vision_config": dict(V, model_type="clip_vision_model")},
    "vipllava": {"text_config": dict(G, model_type="llama"), "vision_config": dict(V, model_type="clip_vision_model"), "vision_feature_layers": [-1, 1]},
    "cwm": W, "ministral": dict(G, sliding_window=9, layer_types=["full_attention", "sliding_attention", "full_attention"]), "ministral3": W,
    "glm4_moe_lite": dict(L, **R, n_routed_experts=4), "megatron-bert": dict(S, max_position_embeddings=40), "roberta-prelayernorm": dict(S, max_position_embeddings=40),
    "xlm-roberta-xl": dict(S, max_position_embeddings=40), "vit_msn": V, "gpt-sw3": N,
    "siglip_text_model": S, "siglip2_text_model": S, "clip_text_model": S, "siglip2_vision_model": dict(V, num_patches=16), "siglip_vision_model": V, "clip_vision_model": V,
    "biogpt": dict(S, max_position_embeddings=40), "layoutlm": dict(S, max_2d_position_embeddings=30), "nystromformer": dict(S, num_landmarks=4, segment_means_seq_len=4),
    "convbert": dict(S, embedding_size=24), "rembert": dict(S, input_embedding_size=24, output_embedding_size=20),
    "altclip": {"text_config": dict(S, project_dim=24), "vision_config": V, "projection_dim": 20}, "chinese_clip": {"text_config": S, "vision_config": V, "projection_dim": 20},
    "conditional_detr": dict(d_model=48, encoder_layers=2, decoder_layers=2, encoder_ffn_dim=60, decoder_ffn_dim=70, encoder_attention_heads=4, decoder_attention_heads=4, num_queries=7, backbone="resnet18"),
    "table-transformer": dict(d_model=48, encoder_layers=2, decoder_layers=2, encoder_ffn_dim=60, decoder_ffn_dim=70, encoder_attention_heads=4, decoder_attention_heads=4, num_queries=7, backbone="resnet18"),
    "dpt": dict(V, num_hidden_layers=4, backbone_out_indices=[0, 1, 2, 3], neck_hidden_sizes=[12, 16, 20, 24], fusion_hidden_size=16),
    "depth_anything": {"backbone_config": dict(model_type="dinov2", hidden_size=48, num_hidden_layers=4, num_attention_heads=4, image_size=56, patch_size=14, out_indices=[1, 2, 3, 4], out_features=["stage1", "stage2", "stage3", "stage4"], reshape_hidden_states=False), "reassemble_hidden_size": 48, "neck_hidden_sizes": [12, 16, 20, 24], "fusion_hidden_size": 16, "head_hidden_size": 8},
    "poolformer": dict(hidden_sizes=[12, 16, 20, 24], depths=[1, 2, 1, 1], mlp_ratio=2.0), "mobilevit": dict(image_size=64, hidden_sizes=[16, 24, 32], neck_hidden_sizes=[4, 8, 12, 16, 20, 24, 40], aspp_out_channels=12),
    "levit": dict(hidden_sizes=[32, 48, 64], depths=[2, 1, 1], num_attention_heads=[2, 3, 4], key_dim=[4, 4, 4], image_size=64),
    "owlvit": {"text_config": dict(S, max_position_embeddings=16), "vision_config": V, "projection_dim": 48}, "owlv2": {"text_config": dict(S, max_position_embeddings=16), "vision_config": V, "projection_dim": 48},
    "afmoe": dict(W, num_hidden_layers=5, sliding_window=9, num_experts=4, num_experts_per_tok=2, moe_intermediate_size=16), "ctrl": dict(vocab_size=97, n_embd=48, n_layer=2, n_head=4, dff=60, n_positions=40),
    "flex_olmo": dict(G, num_experts=4, num_experts_per_tok=2), "olmo_hybrid": dict(G, num_hidden_layers=5), "jais2": G, "solar_open": dict(W, **R, n_routed_experts=4), "mistral4": dict(L, **R, n_routed_experts=4, first_k_dense_replace=1),
    "granite_swa": dict(G, num_hidden_layers=5, sliding_window=9), "granitemoe_swa": dict(G, num_hidden_layers=5, sliding_window=9, num_local_experts=3, shared_intermediate_size=20),
    "cohere2_moe": dict(W, num_hidden_layers=6, sliding_window=9, num_experts=4, num_shared_experts=1, first_k_dense_replace=1), "internlm3": W, "iquestcoder": W, "exaone_moe": dict(W, num_hidden_layers=5, sliding_window=9, num_experts=4, num_experts_per_tok=2, moe_intermediate_size=16),
    "esm": dict(S, pad_token_id=1, mask_token_id=32, position_embedding_type="rotary", max_position_embeddings=40), "bert-generation": dict(S, max_position_embeddings=40),
    "splinter": dict(S, max_position_embeddings=40), "xmod": dict(S, max_position_embeddings=40, languages=["en_XX", "de_DE"], default_language="en_XX"),
    "lilt": dict(S, max_position_embeddings=40), "layoutlmv3": dict(S, max_position_embeddings=40, coordinate_size=8, shape_size=8, input_size=32, patch_size=8),
    "chameleon": dict(G, vocabulary_map={"<image>": 9}, vq_config=dict(base_channels=32, channel_multiplier=[1, 2], num_res_blocks=1, embed_dim=12, latent_channels=12, num_embeddings=21, resolution=64)),
    "groupvit_text_model": S, "groupvit_vision_model": dict(V, depths=[1, 1, 1], num_group_tokens=[8, 4, 0], num_output_groups=[8, 4, 4]),
    "groupvit": {"text_config": S, "vision_config": dict(V, depths=[1, 1, 1], num_group_tokens=[8, 4, 0], num_output_groups=[8, 4, 4]), "projection_dim": 20, "projection_intermediate_dim": 28},
    "sam2_hiera_det_model": HIERA, "sam2_vision_model": SAM2,
    "sam2": {"vision_config": SAM2, "prompt_encoder_config": dict(hidden_size=32, image_size=128, patch_size=16), "mask_decoder_config": dict(hidden_size=32, mlp_dim=24, num_attention_heads=4)},
    "mask2former": dict(backbone_config=dict(model_type="swin", image_size=64, embed_dim=12, depths=[1, 2, 1, 1], num_heads=[1, 2, 4, 8], window_size=2, out_features=["stage1", "stage2", "stage3", "stage4"]), feature_size=32, mask_feature_size=20, hidden_dim=32, encoder_feedforward_dim=24, encoder_layers=2, decoder_layers=4, num_attention_heads=4, dim_feedforward=28, num_queries=7),
    "youtu": L, "nanochat": G, "hy_v3": dict(W, **R, num_experts=3), "mellum": dict(W, **R, num_experts=3, sliding_window=9, layer_types=["sliding_attention", "full_attention", "sliding_attention"]),
    "openai-gpt": N, "glm4v_text": G, "glm4v_moe_text": dict(W, **R, n_routed_experts=4),
    **{name: {"text_config": text, "vision_config": {"depth": 2, "hidden_size": 32, "intermediate_size": 44, "num_heads": 4, "out_hidden_size": 48, "image_size": 32, "patch_size": 8}} for name, text in [("glm4v", G), ("glm46v", dict(G, model_type="glm4v_text")), ("glm4v_moe", dict(W, **R, n_routed_experts=4))]},
    "wav2vec2-conformer": dict(hidden_size=48, num_hidden_layers=2, num_attention_heads=4, intermediate_size=60, conv_dim=[8, 12], conv_stride=[5, 2], conv_kernel=[10, 3], num_conv_pos_embeddings=8, num_conv_pos_embedding_groups=4, vocab_size=32, conv_depthwise_kernel_size=5, max_source_positions=40),
    "wav2vec2-bert": dict(hidden_size=48, num_hidden_layers=2, num_attention_heads=4, intermediate_size=60, feature_projection_input_dim=20, vocab_size=32, conv_depthwise_kernel_size=5, max_source_positions=40),
    "sew-d": dict(hidden_size=48, num_hidden_layers=2, num_attention_heads=4, intermediate_size=60, conv_dim=[8, 12], conv_stride=[5, 2], conv_kernel=[10, 3], num_conv_pos_embeddings=8, num_conv_pos_embedding_groups=4, position_buckets=6),
    "clipseg": {"text_config": S, "vision_config": dict(V, patch_size=16), "projection_dim": 20, "extract_layers": [0, 1, 2], "reduce_dim": 16, "decoder_intermediate_size": 30}, "clipseg_text_model": S, "clipseg_vision_model": V,
    "git": dict(S, vision_config=V, max_position_embeddings=40), "git_vision_model": V, "mobilevitv2": dict(image_size=64, width_multiplier=0.5, n_attn_blocks=[1, 2, 1], base_attn_unit_dims=[32, 48, 64], aspp_out_channels=12),
    "deformable_detr": dict(use_timm_backbone=False, backbone_config=dict(model_type="resnet", embedding_size=8, hidden_sizes=[8, 12, 16, 20], depths=[1, 1, 1, 1], layer_type="basic", out_features=["stage2", "stage3", "stage4"]), d_model=32, encoder_layers=1, decoder_layers=2, encoder_ffn_dim=20, decoder_ffn_dim=24, encoder_attention_heads=4, decoder_attention_heads=4, num_queries=7),
    **{name: dict(backbone_config=dict(model_type="rt_detr_resnet", embedding_size=8, hidden_sizes=[8, 12, 16, 20], depths=[2, 1, 1, 1], layer_type="basic", out_indices=[2, 3, 4]), encoder_hidden_dim=32, encoder_in_channels=[12, 16, 20], encoder_ffn_dim=20, encoder_attention_heads=4, d_model=32, num_queries=7, decoder_in_channels=[32, 32, 32], decoder_ffn_dim=24, decoder_layers=2, decoder_attention_heads=4) for name in ("rt_detr", "rt_detr_v2")},
    **{name: {"text_config": dict(G, model_type="llama"), "vision_config": dict(V, patch_size=16), "qformer_config": dict(S, max_position_embeddings=20), "num_query_tokens": 5} for name in ("instructblip", "instructblipvideo")},
    "imagegpt": dict(vocab_size=97, n_embd=48, n_layer=2, n_head=4, n_positions=40), "ijepa": V, "metaclip_2_text_model": S, "metaclip_2_vision_model": V, "metaclip_2": {"text_config": S, "vision_config": V, "projection_dim": 20},
    "mvp": dict(vocab_size=97, d_model=48, encoder_layers=2, decoder_layers=3, encoder_ffn_dim=60, decoder_ffn_dim=70, encoder_attention_heads=4, decoder_attention_heads=3, max_position_embeddings=40),
    "kosmos-2": {"text_config": dict(vocab_size=97, embed_dim=48, layers=2, ffn_dim=60, attention_heads=4, max_position_embeddings=40), "vision_config": V, "latent_query_num": 5},
    "align": {"text_config": S, "vision_config": dict(image_size=64, width_coefficient=0.5, depth_coefficient=0.4), "projection_dim": 160},
    "internvl_vision": dict(V, image_size=[64, 64], patch_size=[8, 8]), "dinov2_with_registers": V, "beit": V,
}


# Caches are as deep as the encoder, which must not be the shallower part.
BASES["prophetnet"] = dict(CASES["prophetnet"][2][1], num_encoder_layers=3, num_decoder_layers=2)
# Places in time, height and width share the features of a head.
for name, values in MODELS:
    if values and name in ("Qwen2VLForConditionalGeneration", "Qwen2_5_VLForConditionalGeneration"):
        turned = {"rope_type": "default", "rope_theta": 10000.0, "mrope_section": [2, 2, 2]}
        text = dict(values.get("text_config", {}), rope_parameters=turned)
        BASES.setdefault(getattr(transformers, name).config_class.model_type, dict(values, text_config=text))


def base(model_type):
    """The values of a small configuration; nothing where there is none."""
    if model_type in BASES:
        return BASES[model_type]
    if model_type in CASES:
        return next((values for values in CASES[model_type][2] if values), None)
    configuration = CONFIG_MAPPING[model_type]
    for name, values in MODELS:
        if values and getattr(transformers, name).config_class is configuration:
            return values
    return None
