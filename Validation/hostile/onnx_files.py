"""Hostile files of ONNX."""
from wire import *

FLOAT, INT64, BOOL = 1, 7, 9


def model(graph, opset=17, extra=b""):
    return number(1, 8) + message(8, number(2, opset)) + message(7, graph) + extra


def value(name, kind, sizes):
    shape = b"".join(message(1, number(1, size)) for size in sizes)
    return message(1, name.encode()) + message(2, message(1, number(1, kind) + message(2, shape)))


def node_body(kind, inputs, outputs, attributes=(), domain=b""):
    body = b"".join(message(1, name.encode()) for name in inputs)
    body += b"".join(message(2, name.encode()) for name in outputs) + message(4, kind.encode())
    return body + b"".join(message(5, each) for each in attributes) + (message(7, domain) if domain else b"")


def node(kind, inputs, outputs, *attributes, domain=b""):
    return message(1, node_body(kind, inputs, outputs, attributes, domain))


def whole(name, number_):
    return message(1, name.encode()) + number(3, number_) + number(20, 2)


def wholes(name, numbers):
    return message(1, name.encode()) + b"".join(number(8, each) for each in numbers) + number(20, 7)


def words(name, value_):
    return message(1, name.encode()) + message(4, value_) + number(20, 3)


def graph_attribute(name, graph):
    return message(1, name.encode()) + message(6, graph) + number(20, 5)


def tensor(name, sizes, kind=FLOAT, raw=None, extra=b""):
    body = b"".join(number(1, size) for size in sizes) + number(2, kind) + message(8, name.encode())
    return body + (message(9, raw) if raw is not None else b"") + extra


def stored(*arguments, **options):
    return message(5, tensor(*arguments, **options))


def integers(name, *values, shape=None):
    return stored(name, [len(values)] if shape is None else shape, INT64, struct.pack(f"<{len(values)}q", *values))


def given(*sizes, name="x"):
    return message(11, value(name, FLOAT, sizes))


RESULT = message(12, value("y", FLOAT, []))


def sized(v):
    """What nodes may be told of sizes, each with the same odd number."""
    number_ = v
    yield "input", node("Relu", ["x"], ["y"]) + given(v, v)
    yield "stored", stored("w", [v, v], raw=bytes(8)) + node("Add", ["x", "w"], ["y"]) + given(2)
    yield "expand", integers("s", v, v) + node("Expand", ["x", "s"], ["y"]) + given(1)
    yield "tile", integers("s", v) + node("Tile", ["x", "s"], ["y"]) + given(7)
    yield "range", (integers("a", 0, shape=[]) + integers("b", v, shape=[]) + integers("c", 1, shape=[])
                    + node("Range", ["a", "b", "c"], ["y"]))
    yield "fill", integers("s", v) + node("ConstantOfShape", ["s"], ["y"])
    yield "pad", integers("s", v, v) + node("Pad", ["x", "s"], ["y"]) + given(7)
    window = [wholes("strides", [v, v]), wholes("pads", [v] * 4), wholes("kernel_shape", [v, v])]
    weights = message(11, value("w", FLOAT, [4, 3, 3, 3]))
    yield "conv", node("Conv", ["x", "w"], ["y"], *window, wholes("dilations", [v, v]), whole("group", v)) + given(1, 3, 8, 8) + weights
    yield "conv_turned", node("ConvTranspose", ["x", "w"], ["y"], wholes("strides", [v, v]), wholes("output_padding", [v, v]), wholes("output_shape", [v, v])) + given(1, 4, 8, 8) + weights
    yield "pool", node("MaxPool", ["x"], ["y"], *window, whole("ceil_mode", 1)) + node("AveragePool", ["x"], ["z"], wholes("kernel_shape", [v] * 7)) + given(1, 3, 8, 8)
    yield "split", node("Split", ["x"], ["y"], whole("num_outputs", v), whole("axis", v)) + given(8)
    yield "axes", (node("Softmax", ["x"], ["s"], whole("axis", v)) + node("Concat", ["s", "s"], ["y"], whole("axis", v))
                   + node("Flatten", ["y"], ["z"], whole("axis", v)) + node("Gather", ["x", "x"], ["q"], whole("axis", v)) + given(8))
    yield "transpose", node("Transpose", ["x"], ["y"], wholes("perm", [v, 0])) + given(8, 8)
    for kind, outputs in {"TopK": ["y", "i"], "OneHot": ["y"]}.items():
        yield kind.lower(), integers("k", v) + node(kind, ["x", "k", "k"], outputs, whole("axis", v)) + given(8, 8)
    yield "slice", integers("s", v) + node("Slice", ["x", "s", "s", "s", "s"], ["y"]) + given(8, 8)
    yield "resize", integers("s", v, v) + node("Resize", ["x", "", "", "s"], ["y"]) + given(8, 8)
    scales = stored("s", [2], raw=struct.pack("<ff", float(v), float("nan")))
    yield "resize_by", scales + node("Resize", ["x", "", "s"], ["y"]) + given(8, 8)
    recurrent = message(11, value("w", FLOAT, [1, 32, 8])) + message(11, value("r", FLOAT, [1, 32, 8]))
    yield "lstm", node("LSTM", ["x", "w", "r"], ["y"], whole("hidden_size", v)) + given(8, 8, 8) + recurrent
    yield "depth", node("DepthToSpace", ["x"], ["y"], whole("blocksize", v)) + node("SpaceToDepth", ["x"], ["z"], whole("blocksize", v)) + given(8, 8, 8, 8)
    yield "squeeze", (integers("s", v, v, v) + node("Unsqueeze", ["x", "s"], ["y"]) + node("Squeeze", ["x", "s"], ["z"])
                      + node("ReduceSum", ["x", "s"], ["q"]) + given(8, 8))
    yield "reshape", integers("s", v, -1, 0) + node("Reshape", ["x", "s"], ["y"]) + given(8, 8)
    yield "scan", node("Scan", ["x"], ["y"], whole("num_scan_inputs", number_), graph_attribute("body", b"")) + given(2)


