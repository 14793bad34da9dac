"""Measures training steps with recomputation, accumulation, frozen parameters and other strategies.

    Validation/oracle/run.sh Validation/training/measure_strategies.py Tests/Fixtures/PyTorch/strategies.json [NAME ...]

The cases are those of `strategy_cases.py`. PyTorch is imported once; each case is a fork of that process taken
before CUDA starts. The file is written after each case, and cases that it holds already are left out, unless
they are named. With `--events DIRECTORY` every allocation and free of the steady step is written too.
"""

import argparse
import fnmatch
import gc
import json
import os
import re
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "oracle"))
os.environ.setdefault("TORCH_SYMBOLIZE_MODE", "dladdr")

import torch
import torchvision
import transformers
from torch.utils.checkpoint import checkpoint

import apart
import distributed
import measure
from strategy_cases import CASES

FACTORIES = measure.SKIP


def on_processor(function):
    """The function with its tensors made on the CPU: kernels of the oracle compute nothing."""

    def wrapped(*arguments, **options):
        with torch.device("cpu"):
            return function(*arguments, **options)

    return wrapped


widths = torchvision.models.regnet.BlockParams
widths.from_init_params = on_processor(widths.from_init_params)


class Case(argparse.Namespace):
    """What `measure.build` reads, and the strategy."""

    def __init__(self, case):
        super().__init__(
            **{
                "seq": 512, "dtype": "float32", "autocast": "", "channels_last": False, "ckpt": False,
                "checkpoint": None, "reentrant": False, "accumulate": 1, "frozen": [], "keep": False,
                "options": {}, "ddp": None, **case,
            })


def recompute(model, pattern, reentrant):
    """Wraps the calls of the modules whose paths a regular expression matches."""
    paths = [path for path, _ in model.named_modules() if re.fullmatch(pattern, path)]
    for path in paths:
        module = model.get_submodule(path)

        def forward(*arguments, inner=module.forward, **options):
            return checkpoint(
                lambda *given: inner(*given, **options), *arguments, use_reentrant=reentrant)

        module.forward = forward
    return paths


def mkopt(case, parameters):
    made = case.opt.split(":")[0]
    if made == case.opt and not case.options:
        return measure.mkopt(case.opt, parameters)
    return getattr(torch.optim, made)(parameters, **case.options)


def make(case):
    """The model in training mode, its optimizer, and a function of one micro-batch's loss."""
    model, inputs, loss = measure.build(case.model, case)
    model.train()
    paths = recompute(model, case.checkpoint, case.reentrant) if case.checkpoint else []
    for name, parameter in model.named_parameters():
        if any(fnmatch.fnmatchcase(name, pattern) for pattern in case.frozen):
            parameter.requires_grad_(False)
    trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
    gc.collect()
    if case.ddp:
        os.environ["MOCK_REMEMBER"] = "1"
        model = distributed.wrap(model, **case.ddp)
    optimizer = mkopt(case, trained)
    scaler = torch.amp.GradScaler("cuda") if case.autocast == "float16" else None
    return model, inputs, loss, optimizer, scaler, trained, paths


def figures():
    s = torch.cuda.memory_stats()
    return {"requested": s["requested_bytes.all.peak"], "allocated": s["allocated_bytes.all.peak"],
            "reserved": s["reserved_bytes.all.peak"]}


def count():
    return torch.cuda.memory_stats()["allocation.all.allocated"]


def step(case, made, marks=None):
    """One step of the optimizer after as many micro-batches as the case says."""
    model, inputs, loss, optimizer, scaler, trained, _ = made
    torch.cuda.reset_peak_memory_stats()
    for _ in range(case.accumulate):
        with measure.ctx(case):
            value = loss(model, *inputs)
            if case.accumulate > 1:
                value = value / case.accumulate
        if marks is not None:
            marks.append(("fwd", count()))
        (scaler.scale(value) if scaler else value).backward()
        del value
        if marks is not None:
            marks.append(("bwd", count()))
    if optimizer:
        if scaler:
            scaler.step(optimizer)
            scaler.update()
        else:
            optimizer.step()
    if marks is not None:
        marks.append(("opt", count()))
    peaks = figures()
    if optimizer:
        optimizer.zero_grad(set_to_none=not case.keep)
    else:
        for parameter in trained:
            parameter.grad = None
    return peaks


