"""Exports networks in the ways that people do, and holds what the files tell against one measured training step.

    Validation/oracle/run.sh Validation/exports/styles.py export FOLDER      # needs the packages of measure_exports.py
    Validation/oracle/run.sh Validation/exports/styles.py train FOLDER       # what the live modules take
    python Validation/exports/styles.py compare FOLDER --memfit .build/release/memfit [--only TEXT]

However a module is exported, the live one that is trained is the same: in training, in single precision, in bfloat16 for
`bf16`, or under autocast of its own for `autocast`.
"""

import argparse
import glob
import json
import os
import subprocess

import compare_exports as comparing
from configurations import CLASSES, LM, SEQUENCES

STYLES = {
    "strict": {"strict": True}, "dynamic": {"dynamic": True}, "bf16": {"half": True}, "eval": {"eval": True}, "evalstrict": {"strict": True, "eval": True},
    "step": {"step": True}, "decomposed": {"decompositions": {}}, "core": {"decompositions": None}, "cuda": {"device": "cuda"},
    "cudaeval": {"device": "cuda", "eval": True}, "autocast": {"device": "cuda", "autocast": True},
}
# Library, class or name, arguments, inputs, batch, size.
NETWORKS = [
    ("torchvision", "resnet18", {}, None, 8, 224),
    ("torchvision", "mobilenet_v3_small", {}, None, 8, 224),
    ("torchvision", "swin_t", {}, None, 4, 224),
    ("torchvision", "convnext_tiny", {}, None, 4, 224),
    ("torchvision", "vit_b_32", {}, None, 4, 224),
    ("torchvision", "densenet121", {}, None, 4, 224),
    ("torchvision", "googlenet", {"init_weights": False}, None, 4, 224),
    ("timm", "efficientnet_b0", {}, None, 4, 224),
    ("timm", "vit_tiny_patch16_224", {}, None, 8, 224),
    ("timm", "regnety_004", {}, None, 8, 224),
    ("timm", "resnest14d", {}, None, 4, 224),
    ("timm", "mobilevit_xxs", {}, None, 4, 256),
    ("timm", "coatnet_nano_rw_224", {}, None, 4, 224),
    ("transformers", "BertForSequenceClassification", {"num_hidden_layers": 3}, SEQUENCES, 4, 64),
    ("transformers", "GPT2LMHeadModel", {"n_layer": 3}, LM, 2, 96),
    ("transformers", "LlamaForCausalLM", {"num_hidden_layers": 2, "hidden_size": 512, "intermediate_size": 1024, "num_attention_heads": 8, "num_key_value_heads": 4}, LM, 2, 96),
    ("transformers", "T5ForConditionalGeneration", {"num_layers": 2, "decoder_start_token_id": 0}, LM, 2, 64),
    ("transformers", "ViTForImageClassification", {"num_hidden_layers": 3}, CLASSES, 4, 224),
    ("transformers", "DistilBertForMaskedLM", {"n_layers": 3}, LM, 4, 64),
    ("transformers", "OPTForCausalLM", {"num_hidden_layers": 2}, LM, 2, 64),
    ("transformers", "Qwen2ForCausalLM", {"num_hidden_layers": 2, "hidden_size": 512, "intermediate_size": 1024, "num_attention_heads": 8, "num_key_value_heads": 2}, LM, 2, 96),
    ("transformers", "BartForConditionalGeneration", {"encoder_layers": 2, "decoder_layers": 2}, LM, 2, 64),
    ("torchvision", "efficientnet_b0", {}, None, 4, 224),
    ("torchvision", "maxvit_t", {}, None, 2, 224),
    ("torchvision", "swin_v2_t", {}, None, 2, 256),
    ("torchvision", "resnext50_32x4d", {}, None, 4, 224),
    ("torchvision", "mnasnet1_0", {}, None, 4, 224),
    ("torchvision", "efficientnet_v2_s", {}, None, 2, 224),
    ("torchvision", "regnet_y_400mf", {}, None, 4, 224),
    ("torchvision", "segmentation.fcn_resnet50", {}, None, 2, 128),
    ("torchvision", "shufflenet_v2_x1_0", {}, None, 4, 224),
    ("timm", "convnext_tiny", {}, None, 2, 224),
    ("timm", "swin_tiny_patch4_window7_224", {}, None, 2, 224),
    ("timm", "mixer_s16_224", {}, None, 4, 224),
    ("timm", "resnetv2_50", {}, None, 2, 224),
    ("timm", "tf_efficientnet_b0", {}, None, 4, 224),
    ("timm", "eva02_tiny_patch14_224", {}, None, 4, 224),
    ("timm", "beit_base_patch16_224", {}, None, 2, 224),
    ("timm", "ghostnet_100", {}, None, 4, 224),
    ("timm", "mobilenetv3_large_100", {}, None, 4, 224),
    ("timm", "deit_tiny_distilled_patch16_224", {}, None, 4, 224),
    ("timm", "cait_xxs24_224", {}, None, 2, 224),
    ("timm", "pvt_v2_b0", {}, None, 4, 224),
    ("timm", "densenet121", {}, None, 4, 224),
    ("timm", "hrnet_w18_small", {}, None, 2, 224),
    ("timm", "nfnet_l0", {}, None, 2, 224),
    ("transformers", "RobertaForMaskedLM", {"num_hidden_layers": 2, "vocab_size": 5000, "max_position_embeddings": 514, "pad_token_id": 1}, LM, 2, 64),
    ("transformers", "AlbertForMaskedLM", {"num_hidden_layers": 3, "hidden_size": 256, "num_attention_heads": 4, "intermediate_size": 512}, LM, 2, 64),
    ("transformers", "ElectraForSequenceClassification", {"num_hidden_layers": 3}, SEQUENCES, 4, 64),
    ("transformers", "DebertaV2ForSequenceClassification", {"num_hidden_layers": 2, "hidden_size": 256, "num_attention_heads": 4, "intermediate_size": 512, "relative_attention": True, "pos_att_type": ["p2c", "c2p"], "vocab_size": 5000}, SEQUENCES, 2, 64),
    ("transformers", "MistralForCausalLM", {"num_hidden_layers": 2, "hidden_size": 512, "intermediate_size": 1024, "num_attention_heads": 8, "num_key_value_heads": 4, "vocab_size": 8000}, LM, 2, 96),
    ("transformers", "GemmaForCausalLM", {"num_hidden_layers": 2, "hidden_size": 256, "intermediate_size": 1024, "num_attention_heads": 4, "num_key_value_heads": 1, "head_dim": 64, "vocab_size": 8000}, LM, 2, 64),
    ("transformers", "PhiForCausalLM", {"num_hidden_layers": 2, "hidden_size": 256, "intermediate_size": 1024, "num_attention_heads": 4, "vocab_size": 8000}, LM, 2, 64),
    ("transformers", "GPTNeoXForCausalLM", {"num_hidden_layers": 2, "hidden_size": 256, "num_attention_heads": 4, "intermediate_size": 1024, "vocab_size": 8000}, LM, 2, 64),
    ("transformers", "BloomForCausalLM", {"n_layer": 2, "hidden_size": 256, "n_head": 4, "vocab_size": 8000}, LM, 2, 64),
    ("transformers", "SwinForImageClassification", {"depths": [2, 2, 2, 2]}, CLASSES, 2, 224),
    ("transformers", "ConvNextForImageClassification", {"depths": [2, 2, 3, 2]}, CLASSES, 2, 224),
    ("transformers", "ResNetForImageClassification", {"depths": [2, 2, 2, 2]}, CLASSES, 2, 224),
    ("transformers", "SegformerForImageClassification", {}, CLASSES, 2, 224),
    ("transformers", "MobileViTForImageClassification", {}, CLASSES, 2, 256),
    ("transformers", "Dinov2ForImageClassification", {"num_hidden_layers": 2}, CLASSES, 2, 224),
    ("transformers", "ModernBertForSequenceClassification", {"num_hidden_layers": 3, "vocab_size": 8000}, SEQUENCES, 2, 64),
]


