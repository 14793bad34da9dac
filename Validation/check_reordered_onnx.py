"""Runs reordered ONNX files in ONNX Runtime: a smaller planned block, the same outputs.

    python check_reordered_onnx.py PATH-TO-MEMFIT [MODEL.onnx …]

Without models it makes its own: random graphs of convolutions whose given order is a poor one. Each is written
by `memfit plan order --write` for both execution orders of the runtime and run without graph optimisation.
The block is the first request of the second run after the arena was shrunk: the memory pattern's plan of
all activations. Needs onnx, onnxruntime and numpy.
"""

import json
import os
import random
import re
import subprocess
import sys
import tempfile

import numpy
import onnx
import onnxruntime
from onnx import TensorProto, helper


def random_model(seed, path):
    """Layers of 1×1 convolutions of random widths that fork and join, breadth first in the file."""
    choose = random.Random(seed)
    nodes, initializers, made = [], [], {"x": 4}
    levels = [["x"]]
    for level in range(6):
        names = []
        for index in range(4):
            source = choose.choice(levels[-1])
            width = choose.choice([2, 4, 8, 32])
            name = f"v{level}_{index}"
            weight = numpy.random.default_rng(seed * 100 + level * 10 + index).normal(
                size=(width, made[source], 1, 1)).astype(numpy.float32)
            initializers.append(onnx.numpy_helper.from_array(weight, f"w_{name}"))
            nodes.append(helper.make_node("Conv", [source, f"w_{name}"], [name], name=name))
            made[name] = width
            names.append(name)
        levels.append(names)
    reduced = []
    for name in made:
        if name == "x":
            continue
        nodes.append(helper.make_node("GlobalAveragePool", [name], [f"p_{name}"], name=f"p_{name}"))
        reduced.append(f"p_{name}")
    nodes.append(helper.make_node("Concat", reduced, ["y"], axis=1, name="y"))
    graph = helper.make_graph(
        nodes, f"random{seed}", [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 4, 32, 32])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, sum(made.values()) - 4, 1, 1])],
        initializers)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    onnx.save(model, path)


RUN = r"""
import sys, numpy, onnxruntime as ort
path, order, out = sys.argv[1:4]
ort.set_default_logger_severity(0)
config = ort.OrtArenaCfg({"arena_extend_strategy": 1, "initial_chunk_size_bytes": 1,
                          "max_dead_bytes_per_chunk": 1, "initial_growth_chunk_size_bytes": 1})
info = ort.OrtMemoryInfo("Cpu", ort.OrtAllocatorType.ORT_ARENA_ALLOCATOR, 0, ort.OrtMemType.DEFAULT)
ort.create_and_register_allocator(info, config)
options = ort.SessionOptions()
options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_DISABLE_ALL
options.add_session_config_entry("session.use_env_allocators", "1")
options.intra_op_num_threads = 1
if order == "priority-based":
    options.execution_order = ort.ExecutionOrder.PRIORITY_BASED
session = ort.InferenceSession(path, options, providers=["CPUExecutionProvider"])
generator = numpy.random.default_rng(7)
feeds = {}
for value in session.get_inputs():
    shape = [size if isinstance(size, int) else 1 for size in value.shape]
    kind = {"tensor(float)": numpy.float32, "tensor(int64)": numpy.int64}.get(value.type, numpy.float32)
    feeds[value.name] = generator.integers(0, 2, shape).astype(kind)
run = ort.RunOptions()
run.add_run_config_entry("memory.enable_memory_arena_shrinkage", "cpu:0")
session.run(None, feeds, run)
print("SECOND RUN", file=sys.stderr, flush=True)
outputs = session.run(None, feeds, run)
numpy.savez(out, *outputs)
"""


def planned_block(path, order, folder):
    out = os.path.join(folder, "out.npz")
    result = subprocess.run([sys.executable, "-c", RUN, path, order, out], capture_output=True, text=True)
    if result.returncode:
        raise SystemExit(result.stderr[-2000:])
    second = result.stderr.split("SECOND RUN")[1]
    sizes = re.findall(r"Extending BFCArena for Cpu\..*?rounded_bytes:(\d+)", second)
    arrays = numpy.load(out)
    return int(sizes[0]) if sizes else 0, [arrays[name] for name in arrays.files]


def main():
    memfit, paths = sys.argv[1], sys.argv[2:]
    with tempfile.TemporaryDirectory() as folder:
        if not paths:
            paths = [os.path.join(folder, f"random{seed}.onnx") for seed in range(8)]
            for seed, path in enumerate(paths):
                random_model(seed, path)
        failures = gains = 0
        for path in paths:
            for order in ["default", "priority-based"]:
                better = os.path.join(os.path.dirname(os.path.abspath(path)), f".reordered-{os.getpid()}.onnx")
                answer = json.loads(subprocess.run(
                    [memfit, "plan", "order", path, "--runtime", "onnxruntime", "--write", better,
                     "--execution-order", order, "--format", "json"],
                    capture_output=True, text=True, check=True).stdout)["plan"]["order"]
                before, expected = planned_block(path, order, folder)
                after, found = planned_block(better, order, folder)
                onnx.checker.check_model(better)
                os.remove(better)
                same = len(expected) == len(found) and all(
                    numpy.array_equal(a, b) for a, b in zip(expected, found))
                wrong = not same or after > before
                failures += wrong
                gains += after < before
                print(f"{os.path.basename(path)} {order}: block {before} -> {after}, planned peak "
                      f"{answer['givenPeakBytes']} -> {answer['written']['peakBytes']} (best {answer['peakBytes']}), "
                      f"outputs {'same' if same else 'DIFFER'}{' WRONG' if wrong else ''}", flush=True)
        print(f"onnxruntime {onnxruntime.__version__}: {gains} smaller, {failures} wrong")
        sys.exit(1 if failures or not gains else 0)


main()
