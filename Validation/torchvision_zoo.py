"""Makes Tests/Fixtures/torchvision.json: what torchvision's classification models are made of.

    pip install torch torchvision
    python Validation/torchvision_zoo.py Tests/Fixtures/torchvision.json [--traces FOLDER]

For each of the 80 models: parameters and buffers (elements, tensors), the sum of parameters of each
direct child, torchvision's published work (`_ops`, 10^9 multiply-accumulates) at its image size, and
two digests: of the state dictionary's names, shapes and roles, and of the operators that one forward
pass in training mode runs, in order, on the meta device with a batch of 1 and of 2. Views and copies
are left out of the second; operators have the names that the zoo uses, and in-place ones end in "_".
`--traces` also writes what was digested, to compare line by line.

Made with torchvision 0.29.2 and torch 2.15.0.
"""

import json
import os
import sys
import warnings

import torch
import torchvision
from torch.utils._python_dispatch import TorchDispatchMode

warnings.filterwarnings("ignore")

VIEWS = {
    "view", "_unsafe_view", "permute", "transpose", "t", "expand", "unsqueeze", "squeeze", "select",
    "slice", "split", "unbind", "alias", "detach", "as_strided", "_reshape_alias",
}
# PyTorch's operators under the zoo's names.
NAMES = {
    "convolution": "Conv", "native_batch_norm": "BatchNormalization",
    "native_layer_norm": "LayerNormalization", "relu": "Relu", "hardtanh": "HardTanh",
    "silu": "Silu", "gelu": "Gelu", "sigmoid": "Sigmoid", "hardsigmoid": "HardSigmoid",
    "hardswish": "HardSwish", "tanh": "Tanh", "max_pool2d_with_indices": "MaxPool",
    "avg_pool2d": "AveragePool", "_adaptive_avg_pool2d": "AdaptiveAveragePool", "mean": "Mean",
    "addmm": "Linear", "mm": "Linear", "bmm": "MatMul", "cat": "Concat", "add": "Add",
    "mul": "Mul", "div": "Div", "clone": "Contiguous", "_softmax": "Softmax",
    "index": "Gather", "constant_pad_nd": "Pad", "roll": "Roll", "sub": "Sub", "eq": "Equal",
    "ne": "NotEqual", "masked_fill": "MaskedFill", "new_zeros": "ConstantOfShape",
    "linalg_vector_norm": "ReduceL2", "clamp_min": "Clip", "clamp": "Clip", "exp": "Exp",
}


class Trace(TorchDispatchMode):
    """Keeps the name and the output shape of every operator, and a few arguments."""

    def __init__(self):
        super().__init__()
        self.calls = []

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        result = function(*args, **(kwargs or {}))
        first = result[0] if isinstance(result, (tuple, list)) else result
        name = function._schema.name.split("::")[1]
        if isinstance(first, torch.Tensor):
            self.calls.append((name, tuple(first.shape), first.dtype))
        return result


def forward(calls, batch):
    """The calls in the zoo's words: no views, dropout as one operator, attention as one."""
    lines = []
    queue = [c for c in calls if c[0].rstrip("_") not in VIEWS]
    index = 0
    while index < len(queue):
        name, shape, dtype = queue[index]
        names = [c[0] for c in queue[index:index + 6]]
        count = 1
        for size in shape:
            count *= size
        if name in ("empty", "empty_like") and names[1:3] == ["bernoulli_", "div_"]:
            last = queue[index + 3]
            count = 1
            for size in last[1]:
                count *= size
            kind = "StochasticDepth" if name == "empty" else "Dropout"
            lines.append(f"{kind}{'_' if last[0] == 'mul_' else ''} {count}")
            index += 4
            continue
        if name == "mul" and "_safe_softmax" in names:
            # Attention written out: scaled queries and keys, scores, softmax, mixture.
            end = index + names.index("_safe_softmax") + 1
            lines.append(f"ScaledDotProductAttention {count}")
            index = end + 1
            if batch == 1 and queue[index][0] == "clone":
                # CUDA's kernels write [batch, length, heads, d], dense as one sample's rows.
                index += 1
            continue
        if name == "mm" and names[1:2] == ["add"] and lines[-1].startswith("Contiguous"):
            # A linear layer of a strided operand, whose bias is added afterwards.
            lines.append(f"Linear {count}")
            index += 2
            continue
        if name == "clone" and names[1] in ("hardtanh_", "silu_", "hardswish_", "hardsigmoid_"):
            # Autograd keeps the input that is about to be overwritten; inference does not.
            index += 1
            continue
        index += 1
        base, in_place = name.rstrip("_"), name.endswith("_")
        if name.startswith("_") and name in NAMES:
            base, in_place = name, False
        if dtype == torch.int64 and base == "add":
            continue  # num_batches_tracked
        if base in ("empty", "copy", "scalar_tensor", "fill", "zero"):
            continue  # what a mask is written with, or nothing at all
        lines.append(f"{NAMES[base]}{'_' if in_place else ''} {count}")
    # Which kernel copies an operand that does not lie in one run, the operators themselves know.
    return [line for line in lines if not line.startswith("Contiguous ")]


