"""Measures one training step of many torchvision models with the oracle, a fresh process for each.

    export ORACLE_DIR=$PWD/.oracle && Validation/oracle/build.sh
    Validation/oracle/run.sh Validation/training/measure_zoo.py Validation/training/torchvision_truth.json [MODEL ...]

PyTorch is imported once; each run is a fork of that process taken before CUDA starts, so the allocator,
the handles and the caches of a run are those of a process that trains this model only. The file is
written after each run, and runs that it holds already are left out.
"""

import gc
import json
import os
import sys
import time
import traceback

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "oracle"))
os.environ.setdefault("TORCH_SYMBOLIZE_MODE", "dladdr")

import torch
import torch.nn.functional as F
import torchvision

import apart
import measure
from runs import RUNS


# The published checkpoint has no auxiliary classifiers, nor has the architecture of that name in memfit.
ARGUMENTS = {"googlenet": {"aux_logits": False, "init_weights": False},
             "inception_v3": {"init_weights": False}}


def on_processor(function):
    """The function with its tensors made on the CPU: kernels of the oracle compute nothing."""

    def wrapped(*arguments, **options):
        with torch.device("cpu"):
            return function(*arguments, **options)

    return wrapped


# RegNet computes the widths of its blocks with tensors.
widths = torchvision.models.regnet.BlockParams
widths.from_init_params = on_processor(widths.from_init_params)


def loss(model, images, labels):
    """Cross entropy; of the auxiliary classifiers too where the model trains them, weighed as in its paper."""
    output = model(images)
    if isinstance(output, torch.Tensor):
        return F.cross_entropy(output, labels)
    main, *others = [value for value in output if value is not None]
    weight = 0.3 if len(others) == 2 else 0.4
    first, *rest = [F.cross_entropy(scores, labels) for scores in (main, *others)]
    total = first
    for value in rest:
        total = total + weight * value
    return total


def count():
    """How many allocations there have been."""
    return torch.cuda.memory_stats()["allocation.all.allocated"]


def step(model, inputs, optimizer, marks=None):
    """One training step; the allocator's figures after each of its phases."""
    figures = {}
    torch.cuda.reset_peak_memory_stats()
    before = measure.stat()
    value = loss(model, *inputs)
    figures["fwd"] = measure.stat()
    figures["fwd_retained"] = figures["fwd"]["allocated"] - before["allocated"]
    figures["fwd_retained_requested"] = figures["fwd"]["requested"] - before["requested"]
    if marks is not None:
        marks.append(count())
    torch.cuda.reset_peak_memory_stats()
    value.backward()
    del value
    figures["bwd"] = measure.stat()
    if marks is not None:
        marks.append(count())
    torch.cuda.reset_peak_memory_stats()
    optimizer.step()
    figures["opt"] = measure.stat()
    return figures


def summary(figures):
    """The peaks of a step, over its phases."""
    phases = ("fwd", "bwd", "opt")
    return {
        "requested": max(figures[p]["requested_peak"] for p in phases),
        "allocated": max(figures[p]["peak"] for p in phases),
        "reserved": figures["opt"]["reserved"],
        "phase_allocated": max(phases, key=lambda p: figures[p]["peak"]),
        "fwd_retained": figures["fwd_retained"],
        "fwd_retained_requested": figures["fwd_retained_requested"],
        **{f"{p}_requested": figures[p]["requested_peak"] for p in phases},
    }


def peak(trace, base, start, marks):
    """The event of a recorded step at which most bytes are requested: its phase, size and operators."""
    live, current, best, event, allocations, at = {}, base, base, None, 0, 0
    for entry in trace:
        if entry["action"] == "alloc":
            allocations += 1
            live[entry["addr"]] = entry["size"]
            current += entry["size"]
            if current > best:
                best, event, at = current, entry, start + allocations
        elif entry["action"] == "free_requested":
            live.pop(entry["addr"], None)
            current -= entry["size"]
    names = []
    for frame in event["frames"] if event else []:
        match = measure.OPRE.match(frame["name"])
        if match and (not names or names[-1] != match.group(1)):
            names.append(match.group(1))
    phase = "fwd" if at <= marks[0] else "bwd" if at <= marks[1] else "opt"
    return {"requested": best, "phase": phase, "size": event and event["size"], "operators": names}


def saved(model, inputs):
    return apart.kept_bytes([*model.parameters(), *model.buffers(), *inputs], lambda: loss(model, *inputs))


def build(case):
    """The model in training mode, what it is given, its optimizer."""
    with torch.device("cuda"):
        model = getattr(torchvision.models, case["model"])(
            weights=None, **ARGUMENTS.get(case["model"], {}))
    model.train()
    images = torch.empty(case["batch"], 3, case["size"], case["size"], device="cuda")
    labels = torch.zeros(case["batch"], dtype=torch.long, device="cuda")
    gc.collect()
    return model, (images, labels), measure.mkopt(case["optimizer"], list(model.parameters()))


def run(case):
    """Everything about one case."""
    began = time.time()
    model, inputs, optimizer = build(case)
    parameters = list(model.parameters())
    result = dict(case, torch=torch.__version__, torchvision=torchvision.__version__)
    result["parameters"] = sum(p.numel() * p.element_size() for p in parameters)
    result["base"] = measure.stat()["requested"]
    for name in ("first", "steady"):
        result[name] = summary(step(model, inputs, optimizer))
        optimizer.zero_grad()
    base, start, marks = measure.stat()["requested"], count(), []
    torch.cuda.memory._record_memory_history(max_entries=10**7, context="alloc", stacks="all")
    step(model, inputs, optimizer, marks)
    trace = torch.cuda.memory._snapshot()["device_traces"][0]
    torch.cuda.memory._record_memory_history(None)
    result["peak"] = peak(trace, base, start, marks)
    optimizer.zero_grad()
    result["saved"] = saved(model, inputs)
    result["seconds"] = round(time.time() - began, 2)
    return result


def child(case, output):
    """Runs a case in this fresh process and writes what came of it."""
    os.environ["MOCK_CC"] = str(case["cc"])
    if case["workspace"]:
        os.environ.pop("CUBLAS_WORKSPACE_CONFIG", None)
    else:
        os.environ["CUBLAS_WORKSPACE_CONFIG"] = ":0:0"
    try:
        result = run(case)
    except Exception as error:
        traceback.print_exc()
        result = dict(case, error=f"{type(error).__name__}: {error}"[:300])
    with open(output, "w") as file:
        json.dump(result, file)


def main(path, names):
    cases, done = {tuple(case.values()) for case in RUNS}, []
    if os.path.exists(path):
        with open(path) as file:
            done = [r for r in json.load(file)["runs"] if tuple(r[k] for k in RUNS[0]) in cases]
    known = {tuple(r[k] for k in RUNS[0]) for r in done}
    for case in RUNS:
        if tuple(case.values()) in known or (names and case["model"] not in names):
            continue
        part = f"{path}.part"
        pid = os.fork()
        if pid == 0:
            child(case, part)
            os._exit(0)
        os.waitpid(pid, 0)
        if not os.path.exists(part):
            result = dict(case, error="the process died")
        else:
            with open(part) as file:
                result = json.load(file)
            os.remove(part)
        done.append(result)
        print(result["model"], result.get("seconds"), result.get("error", ""), flush=True)
        with open(path, "w") as file:
            rows = ",\n".join(json.dumps(r) for r in done)
            file.write('{"runs": [\n' + rows + "\n]}\n")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
