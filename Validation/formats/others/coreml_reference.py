"""What coremltools' own protocol buffers say of a Core ML file."""
import collections
import pathlib

from coremltools import models, proto

ENDINGS = (".mlmodel", ".mlpackage")


def spec_of(path):
    path = pathlib.Path(path)
    return models.utils.load_spec(str(path))


def weights(message, found):
    """The elements of every WeightParams inside a message: floats, halves, or quantised raw bytes."""
    if isinstance(message, proto.NeuralNetwork_pb2.WeightParams):
        bits = message.quantization.numberOfBits
        if bits:
            found["quantized"] += len(message.rawValue) * 8 // bits
        found["float32"] += len(message.floatValue)
        found["float16"] += len(message.float16Value) // 2
        found["int8"] += len(message.int8RawValue)
        return
    for field, value in message.ListFields():
        if field.message_type is None or field.message_type.GetOptions().map_entry:
            continue
        for part in value if not hasattr(value, "ListFields") else [value]:
            weights(part, found)


def facts(path):
    spec = spec_of(path)
    kind = spec.WhichOneof("Type")
    if kind not in ("neuralNetwork", "neuralNetworkClassifier", "neuralNetworkRegressor", "mlProgram", "pipeline"):
        return {"kind": kind}
    if kind == "mlProgram":
        return {"kind": kind, **program(spec.mlProgram)}
    found = collections.Counter()
    weights(spec, found)
    return {"kind": kind, "elements": sum(found.values())}


def program(message):
    """The elements of constants in files and in place that are no settings, and the types of what operations make."""
    made, blobs = [], 0
    for function in message.functions.values():
        for block in function.block_specializations.values():
            for operation in block.operations:
                for value in operation.attributes.values():
                    if operation.type == "const" and value.WhichOneof("value") == "blobFileValue":
                        blobs += count(value.type.tensorType)
                for output in operation.outputs:
                    kind = output.type.tensorType
                    if operation.type != "const" and output.type.WhichOneof("type") == "tensorType":
                        sizes = [d.constant.size if d.WhichOneof("dimension") == "constant" else None
                                 for d in kind.dimensions]
                        made.append([output.name, sizes])
    return {"blobs": blobs, "outputs": made}


def count(kind):
    total = 1
    for dimension in kind.dimensions:
        total *= dimension.constant.size
    return total


def compare(path, found, expected, ask, apart):
    held = found["store"]["tensors"]["count"]
    verdicts = {}
    if "elements" in expected:
        verdicts["holds"] = "equal" if held == expected["elements"] else f"differs: {held}, expected {expected}"
    elif "blobs" in expected:
        verdicts["holds"] = "equal" if held >= expected["blobs"] else f"differs: {held}, at least {expected['blobs']}"
    answer = ask("run", path, "--values")
    if "failed" in answer:
        verdicts["outputs"] = ("failed: " if expected["kind"] in ("mlProgram", "neuralNetwork") else "unreadable: ") + answer["failed"]
        return verdicts
    warned = [note["code"] for note in answer["diagnostics"] if note["severity"] != "note"]
    values = {value["name"]: value["shape"] for value in answer["graph"]["values"]}
    wrong = [f"{name} {sizes}, memfit {values.get(name)}" for name, sizes in expected.get("outputs", [])
             if None not in sizes and values.get(name) != sizes]
    verdicts["outputs"] = (f"differs: {len(wrong)}: {wrong[:3]} {warned[:3]}" if wrong else
                           f"doubtful: {warned[:5]}" if warned else "equal")
    return verdicts
