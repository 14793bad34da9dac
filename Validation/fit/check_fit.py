"""Runs what `memfit fit` proposes in the real PyTorch, on a device with that much memory, and what was asked for.

    swift build
    Validation/oracle/run.sh Validation/fit/check_fit.py Tests/Fixtures/PyTorch/fits.json [NAME ...]

Each case must run out of memory as it is asked for, and must train two steps with the proposed command. The device is
described to the stand-in CUDA libraries by its memory without our assumed context, its compute capability and its
multiprocessors. Cases that the file holds already are left out, unless their models are named.
"""

import json
import os
import re
import shlex
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "training"))

import torch

import measure_strategies as strategies
from strategy_cases import BLOCKS

MEMFIT = os.environ.get("MEMFIT", os.path.join(HERE, "..", "..", ".build", "debug", "memfit"))
CONTEXT = 457_048_064
MULTIPROCESSORS = {"v100-16gb": 80, "t4": 40, "rtx-3060-12gb": 28, "rtx-3090": 82, "a10g": 80, "a100-40gb": 108, "l4": 58}
CASES = [
    "squeezenet1_1 --batch 1024 --device rtx-3060-12gb",
    "mobilenet_v2 --batch 256 --device t4 --optimizer sgd:momentum",
    "resnet50 --batch 256 --device v100-16gb",
    "vgg16 --batch 256 --device t4",
    "resnet18 --batch 1024 --device rtx-3060-12gb --keep image,batch",
    "vit_b_16 --batch 128 --device rtx-3060-12gb --optimizer adamw",
    "gpt2 --batch 16 --sequence 512 --device t4 --optimizer adamw --keep accumulation",
    "bert-base --batch 64 --sequence 256 --device t4 --keep accumulation,recomputation",
    "convnext_tiny --batch 256 --device rtx-3090 --optimizer adamw:fused --keep accumulation",
    "resnet50 --batch 512 --device a100-40gb --optimizer sgd:momentum --keep recomputation",
]
OPTIMIZERS = {"sgd:momentum": "sgdm", "adamw:fused": "adamw_fused", "adamw:loop": "adamw_loop"}
MODELS = {"gpt2": "gpt2-sdpa", "bert-base": "bert-sdpa"}


def options(words):
    """The options of a command line after the model, as a dictionary of lists."""
    found = {}
    index = 0
    while index < len(words):
        found.setdefault(words[index], []).append(words[index + 1])
        index += 2
    return found


def fields(words, model, device):
    given = options(words)
    one = lambda name, standard=None: given.get(name, [standard])[-1]
    precision = one("--precision", "fp32")
    result = {
        "name": " ".join(words), "model": MODELS.get(model, model), "batch": int(one("--batch", 1)),
        "seq": int(one("--sequence", 512)), "opt": OPTIMIZERS.get(one("--optimizer", "adam"), one("--optimizer", "adam")),
        "accumulate": int(one("--accumulate", 1)), "frozen": given.get("--frozen", []), "workspace": True,
        "cc": int(device["computeCapability"].replace(".", "")),
        "dtype": {"bf16": "bfloat16", "fp16": "float16"}.get(precision, "float32"),
        "autocast": {"amp-bf16": "bfloat16", "amp-fp16": "float16"}.get(precision, ""),
        "checkpointing": one("--checkpointing"), "expandable": one("--allocator") == "expandable",
        "total_mb": (device["usableBytes"] - CONTEXT) >> 20, "sms": MULTIPROCESSORS[device["name"]],
    }
    known = {"--batch", "--sequence", "--optimizer", "--accumulate", "--frozen", "--precision", "--checkpointing",
             "--allocator", "--device", "--keep"}
    unknown = set(given) - known
    if unknown:
        raise ValueError(f"not measured here: {unknown}")
    return result


def attempt(case):
    """Trains two steps in this process; the figures, or the error of a full device."""
    os.environ["MOCK_TOTAL_MB"] = str(case["total_mb"])
    os.environ["MOCK_SMS"] = str(case["sms"])
    if case["expandable"]:
        torch.cuda.memory._set_allocator_settings("expandable_segments:True")
    choice = case["checkpointing"]
    recompute = strategies.recompute
    if choice:
        stride = 1 if choice == "blocks" else int(choice.removeprefix("every="))
        pattern = BLOCKS[case["model"].split("-")[0]]

        def chosen(model, _, reentrant):
            paths = [path for path, _ in model.named_modules() if re.fullmatch(pattern, path)][::stride]
            return recompute(model, "|".join(map(re.escape, paths)), reentrant)

        strategies.recompute = chosen
        case = {**case, "checkpoint": pattern}
    ran = strategies.Case(case)
    try:
        made = strategies.make(ran)
        strategies.step(ran, made)
        peaks = strategies.step(ran, made)
    except torch.OutOfMemoryError as error:
        return {"fits": False, "error": str(error).split("GPU 0 has")[0].strip()}
    total = torch.cuda.mem_get_info()[1]
    return {"fits": True, "reserved": peaks["reserved"], "total": total}


def memfit(words):
    done = subprocess.run([MEMFIT, *words, "--format", "json"], capture_output=True, text=True)
    if done.returncode > 1:
        raise RuntimeError(done.stderr)
    return json.loads(done.stdout)


def check(line, devices):
    words = shlex.split(line)
    answer = memfit(["fit", *words])["fit"]
    device = devices[answer["device"]]
    proposal = answer["best"]
    command = shlex.split(proposal["command"])[2:]
    strategies.run = lambda case, events: attempt(case)
    as_asked = strategies.child(fields(words[1:], words[0], device), None)
    changed = strategies.child(fields(command[1:], words[0], device), None)
    return {
        "arguments": line, "command": proposal["command"], "needed": proposal["totalBytes"],
        "current": answer["totalBytes"], "asked": as_asked, "proposed": changed,
    }


if __name__ == "__main__":
    listed = json.loads(subprocess.run([MEMFIT, "devices", "--format", "json"], capture_output=True, text=True).stdout)
    devices = {device["name"]: device for device in listed["devices"]}
    kept = json.load(open(sys.argv[1]))["runs"] if os.path.exists(sys.argv[1]) else []
    known = {run["arguments"]: run for run in kept if run["proposed"] and run["asked"]}
    runs = []
    for line in CASES:
        if line in known and line.split()[0] not in sys.argv[2:]:
            runs.append(known[line])
            continue
        result = check(line, devices)
        print(json.dumps(result), flush=True)
        runs.append(result)
    source = f"PyTorch {torch.__version__} on stand-in CUDA libraries with the device's memory; made by Validation/fit/check_fit.py"
    with open(sys.argv[1], "w") as file:
        file.write('{"source": ' + json.dumps(source) + ',\n "runs": [\n' + ",\n".join(map(json.dumps, runs)) + "\n]}\n")