def operators(entry):
    found = [measure.OPRE.match(frame["name"]) for frame in entry["frames"]]
    return list(dict.fromkeys(match.group(1) for match in found if match))


def traced(case, made, file=None):
    """The event of a step at which most bytes are requested, and if wanted all events."""
    base, start, marks = measure.stat()["requested"], count(), []
    torch.cuda.memory._record_memory_history(max_entries=10**7, context="alloc", stacks="all")
    step(case, made, marks)
    trace = torch.cuda.memory._snapshot()["device_traces"][0]
    torch.cuda.memory._record_memory_history(None)
    live, current, best, event, allocations, at, lines = {}, base, base, None, 0, 0, []
    for entry in trace:
        if entry["action"] == "alloc":
            allocations += 1
            while marks and file and marks[0][1] - start < allocations:
                lines.append("== end of " + marks.pop(0)[0])
            live[entry["addr"]] = (allocations, entry["size"])
            lines.append(" ".join(["a", str(allocations), str(entry["size"]), *operators(entry)[:3]]))
            current += entry["size"]
            if current > best:
                best, event, at = current, entry, start + allocations
        elif entry["action"] == "free_requested":
            known = live.pop(entry["addr"], None)
            lines.append(f"f {known[0]}" if known else f"x {entry['size']}")
            current -= entry["size"]
    if file:
        open(file, "w").write("\n".join([f"base {base}", *lines, ""]))
        return {}
    phase = next((name for name, end in marks if at <= end), "opt")
    names = operators(event) if event else []
    named = [name for name in names if name not in FACTORIES]
    return {"phase": phase, "op": (named or names or [""])[0]}


def saved(case, made):
    model, inputs, loss = made[:3]
    with measure.ctx(case):
        return apart.kept_bytes([*model.parameters(), *model.buffers(), *inputs], lambda: loss(model, *inputs))


def run(fields, events):
    case = Case(fields)
    made = make(case)
    result = {"base": measure.stat()["requested"], "regions": made[-1]}
    result["first"] = step(case, made)
    result["steady"] = step(case, made)
    if events:
        traced(case, made, os.path.join(events, fields["name"] + ".txt"))
        return None
    result.update(traced(case, made))
    result["saved"] = saved(case, made)
    return {**fields, **result}


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("file")
    parser.add_argument("names", nargs="*")
    parser.add_argument("--events")
    options = parser.parse_args()
    table = json.load(open(options.file)) if os.path.exists(options.file) else {"runs": []}
    table["source"] = (
        f"PyTorch {torch.__version__}, transformers {transformers.__version__}, torchvision "
        f"{torchvision.__version__}, on stand-in CUDA libraries; made by Validation/training/measure_strategies.py")
    known = {run["name"]: run for run in table["runs"]}
    for fields in CASES:
        name = fields["name"]
        wanted = any(fnmatch.fnmatch(name, n) for n in options.names) if options.names else name not in known
        if not wanted:
            continue
        start = time.time()
        result = apart.in_process(lambda: run(fields, options.events), fields.get("cc", 80), fields.get("workspace"))
        print(name, f"{time.time() - start:.1f} s", result.get("error", ""), flush=True)
        if "error" in result:
            continue
        known[name] = result
        order = [case["name"] for case in CASES]
        table["runs"] = sorted((r for r in known.values() if r["name"] in order), key=lambda r: order.index(r["name"]))
        with open(options.file, "w") as file:
            file.write('{"source": ' + json.dumps(table["source"]) + ',\n "runs": [\n')
            file.write(",\n".join(json.dumps(r, separators=(",", ":")) for r in table["runs"]) + "\n]}\n")
