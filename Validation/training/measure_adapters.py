"""Measures training steps of networks whose linear layers have low-rank adapters, which alone are trained.

    Validation/oracle/run.sh Validation/training/measure_adapters.py Tests/Fixtures/PyTorch/adapters.json

The adapter is what Hugging Face's peft makes of a linear layer without dropout: the layer's result, plus the input
through two small matrices times a factor. `memfit` is the value of our `--lora`.
"""

import json
import re
import sys

import torch
import transformers

import measure_strategies as strategies
from measure_strategies import measure

CASES = [
    {"name": "bert_lora8", "model": "bert-sdpa", "batch": 4, "seq": 128, "opt": "adamw", "rank": 8,
     "layers": r"bert\.encoder\.layer\.\d+\.(attention\.self\.(query|key|value)|attention\.output\.dense|"
               r"intermediate\.dense|output\.dense)", "memfit": "8:bert.encoder*"},
    {"name": "bert_lora16_queries", "model": "bert-sdpa", "batch": 8, "seq": 256, "opt": "adam", "rank": 16,
     "layers": r".*\.(query|value)", "memfit": "16:*.[qv][ua][el]*"},
    {"name": "vit_lora4_mlp", "model": "vit_b_16", "batch": 4, "opt": "adamw", "rank": 4,
     "layers": r"encoder\.layers\.encoder_layer_\d+\.mlp\.[03]", "memfit": "4:*.mlp.*"},
    {"name": "swin_lora8_mlp", "model": "swin_t", "batch": 4, "opt": "sgdm", "rank": 8,
     "layers": r"features\.\d\.\d\.mlp\.[03]", "memfit": "8:*.mlp.*"},
    {"name": "convnext_lora8", "model": "convnext_tiny", "batch": 4, "opt": "adamw", "rank": 8,
     "layers": r"features\.\d\.\d\.block\.[35]", "memfit": "8:*.block.[35]"},
    {"name": "resnet50_lora4_head", "model": "resnet50", "batch": 8, "opt": "adam", "rank": 4, "layers": "fc",
     "memfit": "4:fc"},
]


class Adapted(torch.nn.Module):
    """A linear layer with an adapter beside it."""

    def __init__(self, layer, rank):
        super().__init__()
        self.base_layer = layer
        with torch.device("cuda"):
            self.lora_A = torch.nn.Linear(layer.in_features, rank, bias=False)
            self.lora_B = torch.nn.Linear(rank, layer.out_features, bias=False)

    def forward(self, x, *arguments, **options):
        result = self.base_layer(x, *arguments, **options)
        x = x.to(self.lora_A.weight.dtype)
        result = result + self.lora_B(self.lora_A(x)) * 2.0
        return result


def adapt(model, pattern, rank):
    paths = [path for path, _ in model.named_modules() if re.fullmatch(pattern, path)]
    for path in paths:
        parent, _, name = path.rpartition(".")
        setattr(model.get_submodule(parent), name, Adapted(model.get_submodule(path), rank))
    return paths


def run(fields):
    build = measure.build

    def adapted(name, case):
        model, inputs, loss = build(name, case)
        for parameter in model.parameters():
            parameter.requires_grad_(False)
        adapt(model, fields["layers"], fields["rank"])
        return model, inputs, loss

    measure.build = adapted
    case = strategies.Case(fields)
    made = strategies.make(case)
    result = {"adapters": sum(isinstance(module, Adapted) for module in made[0].modules())}
    result["first"] = strategies.step(case, made)
    result["steady"] = strategies.step(case, made)
    result.update(strategies.traced(case, made))
    result["saved"] = strategies.saved(case, made)
    return {**fields, **result}


if __name__ == "__main__":
    strategies.run = lambda fields, events: run(fields)
    runs = [strategies.child(fields, None) for fields in CASES]
    source = f"PyTorch {torch.__version__}, transformers {transformers.__version__}, on stand-in CUDA libraries; " \
             "made by Validation/training/measure_adapters.py"
    with open(sys.argv[1], "w") as file:
        file.write('{"source": ' + json.dumps(source) + ',\n "runs": [\n')
        file.write(",\n".join(json.dumps(r, separators=(",", ":")) for r in runs if r) + "\n]}\n")
    print([(r["name"], r["adapters"]) if r else None for r in runs])