def growing(kind, steps, attributes, count=2, start=1024):
    graph, before = given(start), "x"
    for step in range(steps):
        graph += node(kind, [before] * count, [f"c{step}"], *attributes)
        before = f"c{step}"
    return graph + message(12, value(before, FLOAT, []))


def function(name, calls):
    body = message(1, name) + message(4, b"x") + message(5, b"y") + message(10, b"f")
    return message(25, body + b"".join(message(7, node_body(kind, ["x"], [out], domain=b"f")) for kind, out in calls))


def elsewhere(**places):
    entries = b"".join(message(13, message(1, key.encode()) + message(2, place.encode())) for key, place in places.items())
    return model(stored("w", [2], extra=entries + number(14, 1)) + node("Add", ["x", "w"], ["y"]) + given(2) + RESULT)


def files():
    relu = node("Relu", ["x"], ["y"]) + given(2) + RESULT
    yield "plain", model(relu)
    yield "varint_ten", b"\x08" + b"\xff" * 9 + b"\x7f"
    yield "varint_endless", b"\x08" + b"\xff" * 1000
    yield "tag_zero", model(relu) + b"\0\0"
    yield "groups", b"\x0b" * 500_000
    yield "wire_type_7", b"\x0f\x01"
    yield "packed_sizes", model(message(5, message(1, b"\xff" * 9 + b"\x01\x02") + number(2, 1) + message(8, b"w")) + relu)
    for name, v in LIMITS.items():
        for kind, graph in sized(v):
            yield f"{kind}_{name}", model(graph + RESULT, 18)
    then = lambda graph: message(1, message(4, b"If") + message(5, graph_attribute("then_branch", graph)))
    yield "branches_deep", model(wrapped(b"", 3000, then))
    sequence = wrapped(b"", 5000, lambda inner: message(4, message(1, inner)))
    yield "sequences_deep", model(message(11, message(1, b"x") + message(2, sequence)))
    yield "optionals_deep", model(message(11, message(1, b"x") + message(2, wrapped(b"", 5000, lambda inner: message(9, message(1, inner))))))
    yield "doubling", model(growing("Concat", 60, [whole("axis", 0)]))
    yield "rank_400", model(growing("Unsqueeze", 400, [wholes("axes", [0])], count=1), 11)
    ones = integers("x", *[1] * 16)
    known = b"".join(node("Concat", ["x" if step == 0 else f"c{step - 1}"] * 8, [f"c{step}"], whole("axis", 0)) for step in range(30))
    yield "doubling_known", model(ones + known + node("Expand", ["c29", "c29"], ["y"]) + RESULT)
    laughs = b"".join(function(b"f%d" % i, [(f"f{i + 1}", out) for out in "tuy"]) for i in range(60))
    own = message(8, message(1, b"f") + number(2, 1))
    yield "functions_laugh", model(node("f0", ["x"], ["y"], domain=b"f") + given(2) + RESULT, 17, own + laughs)
    yield "function_itself", model(node("f0", ["x"], ["y"], domain=b"f") + given(2) + RESULT, 17, own + function(b"f0", [("f0", "y")]))
    yield "many_nodes", model(b"".join(node("Relu", ["x"], [f"y{i}"]) for i in range(100_000)) + given(2) + RESULT)
    yield "many_groups", model(node("Conv", ["x", "w"], ["y"], whole("group", 2**27)) + given(1, 2**28, 1, 1) + stored("w", [2**27, 2, 1, 1], raw=bytes(8)) + RESULT)
    yield "many_operands", model(node("Sum", ["x"] * 200_000, ["y"]) + given(2) + RESULT)
    yield "many_attributes", model(node("Relu", ["x"], ["y"], *[whole(f"a{i}", i) for i in range(100_000)]) + given(2) + RESULT)
    yield "many_inputs", model(b"".join(given(2, name=f"x{i}") for i in range(100_000)) + node("Relu", ["x1"], ["y"]) + RESULT)
    yield "many_tensors", model(b"".join(stored(f"w{i}", [1], raw=bytes(4)) for i in range(150_000)) + relu)
    yield "chain_backwards", model(b"".join(node("Relu", [f"y{i + 1}"], [f"y{i}"]) for i in range(50_000)) + RESULT)
    yield "needs_itself", model(node("Relu", ["y"], ["y"]) + given(2) + RESULT)
    yield "no_kind", model(node("", ["x"], ["y"]) + given(2) + RESULT)
    yield "odd_kind", model(node("Relu\x1b[2J\n\0", ["x"], ["y"]) + given(2) + RESULT)
    yield "invalid_names", model(node("Relu", ["x"], ["y"]).replace(b"y", b"\xff") + given(2) + RESULT)
    equation = words("equation", b"...ij,...jk,...->" * 50 + b"k" * 1000)
    yield "einsum", model(node("Einsum", ["x", "x"], ["y"], equation) + given(8, 8) + RESULT)
    sparse = message(15, message(1, tensor("w", [2**40], raw=bytes(8))) + message(2, tensor("i", [2**40], INT64, bytes(16))) + number(3, 2**62) * 2)
    yield "sparse", model(sparse + node("Relu", ["w"], ["y"]) + RESULT)
    yield "kinds_unknown", model(stored("w", [3], 99, bytes(3)) + stored("v", [3], 22, bytes(1)) + node("Relu", ["w"], ["y"]) + RESULT)
    yield "quantised_axis", model(stored("s", [3], raw=bytes(12)) + node("DequantizeLinear", ["x", "s"], ["y"], whole("axis", -2**63), whole("block_size", -1)) + given(3) + RESULT, 21)
    microsoft = message(8, message(1, b"com.microsoft") + number(2, 1))
    yield "packed_product", model(node("MatMulNBits", ["x"] * 3, ["y"], whole("K", 2**62), whole("N", 2**62), whole("bits", 0), whole("block_size", 0), domain=b"com.microsoft") + given(2, 2) + RESULT, 17, microsoft)
    yield "attention_no_heads", model(node("Attention", ["x"] * 3, ["y"], whole("q_num_heads", 0), whole("kv_num_heads", 0)) + given(2, 2, 2) + RESULT, 23)
    yield "grouped_no_heads", model(node("GroupQueryAttention", ["x"] * 3, ["y", "p", "q"], whole("num_heads", 0), whole("kv_num_heads", 0), domain=b"com.microsoft") + given(2, 2, 2) + RESULT, 17, microsoft)
    yield "loop_of_nothing", model(node("Loop", ["", "", "x"], ["y"], graph_attribute("body", node("Identity", ["a"], ["o"]))) + given(2) + RESULT)
    for name, places in {"device": dict(location="zero.bin"), "above": dict(location="../../../etc/passwd"),
                         "absolute": dict(location="/etc/passwd"), "loop": dict(location="loop.bin"),
                         "pipe": dict(location="pipe.bin"), "numbers": dict(location="plain.onnx", offset="9" * 40, length="-5"),
                         "itself": dict(location="data_itself.onnx", offset="0", length="8"), "folder": dict(location="."),
                         "long": dict(location="x/" * 50_000), "nul": dict(location="a\0b")}.items():
        yield f"data_{name}", elsewhere(**places)
