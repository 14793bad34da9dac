"""Makes configurations of small models and contract.json: their tensors as transformers builds them.

    pip install torch transformers
    python make_fixtures.py

Made with transformers 5.23.0. Buffers that no checkpoint has are listed too: they take memory.
"""

import json

import torch
import transformers as t

MODELS = {
    "llama-tied.config.json": (t.LlamaForCausalLM, t.LlamaConfig(
        vocab_size=50, hidden_size=24, intermediate_size=40, num_hidden_layers=2,
        num_attention_heads=6, num_key_value_heads=2, head_dim=8, tie_word_embeddings=True,
        attention_bias=True, max_position_embeddings=64)),
    "deepseek-v3.config.json": (t.DeepseekV3ForCausalLM, t.DeepseekV3Config(
        vocab_size=48, hidden_size=32, intermediate_size=56, moe_intermediate_size=20,
        num_hidden_layers=2, num_attention_heads=2, num_key_value_heads=2, n_routed_experts=4,
        num_experts_per_tok=2, q_lora_rank=12, kv_lora_rank=10, qk_rope_head_dim=4,
        qk_nope_head_dim=6, v_head_dim=7, first_k_dense_replace=1, n_group=1, topk_group=1)),
}
NAMES = {torch.float32: "float32", torch.int64: "int64", torch.bool: "bool"}

files = {}
for name, (kind, configuration) in MODELS.items():
    with torch.device("meta"):
        model = kind(configuration)
    model.tie_weights()
    tensors = dict(model.state_dict())
    tensors.update(model.named_buffers())
    configuration.architectures = [kind.__name__]
    document = configuration.to_diff_dict()
    document["model_type"] = configuration.model_type
    with open(name, "w") as file:
        json.dump(document, file, indent=1)
        file.write("\n")
    files[name] = {"tensors": [
        [key, NAMES[value.dtype], list(value.shape)] for key, value in sorted(tensors.items())]}
with open("contract.json", "w") as file:
    json.dump({"source": f"transformers {t.__version__}", "files": files}, file, indent=1)
    file.write("\n")
