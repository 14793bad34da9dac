"""Trains models in PyTorch as `memfit plan recomputation --python` says, and compares the peaks.

    $ORACLE/run.sh check_recomputation.py PATH-TO-MEMFIT [MODEL:BATCH …]

Runs in the environment of `oracle/` (PyTorch's CUDA build without a GPU), or on a GPU. For plans along the frontier
the emitted code wraps the model; the bytes that tensors ask for at the peak of the second step must be those of
the plan, and fall from plan to plan.
"""

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


def build(name, batch):
    if name == "gpt2":
        import transformers
        config = transformers.GPT2Config(use_cache=False)
        with torch.device("cuda"):
            model = transformers.GPT2LMHeadModel(config)
        tokens = torch.zeros(batch, SEQUENCE, dtype=torch.long, device="cuda")
        return model, lambda: model(input_ids=tokens, labels=tokens).loss
    with torch.device("cuda"):
        model = getattr(torchvision.models, name)()
    images = torch.empty(batch, 3, 224, 224, device="cuda")
    labels = torch.zeros(batch, dtype=torch.long, device="cuda")
    return model, lambda: functional.cross_entropy(model(images), labels)


def measured(name, batch, code):
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
    return torch.cuda.memory_stats()["requested_bytes.all.peak"]


def main():
    if sys.argv[1] == "--one":
        name, batch, code = sys.argv[2:5]
        print(measured(name, int(batch), code))
        return
    memfit, cases = sys.argv[1], sys.argv[2:] or CASES
    wrong = 0
    for case in cases:
        name, batch = case.split(":")
        arguments = [memfit, "plan", "recomputation", name, "--batch", batch]
        if name == "gpt2":
            arguments += ["--sequence", str(SEQUENCE)]
        plans = json.loads(subprocess.run(
            arguments + ["--format", "json"], capture_output=True, text=True, check=True).stdout)
        last = None
        plans = plans["plan"]["recomputation"]
        for plan in plans[:: max(1, len(plans) // 5)]:
            with tempfile.TemporaryDirectory() as folder:
                code = os.path.join(folder, "recompute.py")
                subprocess.run(
                    arguments + ["--budget", str(plan["peakBytes"]), "--python", code],
                    capture_output=True, check=True)
                found = int(subprocess.run(
                    [sys.executable, __file__, "--one", name, batch, code],
                    capture_output=True, text=True, check=True).stdout.split()[-1])
            good = last is None or found < last
            wrong += not good
            last = found
            print(f"{case}: planned {plan['peakBytes']} measured {found} "
                  f"({found - plan['peakBytes']:+d}) overhead {plan['overhead']:.4f} "
                  f"{len(plan['recompute'])} regions{'' if good else ' NOT LOWER'}", flush=True)
    sys.exit(1 if wrong else 0)


main()
