"""Measures what every optimizer keeps and takes, with the oracle, a fresh process for each.

    export ORACLE_DIR=$PWD/.oracle && Validation/oracle/build.sh
    CUBLAS_WORKSPACE_CONFIG=:0:0 MOCK_CC=80 Validation/oracle/run.sh \\
        Validation/training/measure_optimizers.py Tests/Fixtures/PyTorch/optimizers.json [NAME ...]

Lion and the quantized optimizers are those of lion-pytorch 0.2.5 and bitsandbytes 0.50.2, which `pip` adds to the
oracle's environment. Runs that the file holds are left out unless they are named.

The names are those of `memfit train --optimizer`. Three models: two products of odd sizes, ResNet-18 and
GPT-2. `first` and `steady` are the peaks of requested, allocated and reserved bytes of the first and of
the second step, `optimizer` the peak of requested bytes in the steady step's optimizer phase alone,
`state` the bytes requested after the first step over those before it.
"""

import gc
import json
import os
import sys
import traceback

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "oracle"))
os.environ.setdefault("TORCH_SYMBOLIZE_MODE", "dladdr")

import torch
import torch.optim as optim
import torchvision
import transformers

import measure

# The optimizers by name: the class, and the arguments that the options of the name stand for.
CLASSES = {
    "sgd": optim.SGD, "adam": optim.Adam, "adamw": optim.AdamW, "nadam": optim.NAdam,
    "radam": optim.RAdam, "adamax": optim.Adamax, "adagrad": optim.Adagrad,
    "adadelta": optim.Adadelta, "rmsprop": optim.RMSprop, "asgd": optim.ASGD,
    "rprop": optim.Rprop, "adafactor": optim.Adafactor}
ARGUMENTS = {
    "momentum": {"momentum": 0.9}, "nesterov": {"nesterov": True}, "dampening": {"dampening": 0.1},
    "weight-decay": {"weight_decay": 0.1}, "amsgrad": {"amsgrad": True},
    "centered": {"centered": True}, "fused": {"fused": True}, "loop": {"foreach": False}}
NAMES = """
sgd sgd:momentum sgd:weight-decay sgd:momentum,weight-decay sgd:momentum,nesterov
sgd:momentum,nesterov,weight-decay sgd:momentum,dampening sgd:momentum,loop sgd:weight-decay,loop
sgd:momentum,nesterov,weight-decay,loop sgd:weight-decay,fused sgd:momentum,fused
adam adam:weight-decay adam:amsgrad adam:fused adam:loop adam:amsgrad,weight-decay adam:amsgrad,fused
adam:amsgrad,loop adam:weight-decay,loop adamw adamw:amsgrad adamw:fused adamw:loop
nadam nadam:weight-decay nadam:loop nadam:weight-decay,loop radam radam:weight-decay radam:loop
radam:weight-decay,loop adamax adamax:weight-decay adamax:loop adamax:weight-decay,loop
adagrad adagrad:weight-decay adagrad:loop adagrad:weight-decay,loop
adadelta adadelta:weight-decay adadelta:loop adadelta:weight-decay,loop
rmsprop rmsprop:weight-decay rmsprop:momentum rmsprop:centered rmsprop:momentum,centered
rmsprop:momentum,centered,weight-decay rmsprop:loop rmsprop:centered,loop rmsprop:momentum,loop
rmsprop:momentum,centered,loop rmsprop:weight-decay,loop
asgd asgd:weight-decay rprop rprop:loop adafactor adafactor:weight-decay muon
lion lion:foreach lion8bit adam8bit adamw8bit
""".split()


class Products(torch.nn.Module):
    """Two linear layers of odd sizes."""

    def __init__(self):
        super().__init__()
        self.a = torch.nn.Linear(370, 1001)
        self.b = torch.nn.Linear(1001, 2513)
        self.c = torch.nn.Linear(2513, 7)

    def forward(self, x):
        return self.c(torch.relu(self.b(torch.relu(self.a(x)))))


def other(name):
    """The class of an optimizer that is none of PyTorch's; importing bitsandbytes starts CUDA."""
    import bitsandbytes
    import lion_pytorch
    import lion_pytorch.foreach

    return {
        "lion": lion_pytorch.Lion, "lion:foreach": lion_pytorch.foreach.Lion,
        "lion8bit": bitsandbytes.optim.Lion8bit, "adam8bit": bitsandbytes.optim.Adam8bit,
        "adamw8bit": bitsandbytes.optim.AdamW8bit}[name]


