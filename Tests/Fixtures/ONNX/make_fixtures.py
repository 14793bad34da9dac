"""Makes the ONNX files of the tests and, in expected.json, what ONNX's own tools say of them.

    pip install onnx==1.23.2 onnxruntime==1.32.0
    python make_fixtures.py

The types of values are those ONNX Runtime gives them when it runs the model, or, where it cannot
run it, those of ONNX's shape inference.
"""
import json
import os

import numpy as np
import onnx
import onnxruntime as ort
from onnx import TensorProto as T
from onnx import helper as h
from onnx import numpy_helper

rng = np.random.default_rng(0)
here = os.path.dirname(os.path.abspath(__file__))
expected = {}


def floats(name, *shape):
    return numpy_helper.from_array(rng.standard_normal(shape).astype(np.float32), name)


def value(name, dims, dtype=T.FLOAT):
    return h.make_tensor_value_info(name, dtype, dims)


def model(nodes, inputs, outputs, initializers=(), functions=(), sparse=(), imports=(), **kw):
    graph = h.make_graph(
        nodes, "main", inputs, outputs, list(initializers), sparse_initializer=list(sparse))
    sets = [h.make_opsetid("", kw.get("opset", 21))] + [h.make_opsetid(*i) for i in imports]
    return h.make_model(graph, opset_imports=sets, functions=list(functions), ir_version=10)


def ran(m, feeds, folder):
    """The type of every node output of the outermost graph, from a run."""
    m = onnx.ModelProto.FromString(m.SerializeToString())
    del m.graph.output[:]
    for node in m.graph.node:
        for name in node.output:
            if name:
                m.graph.output.append(onnx.ValueInfoProto(name=name))
    options = ort.SessionOptions()
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.log_severity_level = 4
    path = os.path.join(folder, "all_outputs.tmp")
    onnx.save(m, path)
    try:
        session = ort.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    finally:
        os.remove(path)
    names = [o.name for o in session.get_outputs()]
    return {n: [str(v.dtype), list(v.shape)] for n, v in zip(names, session.run(names, feeds))}


def inferred(m):
    m = onnx.shape_inference.infer_shapes(m, data_prop=True)
    return {
        v.name: [T.DataType.Name(v.type.tensor_type.elem_type),
                 [d.dim_value for d in v.type.tensor_type.shape.dim]]
        for v in list(m.graph.value_info) + list(m.graph.output)}


def tensors(graph, found):
    """Every stored tensor by name: initializers and Constant nodes, in bodies too."""
    for t in graph.initializer:
        found.append([t.name, T.DataType.Name(t.data_type), list(t.dims)])
    for node in graph.node:
        for a in node.attribute:
            if a.type == onnx.AttributeProto.GRAPH:
                tensors(a.g, found)
            elif node.op_type == "Constant" and a.name == "value":
                found.append([node.output[0], T.DataType.Name(a.t.data_type), list(a.t.dims)])
            elif node.op_type == "Constant" and a.name == "value_ints":
                found.append([node.output[0], "INT64", [len(a.ints)]])
            elif node.op_type == "Constant" and a.name == "value_float":
                found.append([node.output[0], "FLOAT", []])
    return sorted(found)


def save(name, m, feeds=None, sizes=None):
    onnx.checker.check_model(m) if name not in ("matmulnbits", "external") else None
    path = os.path.join(here, name + ".onnx")
    onnx.save(m, path)
    try:
        values = ran(m, feeds, here)
    except Exception as problem:
        print(name, "is not run:", str(problem)[:200])
        values = inferred(m)
    expected[name] = {
        "sizes": sizes or {}, "values": values, "tensors": tensors(m.graph, []),
        "nodes": len(m.graph.node)}


