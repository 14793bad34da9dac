"""Measures what single operators allocate and free, forwards and backwards, with the oracle.

    Validation/oracle/run.sh Validation/training/measure_operators.py Tests/Fixtures/PyTorch/operators.json

A case is a function of tensors that all need gradients, its operator and attributes as memfit writes them, and a
precision. `events` are those of the call and of the backward pass from its output: a number of bytes for an
allocation, -n for the free of the n-th one, 0 between the two passes; `saved` are the bytes that autograd keeps,
without the operands. The seed of the backward pass is made first and does not count.
"""

import contextlib
import json
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "oracle"))

import torch
import torch.nn.functional as F

import apart

PRECISIONS = {"fp32": (torch.float32, None), "bf16": (torch.bfloat16, None), "fp16": (torch.float16, None),
              "amp-bf16": (torch.bfloat16, torch.bfloat16), "amp-mixed": (torch.float32, torch.bfloat16)}


def case(name, function, shapes, operator, attributes=None, precisions=("fp32",), **extra):
    for precision in precisions:
        yield {"name": name, "function": function, "shapes": shapes, "operator": operator,
               "attributes": attributes or {}, "precision": precision, **extra}


def attention(kernel, **options):
    def call(q, k, v, *mask):
        with torch.nn.attention.sdpa_kernel(kernel):
            return F.scaled_dot_product_attention(q, k, v, *mask, **options)

    return call


