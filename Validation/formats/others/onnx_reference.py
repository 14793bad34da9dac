"""What onnx and ONNX Runtime say of an ONNX file."""

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

onnxruntime.set_default_logger_severity(4)
ENDINGS = (".onnx",)
# The sizes that are tried for open dimensions of inputs, until ONNX Runtime takes one.
SIZES = (None, 8, 32, 64, 224)
BITS = {"INT4": 4, "UINT4": 4, "FLOAT4E2M1": 4, "INT2": 2, "UINT2": 2}


def graphs(model):
    """The outermost graph, the bodies within, and those of functions."""
    waiting = [model.graph, *model.functions]
    while waiting:
        graph = waiting.pop()
        yield graph
        for node in graph.node:
            for attribute in node.attribute:
                waiting += [attribute.g] if attribute.HasField("g") else []
                waiting += list(attribute.graphs)


def constants(model):
    """Every tensor that the file holds: initializers, Constant nodes, and other attributes."""
    for graph in graphs(model):
        if isinstance(graph, onnx.GraphProto):
            yield from graph.initializer
            for sparse in graph.sparse_initializer:
                yield sparse.values
                yield sparse.indices
        for node in graph.node:
            if node.op_type != "Constant":
                continue
            for attribute in node.attribute:
                if attribute.name == "value":
                    yield attribute.t
                elif attribute.name == "sparse_value":
                    yield attribute.sparse_tensor.values
                    yield attribute.sparse_tensor.indices
                elif attribute.name in ("value_float", "value_int"):
                    kind = TensorProto.FLOAT if attribute.name == "value_float" else TensorProto.INT64
                    yield TensorProto(data_type=kind)
                elif attribute.name in ("value_floats", "value_ints"):
                    kind = TensorProto.FLOAT if attribute.name == "value_floats" else TensorProto.INT64
                    yield TensorProto(data_type=kind, dims=[len(attribute.floats) + len(attribute.ints)])


def byte_count(tensor):
    count, name = int(np.prod(tensor.dims, dtype=np.int64)), TensorProto.DataType.Name(tensor.data_type)
    if name == "STRING":
        return sum(map(len, tensor.string_data))
    if name in BITS:
        return (count * BITS[name] + 7) // 8
    return count * helper.tensor_dtype_to_np_dtype(tensor.data_type).itemsize


def facts(path):
    model = onnx.load(path, load_external_data=False)
    held = list(constants(model))
    return {"tensors": sum(int(np.prod(tensor.dims, dtype=np.int64)) for tensor in held),
            "bytes": sum(map(byte_count, held))}


def sample(argument, shape):
    kind = argument.type
    if kind == "tensor(string)":
        return np.full(shape, "a", dtype=object)
    names = {"float": "float32", "double": "float64", "bfloat16": None}
    name = kind[len("tensor("):-1]
    dtype = np.dtype(names.get(name, name))
    return np.ones(shape, dtype) if dtype.kind in "iub" else np.random.default_rng(0).random(shape).astype(dtype)


def outputs(path, shapes):
    """The types of all node outputs, if the model runs on inputs of these shapes."""
    model = onnx.load(path)
    known = {value.name for value in model.graph.output}
    names = [output for node in model.graph.node for output in node.output if output]
    model.graph.output.extend(onnx.helper.make_empty_tensor_value_info(name) for name in names if name not in known)
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.log_severity_level = 4
    data = model.SerializeToString()
    if any(tensor.data_location == TensorProto.EXTERNAL for tensor in model.graph.initializer):
        raise ValueError("external data")
    session = onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])
    given = {argument.name: sample(argument, shapes[argument.name]) for argument in session.get_inputs()}
    values = session.run(names, given)
    return [[name, *kind(value)] for name, value in zip(names, values) if isinstance(value, np.ndarray)]


def kind(value):
    return ("string" if value.dtype.kind in "OUS" else value.dtype.name), list(value.shape)


def compare(path, found, expected, ask, apart):
    """The verdicts on a file: what it holds, and the types of node outputs."""
    ours = {"tensors": found["store"]["tensors"]["count"], "bytes": found["store"]["tensors"]["bytes"]}
    return {"holds": "equal" if ours == expected else f"differs: {ours}, expected {expected}",
            "outputs": compare_outputs(path, ask, apart)}


def compare_outputs(path, ask, apart):
    answer = ask("run", path, "--values")
    if "failed" in answer:
        return f"failed: {answer['failed']}"
    names, why = list(answer["model"]["bindings"]), ""
    for size in SIZES if names else SIZES[:1]:
        words = [word for name in names if size for word in ("--set", f"{name}={size}")]
        answer = ask("run", path, "--values", *words)
        if "failed" in answer:
            why = why or f"failed: {answer['failed']}"
            continue
        shapes = {value["name"]: value["shape"] for value in answer["graph"]["inputs"]}
        expected = apart(outputs, str(path), shapes)
        if isinstance(expected, list):
            return verdict(answer, expected)
        why = why or "unreadable: " + expected["refused"]
    return why


def verdict(answer, expected):
    values = {value["name"]: (value["dataType"], value["shape"]) for value in answer["graph"]["values"]}
    wrong = [f"{name} {dtype}{shape}, memfit {values[name]}" for name, dtype, shape in expected
             if name in values and values[name] != (dtype, shape)]
    absent = sum(name not in values for name, _, _ in expected)
    warned = [note["code"] for note in answer["diagnostics"] if note["severity"] != "note"]
    if not wrong:
        return f"equal: {len(expected)} outputs, {absent} not listed" + (f", {warned[:3]}" if warned else "")
    return f"{'doubtful' if warned else 'differs'}: {len(wrong)} of {len(expected)}: {wrong[:3]} {warned[:3]}"