# A convolution with normalisation, a branch around it, and a classifier.
save("cnn_residual", model(
    [h.make_node("Conv", ["x", "conv1.weight", "conv1.bias"], ["c1"], pads=[1] * 4,
                 name="/conv1/Conv"),
     h.make_node("BatchNormalization", ["c1", "bn1.weight", "bn1.bias", "bn1.mean", "bn1.var"],
                 ["b1"], name="/bn1/BatchNormalization"),
     h.make_node("Relu", ["b1"], ["r1"]),
     h.make_node("Conv", ["r1", "layer1.conv2.weight"], ["c2"], pads=[1] * 4,
                 name="/layer1/layer1.0/conv2/Conv"),
     h.make_node("Add", ["r1", "c2"], ["a2"]),
     h.make_node("GlobalAveragePool", ["a2"], ["p"]),
     h.make_node("Flatten", ["p"], ["f"]),
     h.make_node("Gemm", ["f", "fc.weight", "fc.bias"], ["y"], transB=1)],
    [value("x", [2, 3, 8, 8])], [value("y", [2, 5])],
    [floats("conv1.weight", 4, 3, 3, 3), floats("conv1.bias", 4), floats("bn1.weight", 4),
     floats("bn1.bias", 4), floats("bn1.mean", 4),
     numpy_helper.from_array(np.ones(4, np.float32), "bn1.var"),
     floats("layer1.conv2.weight", 4, 4, 3, 3), floats("fc.weight", 5, 4), floats("fc.bias", 5)]),
    {"x": np.ones((2, 3, 8, 8), np.float32)})

# The arithmetic on shapes that exporters write around an open batch size.
save("mlp_dynamic_batch", model(
    [h.make_node("Shape", ["x"], ["shape"]),
     h.make_node("Gather", ["shape", "zero"], ["batch"], axis=0),
     h.make_node("Unsqueeze", ["batch", "axes"], ["batch1"]),
     h.make_node("Concat", ["batch1", "minus_one"], ["target"], axis=0),
     h.make_node("Reshape", ["x", "target"], ["flat"]),
     h.make_node("MatMul", ["flat", "w1"], ["h1"]),
     h.make_node("Add", ["h1", "b1"], ["h2"]),
     h.make_node("Relu", ["h2"], ["h3"]),
     h.make_node("MatMul", ["h3", "w2"], ["y"])],
    [value("x", ["batch", 2, 6])], [value("y", ["batch", 3])],
    [numpy_helper.from_array(np.array(0, np.int64), "zero"),
     numpy_helper.from_array(np.array([0], np.int64), "axes"),
     numpy_helper.from_array(np.array([-1], np.int64), "minus_one"),
     floats("w1", 12, 8), floats("b1", 8), floats("w2", 8, 3)]),
    {"x": np.ones((7, 2, 6), np.float32)}, {"batch": 7})

# Functions that call functions, with attributes handed on, defaulted and left out.
inner = h.make_function(
    "lib", "Scale", ["a", "factor"], ["b"],
    [h.make_node("LeakyRelu", ["a"], ["t"], name="act"),
     h.make_node("Mul", ["t", "factor"], ["b"])],
    [h.make_opsetid("", 21)], attributes=["alpha"])
inner.node[0].attribute.append(onnx.AttributeProto(
    name="alpha", ref_attr_name="alpha", type=onnx.AttributeProto.FLOAT))
concat = h.make_node("Concat", ["s", "s"], ["pair"])
concat.attribute.append(onnx.AttributeProto(
    name="axis", ref_attr_name="axis", type=onnx.AttributeProto.INT))
scale = h.make_node("Scale", ["a", "one"], ["s"], domain="lib", name="scale")
scale.attribute.append(onnx.AttributeProto(
    name="alpha", ref_attr_name="slope", type=onnx.AttributeProto.FLOAT))
constant = h.make_node("Constant", [], ["one"], value=floats("", 1, 4))
outer = h.make_function(
    "lib", "Twice", ["a"], ["pair", "a"], [constant, scale, concat],
    [h.make_opsetid("", 21), h.make_opsetid("lib", 1)],
    attributes=["slope"], attribute_protos=[h.make_attribute("axis", 0)])
save("functions", model(
    [h.make_node("Twice", ["x"], ["p", "same"], domain="lib", name="first", slope=0.5),
     h.make_node("Twice", ["p"], ["q", ""], domain="lib", name="second", slope=0.25, axis=1),
     h.make_node("Relu", ["same"], ["r"])],
    [value("x", [2, 4])], [value("q", [4, 8]), value("r", [2, 4])], functions=[inner, outer],
    imports=[("lib", 1)]), {"x": np.ones((2, 4), np.float32)})