def digest(lines):
    """FNV-1a over the lines, each ended by a line feed."""
    value = 0xCBF29CE484222325
    for byte in "".join(line + "\n" for line in lines).encode():
        value = (value ^ byte) * 0x100000001B3 % 2**64
    return f"{value:016x}"


def build(name):
    arguments = {"googlenet": {"init_weights": False, "aux_logits": False},
                 "inception_v3": {"init_weights": False}}.get(name, {})
    if name.startswith("regnet"):  # computes its widths with tensors
        return torchvision.models.get_model(name, **arguments).to("meta")
    with torch.device("meta"):
        return torchvision.models.get_model(name, **arguments)


def published(name):
    """The image size and the work of the first weights, at the resolution of training if told."""
    weights = torchvision.models.get_model_weights(name)
    first = next(iter(weights))
    return first.transforms.keywords["crop_size"], first.meta["_ops"], first.name


def describe(name, traces):
    model = build(name)
    image, work, weights = published(name)
    if name == "regnet_y_128gf":  # first published at 384, defined at 224
        other = torchvision.models.RegNet_Y_128GF_Weights.IMAGENET1K_SWAG_LINEAR_V1
        image, work, weights = 224, other.meta["_ops"], other.name
    if name == "vit_h_14":  # first published at 518
        other = torchvision.models.ViT_H_14_Weights.IMAGENET1K_SWAG_LINEAR_V1
        image, work, weights = 224, other.meta["_ops"], other.name
    parameters = dict(model.named_parameters())
    buffers = dict(model.named_buffers())
    state = sorted(
        f"{'parameter' if key in parameters else 'state'} {key} {list(value.shape)}"
        for key, value in model.state_dict().items())
    model.train()
    if name == "inception_v3":  # the graph of inference has no auxiliary head
        head, model.AuxLogits = model.AuxLogits, None
    lines = {}
    for batch in (1, 2):
        with Trace() as trace:
            model(torch.empty(batch, 3, image, image, device="meta"))
        lines[batch] = forward(trace.calls, batch)
    if traces:
        for kind, content in (("state", state), ("forward1", lines[1]), ("forward", lines[2])):
            with open(os.path.join(traces, f"{name}.{kind}"), "w") as file:
                file.writelines(line + "\n" for line in content)
    return {
        "name": name, "image": image, "weights": weights, "gigaMACs": work,
        "parameters": sum(p.numel() for p in parameters.values()),
        "parameterTensors": len(parameters),
        "state": sum(b.numel() for b in buffers.values()), "stateTensors": len(buffers),
        "children": {
            key: sum(p.numel() for p in child.parameters())
            for key, child in build(name).named_children()},
        "stateDigest": digest(state), "forwardDigests": [digest(lines[1]), digest(lines[2])],
        "operators": [len(lines[1]), len(lines[2])],
    }


def main():
    traces = sys.argv[3] if "--traces" in sys.argv else None
    names = torchvision.models.list_models(module=torchvision.models)
    models = [describe(name, traces) for name in sorted(names)]
    with open(sys.argv[1], "w") as file:
        file.write('{"source": "torchvision %s", "models": [\n' % torchvision.__version__)
        file.write(",\n".join(json.dumps(model) for model in models))
        file.write("\n]}\n")
    print(len(models), "models")


main()
