"""Configurations and inputs that several cases share: small, with all the operators of the whole model."""

LM = {"input_ids": "tokens", "labels": "tokens"}
CLASSES = {"pixel_values": "images", "labels": "classes"}
BASE = {"hidden_size": 256, "intermediate_size": 1024, "num_hidden_layers": 3, "num_attention_heads": 4}
DECODER = {**BASE, "num_key_value_heads": 2, "vocab_size": 8192}
MT5 = {"d_model": 256, "d_kv": 64, "d_ff": 512, "num_layers": 2, "num_heads": 4, "vocab_size": 8192, "decoder_start_token_id": 0}
BART = {"d_model": 256, "encoder_layers": 2, "decoder_layers": 2, "encoder_attention_heads": 4, "decoder_attention_heads": 4,
        "encoder_ffn_dim": 512, "decoder_ffn_dim": 512, "vocab_size": 8192}
SPEECH = {"hidden_size": 256, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 512,
          "apply_spec_augment": False, "num_conv_pos_embeddings": 32, "layerdrop": 0.0}
WAVES = {"input_values": "waves", "labels": "classes"}
SEQUENCES = {"input_ids": "tokens", "labels": "classes"}