# Weights in the branches of an If, which read values of the graph around them.
then = h.make_graph(
    [h.make_node("MatMul", ["x", "w"], ["t1"]), h.make_node("Add", ["t1", "shared"], ["then_out"])],
    "then", [], [value("then_out", [2, 4])], [floats("w", 4, 4)])
nested = h.make_graph(
    [h.make_node("Add", ["x", "shared"], ["nested_out"])], "nested", [],
    [value("nested_out", [2, 4])])
other = h.make_graph(
    [h.make_node("Constant", [], ["w"], value=floats("", 4, 4)),
     h.make_node("MatMul", ["x", "w"], ["e1"]),
     h.make_node("If", ["cond"], ["e2"], then_branch=nested, else_branch=nested),
     h.make_node("Add", ["e1", "e2"], ["else_out"])],
    "else", [], [value("else_out", [2, 4])])
save("if_weights", model(
    [h.make_node("If", ["cond"], ["y"], name="choice", then_branch=then, else_branch=other)],
    [value("cond", [], T.BOOL), value("x", [2, 4])], [value("y", [2, 4])], [floats("shared", 4)]),
    {"cond": np.array(True), "x": np.ones((2, 4), np.float32)})

# A convolution between quantisation and its undoing, weights in eight bits.
save("qdq_int8", model(
    [h.make_node("QuantizeLinear", ["x", "x_scale", "x_zero"], ["xq"]),
     h.make_node("DequantizeLinear", ["xq", "x_scale", "x_zero"], ["xd"]),
     h.make_node("DequantizeLinear", ["w", "w_scale", "w_zero"], ["wd"], axis=0),
     h.make_node("DequantizeLinear", ["b", "b_scale"], ["bd"]),
     h.make_node("Conv", ["xd", "wd", "bd"], ["y"])],
    [value("x", [1, 3, 6, 6])], [value("y", [1, 4, 4, 4])],
    [numpy_helper.from_array(np.array(0.02, np.float32), "x_scale"),
     numpy_helper.from_array(np.array(128, np.uint8), "x_zero"),
     numpy_helper.from_array(rng.integers(-127, 127, (4, 3, 3, 3)).astype(np.int8), "w"),
     numpy_helper.from_array(np.full(4, 0.01, np.float32), "w_scale"),
     numpy_helper.from_array(np.zeros(4, np.int8), "w_zero"),
     numpy_helper.from_array(np.arange(4, dtype=np.int32), "b"),
     numpy_helper.from_array(np.array(0.0002, np.float32), "b_scale")]),
    {"x": np.ones((1, 3, 6, 6), np.float32)})

# Weights in four bits, two to a byte, with a scale for each run of 32.
save("matmulnbits", model(
    [h.make_node("MatMulNBits", ["x", "w", "scales", "zeros"], ["y"], domain="com.microsoft",
                 K=64, N=8, bits=4, block_size=32)],
    [value("x", [2, 64])], [value("y", [2, 8])],
    [numpy_helper.from_array(rng.integers(0, 255, (8, 2, 16)).astype(np.uint8), "w"),
     floats("scales", 8, 2),
     numpy_helper.from_array(np.full((8, 1), 0x88, np.uint8), "zeros")],
    imports=[("com.microsoft", 1)]), {"x": np.ones((2, 64), np.float32)})

# Weights in a file beside the model, one of them used under two names.
weights = [floats("w", 4, 4), floats("b", 4), floats("tied", 4, 4)]
data = b""
for tensor, share in zip(weights, [None, None, 0]):
    raw = tensor.raw_data
    offset = len(data) if share is None else share
    data += raw if share is None else b""
    tensor.ClearField("raw_data")
    tensor.data_location = T.EXTERNAL
    for key, text in [("location", "external.bin"), ("offset", offset), ("length", len(raw))]:
        tensor.external_data.add(key=key, value=str(text))
with open(os.path.join(here, "external.bin"), "wb") as file:
    file.write(data)
save("external", model(
    [h.make_node("MatMul", ["x", "w"], ["m"]), h.make_node("Add", ["m", "b"], ["a"]),
     h.make_node("MatMul", ["a", "tied"], ["y"])],
    [value("x", [2, 4])], [value("y", [2, 4])], weights), {"x": np.ones((2, 4), np.float32)})

