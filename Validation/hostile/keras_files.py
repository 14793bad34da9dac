"""Hostile files of Keras: configurations, archives, and HDF5 files that lead in circles."""
import pathlib

from wire import *

FIXTURES = pathlib.Path(__file__).parent.parent.parent / "Tests" / "Fixtures" / "Keras"
DEFLATED = zipfile.ZIP_DEFLATED
SIGNATURES = (b"TREE", b"SNOD", b"HEAP", b"FRHP", b"OHDR", b"FHDB", b"BTHD", b"OCHK", b"GCOL")


def dense(name, units=4, **settings):
    return {"class_name": "Dense", "config": {"name": name, "units": units, **settings}}


def sequential(layers, name="sequential"):
    return {"class_name": "Sequential", "config": {"name": name, "layers": layers}}


def files():
    sound = (FIXTURES / "tiny.keras").read_bytes()
    with zipfile.ZipFile(FIXTURES / "tiny.keras") as file:
        members = {name: file.read(name) for name in file.namelist()}

    def configured(data, method=zipfile.ZIP_STORED):
        return archive([*{**members, "config.json": as_json(data)}.items()], method)

    def weighing(data, method=DEFLATED):
        return archive([*{**members, "model.weights.h5": data}.items()], method)

    yield "plain.keras", sound
    yield "configuration_deep.keras", configured(b"[" * (30 << 20), DEFLATED)
    yield "configuration_large.keras", configured(b'{"a":"' + b"x" * (60 << 20) + b'"}', DEFLATED)
    yield "configuration_no_object.keras", configured(b"3")
    yield "weights_large.keras", weighing(bytes(500 << 20))
    yield "weights_short.keras", weighing(b"\x89HDF\r\n\x1a\n" + bytes(100))
    models = sequential([dense("d")])
    for level in range(40):
        models = sequential([models, models] if level < 12 else [models], f"s{level}")
    yield "models_double.keras", configured(models)
    yield "models_deep.keras", configured(
        nested(b'{"class_name":"Sequential","config":{"layers":[', b"]}}", 20_000))
    yield "many_layers.keras", configured(sequential([dense(f"d{i}") for i in range(40_000)]))
    kinds = ("Dense", "Conv2D", "Conv2DTranspose", "DepthwiseConv2D", "MaxPooling2D", "ZeroPadding2D", "Cropping2D",
             "UpSampling2D", "Reshape", "Permute", "RepeatVector", "LSTM", "GRU", "Bidirectional", "TimeDistributed", "RNN",
             "Embedding", "MultiHeadAttention", "GroupQueryAttention", "AdditiveAttention", "UnitNormalization",
             "LayerNormalization", "GroupNormalization", "EinsumDense", "Concatenate", "Resizing", "CenterCrop")
    sizes = ("units", "filters", "kernel_size", "strides", "pool_size", "padding", "size", "target_shape", "dims", "n",
             "axis", "groups", "dilation_rate", "height", "width", "num_heads", "key_dim", "cropping", "layer", "cells")
    for name, v in {**LIMITS, "text": "3", "nothing": None, "list": [-1, 2**62], "deep": [[[[[3]]]]], "object": {"a": 1}}.items():
        layers = [{"class_name": "InputLayer", "config": {"name": "i", "batch_shape": [None, 8, 8, 3]}}]
        layers += [{"class_name": kind, "config": {"name": kind, **{size: v for size in sizes}}} for kind in kinds]
        for each in layers[1:]:
            yield f"{each['class_name']}_{name}.keras", configured(sequential([layers[0], each]))
    lie = bytearray(archive([("config.json", b"{}"), ("model.weights.h5", bytes(1000))], DEFLATED))
    second = lie.find(b"PK\1\2", lie.find(b"PK\1\2") + 4)
    struct.pack_into("<I", lie, second + 24, 0x7FFFFFFF)
    yield "size_lies.keras", lie
    for source in ("tiny.h5", "old.h5", "tiny.weights.h5"):
        yield from circles(source, (FIXTURES / source).read_bytes())


def circles(source, sound):
    """The file with addresses after each structure's head pointing back to it, or far off."""
    stem, _, ending = source.partition(".")
    for signature in SIGNATURES:
        start = sound.find(signature)
        while start >= 0:
            for offset in (8, 16, 24, 32, 40):
                for name, address in {"itself": start, "far": 2**63 - 1, "none": 2**64 - 1}.items():
                    if (start // 8 + offset // 8) % 5 == 0 and start + offset + 8 <= len(sound):
                        changed = sound[:start + offset] + u64(address) + sound[start + offset + 8:]
                        yield f"{stem}_{start}_{offset}_{name}.{ending}", changed
            start = sound.find(signature, start + 4)
