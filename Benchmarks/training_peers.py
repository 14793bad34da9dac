"""Asks memfit, torch-preflight and PyTorch's MemTracker for the peak of the same training steps.

    Benchmarks/training_peers.py --memfit .build/release/memfit --python .oracle/venv/bin/python \\
        [--packages FOLDER] > Benchmarks/TRAINING.md

`--python` has PyTorch, torchvision and transformers; torch-preflight is there too, or in the folder of
`--packages` (pip install --target FOLDER torch-preflight). The truth is the peak of requested bytes that PyTorch's
CUDA build measured (Tests/Fixtures/PyTorch/training_truth.json). Every tool runs in a process of its own; the best
of three times counts. torch-preflight counts the CUDA context and a margin beside the tensors: compared is the sum
of its weights, gradients, optimizer state and activations.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(HERE)
CASES = [  # name in the truth, memfit's model, batch, sequence, optimizer
    ("resnet50_adam_cc80_ws0", "resnet50", 32, None, "adam"),
    ("vit_b_16_adam_cc80_ws0", "vit_b_16", 32, None, "adam"),
    ("gpt2-sdpa_adamw_batch_8_cc80_ws0", "gpt2", 8, 512, "adamw"),
]

TRACKER = """
import sys, torch, torchvision
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.distributed._tools.mem_tracker import MemTracker
name, batch, sequence, optimizer = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
with FakeTensorMode():
    if name == "gpt2":
        import transformers
        model = transformers.GPT2LMHeadModel(transformers.GPT2Config(use_cache=False))
        inputs = torch.zeros(batch, sequence, dtype=torch.long)
        loss = lambda: model(input_ids=inputs, labels=inputs).loss
    else:
        model = getattr(torchvision.models, name)()
        inputs, labels = torch.empty(batch, 3, 224, 224), torch.zeros(batch, dtype=torch.long)
        loss = lambda: torch.nn.functional.cross_entropy(model(inputs), labels)
    chosen = {"adam": torch.optim.Adam, "adamw": torch.optim.AdamW}[optimizer]
    optimizer = chosen(model.parameters(), foreach=True)
    tracker = MemTracker()
    tracker.track_external(model, optimizer, inputs)
    with tracker:
        for step in range(2):
            value = loss()
            value.backward()
            del value
            optimizer.step()
            optimizer.zero_grad()
            if step == 0:
                tracker.reset_mod_stats()
    print(max(snapshot["Total"] for snapshot in tracker.get_tracker_snapshot("peak").values()))
"""


def timed(command, environment=None):
    """The output, the best time of three, and the largest memory of all children so far in bytes."""
    best, output = None, None
    for _ in range(3):
        began = time.perf_counter()
        done = subprocess.run(command, capture_output=True, text=True, env=environment)
        elapsed = time.perf_counter() - began
        best = elapsed if best is None else min(best, elapsed)
        output = done.stdout if done.returncode == 0 else None
        if output is None:
            print(done.stderr[-400:], file=sys.stderr)
            break
    return output, best, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024


def memfit(choice, model, batch, sequence, optimizer):
    size = ["--sequence", str(sequence)] if sequence else ["--image", "224"]
    output, seconds, memory = timed([
        choice.memfit, "train", model, "--batch", str(batch), *size, "--optimizer", optimizer, "--device",
        "a100-80gb", "--cublas-workspace", "none", "--this-batch-only", "--format", "json"])
    return output and json.loads(output)["train"]["requestedPeakBytes"], seconds, memory


def preflight(choice, model, batch, sequence, optimizer):
    environment = dict(os.environ)
    if choice.packages:
        environment["PYTHONPATH"] = choice.packages
    size = ["--seq-len", str(sequence)] if sequence else ["--image-size", "224"]
    output, seconds, memory = timed([
        choice.python, "-m", "torch_preflight", "estimate", "--model", model, "--batch-size", str(batch), *size,
        "--dtype", "fp32", "--optimizer", optimizer, "--flash", "-f", "json"], environment)
    if output is None:
        return None, seconds, memory
    parts = json.loads(output)["breakdown"]
    return sum(parts[key] for key in ("weights", "gradients", "optimizer_state", "activations")), seconds, memory


def tracker(choice, model, batch, sequence, optimizer):
    output, seconds, memory = timed([
        choice.python, "-c", TRACKER, model, str(batch), str(sequence or 0), optimizer])
    return output and int(output.split()[-1]), seconds, memory


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--memfit", default=os.path.join(ROOT, ".build", "release", "memfit"))
    options.add_argument("--python", default=sys.executable)
    options.add_argument("--packages")
    choice = options.parse_args()
    with open(os.path.join(ROOT, "Tests", "Fixtures", "PyTorch", "training_truth.json")) as file:
        truth = {run["name"]: run["steady"]["requested"] for run in json.load(file)["runs"]}
    print("# The peak of a training step, beside other tools\n")
    print("Made by `Benchmarks/training_peers.py`; one run, each tool in a process of its own, best of three.\n")
    print("| step | tool | bytes | error | seconds | times memfit's |")
    print("| --- | --- | ---: | ---: | ---: | ---: |")
    for name, model, batch, sequence, optimizer in CASES:
        ours = None
        for tool, ask in [("memfit", memfit), ("torch-preflight", preflight), ("MemTracker", tracker)]:
            value, seconds, _ = ask(choice, model, batch, sequence, optimizer)
            ours = ours or seconds
            error = "no answer" if value is None else f"{100 * (value - truth[name]) / truth[name]:+.4f} %"
            told = "" if value is None else f"{value:,}"
            print(f"| {model}, batch {batch}, {optimizer} | {tool} | {told} | {error} | {seconds:.3f} | "
                  f"{seconds / ours:.1f} |", flush=True)
        print(f"| | PyTorch itself | {truth[name]:,} | | | |", flush=True)


if __name__ == "__main__":
    main()
