#!/usr/bin/env python3
"""Makes one small model for each kernel that asks for memory, and measures it.

    python3 make_fixtures.py            # needs ai-edge-litert 2.3.0, tflite-micro, flatbuffers, numpy

`measured.json` holds what LiteRT and TensorFlow Lite Micro themselves took: the arena of LiteRT
(without delegates) and the planned head of TensorFlow Lite Micro; `null` where one refuses the model.
"""

import json
import os
import pathlib
import sys

import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "TFLite"))
import measure  # noqa: E402
from flatmodel import Model, options  # noqa: E402

FOLDER = pathlib.Path(__file__).parent
MODELS = {}


def model(function):
    MODELS[function.__name__] = function
    return function


def variants(**cases):
    def add(function):
        for name, arguments in cases.items():
            MODELS[f"{function.__name__}_{name}"] = lambda a=arguments: (
                function(*a) if isinstance(a, tuple) else function(a))
        return function

    return add


def scale(dtype):
    return None if dtype.startswith("float") else [0.1]


@variants(
    float=("float32", "float32", 3, 2, 1, 4, 1), float_unit=("float32", "float32", 1, 1, 1, 4, 1),
    float_dilated=("float32", "float32", 3, 1, 2, 4, 1), int8=("int8", "int8", 3, 2, 1, 4, 5),
    int8_unit=("int8", "int8", 1, 1, 1, 4, 1), int16=("int16", "int8", 3, 1, 1, 4, 5),
    hybrid=("float32", "int8", 3, 1, 1, 4, 1), hybrid_unit=("float32", "int8", 1, 1, 1, 4, 1),
    hybrid_channels=("float32", "int8", 3, 1, 1, 4, 5), groups=("float32", "float32", 3, 1, 1, 2, 1),
    int4=("int8", "int4", 3, 1, 1, 4, 6))
