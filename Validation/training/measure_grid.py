"""Measures the training steps of `grid_cases.py` with the oracle, a fresh process for each.

    Validation/oracle/run.sh Validation/training/measure_grid.py Tests/Fixtures/PyTorch/grid.json [NAME ...]

Runs that the file holds are left out unless they are named. `--events DIRECTORY` writes every allocation and free
of the whole run too. Decoders look whether sequences are packed into one row and find so where all numbers read as
zeros; Llama's is told what a GPU finds, that they are not.
"""

import argparse
import contextlib
import fnmatch
import gc
import itertools
import json
import os
import random
import re
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "oracle"))
os.environ.setdefault("TORCH_SYMBOLIZE_MODE", "dladdr")

import torch
import torch.nn.functional as F
import torchvision
import transformers

import apart
import measure
import measure_optimizers
import measure_zoo
from grid_cases import BLOCKS, CASES
from measure_losses import LOSSES
from measure_strategies import figures, operators, recompute

PRECISIONS = {"fp32": (torch.float32, None), "bf16": (torch.bfloat16, None), "fp16": (torch.float16, None),
              "amp-bf16": (torch.float32, torch.bfloat16), "amp-fp16": (torch.float32, torch.float16)}


def llama():
    configuration = transformers.LlamaConfig(
        vocab_size=128256, hidden_size=2048, intermediate_size=8192, num_hidden_layers=16, num_attention_heads=32,
        num_key_value_heads=8, head_dim=64, max_position_embeddings=131072, tie_word_embeddings=True,
        rope_parameters={"rope_type": "llama3", "rope_theta": 500000.0, "factor": 32.0, "high_freq_factor": 4.0,
                         "low_freq_factor": 1.0, "original_max_position_embeddings": 8192})
    transformers.masking_utils.find_packed_sequence_indices = lambda _: None
    return transformers.LlamaForCausalLM, configuration


def text(case):
    kinds = {"gpt2": (transformers.GPT2LMHeadModel, transformers.GPT2Config()),
             "bert-base": (transformers.BertForMaskedLM, transformers.BertConfig())}
    kind, configuration = kinds.get(case["model"]) or llama()
    configuration._attn_implementation = case.get("attention", "sdpa")
    configuration.use_cache = False
    return kind(configuration)


def network(case):
    name = case["model"]
    if name == "unet":
        return measure.UNet()
    return getattr(torchvision.models, name)(weights=None, **measure_zoo.ARGUMENTS.get(name, {}))


def build(case):
    """The model in training mode, and its loss as a function without arguments."""
    kind, _ = PRECISIONS[case["precision"]]
    isText = "sequence" in case
    with torch.device("cuda"):
        model = text(case) if isText else network(case)
    model = model.to(kind).train()
    batch, tensors = case["batch"], {"dtype": kind, "device": "cuda"}
    if isText:
        ids = torch.zeros(batch, case["sequence"], dtype=torch.long, device="cuda")
        if case.get("loss") == "ctc":
            target = torch.zeros(batch, case["sequence"] // 2, dtype=torch.long, device="cuda")
            return model, lambda: LOSSES["ctc"][0](model(input_ids=ids).logits, target), (ids, target)
        return model, lambda: model(input_ids=ids, labels=ids).loss, (ids,)
    images = torch.empty(batch, 3, case["image"], case["image"], **tensors)
    if case.get("channelsLast"):
        model = model.to(memory_format=torch.channels_last)
        images = images.to(memory_format=torch.channels_last)
    function, target = LOSSES[case.get("loss", "cross-entropy")]
    places = (batch, case["image"], case["image"]) if case["model"] == "unet" else (batch,)
    scores = (batch, 2, *places[1:]) if case["model"] == "unet" else (batch, 1000)
    labels = torch.zeros(places, dtype=torch.long, device="cuda") if target == "classes" else torch.zeros(scores, **tensors)
    return model, lambda: main_loss(function, model(images), labels), (images, labels)


def main_loss(function, output, labels):
    """The loss; Inception's auxiliary classifier counts with weight 0.4 as in its paper."""
    if isinstance(output, torch.Tensor):
        return function(output, labels)
    main, *others = [function(part, labels) for part in output if part is not None]
    for other in others:
        main = main + 0.4 * other
    return main


def frozen(case, model):
    """The patterns of the parameters that are not trained."""
    kind = case.get("freezing")
    names = [name for name, _ in model.named_parameters()]
    if kind == "begin":
        parts = list(dict.fromkeys(".".join(name.split(".")[:-1][:3]) for name in names))
        share = random.Random(case["name"]).uniform(0.1, 0.8)
        return [f"{part}.*" for part in parts[:max(1, int(share * len(parts)))] if part]
    patterns = {"biases": ["*bias"], "weights": ["*weight"], "norms": ["*bn*", "*norm*", "*ln_*"]}.get(kind, [])
    return [pattern for pattern in patterns if fnmatch.filter(names, pattern)]


def wrap(case, model):
    """The paths of what is computed again."""
    what, _, way = case.get("checkpointing", "").partition(":")
    if not what:
        return []
    pattern = next(pattern for stem, pattern in BLOCKS.items() if case["model"].startswith(stem))
    paths = [path for path, _ in model.named_modules() if re.fullmatch(pattern, path)]
    if what != "blocks":
        paths = paths[::int(what.partition("=")[2])]
    return recompute(model, "|".join(map(re.escape, paths)), bool(way))


def make(case):
    model, loss, inputs = build(case)
    regions = wrap(case, model)
    patterns = frozen(case, model)
    for name, parameter in model.named_parameters():
        if any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns):
            parameter.requires_grad_(False)
    gc.collect()
    optimizers = measure_optimizers.make(
        case["optimizer"], [parameter for parameter in model.parameters() if parameter.requires_grad])
    scaler = torch.amp.GradScaler("cuda") if case["precision"] == "amp-fp16" else None
    return model, loss, inputs, optimizers, scaler, regions, patterns


