"""Exports live modules with torch.export and measures a training step of each with the oracle.

    Validation/oracle/run.sh Validation/exports/measure_exports.py export FOLDER [MODEL ...]
    Validation/oracle/run.sh Validation/exports/measure_exports.py train FOLDER [MODEL ...]
    Validation/oracle/run.sh Validation/exports/measure_exports.py both FOLDER [MODEL ...]
    EXPORTED_BATCH=3 Validation/oracle/run.sh Validation/exports/measure_exports.py export FOLDER [MODEL ...]

The first writes FOLDER/<library>.<model>.pt2, its weights zero and left out of the disk, or `.error`. The second
writes what was measured: `.json` the figures, `.events` every allocation and free with PyTorch's operators. Each
case is a fork of one process, for measuring taken before CUDA starts. What the folder holds already is left out.
The last writes exports of another batch than the measured one: what `memfit train --batch` says of them is compared
with the same figures (`compare_exports.py --other-batch`).
"""

import contextlib
import fnmatch
import gc
import json
import os
import re
import subprocess
import sys
import time
import traceback

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
sys.path[:0] = [os.path.join(ROOT, "training"), os.path.join(ROOT, "oracle")]
os.environ.setdefault("TORCH_SYMBOLIZE_MODE", "dladdr")

import torch
import torch.nn.functional as F
import timm
import torchvision
import transformers

import apart
import distributed
import measure as oracle
import measure_optimizers
import measure_strategies
import measure_zoo as zoo
import strategy_cases
from cases import CASES, name as file_name
from measure_losses import LOSSES
from own_modules import MODULES as OWN

# Lengths of the text that goes with images.
TEXTS = {"CLIPModel": 64, "SiglipModel": 64, "ViltForQuestionAnswering": 40, **dict.fromkeys(
    "BlipForQuestionAnswering GitForCausalLM CLIPSegForImageSegmentation ChineseCLIPModel AlignModel".split(), 48)}

# Patches that are masked, where they are not of 16 pixels.
MASKS = {**dict.fromkeys(["SwinForMaskedImageModeling", "FocalNetForMaskedImageModeling"], 56 * 56), "Swinv2ForMaskedImageModeling": 64 * 64, "VideoMAEForPreTraining": 8 * 14 * 14}

# A precision's type of the parameters, and that of autocast.
PRECISIONS = {"bf16": (torch.bfloat16, None), "fp16": (torch.float16, None), "amp-bf16": (torch.float32, torch.bfloat16),
              "amp-fp16": (torch.float32, torch.float16)}


def module(case):
    """The model in training mode, on the device of the context."""
    if case["library"] == "own":
        made = OWN[case["model"]](**case["arguments"])
    elif case["library"] == "timm":
        made = timm.create_model(case["model"], **case["arguments"])
    elif case["library"] == "torchvision":
        arguments = {**zoo.ARGUMENTS.get(case["model"], {}), **case["arguments"]}
        if case["model"].startswith("segmentation."):
            arguments["weights_backbone"] = None
        made = torchvision.models
        for part in case["model"].split("."):
            made = getattr(made, part)
        made = made(weights=None, **arguments)
    else:
        kind = getattr(transformers, case["model"])
        configuration = kind.config_class(**case["arguments"])
        for part in (configuration, getattr(configuration, "text_config", None)):
            if part is not None and hasattr(part, "use_cache"):
                part.use_cache = False
        made = kind(configuration)
    freeze(made, case.get("frozen", ()))
    return made.train()


def freeze(model, patterns):
    for name, parameter in model.named_parameters():
        if any(fnmatch.fnmatch(name, pattern) for pattern in patterns):
            parameter.requires_grad_(False)


def named_patterns(model, case):
    """The patterns of parameters frozen after the export that name any."""
    names = [name for name, _ in model.named_parameters()]
    patterns = [pattern for pattern in case.get("frozenLater", ()) if fnmatch.filter(names, pattern)]
    return {"frozenLater": patterns} if "frozenLater" in case else {}