def cases():
    backends = torch.nn.attention.SDPBackend
    four = [[2, 3, 50, 64]] * 3
    grouped = [[2, 6, 50, 64], [2, 3, 50, 64], [2, 3, 50, 64]]
    halves = ("bf16", "fp16")
    yield from case("clamp both", lambda x: x.clamp(-1, 1), [[30, 70]], "Clip", {"min": -1.0, "max": 1.0}, ("fp32", "bf16"))
    yield from case("clamp below", lambda x: x.clamp_min(0.1), [[30, 70]], "Clip", {"min": 0.1}, ("fp32", "bf16"))
    yield from case("clamp above", lambda x: x.clamp_max(0.1), [[30, 70]], "Clip", {"max": 0.1})
    yield from case("clamp below by its general name", lambda x: x.clamp(min=0.1), [[30, 70]], "Clip", {"min": 0.1})
    yield from case("norm of rows", lambda x: torch.linalg.vector_norm(x, dim=-1, keepdim=True), [[30, 70]], "ReduceL2",
                    {"axes": [-1], "keepdims": 1}, ("fp32", "bf16", "amp-bf16"))
    yield from case("norm of rows by its older name", lambda x: x.norm(2, -1, True), [[30, 70]], "ReduceL2",
                    {"axes": [-1], "keepdims": 1}, ("fp32", "bf16", "amp-bf16"))
    yield from case("quotient of two types", lambda x, y: x / y, [[30, 70], [30, 70]], "Div", {}, ("fp32", "amp-bf16"),
                    types=["", "float32"])
    yield from case("quotient", lambda x, y: x / y, [[30, 70], [30, 1]], "Div")
    yield from case("product of two types", lambda x, y: x * y, [[30, 70], [30, 70]], "Mul", {}, ("amp-bf16",), types=["", "float32"])
    yield from case("sum of two types", lambda x, y: x + y, [[30, 70], [30, 70]], "Add", {}, ("amp-bf16",), types=["", "float32"])
    yield from case("difference of two types", lambda x, y: x - y, [[30, 70], [30, 70]], "Sub", {}, ("amp-bf16",), types=["", "float32"])
    yield from case("root mean square", lambda x, w: F.rms_norm(x, (70,), w), [[30, 70], [70]], "RMSNormalization",
                    {"axis": -1}, ("fp32", "bf16"))
    yield from case("root mean square under autocast", lambda x, w: F.rms_norm(x, (70,), w), [[30, 70], [70]], "RMSNormalization",
                    {"axis": -1}, ("amp-bf16",), types=["", "float32"])
    yield from case("layer normalization under autocast", lambda x, w, b: F.layer_norm(x, (70,), w, b), [[30, 70], [70], [70]],
                    "LayerNormalization", {"axis": -1}, ("amp-bf16",), types=["", "float32", "float32"])
    yield from case("group normalization under autocast", lambda x, w, b: F.group_norm(x, 4, w, b), [[3, 8, 5, 7], [8], [8]],
                    "GroupNormalization", {"num_groups": 4}, ("amp-bf16",), types=["", "float32", "float32"])
    yield from case("layer normalization", lambda x, w, b: F.layer_norm(x, (70,), w, b), [[30, 70], [70], [70]], "LayerNormalization",
                    {"axis": -1}, ("fp32", "bf16"))
    yield from case("group normalization", lambda x, w, b: F.group_norm(x, 4, w, b), [[3, 8, 5, 7], [8], [8]], "GroupNormalization",
                    {"num_groups": 4}, ("fp32", "bf16"))
    yield from case("memory-efficient attention", attention(backends.EFFICIENT_ATTENTION), four, "ScaledDotProductAttention",
                    {}, ("fp32", *halves), attention="efficient")
    yield from case("memory-efficient attention of wide heads", attention(backends.EFFICIENT_ATTENTION), [[2, 3, 50, 160]] * 3,
                    "ScaledDotProductAttention", {}, ("fp32", *halves), attention="efficient")
    yield from case("memory-efficient attention with dropout", attention(backends.EFFICIENT_ATTENTION, dropout_p=0.1), four,
                    "ScaledDotProductAttention", {"dropout": 0.1}, ("fp32", "bf16"), attention="efficient")
    yield from case("memory-efficient attention with a mask", attention(backends.EFFICIENT_ATTENTION), four + [[2, 1, 50, 50]],
                    "ScaledDotProductAttention", {}, ("fp32", "bf16"), attention="efficient")
    yield from case("FlashAttention", attention(backends.FLASH_ATTENTION), four, "ScaledDotProductAttention", {}, halves,
                    attention="flash")
    yield from case("FlashAttention of heads that are padded", attention(backends.FLASH_ATTENTION), [[2, 3, 50, 44]] * 3,
                    "ScaledDotProductAttention", {}, ("bf16",), attention="flash")
    yield from case("FlashAttention with dropout", attention(backends.FLASH_ATTENTION, dropout_p=0.1), four,
                    "ScaledDotProductAttention", {"dropout": 0.1}, ("bf16",), attention="flash")
    yield from case("FlashAttention, causal", attention(backends.FLASH_ATTENTION, is_causal=True), four,
                    "ScaledDotProductAttention", {"is_causal": 1}, ("bf16",), attention="flash")
    yield from case("FlashAttention of shared keys", attention(backends.FLASH_ATTENTION, enable_gqa=True), grouped,
                    "ScaledDotProductAttention", {"grouped": 1}, ("bf16",), attention="flash")
    yield from case("memory-efficient attention of shared keys", attention(backends.EFFICIENT_ATTENTION, enable_gqa=True), grouped,
                    "ScaledDotProductAttention", {"grouped": 1}, ("fp32", "bf16"), attention="efficient")
    yield from case("written-out attention", attention(backends.MATH), four, "ScaledDotProductAttention", {}, ("fp32", "bf16"),
                    attention="math")
    yield from case("written-out attention, causal, with dropout", attention(backends.MATH, is_causal=True, dropout_p=0.1), four,
                    "ScaledDotProductAttention", {"is_causal": 1, "dropout": 0.1}, ("fp32", "bf16"), attention="math")
    yield from case("gather", lambda x, i: x.gather(1, i), [[30, 70]], "GatherElements", {"axis": 1}, ("fp32", "bf16"),
                    integers=[[30, 9]])
    yield from case("rows by number", lambda x, i: F.embedding(i, x), [[30, 70]], "Embedding", {}, ("fp32",),
                    integers=[[5, 6]])
    yield from case("cumulative sum", lambda x: x.cumsum(1), [[30, 70]], "CumSum", {"axis": 1}, ("fp32", "bf16"))
    yield from case("cosine and sine", lambda x: x.cos(), [[30, 70]], "Cos", {}, ("fp32",))
    yield from case("power", lambda x: x.pow(3), [[30, 70]], "PowerOfNumber", {"exponent": 3.0}, ("fp32", "bf16", "amp-bf16"))
    yield from case("variance", lambda x: x.var(1, keepdim=True), [[30, 70]], "Variance", {"axes": [1], "keepdims": 1})
    yield from case("deviation", lambda x: x.std(1, keepdim=True), [[30, 70]], "Variance", {"axes": [1], "keepdims": 1, "root": 1})
    yield from case("rows taken by number", lambda x, i: x[i], [[30, 70]], "Gather", {"axis": 0}, integers=[[9]])
    # The copy is what the measured function writes over; it is none of the operator's.
    yield from case("rows written over by number", lambda x, v, i: x.clone().index_put_((i,), v), [[30, 70], [9, 70]], "IndexUpdate",
                    {"inplace": 1}, integers=[[9]], copies=1)
    yield from case("a number written over rows", lambda x, v, i: x.clone().index_put_((i,), v), [[30, 70], []], "IndexUpdate",
                    {"inplace": 1, "shape": [9, 70]}, integers=[[9]], copies=1)
    yield from case("samples of a grid by cuDNN", lambda x, g: F.grid_sample(x, g, align_corners=True), [[2, 3, 30, 40], [2, 20, 25, 2]],
                    "GridSample", {"simple": 1}, ("fp32", "fp16", "bf16"))
    yield from case("samples of a grid", lambda x, g: F.grid_sample(x, g, align_corners=False), [[2, 3, 30, 40], [2, 20, 25, 2]],
                    "GridSample", {}, ("fp32", "bf16"))
    yield from case("samples of a grid of another type", lambda x, g: F.grid_sample(x, g, align_corners=False),
                    [[2, 3, 30, 40], [2, 20, 25, 2]], "GridSample", {}, ("amp-bf16",), types=["", "float32"])
    yield from case("instance normalization", lambda x, w, b: F.instance_norm(x, weight=w, bias=b), [[3, 8, 15, 17], [8], [8]],
                    "InstanceNormalization", {}, ("fp32", "bf16"))
    yield from case("instance normalization without weights", lambda x: F.instance_norm(x), [[3, 8, 15, 17]], "InstanceNormalization", {},
                    ("fp32", "bf16"))
    yield from case("largest along an axis", lambda x: x.amax(1, keepdim=True), [[30, 70]], "ReduceMax", {"axes": [1], "keepdims": 1})


