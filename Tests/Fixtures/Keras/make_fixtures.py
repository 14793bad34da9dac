"""Makes small Keras models in all three forms, and what Keras says of them.

    pip install keras==3.15.1 h5py==3.16.0 numpy
    KERAS_BACKEND=numpy python make_fixtures.py

contract.json lists the variables of the smallest files as Keras names them, h5py.json the arrays of each file as h5py
does, layers.json the counts and the shape of every layer's output as Keras infers it.
"""

import io
import json
import os
import pathlib
import shutil
import zipfile

os.environ.setdefault("KERAS_BACKEND", "numpy")

import h5py
import keras
import numpy as np
from keras import layers

HERE = pathlib.Path(__file__).parent
keras.utils.set_random_seed(1)


def tiny():
    given = keras.Input((3,), name="given")
    x = layers.Dense(2, name="dense")(given)
    x = layers.BatchNormalization(name="norm")(x)
    return keras.Model(given, x, name="tiny")


def sequential():
    model = keras.Sequential(
        [
            keras.Input((8,)),
            layers.Dense(6, activation="relu", name="first"),
            layers.BatchNormalization(name="norm"),
            layers.Dropout(0.5, name="drop"),
            layers.Dense(3, use_bias=False, name="last"),
        ],
        name="sequence",
    )
    model.compile("adam", "mse")
    model.optimizer.build(model.trainable_variables)
    return model


def images():
    given = keras.Input((16, 16, 3), name="image")
    x = layers.Rescaling(1 / 255, name="rescale")(given)
    x = layers.Conv2D(4, 3, strides=2, padding="same", activation="swish", name="conv")(x)
    x = layers.BatchNormalization(name="norm")(x)
    y = layers.SeparableConv2D(4, 3, padding="same", name="separable")(x)
    x = layers.Add(name="sum")([x, y])
    x = layers.ZeroPadding2D(((0, 1), (1, 2)), name="pad")(x)
    x = layers.DepthwiseConv2D(3, strides=2, depth_multiplier=2, name="depth")(x)
    x = layers.MaxPooling2D(2, padding="same", name="pool")(x)
    x = layers.Conv2DTranspose(3, 3, strides=2, padding="same", name="up")(x)
    x = layers.UpSampling2D(2, name="larger")(x)
    x = layers.Cropping2D(1, name="crop")(x)
    x = layers.GroupNormalization(3, name="groups")(x)
    x = layers.ReLU(6.0, name="clip")(x)
    x = layers.GlobalAveragePooling2D(name="mean")(x)
    x = layers.Dense(2, activation="softmax", name="head")(x)
    return keras.Model(given, x, name="images")


def texts():
    given = keras.Input((12,), dtype="int32", name="tokens")
    x = layers.Embedding(20, 8, name="table")(given)
    x = layers.MultiHeadAttention(2, 4, name="attend")(x, x)
    x = layers.LayerNormalization(name="norm")(x)
    x = layers.Conv1D(6, 3, padding="causal", name="causal")(x)
    x = layers.Bidirectional(layers.LSTM(5, return_sequences=True), name="both")(x)
    x = layers.GRU(4, name="gru")(x)
    x = layers.Reshape((2, 2), name="square")(x)
    x = layers.Flatten(name="flat")(x)
    return keras.Model(given, x, name="texts")


def shared():
    inner = keras.Sequential([layers.Dense(4, name="dense"), layers.PReLU(name="slope")], name="inner")
    a, b = keras.Input((4,), name="a"), keras.Input((4,), name="b")
    x, y = inner(a), inner(b)
    z = layers.Concatenate(name="both")([inner(x), y])
    z = layers.Lambda(lambda t: t * 2, output_shape=(8,), name="twice")(z)
    return keras.Model([a, b], layers.Dense(2, name="head")(z), name="shared")


def cells():
    given = keras.Input((6, 8), name="steps")
    x = layers.RNN([layers.LSTMCell(4), layers.GRUCell(3)], return_sequences=True, name="two")(given)
    x = layers.RNN(layers.SimpleRNNCell(4), return_sequences=True, name="one")(x)
    x = layers.GroupQueryAttention(4, 4, 2, name="grouped")(x, x)
    x = layers.AdditiveAttention(name="additive")([x, x])
    x = layers.UnitNormalization(name="unit")(x)
    return keras.Model(given, x, name="cells")


def half():
    given = keras.Input((6,), name="given")
    policy = "mixed_float16"
    x = layers.Dense(4, dtype=policy, name="mixed")(given)
    x = layers.Dense(2, dtype="bfloat16", name="brain")(x)
    return keras.Model(given, x, name="half")


