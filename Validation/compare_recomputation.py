"""Compares plans of `memfit plan recomputation` with PyTorch's own `activation_memory_budget`.

    $ORACLE/run.sh compare_recomputation.py PATH-TO-MEMFIT [MODEL …] > ../Tests/Fixtures/PyTorch/recomputation.json

Runs in the environment of `oracle/` (PyTorch's CUDA build without a GPU), or on a GPU. Both are trained for two steps
without an optimizer, gradients kept, cuBLAS without a workspace; the peak is what tensors ask for in the second step
above what lives between steps. The work that runs again is counted by PyTorch's FlopCounterMode, as a share of
a forward pass. PyTorch's budgets run as `torch.compile(backend="aot_eager_decomp_partition")` does: kernels are
called as they stand in the partitioned graphs. They take a minute each: `BUDGETS_OF=FILE` takes them from an earlier
answer.
"""

import importlib.util
import json
import os
import subprocess
import sys
import tempfile
from contextlib import nullcontext

# Read when PyTorch is imported, by the processes that this one starts, too.
os.environ["CUBLAS_WORKSPACE_CONFIG"] = ":0:0"

import torch
import torch._functorch.config
import torchvision
from functorch.compile import min_cut_rematerialization_partition
from torch._dynamo.backends.common import aot_autograd
from torch._inductor.compile_fx import select_decomp_table
from torch.nn import functional
from torch.utils.flop_counter import FlopCounterMode

import small_gpt

CASES = {"resnet50": 4, "vgg16": 4, "mobilenet_v2": 4, "gpt": 1, "gpt2": 1}
BUDGETS = [1.0, 0.8, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1, 0.05, 0.0]
SEQUENCE = 512

# The most plans of a model that are run, the first and the last among them.
PLANS = 12


def build(name, batch):
    if name == "gpt2":
        import transformers
        config = transformers.GPT2Config(use_cache=False, attn_implementation="eager")
        with torch.device("cuda"):
            model = transformers.GPT2LMHeadModel(config)
        tokens = torch.zeros(batch, SEQUENCE, dtype=torch.long, device="cuda")
        return model, lambda run: run(input_ids=tokens, labels=tokens).loss
    if name == "gpt":
        with torch.device("cuda"):
            model = small_gpt.GPT()
        tokens = torch.empty(small_gpt.SHAPE, device="cuda")
        return model, lambda run: run(tokens)
    with torch.device("cuda"):
        model = getattr(torchvision.models, name)()
    images = torch.empty(batch, 3, 224, 224, device="cuda")
    labels = torch.zeros(batch, dtype=torch.long, device="cuda")
    return model, lambda run: functional.cross_entropy(run(images), labels)


class Partitioned:
    """PyTorch's partitioned graphs, whose work can be counted: modes outside do not see into them."""

    def __init__(self):
        self.counter = nullcontext()
        self.backend = aot_autograd(
            fw_compiler=self.compiled, bw_compiler=self.compiled,
            partition_fn=min_cut_rematerialization_partition, decompositions=select_decomp_table)

    def compiled(self, graph, examples):
        def run(arguments):
            # Arguments that nobody else holds go as soon as the graph has read them.
            with self.counter:
                return torch.fx.Interpreter(graph).boxed_run(arguments)

        run._boxed_call = True
        return run

    def count(self):
        self.counter = FlopCounterMode(display=False)
        return self.counter


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
        partitioned = Partitioned()
        run = torch.compile(model, backend=partitioned.backend)
    for _ in range(2):
        model.zero_grad()
        torch.cuda.reset_peak_memory_stats()
        between = torch.cuda.memory_stats()["requested_bytes.all.current"]
        loss(run).backward()
    peak = torch.cuda.memory_stats()["requested_bytes.all.peak"] - between
    model.zero_grad()
    if budget is None:
        with FlopCounterMode(display=False) as forward:
            value = loss(run)
        with FlopCounterMode(display=False) as backward:
            value.backward()
    else:
        forward = partitioned.count()
        value = loss(run)
        backward = partitioned.count()
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


def arguments(memfit, name, batch, folder):
    common = ["--price", "macs", "--optimizer", "none", "--cublas-workspace", "none",
              "--format", "json", "--python", folder]
    if name == "gpt":
        file = os.path.join(folder, "gpt.pt2")
        subprocess.run([sys.executable, small_gpt.__file__, file], check=True)
        return [memfit, "plan", "recomputation", file] + common
    if name == "gpt2":
        common += ["--sequence", str(SEQUENCE), "--attention", "eager"]
    return [memfit, "plan", "recomputation", name, "--batch", str(batch)] + common


def best(plans, overhead):
    """The index of the plan with the least peak of those that take no more work."""
    allowed = [index for index, plan in enumerate(plans)
               if 3 * plan["extraWork"] <= overhead + 1e-4]
    return min(allowed, key=lambda index: plans[index]["peakBytes"])


def budgets(name, batch, plain):
    # The smaller GPT stands for GPT-2 here: it has no head, which outweighs all else.
    if name == "gpt2":
        return []
    if earlier := os.environ.get("BUDGETS_OF"):
        with open(earlier) as file:
            return next(table["pytorch"] for table in json.load(file) if table["model"] == name)
    return [{"budget": budget, **row(apart(name, batch, "budget", [budget])[0], plain)}
            for budget in BUDGETS]


def compare(memfit, name, batch):
    [plain] = apart(name, batch, "plain", [""])
    pytorch = budgets(name, batch, plain)
    with tempfile.TemporaryDirectory() as folder:
        answer = subprocess.run(
            arguments(memfit, name, batch, folder), capture_output=True, text=True, check=True)
        plans = json.loads(answer.stdout)["plan"]["recomputation"]
        count = min(PLANS, len(plans))
        evenly = {step * (len(plans) - 1) // max(1, count - 1) for step in range(count)}
        chosen = sorted(evenly | {best(plans, other["overhead"]) for other in pytorch}
                        | {best(plans, 0)})
        files = [os.path.join(folder, f"plan-{index + 1}.py") for index in chosen]
        rows = [{"planned": plans[index]["peakBytes"] - plain["between"], **row(found, plain)}
                for index, found in zip(chosen, apart(name, batch, "code", files))]
    return {"model": name, "batch": batch, "plans": rows, "pytorch": pytorch}


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
