import ByteFormats

/// The second names of fields, by the type of model.
///
/// Of two names of one field, the one that is listed first counts where a document has both: transformers
/// sets it after all fields. Made by `Validation/configurations/aliases.py` from transformers 5.23.0.
enum FieldAliases {
  /// Pairs of names, the one that counts and the field's own, for the types that have them.
  static let pairs: [(types: [String], names: [(String, String)])] = [
    (
      types: [
        "aya_vision", "blip-2", "instructblip", "llava", "llava_next", "mistral3", "mllama",
        "paligemma",
      ],
      names: [("image_token_id", "image_token_index")]
    ),
    (
      types: ["bamba", "falcon_h1"],
      names: [("layer_types", "layers_block_type")]
    ),
    (
      types: [
        "bart", "blenderbot", "blenderbot-small", "conditional_detr", "detr", "m2m_100", "marian",
        "mbart", "mvp", "nllb-moe", "pegasus", "speech_to_text", "table-transformer",
      ],
      names: [
        ("hidden_size", "d_model"), ("num_attention_heads", "encoder_attention_heads"),
        ("num_hidden_layers", "encoder_layers"),
      ]
    ),
    (
      types: ["bigbird_pegasus"],
      names: [
        ("attention_probs_dropout_prob", "attention_dropout"), ("hidden_size", "d_model"),
        ("num_attention_heads", "encoder_attention_heads"), ("num_hidden_layers", "encoder_layers"),
      ]
    ),
    (
      types: ["bloom"],
      names: [("num_attention_heads", "n_head"), ("num_hidden_layers", "n_layer")]
    ),
    (
      types: [
        "codegen", "ctrl", "gpt-sw3", "gpt2", "gpt_bigcode", "gptj", "imagegpt", "openai-gpt",
      ],
      names: [
        ("hidden_size", "n_embd"), ("max_position_embeddings", "n_positions"),
        ("num_attention_heads", "n_head"), ("num_hidden_layers", "n_layer"),
      ]
    ),
    (
      types: ["convnext", "convnextv2"],
      names: [("num_hidden_layers", "num_stages")]
    ),
    (
      types: ["dbrx"],
      names: [
        ("hidden_size", "d_model"), ("max_position_embeddings", "max_seq_len"),
        ("num_attention_heads", "n_heads"), ("num_hidden_layers", "n_layers"),
      ]
    ),
    (
      types: ["deepseek_v2"],
      names: [("num_experts", "n_routed_experts")]
    ),
    (
      types: ["deepseek_v3", "glm4_moe"],
      names: [
        ("num_local_experts", "n_routed_experts"), ("num_nextn_predict_layers", "num_mtp_layers"),
      ]
    ),
    (
      types: ["deepseek_v32", "dots1", "glm4v_moe_text", "glm_moe_dsa", "mistral4", "solar_open"],
      names: [("num_local_experts", "n_routed_experts")]
    ),
    (
      types: ["deepseek_v4"],
      names: [
        ("intermediate_size", "moe_intermediate_size"), ("num_local_experts", "n_routed_experts"),
      ]
    ),
    (
      types: ["deformable_detr", "rt_detr", "rt_detr_v2"],
      names: [("hidden_size", "d_model"), ("num_attention_heads", "encoder_attention_heads")]
    ),
    (
      types: ["distilbert"],
      names: [
        ("hidden_size", "dim"), ("num_attention_heads", "n_heads"),
        ("num_hidden_layers", "n_layers"),
      ]
    ),
    (
      types: ["ernie4_5_moe"],
      names: [("num_experts", "moe_num_experts"), ("num_experts_per_tok", "moe_k")]
    ),
    (
      types: ["flex_olmo", "hy_v3", "jamba", "olmoe", "qwen3_moe", "qwen3_vl_moe_text"],
      names: [("num_local_experts", "num_experts")]
    ),
    (
      types: ["funnel"],
      names: [("hidden_size", "d_model"), ("num_attention_heads", "n_head")]
    ),
    (
      types: ["gemma3", "llama4"],
      names: [
        ("boi_token_id", "boi_token_index"), ("eoi_token_id", "eoi_token_index"),
        ("image_token_id", "image_token_index"),
      ]
    ),
    (
      types: ["glm4_moe_lite"],
      names: [("head_dim", "qk_rope_head_dim"), ("num_local_experts", "n_routed_experts")]
    ),
    (
      types: ["gpt_neo", "swin", "swinv2"],
      names: [("num_attention_heads", "num_heads"), ("num_hidden_layers", "num_layers")]
    ),
    (
      types: ["gpt_oss", "minimax", "minimax_m2", "mixtral"],
      names: [("num_experts", "num_local_experts")]
    ),
    (
      types: ["granitemoehybrid"],
      names: [("layers_block_type", "layer_types")]
    ),
    (
      types: ["hunyuan_v1_moe"],
      names: [("num_experts_per_tok", "moe_topk"), ("num_local_experts", "num_experts")]
    ),
    (
      types: ["instructblipvideo"],
      names: [("video_token_id", "video_token_index")]
    ),
    (
      types: ["internlm3"],
      names: [("bias", "mlp_bias"), ("qkv_bias", "attention_bias")]
    ),
    (
      types: ["jetmoe"],
      names: [("head_dim", "kv_channels")]
    ),
    (
      types: ["kimi_linear"],
      names: [
        ("model_max_length", "max_position_embeddings"), ("moe_renormalize", "norm_topk_prob"),
        ("num_expert_group", "n_group"), ("num_experts", "num_local_experts"),
        ("num_experts_per_token", "num_experts_per_tok"),
        ("num_shared_experts", "n_shared_experts"),
      ]
    ),
    (
      types: ["led"],
      names: [
        ("attention_probs_dropout_prob", "attention_dropout"), ("hidden_size", "d_model"),
        ("initializer_range", "init_std"), ("num_attention_heads", "encoder_attention_heads"),
        ("num_hidden_layers", "encoder_layers"),
      ]
    ),
    (
      types: ["llava_next_video", "llava_onevision", "video_llava"],
      names: [("image_token_id", "image_token_index"), ("video_token_id", "video_token_index")]
    ),
    (
      types: ["longcat_flash"],
      names: [
        ("intermediate_size", "ffn_hidden_size"),
        ("moe_intermediate_size", "expert_ffn_hidden_size"), ("num_experts_per_tok", "moe_topk"),
        ("num_local_experts", "n_routed_experts"),
      ]
    ),
    (
      types: ["longt5", "mt5", "t5", "umt5"],
      names: [
        ("head_dim", "d_kv"), ("hidden_size", "d_model"), ("num_attention_heads", "num_heads"),
        ("num_hidden_layers", "num_layers"),
      ]
    ),
    (
      types: ["mask2former"],
      names: [("hidden_size", "hidden_dim"), ("num_hidden_layers", "decoder_layers")]
    ),
    (
      types: ["mellum"],
      names: [("num_local_experts", "num_experts"), ("num_nextn_predict_layers", "num_mtp_layers")]
    ),
    (
      types: ["mpt"],
      names: [
        ("hidden_size", "d_model"), ("num_attention_heads", "n_heads"),
        ("num_hidden_layers", "n_layers"),
      ]
    ),
    (
      types: ["nemotron_h"],
      names: [("layer_types", "layers_block_type"), ("num_local_experts", "n_routed_experts")]
    ),
    (
      types: ["plbart"],
      names: [
        ("hidden_size", "d_model"), ("initializer_range", "init_std"),
        ("num_attention_heads", "encoder_attention_heads"), ("num_hidden_layers", "encoder_layers"),
      ]
    ),
    (
      types: ["prophetnet"],
      names: [("num_attention_heads", "num_encoder_attention_heads")]
    ),
    (
      types: ["recurrent_gemma"],
      names: [("layer_types", "layers_block_type"), ("sliding_window", "attention_window_size")]
    ),
    (
      types: ["rwkv"],
      names: [("max_position_embeddings", "context_length")]
    ),
    (
      types: ["segformer"],
      names: [("num_hidden_layers", "num_encoder_blocks")]
    ),
    (
      types: ["switch_transformers"],
      names: [
        ("hidden_size", "d_model"), ("num_attention_heads", "num_heads"),
        ("num_hidden_layers", "num_layers"),
      ]
    ),
    (
      types: ["vipllava"],
      names: [
        ("image_token_id", "image_token_index"), ("vision_feature_layers", "vision_feature_layer"),
      ]
    ),
    (
      types: ["whisper"],
      names: [
        ("hidden_size", "d_model"), ("num_attention_heads", "encoder_attention_heads"),
        ("num_hidden_layers", "encoder_layers"), ("num_key_value_heads", "encoder_attention_heads"),
      ]
    ),
    (
      types: ["xglm"],
      names: [
        ("hidden_size", "d_model"), ("num_attention_heads", "attention_heads"),
        ("num_hidden_layers", "num_layers"),
      ]
    ),
    (
      types: ["xlnet"],
      names: [
        ("hidden_size", "d_model"), ("n_token", "vocab_size"), ("num_attention_heads", "n_head"),
        ("num_hidden_layers", "n_layer"),
      ]
    ),
    (
      types: ["zamba", "zamba2"],
      names: [("head_dim", "attention_head_dim"), ("layer_types", "layers_block_type")]
    ),
  ]

  static func names(of modelType: String) -> [(String, String)] {
    pairs.first { $0.types.contains(modelType) }?.names ?? []
  }
}

extension Configuration {
  /// The same with the same value under both names of each field that has two.
  func named(asIn modelType: String) -> Configuration {
    FieldAliases.names(of: modelType).reduce(self) { $0.giving($1.0, over: $1.1) }
  }
}
