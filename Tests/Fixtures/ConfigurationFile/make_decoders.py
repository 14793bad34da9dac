"""Writes decoders.json: what transformers builds of odd configurations of many kinds of decoders.

    pip install torch transformers==5.23.0
    python Tests/Fixtures/ConfigurationFile/make_decoders.py

A line has the configuration as it stands in a config.json, the elements of the parameters (once, and under every
name), of the embeddings, of an untied head, of experts and of buffers, the tensors of several names, a digest of
all names and shapes (FNV-1a), and the shapes of keys and values in the layers' order after eight tokens, where
they are told and no window is shorter. Models are made on the meta device, so that nothing is computed.
"""
import json, os, sys
import torch, transformers

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "..", "..", "Validation", "configurations"))
from parts import cache, parts

CASES = [
    ("rwkv_a", "RwkvForCausalLM", "RwkvConfig",
     {"vocab_size": 97, "hidden_size": 24, "num_hidden_layers": 3, "attention_hidden_size": 20, "intermediate_size": 33, "tie_word_embeddings": True}),
    ("rg_a", "RecurrentGemmaForCausalLM", "RecurrentGemmaConfig",
     {"vocab_size": 97, "hidden_size": 48, "intermediate_size": 80, "num_hidden_layers": 5, "num_attention_heads": 4, "pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 2, "lru_width": 40, "num_key_value_heads": 2, "attention_bias": True, "conv1d_width": 3, "attention_window_size": 5}),
    ("nemotron_a", "NemotronForCausalLM", "NemotronConfig",
     {"vocab_size": 97, "hidden_size": 48, "intermediate_size": 80, "num_hidden_layers": 3, "num_attention_heads": 4, "pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 2, "num_key_value_heads": 2, "mlp_bias": True, "attention_bias": True, "head_dim": 20}),
    ("nemotron_b", "NemotronForCausalLM", "NemotronConfig",
     {"vocab_size": 97, "hidden_size": 48, "intermediate_size": 80, "num_hidden_layers": 3, "num_attention_heads": 4, "pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 2, "num_key_value_heads": 2, "tie_word_embeddings": True, "partial_rotary_factor": 0.25}),
    ("jamba_a", "JambaForCausalLM", "JambaConfig",
     {"vocab_size": 97, "hidden_size": 48, "intermediate_size": 80, "num_hidden_layers": 6, "num_attention_heads": 4, "pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 2, "num_key_value_heads": 2, "num_experts": 3, "attn_layer_period": 3, "attn_layer_offset": 1, "expert_layer_period": 2, "expert_layer_offset": 0, "mamba_proj_bias": True, "mamba_d_state": 5, "mamba_d_conv": 3, "mamba_dt_rank": 7, "tie_word_embeddings": True}),
    ("jamba_b", "JambaForCausalLM", "JambaConfig",
     {"vocab_size": 97, "hidden_size": 48, "intermediate_size": 80, "num_hidden_layers": 5, "num_attention_heads": 4, "pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 2, "num_key_value_heads": 2, "num_experts": 1, "mamba_conv_bias": False}),
    ("zamba_a", "ZambaForCausalLM", "ZambaConfig",
     {"vocab_size": 97, "hidden_size": 48, "intermediate_size": 80, "num_hidden_layers": 9, "num_attention_heads": 4, "pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 2, "num_key_value_heads": 2, "attn_layer_period": 3, "attn_layer_offset": 2, "mamba_proj_bias": True, "n_mamba_heads": 3, "mamba_d_state": 5, "attention_head_dim": 24, "tie_word_embeddings": False}),
    ("qwen35_t", "Qwen3_5ForCausalLM", "Qwen3_5TextConfig",
     {"vocab_size": 97, "hidden_size": 48, "intermediate_size": 80, "num_hidden_layers": 5, "num_attention_heads": 4, "pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 2, "num_key_value_heads": 2, "head_dim": 24, "linear_num_key_heads": 2, "linear_num_value_heads": 4, "linear_key_head_dim": 6, "linear_value_head_dim": 7, "linear_conv_kernel_dim": 3, "attention_bias": True}),
    ("qwen35moe_t", "Qwen3_5MoeForCausalLM", "Qwen3_5MoeTextConfig",
     {"vocab_size": 97, "hidden_size": 48, "intermediate_size": 80, "num_hidden_layers": 5, "num_attention_heads": 4, "pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 2, "num_key_value_heads": 2, "head_dim": 24, "linear_num_key_heads": 2, "linear_num_value_heads": 4, "linear_key_head_dim": 6, "linear_value_head_dim": 7, "num_experts": 5, "num_experts_per_tok": 2, "moe_intermediate_size": 16, "shared_expert_intermediate_size": 13, "tie_word_embeddings": True}),
    ("qwen35_vl", "Qwen3_5ForConditionalGeneration", "Qwen3_5Config",
     {"text_config": {"vocab_size": 97, "hidden_size": 48, "intermediate_size": 80, "num_hidden_layers": 5, "num_attention_heads": 4, "pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 2, "num_key_value_heads": 2, "head_dim": 24, "linear_num_key_heads": 2, "linear_num_value_heads": 4, "linear_key_head_dim": 6, "linear_value_head_dim": 7}, "vision_config": {"depth": 2, "hidden_size": 32, "intermediate_size": 44, "num_heads": 4, "out_hidden_size": 48, "num_position_embeddings": 16, "patch_size": 4}, "tie_word_embeddings": True}),
    ("mm2_a", "MiniMaxM2ForCausalLM", "MiniMaxM2Config",
     {"vocab_size": 97, "hidden_size": 48, "intermediate_size": 80, "num_hidden_layers": 3, "num_attention_heads": 4, "pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 2, "num_key_value_heads": 2, "head_dim": 24, "num_local_experts": 3, "num_experts_per_tok": 2, "rotary_dim": 10}),
    ("mm_a", "MiniMaxForCausalLM", "MiniMaxConfig",
     {"vocab_size": 97, "hidden_size": 48, "intermediate_size": 80, "num_hidden_layers": 5, "num_attention_heads": 4, "pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 2, "num_key_value_heads": 2, "num_local_experts": 3, "num_experts_per_tok": 2, "block_size": 6}),
    ("mm_b", "MiniMaxForCausalLM", "MiniMaxConfig",
     {"vocab_size": 97, "hidden_size": 48, "intermediate_size": 80, "num_hidden_layers": 3, "num_attention_heads": 4, "pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 2, "num_key_value_heads": 2, "num_local_experts": 3, "num_experts_per_tok": 2, "head_dim": 10, "tie_word_embeddings": True, "sliding_window": 4}),
    ("glm5_a", "GlmMoeDsaForCausalLM", "GlmMoeDsaConfig",
     {"vocab_size": 97, "hidden_size": 48, "intermediate_size": 80, "num_hidden_layers": 6, "num_attention_heads": 4, "pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 2, "q_lora_rank": 12, "kv_lora_rank": 10, "qk_rope_head_dim": 4, "qk_nope_head_dim": 6, "v_head_dim": 7, "num_key_value_heads": 4, "n_routed_experts": 3, "num_experts_per_tok": 2, "moe_intermediate_size": 16, "index_n_heads": 3, "index_head_dim": 8, "index_topk": 5, "first_k_dense_replace": 2, "index_topk_freq": 2, "attention_bias": True}),
    ("dsv32_a", "DeepseekV32ForCausalLM", "DeepseekV32Config",
     {"vocab_size": 97, "hidden_size": 48, "intermediate_size": 80, "num_hidden_layers": 4, "num_attention_heads": 4, "pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 2, "q_lora_rank": 12, "kv_lora_rank": 10, "qk_rope_head_dim": 4, "qk_nope_head_dim": 6, "v_head_dim": 7, "num_key_value_heads": 4, "n_routed_experts": 4, "n_group": 2, "topk_group": 1, "num_experts_per_tok": 2, "moe_intermediate_size": 16, "index_n_heads": 3, "index_head_dim": 8, "index_topk": 5, "first_k_dense_replace": 1, "n_shared_experts": 2}),
    ("dsv4_a", "DeepseekV4ForCausalLM", "DeepseekV4Config",
     {"vocab_size": 97, "hidden_size": 48, "moe_intermediate_size": 16, "num_hidden_layers": 6, "num_attention_heads": 4, "head_dim": 16, "q_lora_rank": 12, "num_experts_per_tok": 2, "n_routed_experts": 5, "sliding_window": 6, "o_groups": 2, "o_lora_rank": 9, "index_n_heads": 3, "index_head_dim": 8, "index_topk": 5, "hc_mult": 3, "partial_rotary_factor": 0.25, "compress_rates": {"compressed_sparse_attention": 2, "heavily_compressed_attention": 3}, "layer_types": ["sliding_attention", "heavily_compressed_attention", "compressed_sparse_attention", "heavily_compressed_attention", "compressed_sparse_attention", "sliding_attention"], "mlp_layer_types": ["hash_moe", "hash_moe", "moe", "moe", "moe", "moe"]}),
    ("gm4_a", "Gemma4ForCausalLM", "Gemma4TextConfig",
     {"vocab_size": 97, "hidden_size": 48, "intermediate_size": 80, "num_hidden_layers": 7, "num_attention_heads": 4, "pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 2, "num_key_value_heads": 2, "head_dim": 16, "global_head_dim": 24, "num_kv_shared_layers": 1, "use_double_wide_mlp": True, "hidden_size_per_layer_input": 6, "vocab_size_per_layer_input": 31, "sliding_window": 5}),
    ("gm4_b", "Gemma4ForCausalLM", "Gemma4TextConfig",
     {"vocab_size": 97, "hidden_size": 48, "intermediate_size": 80, "num_hidden_layers": 6, "num_attention_heads": 4, "pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 2, "num_key_value_heads": 2, "head_dim": 16, "global_head_dim": 32, "num_global_key_value_heads": 1, "attention_k_eq_v": True, "hidden_size_per_layer_input": 0, "enable_moe_block": True, "num_experts": 3, "top_k_experts": 2, "moe_intermediate_size": 16, "attention_bias": True}),
    ("gm4_c", "Gemma4ForConditionalGeneration", "Gemma4Config",
     {"text_config": {"vocab_size": 97, "hidden_size": 48, "intermediate_size": 80, "num_hidden_layers": 6, "num_attention_heads": 4, "pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 2, "num_key_value_heads": 2, "head_dim": 16, "global_head_dim": 32, "hidden_size_per_layer_input": 6, "vocab_size_per_layer_input": 97}, "vision_config": {"hidden_size": 32, "intermediate_size": 44, "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 4, "head_dim": 8, "patch_size": 4, "position_embedding_size": 20, "use_clipped_linears": True, "standardize": True}, "audio_config": {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4, "output_proj_dims": 24, "subsampling_conv_channels": [8, 4]}}),
    ("gm3n_a", "Gemma3nForCausalLM", "Gemma3nTextConfig",
     {"vocab_size": 97, "hidden_size": 48, "intermediate_size": [80, 70, 60, 50, 40, 30, 20], "num_hidden_layers": 7, "num_attention_heads": 4, "pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 2, "num_key_value_heads": 2, "head_dim": 16, "num_kv_shared_layers": 2, "hidden_size_per_layer_input": 6, "vocab_size_per_layer_input": 31, "sliding_window": 5, "altup_num_inputs": 3, "laurel_rank": 5}),
    ("bamba_a", "BambaForCausalLM", "BambaConfig",
     {"vocab_size": 97, "hidden_size": 48, "intermediate_size": 80, "num_hidden_layers": 3, "num_attention_heads": 4, "pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 2, "num_key_value_heads": 2, "attn_layer_indices": [1], "mamba_n_heads": 8, "mamba_d_state": 5, "mlp_bias": True, "attention_bias": True, "mamba_proj_bias": True}),
    ("fh1_a", "FalconH1ForCausalLM", "FalconH1Config",
     {"vocab_size": 97, "hidden_size": 48, "intermediate_size": 80, "num_hidden_layers": 3, "num_attention_heads": 4, "pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 2, "num_key_value_heads": 2, "mamba_d_ssm": 32, "mamba_n_heads": 8, "mamba_d_state": 6, "mamba_rms_norm": True, "projectors_bias": True}),
    ("fh1_b", "FalconH1ForCausalLM", "FalconH1Config",
     {"vocab_size": 97, "hidden_size": 48, "intermediate_size": 80, "num_hidden_layers": 3, "num_attention_heads": 4, "pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 2, "num_key_value_heads": 2, "mamba_d_ssm": None, "mamba_n_heads": 8, "mamba_d_state": 6, "mamba_n_groups": 2}),
    ("gmh_a", "GraniteMoeHybridForCausalLM", "GraniteMoeHybridConfig",
     {"vocab_size": 97, "hidden_size": 48, "intermediate_size": 80, "num_hidden_layers": 3, "num_attention_heads": 4, "pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 2, "num_key_value_heads": 2, "layer_types": ["mamba", "attention", "mamba"], "num_local_experts": 3, "shared_intermediate_size": 20, "mamba_n_heads": 8, "mamba_d_state": 6, "position_embedding_type": "rope"}),
    ("gmh_b", "GraniteMoeHybridForCausalLM", "GraniteMoeHybridConfig",
     {"vocab_size": 97, "hidden_size": 48, "intermediate_size": 80, "num_hidden_layers": 3, "num_attention_heads": 4, "pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 2, "num_key_value_heads": 2, "num_local_experts": 0, "shared_intermediate_size": 20, "mamba_n_heads": 8, "mamba_d_state": 6, "tie_word_embeddings": True}),
    ("gms_a", "GraniteMoeSharedForCausalLM", "GraniteMoeSharedConfig",
     {"vocab_size": 97, "hidden_size": 48, "intermediate_size": 80, "num_hidden_layers": 3, "num_attention_heads": 4, "pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 2, "num_key_value_heads": 2, "num_local_experts": 3, "shared_intermediate_size": 20}),
    ("gms_b", "GraniteMoeSharedForCausalLM", "GraniteMoeSharedConfig",
     {"vocab_size": 97, "hidden_size": 48, "intermediate_size": 80, "num_hidden_layers": 3, "num_attention_heads": 4, "pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 2, "num_key_value_heads": 2, "num_local_experts": 3}),
    ("phimoe_a", "PhimoeForCausalLM", "PhimoeConfig",
     {"vocab_size": 97, "hidden_size": 48, "intermediate_size": 80, "num_hidden_layers": 3, "num_attention_heads": 4, "pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 2, "num_key_value_heads": 2, "num_local_experts": 3, "lm_head_bias": True, "attention_bias": True}),
    ("zamba2_a", "Zamba2ForCausalLM", "Zamba2Config",
     {"vocab_size": 97, "hidden_size": 48, "intermediate_size": 80, "num_hidden_layers": 7, "num_attention_heads": 4, "pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 2, "layers_block_type": ["mamba", "hybrid", "mamba", "hybrid", "hybrid", "mamba", "hybrid"], "num_mem_blocks": 2, "use_shared_attention_adapter": True, "adapter_rank": 4, "use_mem_rope": True, "n_mamba_heads": 8, "mamba_d_state": 6}),
    ("zamba2_b", "Zamba2ForCausalLM", "Zamba2Config",
     {"vocab_size": 97, "hidden_size": 48, "intermediate_size": 80, "num_hidden_layers": 54, "num_attention_heads": 4, "pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 2, "add_bias_linear": True, "adapter_rank": 4, "n_mamba_heads": 8, "mamba_d_state": 6, "mamba_ngroups": 2}),
    ("ernie_a", "Ernie4_5ForCausalLM", "Ernie4_5Config",
     {"vocab_size": 97, "hidden_size": 48, "intermediate_size": 80, "num_hidden_layers": 3, "num_attention_heads": 4, "pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 2, "num_key_value_heads": 2, "head_dim": 20, "use_bias": True}),
    ("erniemoe_a", "Ernie4_5_MoeForCausalLM", "Ernie4_5_MoeConfig",
     {"vocab_size": 97, "hidden_size": 48, "intermediate_size": 80, "num_hidden_layers": 6, "num_attention_heads": 4, "pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 2, "num_key_value_heads": 2, "moe_num_experts": 4, "moe_k": 2, "moe_intermediate_size": 16, "moe_layer_interval": 2, "moe_layer_end_index": 4}),
    ("erniemoe_b", "Ernie4_5_MoeForCausalLM", "Ernie4_5_MoeConfig",
     {"vocab_size": 97, "hidden_size": 48, "intermediate_size": 80, "num_hidden_layers": 3, "num_attention_heads": 4, "pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 2, "num_key_value_heads": 2, "moe_num_experts": 4, "moe_k": 2, "moe_intermediate_size": 16, "moe_num_shared_experts": 0, "use_bias": True}),
    ("hyd_a", "HunYuanDenseV1ForCausalLM", "HunYuanDenseV1Config",
     {"vocab_size": 97, "hidden_size": 48, "intermediate_size": 80, "num_hidden_layers": 3, "num_attention_heads": 4, "pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 2, "num_key_value_heads": 2, "head_dim": 20}),
    ("exa_a", "Exaone4ForCausalLM", "Exaone4Config",
     {"vocab_size": 97, "hidden_size": 48, "intermediate_size": 80, "num_hidden_layers": 5, "num_attention_heads": 4, "pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 2, "num_key_value_heads": 2, "sliding_window": 4}),
    ("seed_a", "SeedOssForCausalLM", "SeedOssConfig",
     {"vocab_size": 97, "hidden_size": 48, "intermediate_size": 80, "num_hidden_layers": 3, "num_attention_heads": 4, "pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 2, "num_key_value_heads": 2, "attention_out_bias": True}),
    ("arcee_a", "ArceeForCausalLM", "ArceeConfig",
     {"vocab_size": 97, "hidden_size": 48, "intermediate_size": 80, "num_hidden_layers": 3, "num_attention_heads": 4, "pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 2, "num_key_value_heads": 2, "mlp_bias": True}),
    ("apertus_a", "ApertusForCausalLM", "ApertusConfig",
     {"vocab_size": 97, "hidden_size": 48, "intermediate_size": 80, "num_hidden_layers": 3, "num_attention_heads": 4, "pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 2, "num_key_value_heads": 2}),
    ("bitnet_a", "BitNetForCausalLM", "BitNetConfig",
     {"vocab_size": 97, "hidden_size": 48, "intermediate_size": 80, "num_hidden_layers": 3, "num_attention_heads": 4, "pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 2, "num_key_value_heads": 2}),
    ("helium_a", "HeliumForCausalLM", "HeliumConfig",
     {"vocab_size": 97, "hidden_size": 48, "intermediate_size": 80, "num_hidden_layers": 3, "num_attention_heads": 4, "pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 2, "num_key_value_heads": 2, "head_dim": 12, "mlp_bias": True, "attention_bias": True}),
    ("dots_a", "Dots1ForCausalLM", "Dots1Config",
     {"vocab_size": 97, "hidden_size": 48, "intermediate_size": 80, "num_hidden_layers": 3, "num_attention_heads": 4, "pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 2, "num_key_value_heads": 2, "n_routed_experts": 4, "n_shared_experts": 2, "num_experts_per_tok": 2, "moe_intermediate_size": 16, "first_k_dense_replace": 1, "sliding_window": 4, "max_window_layers": 2}),
    ("xglm_a", "XGLMForCausalLM", "XGLMConfig",
     {"vocab_size": 97, "d_model": 48, "ffn_dim": 60, "num_layers": 3, "attention_heads": 4, "max_position_embeddings": 40}),
    ("pers_a", "PersimmonForCausalLM", "PersimmonConfig",
     {"vocab_size": 97, "hidden_size": 48, "intermediate_size": 80, "num_hidden_layers": 3, "num_attention_heads": 4, "pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 2}),
    ("pers_b", "PersimmonForCausalLM", "PersimmonConfig",
     {"vocab_size": 97, "hidden_size": 48, "intermediate_size": 80, "num_hidden_layers": 3, "num_attention_heads": 4, "pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 2, "qk_layernorm": False, "partial_rotary_factor": 0.34}),
    ("neoxj_a", "GPTNeoXJapaneseForCausalLM", "GPTNeoXJapaneseConfig",
     {"vocab_size": 97, "hidden_size": 48, "num_hidden_layers": 3, "num_attention_heads": 4, "intermediate_multiple_size": 3}),
    ("lfm2m_a", "Lfm2MoeForCausalLM", "Lfm2MoeConfig",
     {"vocab_size": 97, "hidden_size": 48, "intermediate_size": 80, "num_hidden_layers": 4, "num_attention_heads": 4, "pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 2, "num_key_value_heads": 2, "layer_types": ["conv", "full_attention", "conv", "conv"], "num_experts": 4, "num_experts_per_tok": 2, "moe_intermediate_size": 16, "conv_bias": True, "num_dense_layers": 1}),
    ("vg_a", "VaultGemmaForCausalLM", "VaultGemmaConfig",
     {"vocab_size": 97, "hidden_size": 48, "intermediate_size": 80, "num_hidden_layers": 3, "num_attention_heads": 4, "pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 2, "num_key_value_heads": 2, "head_dim": 16, "sliding_window": 5}),
    ("longcat_a", "LongcatFlashForCausalLM", "LongcatFlashConfig",
     {"vocab_size": 97, "hidden_size": 48, "num_layers": 2, "num_attention_heads": 4, "q_lora_rank": 12, "kv_lora_rank": 10, "qk_nope_head_dim": 6, "qk_rope_head_dim": 4, "v_head_dim": 7, "moe_topk": 2, "n_routed_experts": 4, "zero_expert_num": 2, "ffn_hidden_size": 60, "expert_ffn_hidden_size": 16, "head_dim": 4}),
    ("kimi_a", "KimiLinearForCausalLM", "KimiLinearConfig",
     {"vocab_size": 97, "hidden_size": 48, "intermediate_size": 80, "num_hidden_layers": 6, "num_attention_heads": 4, "pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 2, "num_key_value_heads": 4, "kv_lora_rank": 10, "qk_nope_head_dim": 6, "qk_rope_head_dim": 4, "v_head_dim": 7, "num_local_experts": 4, "num_experts_per_tok": 2, "moe_intermediate_size": 16, "linear_head_dim": 8, "linear_num_heads": 3}),
    ("kimi_b", "KimiLinearForCausalLM", "KimiLinearConfig",
     {"vocab_size": 97, "hidden_size": 48, "intermediate_size": 80, "num_hidden_layers": 4, "num_attention_heads": 4, "pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 2, "num_key_value_heads": 4, "q_lora_rank": 9, "kv_lora_rank": 10, "qk_nope_head_dim": 6, "qk_rope_head_dim": 4, "v_head_dim": 7, "num_experts": 4, "num_experts_per_token": 2, "moe_intermediate_size": 16, "linear_attn_config": {"head_dim": 6, "num_heads": 5, "short_conv_kernel_size": 3, "full_attn_layers": [4], "kda_layers": [1, 2, 3]}, "first_k_dense_replace": 2}),
    ("diff_a", "DiffLlamaForCausalLM", "DiffLlamaConfig",
     {"vocab_size": 97, "hidden_size": 48, "intermediate_size": 80, "num_hidden_layers": 3, "num_attention_heads": 4, "pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 2, "num_key_value_heads": 2, "attention_bias": True}),
    ("doge_a", "DogeForCausalLM", "DogeConfig",
     {"vocab_size": 97, "hidden_size": 48, "intermediate_size": 80, "num_hidden_layers": 3, "num_attention_heads": 4, "pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 2, "num_key_value_heads": 2}),
    ("doge_b", "DogeForCausalLM", "DogeConfig",
     {"vocab_size": 97, "hidden_size": 48, "intermediate_size": 80, "num_hidden_layers": 3, "num_attention_heads": 4, "pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 2, "num_key_value_heads": 2, "is_moe": True, "num_experts": 16, "num_experts_per_tok": 2, "mlp_bias": True}),
    ("zamba2_c", "Zamba2ForCausalLM", "Zamba2Config",
     {"vocab_size": 97, "hidden_size": 48, "intermediate_size": 80, "num_hidden_layers": 4, "num_attention_heads": 4, "pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 2, "layers_block_type": ["mamba", "hybrid", "mamba", "hybrid"], "num_mem_blocks": 2, "tie_word_embeddings": False, "adapter_rank": 4, "n_mamba_heads": 8, "mamba_d_state": 6}),
    ("hym_b", "HunYuanMoEV1ForCausalLM", "HunYuanMoEV1Config",
     {"vocab_size": 97, "hidden_size": 48, "intermediate_size": 80, "num_hidden_layers": 3, "num_attention_heads": 4, "pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 2, "num_key_value_heads": 2, "num_experts": 3, "moe_topk": 2, "head_dim": 12}),
    ("gm4_d", "Gemma4ForCausalLM", "Gemma4TextConfig",
     {"vocab_size": 97, "hidden_size": 48, "intermediate_size": 80, "num_hidden_layers": 8, "num_attention_heads": 4, "pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 2, "num_key_value_heads": 2, "head_dim": 16, "global_head_dim": 32, "layer_types": ["sliding_attention", "full_attention", "sliding_attention", "full_attention", "sliding_attention", "full_attention", "sliding_attention", "full_attention"], "num_kv_shared_layers": 4, "hidden_size_per_layer_input": 0, "use_bidirectional_attention": "all", "sliding_window": 21}),
    ("gm4_e", "Gemma4ForConditionalGeneration", "Gemma4Config",
     {"text_config": {"vocab_size": 97, "hidden_size": 48, "intermediate_size": 80, "num_hidden_layers": 6, "num_attention_heads": 4, "pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 2, "num_key_value_heads": 2, "head_dim": 16, "global_head_dim": 32, "hidden_size_per_layer_input": 0}, "vision_config": {"hidden_size": 32, "intermediate_size": 44, "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 4, "head_dim": 8, "patch_size": 4, "position_embedding_size": 20}, "tie_word_embeddings": False}),
]


def build(model_class, configuration_class, values):
    configuration = getattr(transformers, configuration_class)(**values)
    with torch.device("meta"):
        model = getattr(transformers, model_class)(configuration)
    model.tie_weights()
    return configuration, model.eval()


def digest(lines):
    value = 0xcbf29ce484222325
    for byte in "".join(line + "\n" for line in lines).encode():
        value = (value ^ byte) * 0x100000001b3 % 2**64
    return f"{value:016x}"


def tied(model):
    """The number of tensors that have several names."""
    names = {}
    for name, parameter in model.named_parameters(remove_duplicate=False):
        names.setdefault(id(parameter), []).append(name)
    return sum(len(group) > 1 for group in names.values())


def shapes(model):
    everywhere = model.named_parameters(remove_duplicate=False)
    return digest(sorted(f"{name} {list(parameter.shape)}" for name, parameter in everywhere))


def figures(model):
    kept = cache(model)
    # Where a window is shorter, not all tokens are there.
    kept = kept if kept and all(shape[2] == 8 for shape in kept) else None
    return parts(model) | {"tied": tied(model), "digest": shapes(model), "cache": kept}


rows = []
for name, model_class, configuration_class, values in CASES:
    configuration, model = build(model_class, configuration_class, values)
    document = dict(values, model_type=configuration.model_type, architectures=[model_class])
    rows.append(json.dumps({"name": name, "config": document, **figures(model)}))
with open(os.path.join(HERE, "decoders.json"), "w") as file:
    file.write("[\n" + ",\n".join(rows) + "\n]\n")
