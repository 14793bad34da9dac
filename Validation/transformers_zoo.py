"""Makes Tests/Fixtures/transformers.json: tensors of Hugging Face's models that the zoo writes.

    pip install torch transformers
    python Validation/transformers_zoo.py Tests/Fixtures/transformers.json

For each model: parameters (tied ones once), and a digest of the names, shapes and roles of the state
dictionary together with the buffers that are not saved.

Made with transformers 5.23.0.
"""

import json
import sys

import torch
import transformers
from transformers import BertConfig, BertForMaskedLM, GPT2Config, GPT2LMHeadModel

MODELS = {
    "gpt2": (GPT2LMHeadModel, GPT2Config()),
    "gpt2-medium": (GPT2LMHeadModel, GPT2Config(n_embd=1024, n_layer=24, n_head=16)),
    "gpt2-large": (GPT2LMHeadModel, GPT2Config(n_embd=1280, n_layer=36, n_head=20)),
    "gpt2-xl": (GPT2LMHeadModel, GPT2Config(n_embd=1600, n_layer=48, n_head=25)),
    "bert-base": (BertForMaskedLM, BertConfig()),
    "bert-large": (BertForMaskedLM, BertConfig(
        hidden_size=1024, num_hidden_layers=24, num_attention_heads=16, intermediate_size=4096)),
}


def digest(lines):
    """FNV-1a over the lines, each ended by a line feed."""
    value = 0xCBF29CE484222325
    for byte in "".join(line + "\n" for line in lines).encode():
        value = (value ^ byte) * 0x100000001B3 % 2**64
    return f"{value:016x}"


def describe(name, kind, configuration):
    with torch.device("meta"):
        model = kind(configuration)
    model.tie_weights()
    tensors = dict(model.state_dict())
    buffers = dict(model.named_buffers())
    tensors.update(buffers)
    lines = sorted(
        f"{'state' if key in buffers else 'parameter'} {key} {list(value.shape)}"
        for key, value in tensors.items())
    return {
        "name": name, "parameters": sum(p.numel() for p in model.parameters()),
        "tensors": len(lines), "stateDigest": digest(lines),
    }


models = [describe(name, *model) for name, model in MODELS.items()]
with open(sys.argv[1], "w") as file:
    file.write('{"source": "transformers %s", "models": [\n' % transformers.__version__)
    file.write(",\n".join(json.dumps(model) for model in models))
    file.write("\n]}\n")