def watching(precision):
    autocast = PRECISIONS[precision][1]
    return torch.autocast("cuda", dtype=autocast) if autocast else contextlib.nullcontext()


def measure(case):
    kind = PRECISIONS[case["precision"]][0]
    types = case.get("types") or [""] * len(case["shapes"])
    operands = [torch.empty(shape, device="cuda", dtype=getattr(torch, type) if type else kind, requires_grad=True)
                for shape, type in zip(case["shapes"], types)]
    operands += [torch.zeros(shape, dtype=torch.long, device="cuda") for shape in case.get("integers", [])]
    with watching(case["precision"]):
        saved = apart.kept_bytes(operands, lambda: case["function"](*operands))
        seed = torch.ones_like(case["function"](*operands))
    torch.cuda.memory._record_memory_history(max_entries=10**6)
    with watching(case["precision"]):
        made = case["function"](*operands)
    middle = len(torch.cuda.memory._snapshot()["device_traces"][0])
    made.backward(seed)
    trace = torch.cuda.memory._snapshot()["device_traces"][0]
    torch.cuda.memory._record_memory_history(None)
    numbers, events, made = {}, [], 0
    for at, entry in enumerate(trace):
        if at == middle:
            events.append(0)
        if entry["action"] == "alloc":
            made += 1
            numbers[entry["addr"]] = made
            events.append(entry["size"])
        elif entry["action"] == "free_requested":
            events.append(-numbers[entry["addr"]])
    for _ in range(case.get("copies", 0)):
        events = [event + (event < 0) for event in events[1:]]
    return {**{k: v for k, v in case.items() if k != "function"}, "saved": saved, "events": events}


def main(path):
    os.environ["CUBLAS_WORKSPACE_CONFIG"] = ":0:0"
    torch.cuda.init()
    rows = [json.dumps(measure(case), separators=(",", ":")) for case in cases()]
    with open(path, "w") as file:
        file.write('{"source": "PyTorch %s on stand-in CUDA libraries; made by measure_operators.py", "cases": [\n'
                   % torch.__version__ + ",\n".join(rows) + "\n]}\n")


if __name__ == "__main__":
    main(sys.argv[1])
