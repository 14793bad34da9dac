"""Runs single operators in ONNX Runtime and writes what comes out.

Each case of `cases.json` is one node: operator, version, attributes, operands with their types and
(where shapes depend on them, or small results follow from them) their contents, and the results.

    pip install onnx==1.23.2 onnxruntime==1.32.0
    python make_cases.py > cases.json
"""

import itertools
import json
import random
import sys

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

onnxruntime.set_default_logger_severity(4)
random.seed(20)
generator = np.random.default_rng(20)
cases, failures = [], []


def ones(*shape, dtype=np.float32):
    return np.ones(shape, dtype)


def attribute_json(attributes):
    kinds = {int: "integer", float: "float", str: "string"}
    out = {}
    for name, value in attributes.items():
        if isinstance(value, (list, tuple)):
            kind = kinds[type(value[0])] + "s" if value else "integers"
            out[name] = {kind: list(value)}
        else:
            out[name] = {kinds[type(value)]: value}
    return out


def element_type(array):
    return helper.tensor_dtype_to_string(helper.np_dtype_to_tensor_dtype(array.dtype)).split(".")[1]


def tensor_json(array, contents):
    array = np.asarray(array)
    out = {"type": element_type(array), "shape": list(array.shape)}
    if contents and array.size <= 64 and array.dtype.kind in "iufb":
        values = array.reshape(-1).tolist()
        out["floats" if array.dtype.kind == "f" else "integers"] = (
            values if array.dtype.kind == "f" else [int(v) for v in values])
    return out


def case(op, inputs, attributes=None, version=21, outputs=1, domain="", contents=()):
    """Adds a case; `contents` are the operands whose contents are given, or True for all."""
    attributes = attributes or {}
    names = [f"i{k}" if array is not None else "" for k, array in enumerate(inputs)]
    node = helper.make_node(
        op, names, [f"o{k}" for k in range(outputs)], domain=domain, **attributes)
    graph = helper.make_graph(
        [node], "case",
        [helper.make_tensor_value_info(
            name, helper.np_dtype_to_tensor_dtype(np.asarray(array).dtype), np.asarray(array).shape)
         for name, array in zip(names, inputs) if array is not None],
        [helper.make_empty_tensor_value_info(f"o{k}") for k in range(outputs)])
    model = helper.make_model(
        graph, ir_version=10,
        opset_imports=[helper.make_opsetid("", version), helper.make_opsetid("com.microsoft", 1),
                       helper.make_opsetid("ai.onnx.ml", 3)])
    try:
        session = onnxruntime.InferenceSession(
            model.SerializeToString(), providers=["CPUExecutionProvider"])
        results = session.run(
            None, {n: np.asarray(a) for n, a in zip(names, inputs) if a is not None})
    except Exception as error:
        failures.append(f"{op} {attributes}: {str(error)[:160]}")
        return
    if any(np.size(result) == 0 for result in results):
        failures.append(f"{op} {attributes}: a window larger than its input gave nothing")
        return
    all_contents = contents is True
    cases.append({
        "operator": f"{domain}::{op}" if domain else op,
        "version": version if not domain else 1,
        "attributes": attribute_json(attributes),
        "inputs": [None if a is None else tensor_json(a, all_contents or k in contents)
                   for k, a in enumerate(inputs)],
        "outputs": [tensor_json(r, all_contents) for r in results],
    })