# A tensor of which three elements are not zero.
sparse = h.make_sparse_tensor(
    floats("w", 3), h.make_tensor("", T.INT64, [3], [0, 5, 15]), [4, 4])
save("sparse_initializer", model(
    [h.make_node("MatMul", ["x", "w"], ["y"])], [value("x", [2, 4])], [value("y", [2, 4])],
    sparse=[sparse]), {"x": np.ones((2, 4), np.float32)})

# All weights and numbers in Constant nodes.
save("constant_weights", model(
    [h.make_node("Constant", [], ["w"], value=floats("", 4, 3)),
     h.make_node("Constant", [], ["b"], value=floats("", 3)),
     h.make_node("Constant", [], ["target"], value_ints=[3, -1]),
     h.make_node("Constant", [], ["factor"], value_float=0.5),
     h.make_node("MatMul", ["x", "w"], ["m"]), h.make_node("Add", ["m", "b"], ["a"]),
     h.make_node("Mul", ["a", "factor"], ["s"]), h.make_node("Reshape", ["s", "target"], ["y"])],
    [value("x", [2, 4])], [value("y", [3, 2])]), {"x": np.ones((2, 4), np.float32)})

# Every data type with five elements, as raw bytes and in the typed fields.
numbers = {
    T.FLOAT: [0.5, -1.25, 3e38, 0, 7], T.DOUBLE: [0.5, -1.25, 1e300, 0, 7],
    T.FLOAT16: [0.5, -1.25, 65504, 6e-8, 7], T.BFLOAT16: [0.5, -1.25, 3e38, 0, 7],
    T.FLOAT8E4M3FN: [0.5, -1.25, 448, 0.001953125, 7],
    T.FLOAT8E4M3FNUZ: [0.5, -1.25, 240, 0.0009765625, 7],
    T.FLOAT8E5M2: [0.5, -1.25, 57344, 1.52587890625e-05, 7],
    T.FLOAT8E5M2FNUZ: [0.5, -1.25, 57344, 7.62939453125e-06, 7],
    T.FLOAT8E8M0: [0.5, 1, 2, 4, 128], T.FLOAT4E2M1: [0.5, -1, 6, 0, -3],
    T.FLOAT6E2M3: [0.5, -1.25, 7.5, 0.125, -3], T.FLOAT6E3M2: [0.5, -1.25, 28, 0.0625, -3],
    T.INT64: [1, -2, 2**62, 0, 7], T.INT32: [1, -2, 2**31 - 1, 0, 7],
    T.INT16: [1, -2, -32768, 0, 7], T.INT8: [1, -2, -128, 0, 7], T.INT4: [1, -2, -8, 0, 7],
    T.INT2: [1, -2, -1, 0, 1], T.UINT64: [1, 2, 2**62, 0, 7], T.UINT32: [1, 2, 2**32 - 1, 0, 7],
    T.UINT16: [1, 2, 65535, 0, 7], T.UINT8: [1, 2, 255, 0, 7], T.UINT4: [1, 2, 15, 0, 7],
    T.UINT2: [1, 2, 3, 0, 1], T.BOOL: [1, 0, 1, 1, 0],
}
initializers, contents = [], {}
for dtype, elements in numbers.items():
    name = T.DataType.Name(dtype)
    typed = h.make_tensor(f"{name}_typed", dtype, [5], elements)
    array = numpy_helper.to_array(typed)
    raw = numpy_helper.from_array(array, f"{name}_raw")
    assert raw.data_type == dtype and raw.raw_data
    contents[name] = [float(e) for e in array.astype(np.float64)]
    initializers += [typed, raw]
texts = h.make_tensor("STRING_typed", T.STRING, [2], ["a", "bé"])
everything = model(
    [h.make_node("Identity", ["x"], ["y"])], [value("x", [1])], [value("y", [1])],
    initializers + [texts], opset=25)
onnx.save(everything, os.path.join(here, "data_types.onnx"))
with open(os.path.join(here, "tensor.pb"), "wb") as file:
    file.write(h.make_tensor("size", T.INT64, [2], [3, -1]).SerializeToString())

with open(os.path.join(here, "expected.json"), "w") as file:
    json.dump({"models": expected, "contents": contents}, file, indent=1)
