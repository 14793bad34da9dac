#!/usr/bin/env python3
"""Runs memfit beside other readers of checkpoints, and over many small files.

    Benchmarks/checkpoints.py                    # builds memfit, installs the peers, runs all
    Benchmarks/checkpoints.py --memfit BINARY --python PYTHON --torch-python PYTHON
"""

import argparse
import os
import platform
import subprocess
import sys
import time
from pathlib import Path

import run

PEERS = ["gguf==0.19.0", "safetensors==0.8.0", "hf-mem==0.5.6", "ai-edge-litert==2.3.0", "numpy"]
TORCH = ["torch==2.15.0", "torchvision==0.29.2"]

GGUF = """
import gguf
reader = gguf.GGUFReader({path!r})
print(sum(int(t.n_elements) for t in reader.tensors))
"""
SAFE_OPEN = """
import glob, math
from safetensors import safe_open
total = 0
for path in sorted(glob.glob({path!r} + "/*.safetensors")):
    with safe_open(path, framework="np") as file:
        total += sum(math.prod(file.get_slice(key).get_shape()) for key in file.keys())
print(total)
"""
# hf-mem fetches the headers over the network; here it parses the same headers from the disk.
HF_MEM = """
import glob, json, struct
from hf_mem.safetensors import parse_safetensors_metadata
tensors = {{}}
for path in sorted(glob.glob({path!r} + "/*.safetensors")):
    with open(path, "rb") as file:
        length = struct.unpack("<Q", file.read(8))[0]
        tensors.update(json.loads(file.read(length)))
print(parse_safetensors_metadata({{"Transformer": tensors}}).param_count)
"""
TORCH_LOAD = """
import torch
state = torch.load({path!r}, mmap=True, map_location="cpu")
print(sum(t.numel() for t in state.values()))
"""
LITERT = """
from ai_edge_litert.interpreter import Interpreter
interpreter = Interpreter({path!r})
interpreter.allocate_tensors()
print(len(interpreter.get_tensor_details()))
"""
MAKE_TORCH = """
import torch, torchvision
torch.save(torchvision.models.resnet50(weights=None).state_dict(), {path!r})
"""


def table(title, memfit, path, peers, runs):
    print(f"\n## {title}\n")
    print("| command | CPU time | peak memory | time ratio | memory ratio |")
    print("| --- | --: | --: | --: | --: |")
    base = run.measure([memfit, "store", path], runs)
    if base is None:
        sys.exit(f"memfit failed on {path}")
    print(run.row(f"memfit store {Path(path).name}", base, base), flush=True)
    for name, python, script in peers:
        command = [python, "-c", script.format(path=str(path))]
        print(run.row(name, run.measure(command, runs), base), flush=True)


def scan(memfit, folder, runs):
    count = sum(1 for _ in folder.rglob("*.safetensors"))
    print(f"\n## {count:,} small files: `memfit scan`\n")
    print("| processors | wall time | CPU time | files a second | peak memory |")
    print("| --: | --: | --: | --: | --: |")
    for cores in (1, 2):
        if cores > (os.cpu_count() or 1):
            continue
        pinned = ["taskset", "-c", "0" if cores == 1 else "0,1"]
        command = [*pinned, memfit, "scan", folder, "--jobs", str(cores), "--format", "jsonl"]
        best = min(wall(command) for _ in range(runs))
        cpu, peak = run.measure(command, runs)
        print(f"| {cores} | {best:.2f} s | {cpu:.2f} s | {count / best:,.0f}"
              f" | {peak / 1e6:.0f} MB |", flush=True)


def wall(command):
    start = time.perf_counter()
    subprocess.run([str(part) for part in command], check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5, help="counted runs of each command")
    parser.add_argument("--memfit", type=Path, help="a built memfit; builds one otherwise")
    parser.add_argument("--python", type=Path, help="a Python that has the peers")
    parser.add_argument("--torch-python", type=Path, help="a Python that has PyTorch")
    parser.add_argument("--tflite", type=Path, help="a TFLite model, for LiteRT")
    arguments = parser.parse_args()
    if arguments.python is None or arguments.torch_python is None:
        run.SMALL, run.LARGE = PEERS, TORCH
        run.install(quick=False)
    python = arguments.python or run.PYTHON
    torch = arguments.torch_python or run.PYTHON
    memfit = arguments.memfit or run.build()

    files = run.FILES / "checkpoints"
    if not (files / "small").exists():
        subprocess.run([python, run.HERE / "make_checkpoints.py", files], check=True)
    resnet = files / "resnet50.pt"
    if not resnet.exists():
        subprocess.run([torch, "-c", MAKE_TORCH.format(path=str(resnet))], check=True)

    print(f"# Checkpoints: memfit beside its peers\n\n{platform.machine()}, {os.cpu_count()} cores,"
          f" Python {platform.python_version()}; medians of {arguments.runs} runs."
          " The peers' times include Python's start.")
    runs = arguments.runs
    path = files / "mixtral-q4_k.gguf"
    table(f"GGUF, {path.stat().st_size / 1e9:.1f} GB", memfit, path,
          [("gguf: GGUFReader", python, GGUF), ("import gguf alone", python, "import gguf")], runs)
    path = files / "mixtral"
    size = sum(part.stat().st_size for part in path.glob("*.safetensors"))
    table(f"safetensors, 30 shards, {size / 1e9:.1f} GB", memfit, path, [
        ("safetensors: safe_open", python, SAFE_OPEN), ("hf-mem: its parser", python, HF_MEM),
        ("import safetensors alone", python, "import safetensors"),
        ("import hf_mem alone", python, "import hf_mem.safetensors")], runs)
    table(f"PyTorch, ResNet-50, {resnet.stat().st_size / 1e6:.0f} MB", memfit, resnet, [
        ("torch.load(mmap=True)", torch, TORCH_LOAD),
        ("import torch alone", torch, "import torch")], runs)
    if arguments.tflite:
        table(f"TFLite, {arguments.tflite.stat().st_size / 1e6:.1f} MB", memfit, arguments.tflite, [
            ("LiteRT: allocate", python, LITERT),
            ("import ai_edge_litert alone", python,
             "from ai_edge_litert.interpreter import Interpreter")], runs)
    scan(memfit, files / "small", runs)


if __name__ == "__main__":
    main()