def recompute(model, what):
    """Has what `--checkpointing` names computed again: modules by a pattern of their paths, or blocks as the library does."""
    what, _, way = what.partition(":")
    if what == "blocks" and hasattr(model, "gradient_checkpointing_enable"):
        model.gradient_checkpointing_enable({"use_reentrant": bool(way)})
    elif what == "blocks":
        model.set_grad_checkpointing(True)
    elif what:
        pattern = what.removeprefix("names=")
        paths = [path for path, _ in model.named_modules() if fnmatch.fnmatchcase(path, pattern)]
        outermost = [path for path in paths if not any(path.startswith(other + ".") for other in paths)]
        measure_strategies.recompute(model, "|".join(map(re.escape, outermost)), bool(way))


def made_optimizers(name, parameters):
    """The optimizers of a name of the oracle's or of `--optimizer`, to be stepped one after the other."""
    if name in ("none", "sgdm"):
        return list(filter(None, [oracle.mkopt(name, parameters)]))
    return measure_optimizers.make(name, parameters)


def inputs(case, device, kind=torch.float32):
    """What the module is called with, by name; the labels apart where the module does not take them.

    Numbers are of the parameters' type, as of a batch that comes to the device in it.
    """
    batch, size = case["batch"], case["size"]
    makers = {
        "tokens": lambda: torch.zeros(batch, TEXTS.get(case["model"], size), dtype=torch.long, device=device),
        "classes": lambda: torch.zeros(batch, dtype=torch.long, device=device),
        "images": lambda: torch.zeros(batch, case.get("channels", 3), size, size, dtype=kind, device=device),
        "maps": lambda: torch.zeros(batch, size, size, dtype=torch.long, device=device),
        "spans": lambda: torch.zeros(batch, 2, dtype=torch.long, device=device),
        "framed": lambda: torch.zeros(batch, size // 320 - 1, 2, dtype=kind, device=device),
        "rated": lambda: torch.zeros(batch, 512, 2, dtype=kind, device=device),
        "few": lambda: torch.zeros(batch, 12, dtype=torch.long, device=device),
        "patches": lambda: torch.zeros(batch, 256, 770, dtype=kind, device=device),
        "spectra": lambda: torch.zeros(batch, 80, 3000, dtype=kind, device=device),
        "waves": lambda: torch.zeros(batch, size, dtype=kind, device=device),
        "spectrum": lambda: torch.zeros(batch, 1024, 128, dtype=kind, device=device),
        "frames": lambda: torch.zeros(batch, 16, 3, size, size, dtype=kind, device=device),
        "answers": lambda: torch.zeros(batch, 2, dtype=kind, device=device),
        "pairs": lambda: torch.zeros(batch, 2, size, dtype=torch.long, device=device),
        "masks": lambda: torch.zeros(batch, MASKS.get(case["model"], (size // 16) ** 2), dtype=torch.bool, device=device),
        "depths": lambda: torch.zeros(batch, size, size, dtype=kind, device=device),
        "boxes": lambda: torch.zeros(batch, size, 4, dtype=torch.long, device=device),
        "octagons": lambda: torch.zeros(batch, size, 8, dtype=kind, device=device),
        "clips": lambda: torch.zeros(batch, 16, 3, size, size, dtype=kind, device=device),
        "speech": lambda: torch.zeros(batch, 512, 80, dtype=kind, device=device),
        "seconds": lambda: torch.zeros(batch, 16000, dtype=kind, device=device),
        "books": lambda: torch.zeros(batch * 2, size, dtype=torch.long, device=device),
        "booked": lambda: torch.zeros(batch, size, 2, dtype=torch.long, device=device),
        "fused": lambda: torch.zeros(batch, 1, 1001, 64, dtype=kind, device=device),
        "regions": lambda: torch.zeros(batch, 36, 256, dtype=kind, device=device),
        "places": lambda: torch.zeros(batch, 36, 4, dtype=kind, device=device),
        "history": lambda: torch.zeros(batch, size, 7, dtype=kind, device=device),
        "future": lambda: torch.zeros(batch, 96, 7, dtype=kind, device=device),
    }
    if case["library"] == "own":
        return (), {name: own_input(batch, *what, device, kind) for name, what in case["inputs"].items()}
    if case["library"] == "transformers":
        return (), {name: makers[kind]() if isinstance(kind, str) else kind for name, kind in case["inputs"].items()}
    if case["model"].startswith("video."):
        return (torch.zeros(batch, 3, 16, size, size, dtype=kind, device=device),), {}
    if case["model"].startswith("optical_flow."):
        # Of one step, whose flow is all that the model returns.
        return (makers["images"](), makers["images"]()), {"num_flow_updates": 1}
    return (makers["images"](),), {}


def own_input(batch, what, sizes, device, kind):
    """Of a kind and a shape, in which 0 is the batch."""
    of = {"numbers": kind, "flags": torch.bool}.get(what, torch.long)
    return torch.zeros([size or batch for size in sizes], dtype=of, device=device)


def targets(case):
    """The shape of the classes that the output is compared with; `None` where the module makes the loss."""
    if case["library"] == "transformers" or case["library"] == "own" and "loss" not in case:
        return None
    arguments = case["arguments"]
    if arguments.get("features_only") or arguments.get("num_classes") == 0 or case["model"].startswith("optical_flow."):
        scores = scored(case)
        return scores[:1] + scores[2:]
    return (case["batch"], case["size"], case["size"]) if case["model"].startswith("segmentation.") else (case["batch"],)


def scored(case):
    """The shape of what the module makes of its inputs."""
    positional, named = inputs(case, "meta")
    with torch.device("meta"):
        return only(module(case)(*positional, **named)).shape


def labels(case, device, kind=torch.float32):
    shape = targets(case)
    if shape is None or LOSSES[case.get("loss", "cross-entropy")][1] is None:
        return None
    if LOSSES[case.get("loss", "cross-entropy")][1] == "classes":
        return torch.zeros(*shape, dtype=torch.long, device=device)
    return torch.zeros(scored(case), dtype=kind, device=device)


def only(output):
    """The one feature map of a model that lists them."""
    return output[0] if isinstance(output, (list, tuple)) else output


def loss(model, call):
    positional, named, target, function = call
    output = model(*positional, **named)
    if function is None:
        return output if isinstance(output, torch.Tensor) else output.loss
    if isinstance(output, dict):
        output = output["out"]
    return function(only(output)) if target is None else function(only(output), target)


def trained_for(case):
    """The function of the output and the target; `None` where the module makes the loss."""
    return None if targets(case) is None else LOSSES[case.get("loss", "cross-entropy")][0]


def export(case, path):
    """Writes the export; its weights are zeros, which take no room on the disk."""
    # The tensors that a constructor makes in another type are cast, as the measured module's are.
    model = module(case).to(torch.float32)
    with torch.no_grad():
        for tensor in [*model.parameters(), *model.buffers()]:
            tensor.zero_()
    positional, named = inputs(case, "cpu")
    program = torch.export.export(model, positional, named, strict=False)
    whole = path[:-len("pt2")] + "whole.pt2"
    torch.export.save(program, whole)
    subprocess.run(["cp", "--sparse=always", whole, path], check=True)
    os.remove(whole)
    return len(program.graph.nodes)


def tell_finite_numbers():
    """Lets `torch.isfinite(x).all()` be true, which reads as zero on the pretended GPU: on a GPU that computes it is."""
    isfinite, every, truth = torch.isfinite, torch.Tensor.all, torch.Tensor.__bool__

    def marked(tensor, holds=True):
        tensor.holds = holds
        return tensor

    torch.isfinite = lambda x: marked(isfinite(x))
    torch.Tensor.all = lambda x, *more, **named: marked(every(x, *more, **named), getattr(x, "holds", False))
    torch.Tensor.__bool__ = lambda x: truth(x) or getattr(x, "holds", False)


def measure(case, path):
    began = time.time()
    tell_finite_numbers()
    torch.cuda.init()
    torch.cuda.memory._record_memory_history(max_entries=10**7, context="alloc", stacks="all")
    kind, autocast = PRECISIONS.get(case.get("precision"), (torch.float32, None))
    with torch.device("cuda"):
        # Some constructors make tensors on the host whatever the context says.
        model = module(case).to("cuda", kind)
    positional, named = inputs(case, "cuda", kind)
    if "layout" in case:
        layout = getattr(torch, case["layout"])
        model = model.to(memory_format=layout)
        positional = tuple(value.to(memory_format=layout) for value in positional)
    scaler = torch.amp.GradScaler("cuda") if autocast == torch.float16 else None
    call = (positional, named, labels(case, "cuda", kind), trained_for(case))
    recompute(model, case.get("checkpointing", ""))
    case = {**case, **named_patterns(model, case)}
    freeze(model, case.get("frozenLater", ()))
    gc.collect()
    if "ddp" in case:
        os.environ["MOCK_REMEMBER"] = "1"
        model = distributed.wrap(model, **strategy_cases.ddp("", 0, spelled=case["ddp"])["ddp"])
    parameters = list(model.parameters())
    optimizers = made_optimizers(case["optimizer"], [p for p in parameters if p.requires_grad])
    result = dict(case, torch=torch.__version__, base=oracle.stat()["requested"],
                  parameters=sum(p.numel() * p.element_size() for p in parameters))
    marks = [("build", seen())]
    for name in ("first", "steady"):
        result[name] = zoo.summary(step(case, model, call, optimizers, marks, name, autocast, scaler))
        for optimizer in optimizers:
            optimizer.zero_grad(set_to_none=not case.get("keep", False))
        if not optimizers:
            model.zero_grad(set_to_none=not case.get("keep", False))
        marks.append((f"{name} zero", seen()))
    trace = torch.cuda.memory._snapshot()["device_traces"][0]
    torch.cuda.memory._record_memory_history(None)
    result["peak"] = write_events(trace, marks, path + ".events")
    result["saved"] = saved(model, call, autocast)
    result["seconds"] = round(time.time() - began, 2)
    return result


def seen():
    statistics = torch.cuda.memory_stats()
    return statistics["allocation.all.allocated"] + statistics["allocation.all.freed"]


def watching(autocast):
    return torch.autocast("cuda", dtype=autocast) if autocast else contextlib.nullcontext()


def step(case, model, call, optimizers, marks, name, autocast, scaler):
    figures, count = {}, case.get("accumulate", 1)
    torch.cuda.reset_peak_memory_stats()
    before = oracle.stat()
    for _ in range(count):
        with watching(autocast):
            value = loss(model, call)
            if count > 1:
                value = value / count
        note(figures, "fwd")
        if "fwd_retained" not in figures:
            figures["fwd_retained"] = figures["fwd"]["allocated"] - before["allocated"]
            figures["fwd_retained_requested"] = figures["fwd"]["requested"] - before["requested"]
        marks.append((f"{name} fwd", seen()))
        (scaler.scale(value) if scaler else value).backward()
        del value
        note(figures, "bwd")
        marks.append((f"{name} bwd", seen()))
    measure_optimizers.step_all(optimizers, scaler)
    note(figures, "opt")
    marks.append((f"{name} opt", seen()))
    return figures


def note(figures, phase):
    """Keeps the phase's figures, the peaks of all its batches, and looks for peaks anew."""
    now, earlier = oracle.stat(), figures.get(phase, {})
    figures[phase] = {key: max(value, earlier.get(key, 0)) if "peak" in key else value for key, value in now.items()}
    torch.cuda.reset_peak_memory_stats()


def write_events(trace, marks, path):
    """Writes the events, and returns the one at which the steady step asks for most bytes."""
    live, number, count, current, best, phase = {}, 0, 0, 0, {"requested": -1}, "build"
    ends = iter(marks)
    until = next(ends)
    with open(path, "w") as file:
        for entry in trace:
            if entry["action"] not in ("alloc", "free_requested"):
                continue
            while until is not None and count == until[1]:
                print("==", until[0], file=file)
                until = next(ends, None)
            count += 1
            if entry["action"] == "alloc":
                names = operators(entry)
                print("a", number, entry["size"], *names[:4], file=file)
                live[entry["addr"]] = (number, entry["size"])
                number, current = number + 1, current + entry["size"]
                if until is not None and until[0].startswith("steady") and current > best["requested"]:
                    best = {"requested": current, "phase": until[0].split()[1], "size": entry["size"], "operators": names}
            else:
                at, size = live.pop(entry["addr"])
                current -= size
                print("f", at, file=file)
    return best


def operators(entry):
    names = []
    for frame in entry["frames"]:
        match = oracle.OPRE.match(frame["name"])
        if match and (not names or names[-1] != match.group(1)):
            names.append(match.group(1))
    return names


def saved(model, call, autocast):
    positional, named, target, _ = call
    given = [*model.parameters(), *model.buffers(), *positional, *named.values(), target]
    with watching(autocast):
        return apart.kept_bytes(given, lambda: loss(model, call))


def export_child(case, path):
    try:
        print(case["model"], export(case, path + ".pt2"), "nodes", flush=True)
    except Exception as error:
        traceback.print_exc()
        with open(path + ".error", "w") as file:
            file.write(f"{type(error).__name__}: {error}"[:300])


def train_child(case, path):
    os.environ["MOCK_CC"] = str(case["cc"])
    if case["workspace"]:
        os.environ.pop("CUBLAS_WORKSPACE_CONFIG", None)
    else:
        os.environ["CUBLAS_WORKSPACE_CONFIG"] = ":0:0"
    try:
        if case.get("allocator"):
            torch._C._accelerator_setAllocatorSettings(case["allocator"])
        result = measure(case, path)
    except Exception as error:
        traceback.print_exc()
        result = dict(case, error=f"{type(error).__name__}: {error}"[:300])
    with open(path + ".json", "w") as file:
        json.dump(result, file)


def warm_up(folder):
    """Loads what exporting needs once, for all forks."""
    path = os.path.join(folder, "warm.pt2")
    torch.export.save(torch.export.export(torch.nn.Linear(2, 2), (torch.zeros(2, 2),), strict=False), path)
    os.remove(path)


STAGES = {"export": (export_child, (".pt2", ".error")), "train": (train_child, (".json",))}


def forked(function, *arguments):
    pid = os.fork()
    if pid == 0:
        function(*arguments)
        os._exit(0)
    os.waitpid(pid, 0)


def work(stage, folder, cases):
    child, endings = STAGES[stage]
    if stage == "export":
        # One export serves every precision.
        cases = [{**case, "precision": None} for case in cases]
        if "EXPORTED_BATCH" in os.environ:
            batch = int(os.environ["EXPORTED_BATCH"])
            cases = [{**case, "batch": batch if case["batch"] != batch else batch + 2} for case in cases]
    cases = [case for case in cases
             if not any(os.path.exists(os.path.join(folder, file_name(case)) + ending) for ending in endings)]
    if stage == "export" and cases:
        warm_up(folder)
    for case in cases:
        forked(child, case, os.path.join(folder, file_name(case)))
        print(stage, file_name(case), flush=True)


def main(stage, folder, names):
    os.makedirs(folder, exist_ok=True)
    cases = [case for case in CASES if not names or case["model"] in names or file_name(case) in names]
    if stage != "both":
        return work(stage, folder, cases)
    for start in range(0, len(cases), 6):
        # In a process of its own, for exporting starts CUDA.
        forked(work, "export", folder, cases[start:start + 6])
        work("train", folder, cases[start:start + 6])


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3:])