def watching(case):
    autocast = PRECISIONS[case["precision"]][1]
    return torch.autocast("cuda", dtype=autocast) if autocast else contextlib.nullcontext()


def seen():
    statistics = torch.cuda.memory_stats()
    return statistics["allocation.all.allocated"] + statistics["allocation.all.freed"]


def step(case, made, marks, name):
    _, loss, _, optimizers, scaler, *_ = made
    torch.cuda.reset_peak_memory_stats()
    count = case.get("accumulate", 1)
    for _ in range(count):
        with watching(case):
            value = loss()
            if count > 1:
                value = value / count
        marks.append((f"{name} fwd", seen()))
        (scaler.scale(value) if scaler else value).backward()
        del value
        marks.append((f"{name} bwd", seen()))
    measure_optimizers.step_all(optimizers, scaler)
    marks.append((f"{name} opt", seen()))
    peaks = figures()
    for optimizer in optimizers:
        optimizer.zero_grad(set_to_none=not case.get("keep", False))
    marks.append((f"{name} zero", seen()))
    return peaks


def saved(case, made):
    model, loss, inputs, *_ = made
    with watching(case):
        return apart.kept_bytes([*model.parameters(), *model.buffers(), *inputs], loss)


def read(trace, marks, path):
    """The event at which the steady step asks for most bytes; all events to a file if there is one."""
    live, current, best, event, phase, count = {}, 0, -1, None, "build", 0
    ends, number, lines = iter(marks), itertools.count(), []
    until = next(ends)
    for entry in trace:
        if entry["action"] not in ("alloc", "free_requested"):
            continue
        while until and count == until[1]:
            lines.append(f"== {until[0]}")
            until = next(ends, None)
        count += 1
        if entry["action"] == "alloc":
            live[entry["addr"]] = (next(number), entry["size"])
            current += entry["size"]
            lines.append(" ".join(["a", str(live[entry["addr"]][0]), str(entry["size"]), *operators(entry)[:4]]))
            if until and until[0].startswith("steady") and current > best:
                best, event, phase = current, entry, until[0].split()[1]
        else:
            at, size = live.pop(entry["addr"])
            current -= size
            lines.append(f"f {at}")
    if path:
        with open(path, "w") as file:
            file.write("\n".join(lines) + "\n")
    names = operators(event) if event else []
    return {"phase": phase, "op": next((name for name in names if name not in measure.SKIP), (names or [""])[0])}


def run(case, events):
    torch.cuda.init()
    torch.cuda.memory._record_memory_history(max_entries=10**7, context="alloc", stacks="all")
    made = make(case)
    marks = [("build", seen())]
    result = {"regions": len(made[-2]), "frozen": made[-1]}
    for name in ("first", "steady"):
        result[name] = step(case, made, marks, name)
    trace = torch.cuda.memory._snapshot()["device_traces"][0]
    torch.cuda.memory._record_memory_history(None)
    result.update(read(trace, marks, events and os.path.join(events, case["name"] + ".events")))
    for optimizer in made[3]:
        optimizer.zero_grad()
    result["saved"] = saved(case, made)
    return {**case, **result}


def child(case, events):
    def begin():
        if case.get("allocator"):
            torch._C._accelerator_setAllocatorSettings(case["allocator"])
        return run(case, events)

    return {**case, **apart.in_process(begin, case["cc"], case["workspace"])}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("file")
    parser.add_argument("names", nargs="*")
    parser.add_argument("--events")
    options = parser.parse_args()
    known = {}
    if os.path.exists(options.file):
        known = {run["name"]: run for run in json.load(open(options.file))["runs"]}
    for case in CASES:
        isNamed = any(fnmatch.fnmatch(case["name"], name) for name in options.names)
        if not (isNamed if options.names else case["name"] not in known):
            continue
        start = time.time()
        result = child(case, options.events)
        print(case["name"], f"{time.time() - start:.1f} s", result.get("error", ""), flush=True)
        if "error" not in result:
            known[case["name"]] = result
        runs = [known[case["name"]] for case in CASES if case["name"] in known]
        with open(options.file, "w") as file:
            file.write('{"source": "PyTorch %s on stand-in CUDA libraries; made by measure_grid.py", "runs": [\n'
                       % torch.__version__)
            file.write(",\n".join(json.dumps(run, separators=(",", ":")) for run in runs) + "\n]}\n")


if __name__ == "__main__":
    main()
