"""Makes small files as PyTorch writes them, and lists what torch.load finds in them.

    pip install torch==2.15.0 numpy==2.4.6 && python make_fixtures.py
"""

import json
import pathlib
import pickle
import shutil

import numpy
import torch
import torch.distributed.checkpoint
import torch.utils.serialization
from torch import nn

HERE = pathlib.Path(__file__).parent
DATA_TYPES = {
    "float64": "float64", "float32": "float32", "float16": "float16", "bfloat16": "bfloat16",
    "int64": "int64", "int32": "int32", "int16": "int16", "int8": "int8", "uint8": "uint8",
    "bool": "bool", "complex64": "complex64", "complex128": "complex128",
    "complex32": "complex32", "float8_e4m3fn": "float8E4M3FN", "float8_e5m2": "float8E5M2",
    "float8_e4m3fnuz": "float8E4M3FNUZ", "float8_e5m2fnuz": "float8E5M2FNUZ",
    "float8_e8m0fnu": "float8E8M0", "uint16": "uint16", "uint32": "uint32", "uint64": "uint64",
    "float4_e2m1fn_x2": "float4E2M1x2", "qint8": "int8", "quint8": "uint8",
}


def flatten(value, path=""):
    """The tensors in a value, each under its path."""
    if isinstance(value, (torch.Tensor, numpy.ndarray)):
        yield path, value
    elif isinstance(value, nn.Module):
        yield from flatten(dict(value.state_dict()), path)
    elif isinstance(value, (dict, list, tuple)):
        pairs = value.items() if isinstance(value, dict) else enumerate(value)
        for key, inner in pairs:
            yield from flatten(inner, f"{path}.{key}" if path else str(key))


def manifest(value):
    tensors, storages = [], {}
    for name, tensor in flatten(value):
        kind = str(tensor.dtype).replace("torch.", "")
        tensors.append([name, DATA_TYPES[kind], list(tensor.shape)])
        if isinstance(tensor, torch.Tensor) and tensor.layout == torch.strided:
            storage = tensor.untyped_storage()
            storages[storage._cdata] = storage.nbytes()
        elif isinstance(tensor, numpy.ndarray):
            storages[name] = tensor.nbytes
    return {"tensors": tensors, "bytes": sum(storages.values())}


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(2, 1)
        self.register_buffer("table", torch.zeros(3))

    def forward(self, x):
        return self.layer(x) * self.table.sum()


def main():
    # Files are padded to this; the smaller they are, the quicker they are damaged everywhere.
    torch.utils.serialization.config.save.storage_alignment = 1
    files, more = {}, {}

    def save(name, value, listed=more, **options):
        torch.save(value, HERE / name, **options)
        listed[name] = manifest(torch.load(HERE / name, weights_only=False))

    state = {"weight": torch.zeros(4, 3), "bias": torch.zeros(4)}
    save("state.pt", state, files)
    save("state_legacy.pth", state, files, _use_new_zipfile_serialization=False)
    base = torch.arange(24.0)
    save("views.pt", {
        "base": base, "head": base[:4], "transposed": base.view(4, 6).t(), "tied": base,
        "first": base.expand(2, 24)}, files)
    (HERE / "tensors.pkl").write_bytes(pickle.dumps(state, protocol=4))
    files["tensors.pkl"] = manifest(state)
    arrays = {"weight": numpy.zeros((4, 3), numpy.float32), "bias": numpy.zeros(4)}
    (HERE / "arrays.pkl").write_bytes(pickle.dumps(arrays, protocol=4))
    files["arrays.pkl"] = manifest(arrays)

    save("protocol1_legacy.pth", state, _use_new_zipfile_serialization=False, pickle_protocol=1)
    save("protocol5.bin", state, pickle_protocol=5)
    save("module.pt", nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2)))
    save("types.pt", {
        name: torch.empty(2, 2, dtype=getattr(torch, name)) for name in DATA_TYPES
        if not name.startswith("q")})
    save("quantized.pt", {
        "tensor": torch.quantize_per_tensor(torch.zeros(4, 2), 0.1, 0, torch.qint8)})
    for protocol in (0, 1, 2):
        name = f"tensors{protocol}.pkl"
        (HERE / name).write_bytes(pickle.dumps(state, protocol=protocol))
        more[name] = manifest(state)

    net = Net()
    optimizer = torch.optim.AdamW(net.parameters())
    net(torch.zeros(2, 2)).sum().backward()
    optimizer.step()
    save("checkpoint.ckpt", {
        "epoch": 3, "state_dict": net.state_dict(), "optimizer_states": [optimizer.state_dict()],
        "rng": torch.zeros(5, dtype=torch.uint8)})
    torch.jit.script(net.eval()).save(str(HERE / "script.pt"))
    more["script.pt"] = manifest(dict(torch.jit.load(str(HERE / "script.pt")).state_dict()))

    # One process of one writes the folder; its metadata is what several would write together.
    shutil.rmtree(HERE / "distributed", ignore_errors=True)
    parts = {"model": net.state_dict(), "optim": optimizer.state_dict(), "epoch": 3}
    torch.distributed.checkpoint.save(parts, checkpoint_id=HERE / "distributed", no_dist=True)
    # What the metadata points to is not read.
    (HERE / "distributed/__0_0.distcp").write_bytes(b"")
    reader = torch.distributed.checkpoint.FileSystemReader(HERE / "distributed")
    stored = reader.read_metadata().state_dict_metadata
    tensors = [
        [name, DATA_TYPES[str(facts.properties.dtype)[6:]], list(facts.size)]
        for name, facts in stored.items() if hasattr(facts, "properties")]
    (HERE / "distributed.json").write_text(json.dumps(tensors) + "\n")

    expected = {"reference": f"torch {torch.__version__}", "files": files, "more": more}
    (HERE / "contract.json").write_text(json.dumps(expected, indent=1) + "\n")


if __name__ == "__main__":
    main()
