"""What h5py and Keras say of a file of Keras."""
import io
import os
import zipfile

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
import h5py  # noqa: E402
import numpy as np  # noqa: E402

ENDINGS = (".h5", ".hdf5", ".keras")


def opened(path):
    if path.endswith(".keras"):
        return h5py.File(io.BytesIO(zipfile.ZipFile(path).read("model.weights.h5")), "r")
    return h5py.File(path, "r")


def facts(path):
    """The numbers in all datasets, and those of the optimizer apart."""
    elements = bytes_ = optimizer = 0
    with opened(path) as file:
        def visit(name, value):
            nonlocal elements, bytes_, optimizer
            if isinstance(value, h5py.Dataset) and value.dtype.kind in "fiub":
                count = int(np.prod(value.shape, dtype=np.int64))
                elements += count
                bytes_ += count * value.dtype.itemsize
                optimizer += count if name.split("/")[0].startswith("optimizer") else 0
        file.visititems(visit)
    return {"elements": elements, "bytes": bytes_, "optimizer": optimizer}


def shape(layer):
    outputs = layer.output if isinstance(layer.output, (list, tuple)) else [layer.output]
    return [[1, *output.shape[1:]] for output in outputs]


def graph(path):
    """Trained and other elements, and what each layer makes, for a batch of one."""
    import keras
    model = keras.models.load_model(path, compile=False)
    count = lambda values: sum(int(np.prod(value.shape)) for value in values)  # noqa: E731
    layers = {}
    for layer in model.layers:
        try:
            made = shape(layer)[0]
            if None not in made:
                layers[layer.name] = made
        except (AttributeError, ValueError):
            continue
    return {"trained": count(model.trainable_weights), "other": count(model.non_trainable_weights), "layers": layers}


def compare(path, found, expected, ask, apart):
    store = found["store"]
    ours = {"elements": store["tensors"]["count"], "bytes": store["tensors"]["bytes"],
            "optimizer": store["optimizerState"]["count"]}
    verdicts = {"holds": "equal" if ours == expected else f"differs: {ours}, expected {expected}"}
    live = apart(graph, str(path))
    if "refused" in live:
        verdicts["roles"] = f"unreadable: {live['refused']}"
        return verdicts
    roles = store["parameters"]["count"], store["state"]["count"]
    wanted = live["trained"], live["other"]
    verdicts["roles"] = "equal" if roles == wanted else f"differs: {roles}, expected {wanted}"
    answer = ask("run", path, "--values")
    if "failed" in answer:
        verdicts["layers"] = f"failed: {answer['failed']}"
        return verdicts
    values = {value["name"]: value["shape"] for value in answer["graph"]["values"]}
    wrong = [f"{name} {made}, memfit {values[name]}" for name, made in live["layers"].items()
             if name in values and values[name] != made]
    known = sum(name in values for name in live["layers"])
    warned = [note["code"] for note in answer["diagnostics"] if note["severity"] != "note"]
    verdicts["layers"] = (f"equal: {known} of {len(live['layers'])} {warned[:3]}" if not wrong else
                          f"differs: {len(wrong)} of {known}: {wrong[:4]} {warned[:3]}")
    return verdicts