def conv(kind, weights, kernel, stride, dilation, depth, scales):
    m = Model()
    g = __import__("flatmodel").Graph(m)
    channels = 6 if scales == 6 or depth == 2 else 5
    x = g.tensor("x", kind, [1, 12, 10, 4], scales=scale(kind))
    per = None if weights == "float32" else [0.1 + 0.01 * i for i in range(channels if scales > 1 else 1)]
    w = g.weight("w", weights, [channels, kernel, kernel, depth], per)
    bias = {"float32": "float32", "int8": "int32", "int16": "int64"}[kind]
    b = g.weight("b", bias, [channels], None if kind == "float32" else [0.01] * (channels if scales > 1 else 1))
    out = lambda n: -(-n // stride)
    y = g.tensor("y", kind, [1, out(12), out(10), channels], scales=scale(kind))
    g.op("CONV_2D", [x, w, b], [y], options(
        "Conv2D", strideW=stride, strideH=stride, dilationWFactor=dilation, dilationHFactor=dilation), version=3)
    g.graph.inputs, g.graph.outputs = [x], [y]
    return m


@variants(float=("float32", "float32"), int8=("int8", "int8"), hybrid=("float32", "int8"),
          int4=("int8", "int4"))
def depthwise(kind, weights):
    m, g, x = start(kind, [2, 8, 8, 6])
    w = g.weight("w", weights, [1, 3, 3, 6], None if weights == "float32" else [0.1] * 6, axis=3)
    b = g.weight("b", "float32" if kind == "float32" else "int32", [6], None if kind == "float32" else [0.01] * 6)
    return end(m, g, x, "DEPTHWISE_CONV_2D", [x, w, b], kind, [2, 8, 8, 6],
               options("DepthwiseConv2D", strideW=1, strideH=1, depthMultiplier=1), version=6)


@variants(float=("float32", "float32"), int8=("int8", "int8"), int16=("int16", "int8"))
def transpose_conv(kind, weights):
    m, g, x = start(kind, [1, 5, 5, 4])
    shape = g.constant("shape", [1, 10, 10, 3])
    w = g.weight("w", weights, [3, 2, 2, 4], None if weights == "float32" else [0.1] * 3)
    return end(m, g, x, "TRANSPOSE_CONV", [shape, w, x], kind, [1, 10, 10, 3],
               options("TransposeConv", strideW=2, strideH=2), version=3)


@variants(float=("float32", "float32"), int8=("int8", "int8"), int16=("int16", "int8"),
          hybrid=("float32", "int8"), int4=("int8", "int4"))
def fully_connected(kind, weights):
    m, g, x = start(kind, [3, 24])
    w = g.weight("w", weights, [7, 24], None if weights == "float32" else [0.1])
    return end(m, g, x, "FULLY_CONNECTED", [x, w, -1], kind, [3, 7], options("FullyConnected"), version=9)


@variants(constant=("float32", "float32", True, False), free=("float32", "float32", False, False),
          turned=("float32", "float32", False, True), hybrid=("float32", "int8", True, False),
          int8=("int8", "int8", False, True))
def batch_product(kind, weights, constant, turned):
    m, g, x = start(kind, [2, 5, 12])
    shape = [2, 7, 12] if turned else [2, 12, 7]
    if constant:
        w = g.weight("w", weights, shape, None if weights == "float32" else [0.1])
    else:
        w = g.tensor("w", weights, shape, scales=scale(weights))
        g.graph.inputs = [w]
    return end(m, g, x, "BATCH_MATMUL", [x, w], kind, [2, 5, 7], options("BatchMatMul", adjY=turned), version=4)


@variants(float=("float32", "float32", "float32"), int8=("int8", "int8", "int16"),
          hybrid=("float32", "int8", "float32"))
def svdf(kind, weights, time):
    m, g, x = start(kind, [1, 10])
    f = g.weight("f", weights, [16, 10], scale(weights))
    t = g.weight("t", "int8" if weights == "int8" and kind == "float32" else time, [16, 6],
                 scale("int8") if weights == "int8" else None)
    b = g.weight("b", "float32" if kind == "float32" else "int32", [8], None if kind == "float32" else [0.01])
    s = g.tensor("s", time, [1, 96], scales=scale(time), variable=True)
    return end(m, g, x, "SVDF", [x, f, t, b, s], kind, [1, 8], options("SVDF", rank=2), version=3)


@variants(float=("float32", "float32", "float32"), hybrid=("float32", "int8", "float32"),
          int8=("int8", "int8", "int16"))
def sequence_lstm(kind, weights, cell):
    m, g, x = start(kind, [2, 4, 6])
    units = 5
    w = [g.weight(f"w{i}", weights, [units, 6], scale(weights)) for i in range(4)]
    r = [g.weight(f"r{i}", weights, [units, units], scale(weights)) for i in range(4)]
    bias = "float32" if kind == "float32" else "int32"
    b = [g.weight(f"b{i}", bias, [units], None if kind == "float32" else [0.001]) for i in range(4)]
    h = g.tensor("h", kind, [2, units], scales=scale(kind), variable=True)
    c = g.tensor("c", cell, [2, units], scales=None if cell == "float32" else [2.0 ** -11], variable=True)
    if kind == "int8":
        between = [g.tensor(f"i{i}", "int16" if i < 4 else "int8", [0], scales=[0.01]) for i in range(5)]
    result = end(m, g, x, "UNIDIRECTIONAL_SEQUENCE_LSTM",
                 [x, *w, *r, -1, -1, -1, *b, -1, -1, h, c, -1, -1, -1, -1], kind, [2, 4, units],
                 options("UnidirectionalSequenceLSTM", fusedActivationFunction=4), version=3)
    if kind == "int8":
        g.graph.operators[-1].intermediates = between
    return result


@variants(hybrid=("float32", "int8"), float=("float32", "float32"))
def rnn(kind, weights):
    m, g, x = start(kind, [2, 6])
    w = g.weight("w", weights, [5, 6], scale(weights))
    r = g.weight("r", weights, [5, 5], scale(weights))
    b = g.weight("b", "float32", [5])
    h = g.tensor("h", kind, [2, 5], variable=True)
    return end(m, g, x, "RNN", [x, w, r, b, h], kind, [2, 5], options("RNN"), version=2)


@variants(mean_float=("MEAN", "float32"), mean_int8=("MEAN", "int8"), sum_float=("SUM", "float32"),
          mean_int16=("MEAN", "int16"), max=("REDUCE_MAX", "float32"), min=("REDUCE_MIN", "int8"),
          prod=("REDUCE_PROD", "float32"), sum_int32=("SUM", "int32"), max_int8=("REDUCE_MAX", "int8"))
def reduce(name, kind):
    m, g, x = start(kind, [1, 6, 6, 8], None if kind == "int32" else scale(kind))
    axes = g.constant("axes", [1, 2])
    return end(m, g, x, name, [x, axes], kind, [1, 8], options("Reducer"), None if kind == "int32" else scale(kind), 2)


@model
def sum_of_five():
    m, g, x = start("float32", [4, 9])
    others = [g.tensor(f"x{i}", "float32", [4, 9]) for i in range(4)]
    g.graph.inputs = list(others)
    return end(m, g, x, "ADD_N", [x, *others], "float32", [4, 9], options("AddN"))


@model
def mirror_pad():
    m, g, x = start("float32", [4, 9])
    pads = g.constant("pads", [[1, 1], [2, 2]])
    return end(m, g, x, "MIRROR_PAD", [x, pads], "float32", [6, 13], options("MirrorPad"))


@model
def volume():
    m, g, x = start("float32", [1, 4, 6, 6, 2])
    w = g.weight("w", "float32", [3, 3, 3, 2, 4])
    return end(m, g, x, "CONV_3D", [x, w], "float32", [1, 4, 6, 6, 4], options("Conv3D", strideD=1, strideW=1, strideH=1))


@model
def fourier_transform():
    m, g, x = start("float32", [4, 16])
    length = g.constant("length", [4, 16])
    y = g.tensor("y", "complex64", [4, 9])
    g.op("RFFT2D", [x, length], [y], options("Rfft2d"))
    g.graph.inputs, g.graph.outputs = [x], [y]
    return m


@model
def in_place():
    """A chain that LiteRT runs in place: sums, products, reshapes, a softmax."""
    m, g, x = start("float32", [1, 40])
    a = g.tensor("a", "float32", [1, 40])
    b = g.tensor("b", "float32", [4, 10])
    c = g.tensor("c", "float32", [4, 10])
    d = g.tensor("d", "float32", [4, 10])
    e = g.tensor("e", "float32", [4, 10])
    shape = g.constant("shape", [4, 10])
    g.op("RELU", [x], [a])
    g.op("RESHAPE", [a, shape], [b], options("Reshape", newShape=[4, 10]))
    g.op("ADD", [b, b], [c], options("Add"))
    g.op("MUL", [c, c], [d], options("Mul"))
    g.op("SOFTMAX", [d], [e], options("Softmax", beta=1.0))
    return end(m, g, x, "NEG", [e], "float32", [4, 10], options("Neg"))


@model
def branches_in_place():
    """A sum may not overwrite what another node still reads."""
    m, g, x = start("float32", [1, 50])
    a, b, c, d = (g.tensor(n, "float32", [1, 50]) for n in "abcd")
    g.op("RELU", [x], [a])
    g.op("TANH", [a], [b], None)
    g.op("ADD", [a, b], [c], options("Add"))
    g.op("SUB", [c, a], [d], options("Sub"))
    return end(m, g, x, "MUL", [d, x], "float32", [1, 50], options("Mul"))


@model
def unpacked_constants():
    m, g, x = start("float32", [1, 32])
    half = g.weight("half", "float16", [16, 32])
    full = g.tensor("full", "float32", [16, 32])
    g.op("DEQUANTIZE", [half], [full], options("Dequantize"), version=3)
    return end(m, g, x, "FULLY_CONNECTED", [x, full, -1], "float32", [1, 16], options("FullyConnected"))


@model
def folded_constants():
    m, g, x = start("float32", [8])
    a, b = g.weight("a", "float32", [8]), g.weight("b", "float32", [8])
    c = g.tensor("c", "float32", [8])
    g.op("MUL", [a, b], [c], options("Mul"))
    return end(m, g, x, "ADD", [x, c], "float32", [8], options("Add"))


@model
def sizes_of_the_run():
    """A shape that is an input: what follows is planned when it is known."""
    m, g, x = start("float32", [1, 40])
    shape = g.tensor("shape", "int32", [2])
    a, b = g.tensor("a", "float32", [1, 40]), g.tensor("b", "float32", [4, 10])
    g.op("RELU", [x], [a])
    g.op("RESHAPE", [a, shape], [b], options("Reshape"))
    return end(m, g, x, "NEG", [b], "float32", [4, 10], options("Neg"), more=[shape])


@model
def frames():
    """Sizes worked out from the input's, as converters write them: of a cut, and of a view of what it gives."""
    m, g, x = start("float32", [1, 4096])
    g.graph.tensors[x].name = "invoked"
    sizes = g.tensor("sizes", "int32", [2])
    g.op("SHAPE", [x], [sizes], options("Shape", outType=2))
    rows, columns, rest = (g.tensor(name, "int32", [count]) for name, count in (("r", 1), ("c", 1), ("rest", 0)))
    g.op("SPLIT_V", [sizes, g.constant("parts", [1, 1, 0]), g.constant("axis", 0)], [rows, columns, rest],
         options("SplitV", numSplits=3))
    # The shape of a scalar has no numbers, and no buffer.
    width, half, quarter = (g.tensor(name, "int32", []) for name in ("width", "half", "quarter"))
    g.op("RESHAPE", [columns, g.tensor("of a scalar", "int32", [0])], [width], options("Reshape"))
    g.op("FLOOR_DIV", [width, g.constant("two", 2)], [half], options("FloorDiv"))
    g.op("FLOOR_DIV", [half, g.constant("four", 4)], [quarter], options("FloorDiv"))
    until, shape = g.tensor("until", "int32", [2]), g.tensor("new shape", "int32", [3])
    g.op("PACK", [g.constant("one", 1), half], [until], options("Pack", valuesCount=2))
    g.op("PACK", [g.constant("one more", 1), quarter, g.constant("four more", 4)], [shape],
         options("Pack", valuesCount=3))
    cut, view = g.tensor("cut", "float32", [1, 1]), g.tensor("view", "float32", [1, 1, 1])
    g.op("STRIDED_SLICE", [x, g.constant("start", [0, 0]), until, g.constant("step", [1, 1])], [cut],
         options("StridedSlice"))
    g.op("RESHAPE", [cut, shape], [view], options("Reshape"))
    return end(m, g, x, "NEG", [view], "float32", [1, 1, 1], options("Neg"))


@model
def branch():
    m, g, x = start("float32", [3, 7])
    flag = g.tensor("flag", "bool", [1])
    flatmodel = __import__("flatmodel")
    for name, op in (("yes", "ADD"), ("no", "MUL")):
        inner = flatmodel.Graph(m)
        p, q = inner.tensor("p", "float32", [3, 7]), inner.tensor("q", "float32", [3, 7])
        r = inner.tensor("r", "float32", [3, 7])
        inner.op("TANH", [p], [q])
        inner.op(op, [q, p], [r], options(op.title()))
        inner.graph.inputs, inner.graph.outputs = [p], [r]
    y = g.tensor("y", "float32", [3, 7])
    g.op("IF", [flag, x], [y], options("If", thenSubgraphIndex=1, elseSubgraphIndex=2))
    g.graph.inputs, g.graph.outputs = [flag, x], [y]
    return m


@variants(unread=False, read=True)
def loop(reads):
    """A loop hands a value through as it is; read afterwards or not."""
    m, g, x = start("float32", [3, 7])
    flatmodel = __import__("flatmodel")
    condition, body = flatmodel.Graph(m), flatmodel.Graph(m)
    for inner in (condition, body):
        inner.graph.inputs = [inner.tensor("i", "int32", [1]), inner.tensor("p", "float32", [3, 7]),
                              inner.tensor("q", "float32", [40, 7])]
    more = condition.tensor("more", "bool", [1])
    condition.op("LESS", [0, condition.constant("limit", [3])], [more])
    condition.graph.outputs = [more]
    i, p = body.tensor("i2", "int32", [1]), body.tensor("p2", "float32", [3, 7])
    body.op("ADD", [0, body.constant("one", [1])], [i], options("Add"))
    body.op("TANH", [1], [p])
    body.graph.outputs = [i, p, 2]
    wide = g.tensor("wide", "float32", [40, 7])
    z = g.tensor("z", "float32", [40, 7])
    g.op("TANH", [z], [wide])
    g.graph.inputs = [z]
    made = [g.tensor("i3", "int32", [1]), g.tensor("p3", "float32", [3, 7]), g.tensor("q3", "float32", [40, 7])]
    g.op("WHILE", [g.constant("zero", [0]), x, wide], made, options("While", condSubgraphIndex=1, bodySubgraphIndex=2))
    more = []
    if reads:
        more = [g.tensor("after", "float32", [40, 7])]
        g.op("NEG", [made[2]], more, options("Neg"))
    end(m, g, x, "NEG", [made[1]], "float32", [3, 7], options("Neg"))
    g.graph.outputs += more
    return m


@model
def planned_offline():
    """Offsets planned by the maker: TensorFlow Lite Micro keeps to them."""
    m, g, x = start("float32", [1, 20])
    a = g.tensor("a", "float32", [1, 20])
    g.op("RELU", [x], [a])
    end(m, g, x, "NEG", [a], "float32", [1, 20], options("Neg"))
    m.metadata("OfflineMemoryAllocation", np.array([1, 0, 3, 0, 160, -1], np.int32))
    return m


@variants(one=1, two=3, many=9)
def packed_weights(batch):
    """Weights of four bits with numbers with a point: a kernel of its own, in tiles."""
    m, g, x = start("float32", [batch, 64])
    w = g.weight("w", "int4", [10, 64], [0.1])
    return end(m, g, x, "FULLY_CONNECTED", [x, w, -1], "float32", [batch, 10], options("FullyConnected"), version=9)


@variants(float="float32", hybrid="int8")
def bidirectional_lstm(weights):
    m, g, x = start("float32", [2, 4, 6])

    def direction(name, units):
        w = [g.weight(f"{name}w{i}", weights, [units, 6], scale(weights)) for i in range(4)]
        r = [g.weight(f"{name}r{i}", weights, [units, units], scale(weights)) for i in range(4)]
        b = [g.weight(f"{name}b{i}", "float32", [units]) for i in range(4)]
        h, c = (g.tensor(f"{name}{n}", "float32", [2, units], variable=True) for n in "hc")
        return [*w, *r, -1, -1, -1, *b, -1, -1], [h, c]

    forward, states = direction("f", 5)
    backward, others = direction("b", 5)
    y, z = g.tensor("y", "float32", [2, 4, 5]), g.tensor("z", "float32", [2, 4, 5])
    g.op("BIDIRECTIONAL_SEQUENCE_LSTM", [x, *forward, *backward, *states, *others] + [-1] * 9, [y, z],
         options("BidirectionalSequenceLSTM", fusedActivationFunction=4, timeMajor=False), version=3)
    g.graph.inputs, g.graph.outputs = [x], [y, z]
    return m


@variants(float="float32", hybrid="int8")
def bidirectional_rnn(weights):
    m, g, x = start("float32", [2, 4, 6])
    directions, units = [], {"f": 5, "b": 7}
    for name, count in units.items():
        directions += [
            g.weight(f"{name}w", weights, [count, 6], scale(weights)),
            g.weight(f"{name}r", weights, [count, count], scale(weights)),
            g.weight(f"{name}b", "float32", [count]),
            g.tensor(f"{name}h", "float32", [2, count], variable=True)]
    y, z = g.tensor("y", "float32", [2, 4, 5]), g.tensor("z", "float32", [2, 4, 7])
    g.op("BIDIRECTIONAL_SEQUENCE_RNN", [x, *directions, -1, -1, -1], [y, z],
         options("BidirectionalSequenceRNN"), version=3)
    g.graph.inputs, g.graph.outputs = [x], [y, z]
    return m


@model
def detection():
    """Boxes of a detector, an operator with options of its own."""
    from flatbuffers import flexbuffers
    m, g, x = start("float32", [1, 20, 4])
    scores = g.tensor("scores", "float32", [1, 20, 4])
    anchors = g.weight("anchors", "float32", [20, 4])
    results = [g.tensor(n, "float32", s) for n, s in (
        ("boxes", [1, 5, 4]), ("classes", [1, 5]), ("found", [1, 5]), ("count", [1]))]
    chosen = flexbuffers.Dumps({
        "max_detections": 5, "max_classes_per_detection": 1, "detections_per_class": 5,
        "use_regular_nms": False, "nms_score_threshold": 0.1, "nms_iou_threshold": 0.5,
        "num_classes": 3, "y_scale": 10.0, "x_scale": 10.0, "h_scale": 5.0, "w_scale": 5.0})
    g.op("CUSTOM", [x, scores, anchors], results, custom="TFLite_Detection_PostProcess", custom_options=chosen)
    g.graph.inputs, g.graph.outputs = [x, scores], results
    return m


@variants(average=("AVERAGE_POOL_2D", "float32"), maximum=("MAX_POOL_2D", "int8"), l2=("L2_POOL_2D", "float32"))
def pool(name, kind):
    m, g, x = start(kind, [1, 9, 9, 4])
    return end(m, g, x, name, [x], kind, [1, 4, 4, 4], options(
        "Pool2D", padding=1, strideW=2, strideH=2, filterWidth=3, filterHeight=3), version=1 if "L2" in name else 2)


def start(kind, shape, scales="own"):
    m = Model()
    g = __import__("flatmodel").Graph(m)
    return m, g, g.tensor("x", kind, shape, scales=scale(kind) if scales == "own" else scales)


def end(m, g, x, name, inputs, kind, shape, opts=None, scales="own", version=1, more=()):
    y = g.tensor("y", kind, shape, scales=scale(kind) if scales == "own" else scales)
    g.op(name, inputs, [y], opts, version=version)
    g.graph.inputs, g.graph.outputs = [x, *g.graph.inputs, *more], [y]
    return m


def attempt(function, data):
    """Measures in a process of its own: a runtime that does not like a model may end it."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.write(writer, json.dumps(function(data)).encode())
        except Exception as error:
            print("   ", function.__name__, str(error).splitlines()[0][:160], flush=True)
        os._exit(0)
    os.close(writer)
    answer = os.read(reader, 4096)
    os.close(reader)
    _, status = os.waitpid(child, 0)
    if status != 0:
        print("   ", function.__name__, "ended with status", status, flush=True)
    return json.loads(answer) if answer else None


def main():
    measured = {}
    for name, make in sorted(MODELS.items()):
        print(name)
        data = make().write()
        (FOLDER / f"{name}.tflite").write_bytes(data)
        lite, micro = attempt(measure.measure_litert, data), attempt(measure.measure_micro, data)
        measured[name] = {
            "litert": lite and lite["arena"], "head": micro and micro["head"], "tail": micro and micro["tail"]}
    (FOLDER / "measured.json").write_text(json.dumps(measured, indent=1) + "\n")


if __name__ == "__main__":
    main()
