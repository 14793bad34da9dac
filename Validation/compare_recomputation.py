"""Compares plans of `memfit plan recomputation` with PyTorch's own `activation_memory_budget`.

    $ORACLE/run.sh compare_recomputation.py PATH-TO-MEMFIT [MODEL …] > ../Tests/Fixtures/PyTorch/recomputation.json

Runs in the environment of `oracle/` (PyTorch's CUDA build without a GPU), or on a GPU. Both are trained for two steps
without an optimizer, gradients kept, cuBLAS without a workspace; the peak is what tensors ask for in the second step
above what lives between steps. The work that runs again is counted by PyTorch's FlopCounterMode, as a share of
a forward pass. PyTorch's budgets run as `torch.compile(backend="aot_eager_decomp_partition")`, which calls
kernels as they stand in the partitioned graphs.
"""

import importlib.util
import json
import os
import subprocess
import sys
import tempfile

import torch
import torch._functorch.config
import torchvision
from torch.nn import functional
from torch.utils.flop_counter import FlopCounterMode

CASES = {"resnet50": 4, "vgg16": 4, "mobilenet_v2": 4, "gpt2": 1}
BUDGETS = [1.0, 0.8, 0.5, 0.3, 0.1]
SEQUENCE = 512


def build(name, batch):
    if name == "gpt2":
        import transformers
        config = transformers.GPT2Config(use_cache=False, attn_implementation="eager")
        with torch.device("cuda"):
            model = transformers.GPT2LMHeadModel(config)
        tokens = torch.zeros(batch, SEQUENCE, dtype=torch.long, device="cuda")
        return model, lambda run: run(input_ids=tokens, labels=tokens).loss
    with torch.device("cuda"):
        model = getattr(torchvision.models, name)()
    images = torch.empty(batch, 3, 224, 224, device="cuda")
    labels = torch.zeros(batch, dtype=torch.long, device="cuda")
    return model, lambda run: functional.cross_entropy(run(images), labels)


def measured(name, batch, code=None, budget=None):
    model, loss = build(name, batch)
    model.train()
    run = model
    if code:
        spec = importlib.util.spec_from_file_location("recompute", code)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        module.recompute(model)
    if budget is not None:
        torch._functorch.config.activation_memory_budget = budget
        run = torch.compile(model, backend="aot_eager_decomp_partition")
    for _ in range(2):
        model.zero_grad()
        torch.cuda.reset_peak_memory_stats()
        between = torch.cuda.memory_stats()["requested_bytes.all.current"]
        loss(run).backward()
    peak = torch.cuda.memory_stats()["requested_bytes.all.peak"] - between
    model.zero_grad()
    with FlopCounterMode(display=False) as forward:
        value = loss(run)
    with FlopCounterMode(display=False) as backward:
        value.backward()
    return {"peak": peak, "between": between, "forward": forward.get_total_flops(),
            "backward": backward.get_total_flops()}


def apart(name, batch, kind, values):
    """Measures in a process of its own, one row for each value."""
    answer = subprocess.run(
        [sys.executable, __file__, "--one", name, str(batch), kind, *map(str, values)],
        capture_output=True, text=True, check=True)
    return [json.loads(line) for line in answer.stdout.splitlines() if line.startswith("{")]


def row(found, plain):
    return {"peak": found["peak"],
            "overhead": round((found["backward"] - plain["backward"]) / plain["forward"], 6)}


def compare(memfit, name, batch):
    [plain] = apart(name, batch, "plain", [""])
    arguments = [memfit, "plan", "recomputation", name, "--batch", str(batch), "--price", "macs",
                 "--optimizer", "none", "--cublas-workspace", "none", "--format", "json"]
    if name == "gpt2":
        arguments += ["--sequence", str(SEQUENCE), "--attention", "eager"]
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        answer = subprocess.run(
            arguments + ["--python", folder], capture_output=True, text=True, check=True)
        plans = json.loads(answer.stdout)["plan"]["recomputation"]
        files = [os.path.join(folder, f"plan-{index + 1}.py") for index in range(len(plans))]
        for plan, found in zip(plans, apart(name, batch, "code", files)):
            rows.append({"planned": plan["peakBytes"] - plain["between"], **row(found, plain)})
    chosen = [] if name == "gpt2" or os.environ.get("WITHOUT_BUDGETS") else BUDGETS
    budgets = [{"budget": budget, **row(apart(name, batch, "budget", [budget])[0], plain)}
               for budget in chosen]
    return {"model": name, "batch": batch, "plans": rows, "pytorch": budgets}


def main():
    if sys.argv[1] == "--one":
        name, batch, kind, *values = sys.argv[2:]
        for value in values:
            chosen = {"code": value} if kind == "code" else (
                {"budget": float(value)} if kind == "budget" else {})
            print(json.dumps(measured(name, int(batch), **chosen)), flush=True)
        return
    names = sys.argv[2:] or CASES
    tables = [compare(sys.argv[1], name, CASES[name]) for name in names]
    print("[\n" + ",\n".join(json.dumps(table) for table in tables) + "\n]")


main()