def listed(file, prefix=""):
    found = []

    def visit(name, item):
        if isinstance(item, h5py.Dataset):
            dtype = item.attrs.get("dtype", item.dtype.name)
            found.append([name, dtype, list(item.shape)])

    file.visititems(visit)
    return found


def arrays(path):
    if path.suffix != ".keras":
        with h5py.File(path) as file:
            return listed(file)
    with zipfile.ZipFile(path) as archive:
        with h5py.File(io.BytesIO(archive.read("model.weights.h5"))) as file:
            return listed(file)


def nested():
    """A model in a model in a model, each called once, and states of a sequence whose padding is masked."""
    model = None
    for name in ["packed_inner", "packed_middle", "packed"]:
        tokens = keras.Input((5,), dtype="int32", name=f"{name}_tokens")
        features = keras.Input((3,), name=f"{name}_features")
        if model is None:
            steps = layers.Embedding(7, 2, mask_zero=True, name="table")(tokens)
            sequence, hidden, cell = layers.LSTM(2, return_sequences=True, return_state=True, name="lstm")(steps)
            result = layers.Concatenate(name="join")([hidden, cell, features])
        else:
            result = layers.Dense(3, name=f"{name}_dense")(model([tokens, features]))
        model = keras.Model([tokens, features], result, name=name)
    return model


def pack(source, target):
    """The same members, packed as other tools pack them."""
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0)), old.read(name), zipfile.ZIP_DEFLATED)


def walk(model, prefix=""):
    for layer in model.layers:
        yield prefix + layer.name, layer
        if isinstance(layer, keras.Model):
            yield from walk(layer, prefix + layer.name + "/")


def plain_hdf5(path, **options):
    with h5py.File(path, "w", **options) as file:
        file.create_dataset("a", data=np.zeros((3, 4), np.float32))
        file.create_dataset("flags", data=np.zeros(5, bool))
        file.create_dataset("pairs", data=np.zeros(3, np.complex64))
        file.create_dataset("blocks", data=np.zeros((40, 3), np.int16), chunks=(8, 3), compression="gzip")
        group = file.create_group("many", track_order=bool(options))
        for index in range(12):
            group.attrs[f"attribute {index}"] = f"text {index} " + "x" * 40
            group.create_dataset(f"array {index}", data=np.zeros(index + 1, np.uint8))


def renumbered(source, target):
    """Names as of variables made again in one session of TensorFlow, which numbers them: conv/kernel is conv_1/kernel:0."""
    shutil.copy(source, target)
    with h5py.File(target, "r+") as file:
        for layer, group in file["model_weights"].items():
            names = [str(name) for name in group.attrs.get("weight_names", [])]
            for name in names:
                group.move(f"{layer}/{name.split('/')[-1]}", f"{layer}_1/{name.split('/')[-1]}:0")
            if names:
                del group[layer]


def facts(model):
    outputs = {}
    for path, layer in walk(model):
        shape = getattr(layer, "output", None)
        if shape is not None and not isinstance(shape, list):
            outputs[path] = list(shape.shape)
    return {
        "parameters": sum(int(np.prod(v.shape)) for v in model.trainable_weights),
        "state": sum(int(np.prod(v.shape)) for v in model.non_trainable_weights),
        "variables": [[v.path, v.dtype, list(v.shape)] for v in model.weights],
        "outputs": outputs,
    }


def typed(variables):
    return {"tensors": [[v.path, v.dtype, list(v.shape)] for v in variables]}


contract, listings, described = {}, {}, {}
for make in [tiny, sequential, images, texts, shared, cells, half]:
    model = make()
    described[model.name] = facts(model)
    for suffix in [".keras", ".h5", ".weights.h5"]:
        if suffix == ".h5" and make is half:
            continue
        path = HERE / f"{model.name}{suffix}"
        path.unlink(missing_ok=True)
        model.save_weights(path) if suffix == ".weights.h5" else model.save(path)
        listings[path.name] = arrays(path)
        # One of the three forms: damage to every byte of each would take the tests half a minute.
        if make is tiny and suffix == ".keras":
            contract[path.name] = typed(model.weights)
model = nested()
described[model.name] = facts(model)
model.save(HERE / "plain.keras")
pack(HERE / "plain.keras", HERE / "packed.keras")
(HERE / "plain.keras").unlink()
renumbered(HERE / "images.h5", HERE / "renumbered.h5")

for name, options in [("old.h5", {}), ("new.h5", {"libver": "latest"})]:
    plain_hdf5(HERE / name, **options)
    listings[name] = arrays(HERE / name)
contract["new.h5"] = {"tensors": listings["new.h5"]}

for name, value in [("layers", described), ("h5py", listings), ("contract", {"files": contract})]:
    (HERE / f"{name}.json").write_text(json.dumps(value) + "\n")