def make(name, parameters):
    """The optimizers of a name, to be stepped one after the other."""
    family, _, options = name.partition(":")
    if family == "muon":
        return [optim.Muon([p for p in parameters if p.ndim == 2]),
                optim.AdamW([p for p in parameters if p.ndim != 2])]
    if family.startswith("lion") or family.endswith("8bit"):
        return [other(name)(parameters, lr=1e-3)]
    arguments = {}
    for option in filter(None, options.split(",")):
        arguments.update(ARGUMENTS[option])
    return [CLASSES[family](parameters, lr=1e-3, **arguments)]


def step_all(optimizers, scaler):
    """Steps optimizers one after the other, through the scaler of gradients where there is one."""
    for optimizer in optimizers:
        if scaler:
            scaler.step(optimizer)
        else:
            optimizer.step()
    if scaler and optimizers:
        scaler.update()


def build(model):
    """A model in training mode, and its loss."""
    if model == "gpt2":
        with torch.device("cuda"):
            built = transformers.GPT2LMHeadModel(
                transformers.GPT2Config(attn_implementation="sdpa", use_cache=False))
        ids = torch.zeros(1, 128, dtype=torch.long, device="cuda")
        return built.train(), lambda: built(input_ids=ids, labels=ids).loss
    with torch.device("cuda"):
        built = Products() if model == "products" else torchvision.models.resnet18()
    shape = (8, 370) if model == "products" else (8, 3, 224, 224)
    x = torch.empty(shape, device="cuda")
    y = torch.zeros(8, dtype=torch.long, device="cuda")
    return built.train(), lambda: torch.nn.functional.cross_entropy(built(x), y)


def peaks(figures):
    return {
        "requested": max(f["requested_peak"] for f in figures),
        "allocated": max(f["peak"] for f in figures),
        "reserved": max(f["reserved_peak"] for f in figures)}


def step(loss, optimizers):
    """One step; the figures of its phases."""
    figures = []
    for phase in ("forward", "backward", "optimizer"):
        torch.cuda.reset_peak_memory_stats()
        if phase == "forward":
            value = loss()
        elif phase == "backward":
            value.backward()
            del value
        else:
            for optimizer in optimizers:
                optimizer.step()
        figures.append(measure.stat())
    for optimizer in optimizers:
        optimizer.zero_grad()
    return figures


def run(case):
    model, loss = build(case["model"])
    gc.collect()
    before = measure.stat()["requested"]
    optimizers = make(case["optimizer"], list(model.parameters()))
    first = step(loss, optimizers)
    state = measure.stat()["requested"] - before
    steady = step(loss, optimizers)
    return dict(
        case, state=state, first=peaks(first), steady=peaks(steady),
        optimizerPeak=steady[2]["requested_peak"])


def main(path, *names):
    known = json.load(open(path))["runs"] if os.path.exists(path) else []
    known = [run for run in known if run["optimizer"] not in names]
    held = {(run["model"], run["optimizer"]) for run in known}
    for model in ("products", "resnet18", "gpt2"):
        for name in NAMES:
            if (model, name) in held:
                continue
            pid = os.fork()
            if pid == 0:
                try:
                    result = run({"model": model, "optimizer": name})
                    with open(f"{path}.part", "w") as file:
                        json.dump(result, file)
                except Exception:
                    traceback.print_exc()
                os._exit(0)
            os.waitpid(pid, 0)
            if os.path.exists(f"{path}.part"):
                with open(f"{path}.part") as file:
                    known.append(json.load(file))
                os.remove(f"{path}.part")
            print(model, name, flush=True)
        order = [(model, name) for model in ("products", "resnet18", "gpt2") for name in NAMES]
        runs = sorted(known, key=lambda run: order.index((run["model"], run["optimizer"])))
        with open(path, "w") as file:
            rows = ",\n".join(json.dumps(r, separators=(",", ":")) for r in runs)
            file.write('{"source": "PyTorch %s, CUDA build; made by measure_optimizers.py", "runs": [\n'
                       % torch.__version__ + rows + "\n]}\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
