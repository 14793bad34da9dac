#!/usr/bin/env python3
"""Makes the small files of the format's contract, and says what LiteRT's own schema reads of them.

    python3 make_fixtures.py            # needs ai-edge-litert 2.3.0, flatbuffers, numpy
"""

import json
import pathlib

import numpy as np
from ai_edge_litert import schema_py_generated as schema

from flatmodel import TYPES, Graph, Model, options

FOLDER = pathlib.Path(__file__).parent
NAMES = {number: name for name, number in TYPES.items()}


def quantized():
    """A convolution with a scale for each channel, a pooling, a classifier."""
    m = Model()
    g = Graph(m)
    x = g.tensor("image", "int8", [1, 8, 8, 3], scales=[0.02])
    w = g.weight("conv/weight", "int8", [4, 3, 3, 3], [0.1, 0.2, 0.3, 0.4])
    b = g.weight("conv/bias", "int32", [4], [0.01] * 4)
    a = g.tensor("conv", "int8", [1, 4, 4, 4], scales=[0.05])
    p = g.tensor("pool", "int8", [1, 1, 1, 4], scales=[0.05])
    f = g.weight("fc/weight", "int8", [10, 4], [0.1])
    c = g.weight("fc/bias", "int32", [10], [0.005])
    y = g.tensor("scores", "int8", [1, 10], scales=[0.1])
    g.op("CONV_2D", [x, w, b], [a], options("Conv2D", strideW=2, strideH=2), version=3)
    g.op("AVERAGE_POOL_2D", [a], [p], options("Pool2D", padding=1, strideW=4, strideH=4, filterWidth=4, filterHeight=4), version=2)
    g.op("FULLY_CONNECTED", [p, f, c], [y], options("FullyConnected"), version=4)
    g.graph.inputs, g.graph.outputs = [x], [y]
    return m.write()


def open_batch():
    """A dense network whose batch is open, a variable beside it and text of its own."""
    m = Model()
    g = Graph(m)
    x = g.tensor("x", "float32", [1, 6], signature=[-1, 6])
    w = g.weight("w", "float32", [5, 6])
    a = g.tensor("a", "float32", [1, 5], signature=[-1, 5])
    shape = g.constant("shape", [-1, 5, 1])
    y = g.tensor("y", "float32", [1, 5, 1], signature=[-1, 5, 1])
    g.tensor("memory", "float32", [1, 5], variable=True)
    g.op("FULLY_CONNECTED", [x, w, -1], [a], options("FullyConnected", fusedActivationFunction=1))
    g.op("RESHAPE", [a, shape], [y], options("Reshape"))
    g.graph.inputs, g.graph.outputs = [x], [y]
    m.metadata("min_runtime_version", np.frombuffer(b"1.5.0\0\0\0", np.uint8))
    return m.write()


def outside():
    """Weights behind the tables, as in files of more than two gigabytes, and a shared buffer."""
    data = np.arange(48, dtype=np.float32).tobytes()

    def build(offset):
        m = Model()
        g = Graph(m)
        x = g.tensor("x", "float32", [1, 6])
        w = g.tensor("w", "float32", [8, 6], np.zeros(0, np.float32))
        buffer = m.model.buffers[-1]
        buffer.data, buffer.offset, buffer.size = None, offset, len(data)
        t = g.tensor("w again", "float32", [8, 6])
        g.graph.tensors[t].buffer = len(m.model.buffers) - 1
        y, z = g.tensor("y", "float32", [1, 8]), g.tensor("z", "float32", [1, 8])
        g.op("FULLY_CONNECTED", [x, w, -1], [y], options("FullyConnected"))
        g.op("FULLY_CONNECTED", [x, t, -1], [z], options("FullyConnected"))
        g.graph.inputs, g.graph.outputs = [x], [y, z]
        return m.write()

    start = -(-len(build(4096)) // 16) * 16
    file = build(start)
    return file + b"\0" * (start - len(file)) + data


def branches():
    """A condition with two bodies, and an operator that the maker brings along."""
    m = Model()
    g = Graph(m)
    flag, x = g.tensor("flag", "bool", [1]), g.tensor("x", "float32", [3, 4])
    y, z = g.tensor("y", "float32", [3, 4]), g.tensor("z", "float32", [3, 4])
    for name in ("ADD", "MUL"):
        body = Graph(m)
        p, r = body.tensor("p", "float32", [3, 4]), body.tensor("r", "float32", [3, 4])
        k = body.weight("k", "float32", [3, 4])
        body.op(name, [p, k], [r], options(name.title()))
        body.graph.inputs, body.graph.outputs = [p], [r]
    g.op("IF", [flag, x], [y], options("If", thenSubgraphIndex=1, elseSubgraphIndex=2))
    g.op("NEG", [y], [z], options("Neg"))
    g.graph.inputs, g.graph.outputs = [flag, x], [z]
    return m.write()


def listed(data):
    """The constants, each buffer once, as the schema's own reader finds them."""
    model = schema.ModelT.InitFromPackedBuf(data, 0)
    tensors, seen = [], set()
    for graph in model.subgraphs:
        for tensor in graph.tensors:
            buffer = model.buffers[tensor.buffer]
            size = len(buffer.data) if buffer.data is not None else buffer.size
            if size == 0 or tensor.buffer in seen:
                continue
            seen.add(tensor.buffer)
            shape = [] if tensor.shape is None else [int(n) for n in tensor.shape]
            tensors.append([tensor.name.decode(), NAMES[tensor.type], shape, int(size)])
    return {"tensors": [t[:3] for t in tensors], "bytes": sum(t[3] for t in tensors)}


def main():
    files = {}
    for make in (quantized, open_batch, outside, branches):
        data = make()
        (FOLDER / f"{make.__name__}.tflite").write_bytes(data)
        files[f"{make.__name__}.tflite"] = listed(data)
    (FOLDER / "contract.json").write_text(json.dumps({"files": files}, indent=1) + "\n")


if __name__ == "__main__":
    main()
