"""Trains models in PyTorch as `memfit plan recomputation --python` says, and compares the peaks.

    $ORACLE/run.sh check_recomputation.py PATH-TO-MEMFIT [MODEL:BATCH …]

Runs in the environment of `oracle/` (PyTorch's CUDA build without a GPU), or on a GPU. For plans along the frontier
of time and peak the emitted code changes the model, which Adam trains; the bytes that tensors ask for at the peak of
the second step must be those of the plan, and fall from plan to plan. Prints a row of a Markdown table for each plan.
"""

import gc
import importlib.util
import json
import os
import subprocess
import sys
import tempfile

import torch
import torchvision
from torch.nn import functional

CASES = ["resnet50:16", "vgg16:16", "mobilenet_v2:16", "gpt2:2"]
SEQUENCE = 256

# The most plans of a model that are run, the first and the last among them.
PLANS = 6


def build(name, batch):
    if name in ("gpt2", "bert-base"):
        import transformers
        with torch.device("cuda"):
            model = (
                transformers.GPT2LMHeadModel(transformers.GPT2Config(use_cache=False))
                if name == "gpt2" else transformers.BertForMaskedLM(transformers.BertConfig()))
        tokens = torch.zeros(batch, SEQUENCE, dtype=torch.long, device="cuda")
        return model, lambda: model(input_ids=tokens, labels=tokens).loss
    # Made by the processor: a RegNet computes its widths with tensors.
    options = {"aux_logits": False, "init_weights": False} if name == "googlenet" else {}
    model = getattr(torchvision.models, name)(**options).cuda()
    images = torch.empty(batch, 3, 224, 224, device="cuda")
    labels = torch.zeros(batch, dtype=torch.long, device="cuda")
    return model, lambda: functional.cross_entropy(model(images), labels)


def measured(name, batch, code):
    # The code's functions hold the model that they were made for, and it them.
    gc.collect()
    before = torch.cuda.memory_stats().get("requested_bytes.all.current", 0)
    model, loss = build(name, batch)
    model.train()
    if code:
        spec = importlib.util.spec_from_file_location("recompute", code)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        module.recompute(model)
    optimizer = torch.optim.Adam(model.parameters())
    for _ in range(2):
        torch.cuda.reset_peak_memory_stats()
        loss().backward()
        optimizer.step()
        optimizer.zero_grad()
    return torch.cuda.memory_stats()["requested_bytes.all.peak"] - before


def planned(memfit, name, batch, folder):
    arguments = [memfit, "plan", "recomputation", name, "--batch", batch]
    if name in ("gpt2", "bert-base"):
        arguments += ["--sequence", str(SEQUENCE)]
    answer = subprocess.run(
        arguments + ["--format", "json", "--python", folder],
        capture_output=True, text=True, check=True)
    plans = json.loads(answer.stdout)["plan"]["recomputation"]
    count = min(PLANS, len(plans))
    chosen = sorted({step * (len(plans) - 1) // max(1, count - 1) for step in range(count)})
    return [(plans[index], os.path.join(folder, f"plan-{index + 1}.py")) for index in chosen]


def check(memfit, case):
    name, batch = case.split(":")
    wrong, last = 0, None
    with tempfile.TemporaryDirectory() as folder:
        plans = planned(memfit, name, batch, folder)
        answer = subprocess.run(
            [sys.executable, __file__, "--one", name, batch, *(file for _, file in plans)],
            capture_output=True, text=True, check=True)
        peaks = [int(line) for line in answer.stdout.split()]
        for (plan, _), found in zip(plans, peaks, strict=True):
            good = last is None or found < last
            wrong += not good
            last = found
            print(f"| {name} | {batch} | {plan['peakBytes']:,} | {found - plan['peakBytes']:+d} | "
                  f"{plan['overhead']:.2%} | {len(plan['recompute'])} |"
                  f"{'' if good else ' NOT LOWER'}", flush=True)
    return wrong


def main():
    if sys.argv[1] == "--one":
        name, batch, *codes = sys.argv[2:]
        for code in codes:
            print(measured(name, int(batch), code), flush=True)
        return
    print("| model | batch | planned peak | measured | extra time | regions |")
    print("| --- | --: | --: | --: | --: | --: |", flush=True)
    sys.exit(1 if sum(check(sys.argv[1], case) for case in sys.argv[2:] or CASES) else 0)


main()