def cases():
    for library, model, arguments, inputs, batch, size in NETWORKS:
        for run in ("fp32", "bf16", "autocast"):
            case = {"library": library, "model": model, "arguments": arguments, "batch": batch, "size": size, "optimizer": "adamw", "cc": 80,
                    "workspace": True, "variant": run}
            if inputs:
                case["inputs"] = inputs
            if run == "bf16":
                case["precision"] = "bf16"
            yield case


def wrapped(module, loss=None):
    """The module under autocast of its own, or with its loss."""
    import torch

    class Autocast(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.model = module

        def forward(self, *positional, **named):
            with torch.autocast("cuda", dtype=torch.bfloat16):
                return self.model(*positional, **named)

    class Step(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.model = module

        def forward(self, x, y):
            return loss(self.model(x), y)

    return (Step if loss else Autocast)().train()


def exported(measure, case, style):
    """The program of a network in a style; `None` where the style is not for it."""
    import torch

    device = style.get("device", "cpu")
    kind = torch.bfloat16 if "half" in style else torch.float32
    module = measure.module(case).to(device, kind)
    with torch.no_grad():
        for tensor in [*module.parameters(), *module.buffers()]:
            tensor.zero_()
    positional, named = measure.inputs(case, device, kind)
    if "eval" in style:
        module.eval()
    if "autocast" in style:
        module = wrapped(module)
    if "step" in style:
        if case["library"] == "transformers":
            return None
        module = wrapped(module, lambda output, y: torch.nn.functional.cross_entropy(measure.only(output), y))
        positional = (*positional, torch.zeros(case["batch"], dtype=torch.long))
    shapes = None
    if "dynamic" in style:
        batch = torch.export.Dim("batch", min=2, max=1024)
        shapes = {name: {0: batch} for name in named} if named else tuple({0: batch} for _ in positional)
    program = torch.export.export(module, positional, named, strict="strict" in style, dynamic_shapes=shapes)
    return program.run_decompositions(style["decompositions"]) if "decompositions" in style else program


def export(folder):
    import measure_exports as measure
    import torch

    os.makedirs(folder, exist_ok=True)
    os.environ["MOCK_CC"] = "80"
    for case in (case for case in cases() if case["variant"] == "fp32"):
        for name, style in STYLES.items():
            path = os.path.join(folder, f"{case['library']}.{case['model']}@{name}.pt2")
            if os.path.exists(path):
                continue
            try:
                program = exported(measure, case, style)
            except Exception as error:
                print(path, "not exported:", type(error).__name__, str(error)[:120].replace("\n", " "), flush=True)
                continue
            if program is not None:
                whole = os.path.join(folder, "whole.pt2")
                torch.export.save(program, whole)
                subprocess.run(["cp", "--sparse=always", whole, path], check=True)
                os.remove(whole)


def train(folder):
    import measure_exports as measure

    made = measure.module
    measure.module = lambda case: wrapped(made(case)) if case["variant"] == "autocast" else made(case)
    todo = list(cases())
    for start in range(0, len(todo), 6):
        measure.work("train", folder, todo[start:start + 6])


def compare(folder, memfit, only):
    totals = {}
    for path in sorted(glob.glob(os.path.join(folder, "*@*.pt2"))):
        model, style = os.path.basename(path)[:-4].split("@")
        run = {"bf16": "bf16-bf16", "autocast": "autocast"}.get(style, "fp32")
        truth = os.path.join(folder, f"{model}-{run}.json")
        if only not in path or not os.path.exists(truth):
            continue
        with open(truth) as file:
            measured = json.load(file)
        if "error" in measured:
            continue
        # The file tells the type, and not the batch where that is a symbol.
        told, diagnostics = comparing.ask(memfit, {**measured, "precision": None, "other_batch": style == "dynamic"}, path)
        count = totals.setdefault(style, [0, 0, 0])
        count[0] += 1
        if told is None:
            print(f"{model}@{style}", diagnostics[0]["message"])
            continue
        cells = comparing.judge(measured, told)
        figures = [name for name, *_ in comparing.FIGURES]
        count[1] += all(cells[name][0] == 0 for name in figures)
        count[2] += comparing.within(cells)
        if any(cells[name][0] for name in figures):
            print(f"{model}@{style}", *(f"{name} {comparing.short(cells[name])}" for name in figures if cells[name][0]))
    for style, (runs, exact, within) in totals.items():
        print(f"{style}: {runs} exports, {exact} exact in all figures, {within} within the tolerances")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("what", choices=["export", "train", "compare"])
    parser.add_argument("folder")
    parser.add_argument("--memfit", default=".build/release/memfit")
    parser.add_argument("--only", default="")
    options = parser.parse_args()
    if options.what == "compare":
        compare(options.folder, options.memfit, options.only)
    else:
        {"export": export, "train": train}[options.what](options.folder)