def windows():
    for index in range(160):
        axes = random.choice([1, 2, 2, 3])
        kernel = [random.randint(1, 4) for _ in range(axes)]
        attributes = {"kernel_shape": kernel,
                      "strides": [random.randint(1, 4) for _ in range(axes)]}
        size = [random.randint(5, 14) for _ in range(axes)]
        choice = random.random()
        if choice < 0.3:
            attributes["auto_pad"] = random.choice(["SAME_UPPER", "SAME_LOWER", "VALID"])
        elif choice < 0.8:
            attributes["pads"] = [random.randint(0, k - 1) for k in kernel + kernel]
        if random.random() < 0.3 and "auto_pad" not in attributes:
            attributes["dilations"] = [random.randint(1, 2) for _ in range(axes)]
        kind = index % 4
        if kind == 0:
            case("Conv", [ones(2, 4, *size), ones(6, 2, *kernel)], {**attributes, "group": 2})
        else:
            attributes["ceil_mode"] = random.randint(0, 1)
            case(["MaxPool", "AveragePool", "LpPool"][kind - 1], [ones(1, 2, *size)], attributes)
    for index in range(60):
        axes = random.choice([1, 2, 3])
        kernel = [random.randint(1, 4) for _ in range(axes)]
        strides = [random.randint(1, 3) for _ in range(axes)]
        attributes = {"kernel_shape": kernel, "strides": strides, "group": 2}
        size = [random.randint(3, 8) for _ in range(axes)]
        choice = random.random()
        if choice < 0.25:
            attributes["auto_pad"] = random.choice(["SAME_UPPER", "SAME_LOWER", "VALID"])
        elif choice < 0.5:
            attributes["output_shape"] = [s * t + 1 for s, t in zip(size, strides)]
        else:
            attributes["pads"] = [random.randint(0, k // 2) for k in kernel + kernel]
            attributes["output_padding"] = [random.randint(0, s - 1) for s in strides]
            attributes["dilations"] = [random.randint(1, 2) for _ in range(axes)]
        case("ConvTranspose", [ones(1, 4, *size), ones(4, 3, *kernel)], attributes)
    case("MaxPool", [ones(1, 2, 9, 9)], {"kernel_shape": [3, 3], "strides": [2, 2]}, outputs=2)
    case("MaxUnpool", [ones(1, 1, 2, 3), np.arange(6).reshape(1, 1, 2, 3)],
         {"kernel_shape": [3, 2], "strides": [2, 2]})
    case("ConvInteger", [ones(1, 3, 8, 8, dtype=np.uint8), ones(4, 3, 3, 3, dtype=np.uint8)])
    case("RoiAlign", [ones(1, 5, 9, 9), ones(7, 4), np.zeros(7, np.int64)],
         {"output_height": 3, "output_width": 4})
    case("MaxRoiPool", [ones(1, 5, 9, 9), ones(7, 5) * 0], {"pooled_shape": [3, 4]})
    for op in ["GlobalMaxPool", "GlobalAveragePool", "GlobalLpPool"]:
        case(op, [ones(2, 5, 7, 6)])


def reductions():
    floats = generator.integers(-4, 5, (2, 3, 4)).astype(np.float32)
    integers = generator.integers(-9, 10, (2, 3, 4))
    for op in ["ReduceSum", "ReduceMean", "ReduceMax", "ReduceMin", "ReduceProd"]:
        for array, axes, keeps in itertools.product(
                [floats, integers], [[1], [0, -1], None], [0, 1]):
            stated = {"axes": axes} if axes else {}
            if op != "ReduceSum":
                case(op, [array], {**stated, "keepdims": keeps}, version=12, contents=True)
            operands = [array] + ([np.array(axes)] if axes else [])
            case(op, operands, {"keepdims": keeps}, version=18, contents=True)
    case("ReduceSum", [floats, np.array([], np.int64)], {"noop_with_empty_axes": 1},
         version=18, contents=True)
    for op in ["ReduceL1", "ReduceL2", "ReduceSumSquare", "ReduceLogSum", "ReduceLogSumExp"]:
        case(op, [abs(floats) + 1, np.array([1])], {"keepdims": 0}, version=18, contents=(1,))
    for op, axis, keeps, last in itertools.product(["ArgMax", "ArgMin"], [0, 1, -1], [0, 1], [0, 1]):
        case(op, [floats], {"axis": axis, "keepdims": keeps, "select_last_index": last},
             version=13, contents=True)
    for reverse, exclusive, axis in itertools.product([0, 1], [0, 1], [0, 2]):
        case("CumSum", [integers, np.array(axis)], {"reverse": reverse, "exclusive": exclusive},
             version=14, contents=True)


def arithmetic():
    pairs = [
        (np.array([7, -7, 9, -9, 0]), np.array([2, 2, -4, -4, 3])),
        (np.array([[1], [2], [-3]]), np.array([4, 5, 6])),
        (np.array([7, -7, 9], np.int32), np.array(2, np.int32)),
        (np.array([1.5, -2.5, 3.25], np.float32), np.array([[2.0], [-0.5]], np.float32)),
        (np.array([0.1, 0.7], np.float32), np.array([3.0, 7.0], np.float32)),
    ]
    for a, b in pairs:
        for op in ["Add", "Sub", "Mul", "Div", "Min", "Max"]:
            case(op, [a, b], version=14, contents=True)
        for op in ["Equal", "Less", "Greater", "LessOrEqual", "GreaterOrEqual"]:
            case(op, [a, b], version=16, contents=True)
        case("Mod", [a, b], {"fmod": 1}, version=13, contents=True)
        if a.dtype.kind == "i":
            case("Mod", [a, b], version=13, contents=True)
    case("Add", [np.array([250], np.uint8), np.array([10], np.uint8)], version=14, contents=True)
    case("Mul", [np.array([2**31 - 1], np.int32), np.array([2], np.int32)], version=14,
         contents=True)
    case("Pow", [np.array([2, 3, -2]), np.array([10, 0, 3])], version=15, contents=True)
    case("Pow", [np.array([4.0, 2.0], np.float32), np.array([0.5, 3.0], np.float32)], version=15,
         contents=True)
    case("Pow", [np.array([2.0, 3.0], np.float32), np.array(2)], version=15, contents=True)
    for op in ["Sum", "Mean", "Max", "Min"]:
        case(op, [ones(2, 1) * 3, ones(3) * 2, ones(1) * 4], version=13, contents=True)
    real = np.array([-2.5, -0.5, 0.5, 1.5, 2.4, 4.0], np.float32)
    for op in ["Neg", "Abs", "Sign", "Relu", "Floor", "Ceil", "Round", "Exp", "Reciprocal"]:
        case(op, [real], version=14, contents=True)
    for op in ["Sqrt", "Log"]:
        case(op, [abs(real)], version=14, contents=True)
    for op in ["Neg", "Abs", "Sign"]:
        case(op, [np.array([-3, 0, 5])], version=14, contents=True)
    case("Clip", [real, np.float32(-1), np.float32(2)], version=13, contents=True)
    case("Clip", [real, None, np.float32(2)], version=13, contents=True)
    case("Clip", [real], {"min": -1.0, "max": 2.0}, version=10, contents=True)
    truth = np.array([[True, False], [False, False]])
    for op in ["And", "Or", "Xor"]:
        case(op, [truth, np.array([True, False])], version=7, contents=True)
    case("Not", [truth], version=1, contents=True)
    for op in ["BitwiseAnd", "BitwiseOr", "BitwiseXor"]:
        case(op, [np.array([12, 10, -1]), np.array([10, 3, 6])], version=18, contents=True)


def products():
    for a, b in [((3,), (3,)), ((3,), (3, 2)), ((2, 3), (3,)), ((2, 3), (3, 4)),
                 ((5, 1, 2, 3), (4, 3, 2)), ((5, 2, 3), (3,))]:
        case("MatMul", [ones(*a), ones(*b)], version=13)
    for ta, tb in itertools.product([0, 1], [0, 1]):
        case("Gemm", [ones(*([3, 2] if ta else [2, 3])), ones(*([4, 3] if tb else [3, 4])),
                      ones(1, 4)], {"transA": ta, "transB": tb}, version=13)
    for equation, *shapes in [
            ("ij,jk->ik", (2, 3), (3, 4)), ("ij,jk", (2, 3), (3, 4)), ("ij->ji", (2, 3)),
            ("ij->", (2, 3)), ("ij->i", (2, 3)), ("ii->i", (3, 3)), ("ii", (3, 3)),
            ("i,i", (3,), (3,)), ("i,j->ij", (3,), (4,)), ("bij,bjk->bik", (5, 2, 3), (5, 3, 4)),
            ("...ij,...jk->...ik", (5, 6, 2, 3), (5, 6, 3, 4)), ("...ij->...ji", (5, 2, 3)),
            ("bhid,bhjd->bhij", (2, 3, 4, 5), (2, 3, 6, 5)), ("ba", (2, 3)),
            ("i...->...", (4, 5, 6)), ("ij, jk, kl -> il", (2, 3), (3, 4), (4, 5)),
            ("...,...->...", (5, 3), (5, 3)), ("aB,Bc", (2, 3), (3, 4))]:
        case("Einsum", [ones(*s) for s in shapes], {"equation": equation}, version=12)
    integer = np.uint8
    case("MatMulInteger", [ones(2, 3, dtype=integer), ones(3, 4, dtype=integer)], version=10)
    one, zero = np.float32(1), np.uint8(0)
    case("QLinearMatMul", [ones(2, 3, dtype=integer), one, zero, ones(3, 4, dtype=integer), one,
                           zero, one, zero], version=10)
    case("QLinearConv", [ones(1, 3, 8, 8, dtype=integer), one, zero,
                         ones(4, 3, 3, 3, dtype=integer), one, zero, one, zero],
         {"strides": [2, 2]}, version=10)


def layers():
    for axis, outputs in [(-1, 1), (1, 3), (2, 3)]:
        case("LayerNormalization", [ones(2, 3, 4), ones(*(2, 3, 4)[axis:])], {"axis": axis},
             outputs=outputs, version=17)
    case("InstanceNormalization", [ones(2, 3, 4, 4), ones(3), ones(3)], version=6)
    case("GroupNormalization", [ones(2, 4, 3, 3), ones(4), ones(4)], {"num_groups": 2})
    case("BatchNormalization", [ones(2, 3, 4, 4), ones(3), ones(3), ones(3), ones(3)], version=9)
    case("BatchNormalization", [ones(2, 3, 4, 4), ones(3), ones(3), ones(3), ones(3)],
         {"training_mode": 1}, version=15, outputs=3)
    case("LRN", [ones(2, 3, 4, 4)], {"size": 3}, version=13)
    case("Dropout", [ones(2, 3)], version=13, outputs=2)
    for op, gates, states in [("RNN", 1, 1), ("GRU", 3, 1), ("LSTM", 4, 2)]:
        for direction, count in [("forward", 1), ("bidirectional", 2)]:
            case(op, [ones(7, 2, 5), ones(count, gates * 3, 5), ones(count, gates * 3, 3)],
                 {"hidden_size": 3, "direction": direction}, version=14, outputs=1 + states)
    scores, targets = ones(2, 5, 3), np.zeros((2, 3), np.int64)
    for reduction in ["none", "mean", "sum"]:
        case("NegativeLogLikelihoodLoss", [scores, targets], {"reduction": reduction}, version=13)
        case("SoftmaxCrossEntropyLoss", [scores, targets], {"reduction": reduction}, version=13,
             outputs=2)
    case("DynamicQuantizeLinear", [ones(2, 3)], version=11, outputs=3)
    case("QuantizeLinear", [ones(2, 4), ones(2, 2), np.zeros((2, 2), np.int8)],
         {"axis": 1, "block_size": 2})
    case("QuantizeLinear", [ones(2, 4), np.float32(1)])
    case("DequantizeLinear", [ones(2, 4, dtype=np.int8), ones(2, 2)], {"axis": 1, "block_size": 2})
    case("GridSample", [ones(1, 3, 8, 8), ones(1, 4, 5, 2)], version=16)
    case("AffineGrid", [ones(1, 2, 3), np.array([1, 3, 4, 5])], version=20, contents=(1,))
    for op in ["HannWindow", "HammingWindow", "BlackmanWindow"]:
        case(op, [np.array(10)], version=17, contents=(0,))
    for onesided in [0, 1]:
        case("DFT", [ones(2, 10, 1), np.array(8)], {"axis": 1, "onesided": onesided}, version=17,
             contents=(1,))
        case("STFT", [ones(2, 128, 1), np.array(8), ones(16)], {"onesided": onesided}, version=17,
             contents=(1,))
    case("RandomNormal", [], {"shape": [2, 3]})
    case("RandomUniformLike", [ones(2, 3)])
    case("Multinomial", [ones(2, 5)], {"sample_size": 4})
    case("Bernoulli", [ones(2, 3)], {"dtype": 9})
    case("Col2Im", [ones(1, 9, 4), np.array([5, 5]), np.array([3, 3])], {"strides": [2, 2]},
         version=18, contents=(1, 2))
    case("DeformConv", [ones(1, 4, 6, 6), ones(2, 4, 3, 3), ones(1, 18, 4, 4)], version=19)


def contributed():
    def add(op, inputs, attributes=None, **more):
        case(op, inputs, attributes, domain="com.microsoft", **more)

    byte = np.uint8
    one, zero = np.float32(1), np.uint8(0)
    hidden = ones(2, 4, 8)
    add("FusedConv", [ones(1, 3, 8, 8), ones(4, 3, 3, 3)], {"activation": "Relu"})
    add("FusedGemm", [ones(2, 3), ones(3, 4)], {"activation": "Relu"})
    add("FusedMatMul", [ones(5, 3, 2), ones(5, 4, 3)], {"transA": 1, "transB": 1})
    add("FusedMatMul", [ones(2, 5, 3), ones(5, 3, 4)], {"transBatchA": 1})
    for op in ["Gelu", "QuickGelu", "FastGelu", "Inverse"]:
        add(op, [ones(3, 3) + np.eye(3, dtype=np.float32)])
    add("BiasGelu", [hidden, ones(8)])
    add("BiasSoftmax", [ones(2, 3, 4, 4), ones(2, 1, 1, 4)], {"axis": 3, "is_inner_broadcast": 1})
    add("SkipLayerNormalization", [hidden, hidden, ones(8), ones(8), ones(8)], outputs=4)
    add("SkipSimplifiedLayerNormalization", [hidden, hidden, ones(8)], outputs=4)
    ids = np.zeros((2, 4), np.int32)
    add("EmbedLayerNormalization",
        [ids, ids, ones(9, 8), ones(6, 8), ones(2, 8), ones(8), ones(8), ids], outputs=3)
    add("Attention", [hidden, ones(8, 24), ones(24)], {"num_heads": 2})
    add("Attention", [hidden, ones(8, 24), ones(24), None, ones(2, 2, 2, 3, 4)],
        {"num_heads": 2}, outputs=2)
    add("QAttention", [ones(2, 4, 8, dtype=byte), ones(8, 24, dtype=np.int8), ones(24), one, one],
        {"num_heads": 2})
    add("MultiHeadAttention", [hidden, ones(2, 6, 8), ones(2, 6, 8)], {"num_heads": 2})
    add("MultiHeadAttention", [hidden, hidden, hidden, None, None, None, ones(2, 2, 3, 4),
                               ones(2, 2, 3, 4)], {"num_heads": 2}, outputs=3)
    add("MultiHeadAttention", [hidden, ones(2, 2, 6, 4), ones(2, 2, 6, 4)], {"num_heads": 2})
    for present in [5, 8]:
        add("GroupQueryAttention",
            [ones(2, 1, 32), ones(2, 1, 16), ones(2, 1, 16), ones(2, 2, present, 8),
             ones(2, 2, present, 8), np.array([5, 5], np.int32), np.array(6, np.int32)],
            {"num_heads": 4, "kv_num_heads": 2}, outputs=3, contents=(6,))
    add("GroupQueryAttention",
        [ones(2, 3, 64), None, None, ones(2, 2, 8, 8), ones(2, 2, 8, 8),
         np.array([2, 2], np.int32), np.array(3, np.int32)],
        {"num_heads": 4, "kv_num_heads": 2}, outputs=3, contents=(6,))
    add("RotaryEmbedding", [ones(2, 3, 16), np.zeros((2, 3), np.int64), ones(9, 4), ones(9, 4)],
        {"num_heads": 2})
    add("MatMulNBits", [ones(2, 3, 32), ones(5, 1, 16, dtype=byte), ones(5)],
        {"N": 5, "K": 32, "bits": 4, "block_size": 32})
    add("MatMulBnb4", [ones(2, 64), ones(64 * 4 // 2, dtype=byte), ones(4)],
        {"N": 4, "K": 64, "quant_type": 1, "block_size": 64})
    add("DynamicQuantizeMatMul", [ones(2, 3), ones(3, 4, dtype=np.int8), one])
    add("MatMulIntegerToFloat", [ones(2, 3, dtype=byte), ones(3, 4, dtype=byte), one, one])
    add("QGemm", [ones(2, 3, dtype=byte), one, zero, ones(4, 3, dtype=byte), one, zero],
        {"transB": 1})
    add("QGemm", [ones(2, 3, dtype=byte), one, zero, ones(3, 4, dtype=byte), one, zero, None, one,
                  zero])
    for op in ["QLinearAdd", "QLinearMul"]:
        add(op, [ones(2, 3, dtype=byte), one, zero, ones(3, dtype=byte), one, zero, one, zero])
    for op in ["QLinearSigmoid", "QLinearLeakyRelu"]:
        add(op, [ones(2, 3, dtype=byte), one, zero, one, zero])
    add("QLinearSoftmax", [ones(2, 3, dtype=byte), one, zero, one, zero], {"opset": 13})
    for last in [0, 1]:
        add("QLinearAveragePool", [ones(1, 6, 8, 8, dtype=byte), one, zero, one, zero],
            {"kernel_shape": [2, 2], "strides": [2, 2], "channels_last": last})
        add("QLinearGlobalAveragePool", [ones(1, 6, 8, 8, dtype=byte), one, zero, one, zero],
            {"channels_last": last})
        add("QLinearConv", [ones(1, 8, 8, 8, dtype=byte), one, zero, ones(4, 8, 3, 3, dtype=byte),
                            one, zero, one, zero], {"channels_last": last})
    add("QLinearConcat", [one, zero, ones(2, 3, dtype=byte), one, zero, ones(2, 4, dtype=byte),
                          one, zero], {"axis": 1})
    add("QLinearWhere", [np.ones((2, 3), bool), ones(3, dtype=byte), one, zero,
                         ones(2, 1, dtype=byte), one, zero, one, zero])
    add("NhwcMaxPool", [ones(1, 8, 9, 3, dtype=byte)], {"kernel_shape": [2, 2], "strides": [2, 2]})
    add("DynamicQuantizeLSTM",
        [ones(7, 2, 5), ones(1, 5, 12, dtype=np.int8), ones(1, 3, 12, dtype=np.int8), None, None,
         None, None, None, ones(1), np.zeros(1, np.int8), ones(1), np.zeros(1, np.int8)],
        {"hidden_size": 3}, outputs=3)
    add("GatherBlockQuantized", [ones(6, 16, dtype=byte), np.array([[0, 2, 3]]), ones(6, 2)],
        {"bits": 4, "block_size": 16, "quantize_axis": 1})
    add("MoE", [ones(4, 8), ones(4, 3), ones(3, 16, 8), None, ones(3, 8, 16)],
        {"k": 2, "activation_type": "relu"})
    add("QuantizeLinear", [ones(2, 3), one, zero])
    add("DequantizeLinear", [ones(2, 3, dtype=byte), one, zero])
    case("SimplifiedLayerNormalization", [hidden, ones(8)], {"stash_type": 1}, outputs=2)


def machine_learning():
    def add(op, inputs, attributes=None, **more):
        case(op, inputs, attributes, domain="ai.onnx.ml", **more)

    x = ones(5, 4)
    add("LinearRegressor", [x], {"coefficients": [1.0] * 8, "targets": 2})
    for labels in [[0, 1], [0, 1, 2]]:
        add("LinearClassifier", [x], {"coefficients": [1.0] * 4 * len(labels),
                                      "intercepts": [0.0] * len(labels),
                                      "classlabels_ints": labels}, outputs=2)
    add("Scaler", [x], {"offset": [0.0], "scale": [2.0]})
    add("Normalizer", [x], {"norm": "L2"})
    add("Imputer", [x], {"imputed_value_floats": [1.0]})
    add("Binarizer", [x], {"threshold": 0.5})
    add("OneHotEncoder", [np.zeros((5, 2), np.int64)], {"cats_int64s": [0, 1, 2]})
    add("ArrayFeatureExtractor", [x, np.array([0, 2])])
    add("FeatureVectorizer", [x, ones(5, 2)], {"inputdimensions": [4, 2]})
    add("LabelEncoder", [np.array([1, 2])], {"keys_int64s": [1, 2], "values_floats": [0.5, 1.5]})
    tree = {"nodes_treeids": [0, 0, 0], "nodes_nodeids": [0, 1, 2],
            "nodes_featureids": [0, 0, 0], "nodes_modes": ["BRANCH_LEQ", "LEAF", "LEAF"],
            "nodes_values": [0.5, 0.0, 0.0], "nodes_truenodeids": [1, 0, 0],
            "nodes_falsenodeids": [2, 0, 0]}
    add("TreeEnsembleRegressor", [x], {
        **tree, "n_targets": 1, "target_treeids": [0, 0], "target_nodeids": [1, 2],
        "target_ids": [0, 0], "target_weights": [1.0, 2.0]})
    add("TreeEnsembleClassifier", [x], {
        **tree, "classlabels_int64s": [0, 1, 2], "class_treeids": [0, 0], "class_nodeids": [1, 2],
        "class_ids": [0, 1], "class_weights": [1.0, 2.0]}, outputs=2)
    add("SVMRegressor", [x], {
        "support_vectors": [1.0] * 8, "coefficients": [1.0, 2.0], "rho": [0.0], "n_supports": 2,
        "kernel_type": "LINEAR", "kernel_params": [0.0, 0.0, 3.0]})
    for probabilities in [{}, {"prob_a": [1.0] * 3, "prob_b": [1.0] * 3}]:
        add("SVMClassifier", [x], {
            "classlabels_ints": [0, 1, 2], "support_vectors": [1.0] * 12,
            "vectors_per_class": [1, 1, 1], "coefficients": [1.0] * 6, "rho": [0.0] * 3,
            "kernel_type": "LINEAR", "kernel_params": [0.0, 0.0, 3.0], **probabilities}, outputs=2)


for make in [windows, reductions, arithmetic, products, layers, contributed, machine_learning]:
    make()
lines = (json.dumps(case, separators=(",", ":"), allow_nan=False) for case in cases)
print("[" + ",\n".join(lines) + "]")
print(f"{len(cases)} cases; left out by ONNX Runtime:", *failures, sep="\n  ", file=sys.stderr)
