"""What the schema's own reader, LiteRT and TensorFlow Lite Micro say of a TFLite file."""
import pathlib
import sys

import numpy as np
from ai_edge_litert import schema_py_generated as schema

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent))
import compare_arenas  # noqa: E402

ENDINGS = (".tflite", ".lite")
BITS = {"INT4": 4, "UINT4": 4, "INT2": 2, "BOOL": 8, "INT8": 8, "UINT8": 8, "INT16": 16, "UINT16": 16, "FLOAT16": 16,
        "BFLOAT16": 16, "FLOAT32": 32, "INT32": 32, "UINT32": 32, "FLOAT64": 64, "INT64": 64, "UINT64": 64,
        "COMPLEX64": 64, "COMPLEX128": 128, "STRING": 0, "VARIANT": 0, "RESOURCE": 0}
NAMES = {value: name for name, value in vars(schema.TensorType).items() if isinstance(value, int)}


def facts(path):
    """The constants, each buffer once, and the tensors of the first graph as LiteRT has them before a run."""
    data = pathlib.Path(path).read_bytes()
    model = schema.Model.GetRootAs(data, 0)
    elements, sizes, tensors = {}, {}, []
    for number in range(model.SubgraphsLength()):
        graph = model.Subgraphs(number)
        for index in range(graph.TensorsLength()):
            tensor = graph.Tensors(index)
            shape = [int(tensor.Shape(axis)) for axis in range(tensor.ShapeLength())]
            if number == 0:
                tensors.append([NAMES[tensor.Type()].lower(), shape])
            buffer = model.Buffers(tensor.Buffer())
            length = buffer.DataLength() or (buffer.Size() if buffer.Offset() > 1 else 0)
            if length:
                sizes[tensor.Buffer()] = length
                # A sparse tensor's buffer holds fewer elements than its shape has.
                bits = BITS[NAMES[tensor.Type()]]
                stored = length * 8 // bits if tensor.Sparsity() and bits else int(np.prod(shape, dtype=np.int64))
                elements[tensor.Buffer()] = stored
    return {"tensors": sum(elements.values()), "bytes": sum(sizes.values()), "values": tensors}


def micro(path):
    return compare_arenas.measure.measure_micro(pathlib.Path(path).read_bytes())


def lite(path):
    return compare_arenas.block(pathlib.Path(path).read_bytes())


def types(path, runs):
    """The tensors of the first graph after allocation or after a run, under their indices."""
    interpreter = compare_arenas.litert.Interpreter(
        model_path=path, num_threads=1,
        experimental_op_resolver_type=compare_arenas.litert.OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES)
    interpreter.allocate_tensors()
    if runs:
        for given in interpreter.get_input_details():
            interpreter.set_tensor(given["index"], np.ones(given["shape"], given["dtype"]))
        interpreter.invoke()
    return [[detail["index"], np.dtype(detail["dtype"]).name, [int(size) for size in detail["shape"]]]
            for detail in interpreter.get_tensor_details()]


def compare(path, found, expected, ask, apart):
    """The verdicts on a file: what it holds, the types of tensors, and both arenas."""
    ours = {"tensors": found["store"]["tensors"]["count"], "bytes": found["store"]["tensors"]["bytes"]}
    wanted = {key: expected[key] for key in ours}
    return {"holds": "equal" if ours == wanted else f"differs: {ours}, expected {wanted}",
            "types": compare_types(path, ask, apart),
            "litert": compare_arena(path, ask, apart, "litert"),
            "micro": compare_arena(path, ask, apart, "tflite-micro")}


def compare_types(path, ask, apart):
    answer, expected = ask("run", path, "--values", "--runtime", "litert"), apart(types, str(path), True)
    if isinstance(expected, dict):
        expected = apart(types, str(path), False)
    if "failed" in answer:
        return f"failed: {answer['failed']}"
    if isinstance(expected, dict):
        return "unreadable: " + expected["refused"]
    values = [(value["dataType"], value["shape"]) for value in answer["graph"]["values"]]
    names = {"object_": "string", "bytes_": "string", "void": None, "str_": "string"}
    wrong = []
    for index, dtype, shape in expected:
        if index < len(values) and names.get(dtype, dtype) is not None and values[index] != (None, None):
            ours = values[index]
            if ours[1] != shape or (ours[0] not in ("int4", "uint4", "int2") and ours[0] != names.get(dtype, dtype)):
                wrong.append(f"tensor {index} {dtype}{shape}, memfit {ours}")
    warned = [note["code"] for note in answer["diagnostics"] if note["severity"] != "note"]
    if not wrong:
        return f"equal: {len(values)}" + (f" {warned[:3]}" if warned else "")
    return f"{'doubtful' if warned else 'differs'}: {len(wrong)} of {len(expected)}: {wrong[:3]} {warned[:3]}"


def compare_arena(path, ask, apart, runtime):
    expected = apart(lite if runtime == "litert" else micro, str(path))
    if expected is None or "refused" in expected:
        return "unreadable: " + (expected["refused"] if expected else "no block found")
    answer = ask("run", path, "--runtime", runtime)
    if "failed" in answer or not answer.get("run") or not answer["run"].get("arena"):
        return f"failed: {answer.get('failed', 'no arena')}"
    ours = answer["run"]["arena"]["bytes"]
    if runtime == "litert":
        return "equal" if expected[0] <= ours <= expected[1] else f"differs: {ours}, expected {expected}"
    return "equal" if ours == expected["head"] else f"differs: {ours}, expected {expected['head']}"
