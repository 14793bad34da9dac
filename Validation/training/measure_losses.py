"""Measures what every loss takes, with the oracle, a fresh process for each.

    export ORACLE_DIR=$PWD/.oracle && Validation/oracle/build.sh
    CUBLAS_WORKSPACE_CONFIG=:0:0 MOCK_CC=80 Validation/oracle/run.sh \\
        Validation/training/measure_losses.py Tests/Fixtures/PyTorch/losses.json [NAME ...]

Runs that the file holds are left out unless their losses are named.

The names are those of `memfit train --loss`. Two models with SGD: one linear layer of odd sizes, in single
precision and under autocast, and ResNet-18. `saved` are the bytes of the storages that autograd keeps, without
parameters and inputs; `first` and `steady` the peaks of two steps.
"""

import contextlib
import gc
import json
import os
import sys
import traceback

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "oracle"))
os.environ.setdefault("TORCH_SYMBOLIZE_MODE", "dladdr")

import torch
import torch.nn.functional as F
import torchvision

import apart
import measure
from measure_optimizers import peaks

# A loss of an output and a target, and whether the target is a class of each sample or numbers like the output.
LOSSES = {
    "cross-entropy": (F.cross_entropy, "classes"),
    "cross-entropy:label-smoothing": (
        lambda y, t: F.cross_entropy(y, t, label_smoothing=0.1), "classes"),
    "cross-entropy:probabilities": (F.cross_entropy, "numbers"),
    "cross-entropy:label-smoothing,probabilities": (
        lambda y, t: F.cross_entropy(y, t, label_smoothing=0.1), "numbers"),
    "nll": (F.nll_loss, "classes"),
    "kl-divergence": (lambda y, t: F.kl_div(y, t, reduction="batchmean"), "numbers"),
    "mse": (F.mse_loss, "numbers"),
    "l1": (F.l1_loss, "numbers"),
    "smooth-l1": (F.smooth_l1_loss, "numbers"),
    "huber": (F.huber_loss, "numbers"),
    "bce": (F.binary_cross_entropy, "numbers"),
    "bce-with-logits": (F.binary_cross_entropy_with_logits, "numbers"),
    "sum": (lambda y: y.sum(), None),
    "mean": (lambda y: y.mean(), None),
}


def unaligned(scores, targets):
    """CTC of scores [batch, time, classes], all of full length; lengths stay on the host, which reads them."""
    batch, time, _ = scores.shape
    probabilities = scores.log_softmax(-1, dtype=torch.float32).transpose(0, 1)
    lengths = [torch.full((batch,), n, dtype=torch.long) for n in (time, targets.shape[1])]
    return F.ctc_loss(probabilities, targets, *lengths)


LOSSES["ctc"] = (unaligned, "sequences")


def build(case):
    """The model, its input, and the target."""
    if case["model"] == "sequences":
        type = torch.bfloat16 if case["pure"] else torch.float32
        with torch.device("cuda"):
            model = torch.nn.Linear(370, 1001, dtype=type)
        x = torch.empty(16, 200, 370, device="cuda", dtype=type)
        return model.train(), (x, torch.zeros(16, case["target"], dtype=torch.long, device="cuda"))
    batch = 512 if case["model"] == "linear" else 8
    with torch.device("cuda"):
        model = torch.nn.Linear(370, 1001) if case["model"] == "linear" else torchvision.models.resnet18()
    shape = (batch, 370) if case["model"] == "linear" else (batch, 3, 224, 224)
    x = torch.empty(shape, device="cuda")
    kind = LOSSES[case["loss"]][1]
    if kind is None:
        return model.train(), (x,)
    if kind == "classes":
        return model.train(), (x, torch.zeros(batch, dtype=torch.long, device="cuda"))
    return model.train(), (x, torch.zeros(batch, 1001 if case["model"] == "linear" else 1000, device="cuda"))


def forward(case, model, inputs):
    precision = torch.autocast("cuda", dtype=torch.bfloat16) if case["autocast"] else contextlib.nullcontext()
    with precision:
        return LOSSES[case["loss"]][0](model(inputs[0]), *inputs[1:])


def saved(case, model, inputs):
    given = [*model.parameters(), *model.buffers(), *inputs]
    return apart.kept_bytes(given, lambda: forward(case, model, inputs))


def step(case, model, inputs, optimizer):
    figures = []
    torch.cuda.reset_peak_memory_stats()
    value = forward(case, model, inputs)
    figures.append(measure.stat())
    torch.cuda.reset_peak_memory_stats()
    value.backward()
    del value
    figures.append(measure.stat())
    torch.cuda.reset_peak_memory_stats()
    optimizer.step()
    figures.append(measure.stat())
    optimizer.zero_grad()
    return peaks(figures)


def run(case):
    model, inputs = build(case)
    gc.collect()
    optimizer = torch.optim.SGD(model.parameters(), 0.01)
    first, steady = (step(case, model, inputs, optimizer) for _ in range(2))
    return dict(case, first=first, steady=steady, saved=saved(case, model, inputs))


def cases():
    for precision in ({}, {"autocast": True}, {"pure": True}):
        for target in (100, 37):
            yield {"model": "sequences", "loss": "ctc", "autocast": False, "pure": False, "target": target, **precision}
    for name in LOSSES:
        if name == "ctc":
            continue
        yield {"model": "linear", "loss": name, "autocast": False}
        if name != "bce":  # PyTorch refuses it under autocast.
            yield {"model": "linear", "loss": name, "autocast": True}
        yield {"model": "resnet18", "loss": name, "autocast": False}


def main(path, *names):
    runs = json.load(open(path))["runs"] if os.path.exists(path) else []
    runs = [run for run in runs if run["loss"] not in names]
    for case in cases():
        if any(all(run.get(key) == value for key, value in case.items()) for run in runs):
            continue
        pid = os.fork()
        if pid == 0:
            try:
                result = run(case)
                with open(f"{path}.part", "w") as file:
                    json.dump(result, file)
            except Exception:
                traceback.print_exc()
            os._exit(0)
        os.waitpid(pid, 0)
        if os.path.exists(f"{path}.part"):
            with open(f"{path}.part") as file:
                runs.append(json.load(file))
            os.remove(f"{path}.part")
        print(case, flush=True)
    with open(path, "w") as file:
        rows = ",\n".join(json.dumps(r, separators=(",", ":")) for r in runs)
        file.write('{"source": "PyTorch %s, CUDA build; made by measure_losses.py", "runs": [\n'
                   % torch.__version__ + rows + "\n]}\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
