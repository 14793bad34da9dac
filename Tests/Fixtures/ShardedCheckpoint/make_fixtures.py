"""Makes a checkpoint in two files and its index, and lists the tensors of both.

    pip install safetensors==0.8.0 numpy==2.4.6 && python make_fixtures.py
"""

import json
import pathlib

import numpy
from safetensors.numpy import save_file

HERE = pathlib.Path(__file__).parent
SHARDS = [
    {"embed.weight": (10, 4), "layer.weight": (4, 4)},
    {"layer.bias": (4,), "norm.weight": (4,), "norm.running_var": (4,)},
]


def main():
    weight_map, tensors, size = {}, [], 0
    for number, shapes in enumerate(SHARDS, 1):
        name = f"model-{number:05}-of-{len(SHARDS):05}.safetensors"
        arrays = {key: numpy.zeros(shape, numpy.float32) for key, shape in shapes.items()}
        save_file(arrays, HERE / name, metadata={"format": "pt"})
        (HERE / name).chmod(0o644)
        weight_map |= {key: name for key in shapes}
        tensors += [[key, "float32", list(shape)] for key, shape in shapes.items()]
        size += sum(array.nbytes for array in arrays.values())
    index = {"metadata": {"total_size": size}, "weight_map": weight_map}
    name = "model.safetensors.index.json"
    (HERE / name).write_text(json.dumps(index, indent=1) + "\n")
    files = {name: {"tensors": sorted(tensors), "bytes": size}}
    expected = {"reference": "safetensors 0.8.0", "files": files}
    (HERE / "contract.json").write_text(json.dumps(expected, indent=1) + "\n")


if __name__ == "__main__":
    main()
