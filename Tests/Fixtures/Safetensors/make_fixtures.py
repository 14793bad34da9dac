"""Makes the safetensors fixtures and what the reference reader says of them.

    pip install safetensors==0.8.0 numpy==2.4.6 && python make_fixtures.py
"""

import json
import pathlib
import struct

import numpy
import safetensors
from safetensors.numpy import save_file

HERE = pathlib.Path(__file__).parent

# The names of the reference and ours, with the bits of an element.
DATA_TYPES = {
    "BOOL": ("bool", 8), "U8": ("uint8", 8), "I8": ("int8", 8), "U16": ("uint16", 16),
    "I16": ("int16", 16), "U32": ("uint32", 32), "I32": ("int32", 32), "U64": ("uint64", 64),
    "I64": ("int64", 64), "F16": ("float16", 16), "BF16": ("bfloat16", 16),
    "F32": ("float32", 32), "F64": ("float64", 64), "C64": ("complex64", 64),
    "F8_E4M3": ("float8E4M3FN", 8), "F8_E4M3FNUZ": ("float8E4M3FNUZ", 8),
    "F8_E5M2": ("float8E5M2", 8), "F8_E5M2FNUZ": ("float8E5M2FNUZ", 8),
    "F8_E8M0": ("float8E8M0", 8), "F6_E2M3": ("float6E2M3FN", 6),
    "F6_E3M2": ("float6E3M2FN", 6), "F4": ("float4E2M1", 4),
}


def write_raw(path, entries):
    """Writes zeros for entries of name, type and shape, in the order given."""
    header, offset = {}, 0
    for name, code, shape in entries:
        size = int(numpy.prod(shape)) * DATA_TYPES[code][1] // 8
        header[name] = {"dtype": code, "shape": shape, "data_offsets": [offset, offset + size]}
        offset += size
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(struct.pack("<Q", len(text)) + text + bytes(offset))


def manifest(path):
    """Lists the tensors as the reference reads them."""
    tensors = []
    with safetensors.safe_open(path, framework="np") as file:
        for name in sorted(file.keys()):
            part = file.get_slice(name)
            tensors.append([name, DATA_TYPES[part.get_dtype()][0], part.get_shape()])
        metadata = file.metadata() or {}
    return {"tensors": tensors, "metadata": metadata}


def main():
    layer = {
        "layer.weight": numpy.zeros((4, 3), numpy.float32),
        "layer.bias": numpy.zeros(4, numpy.float32),
        "norm.running_mean": numpy.zeros(4, numpy.float32),
        "norm.num_batches_tracked": numpy.zeros((), numpy.int64),
    }
    save_file(layer, HERE / "layer.safetensors", metadata={"format": "pt"})
    write_raw(HERE / "types.safetensors",
              [(code.lower(), code, [2, 8]) for code in DATA_TYPES])
    write_raw(HERE / "edges.safetensors",
              [("scalar", "F32", []), ("empty", "F32", [0]), ("flat", "F16", [3, 0, 2])])
    write_raw(HERE / "none.safetensors", [])
    files = {path.name: manifest(path) for path in sorted(HERE.glob("*.safetensors"))}
    expected = {"reference": f"safetensors {safetensors.__version__}", "files": files}
    (HERE / "contract.json").write_text(json.dumps(expected, indent=1) + "\n")


if __name__ == "__main__":
    main()
