"""What every measurement does the same way: count what autograd keeps, and run a case in a process of its own."""

import os
import pathlib
import sys

import torch

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from forked import forked  # noqa: E402


def kept_bytes(given, forward):
    """The distinct storages that autograd keeps of a forward pass, without those of the tensors given to it."""
    known = {t.untyped_storage()._cdata for t in given if isinstance(t, torch.Tensor)}
    kept = {}

    def pack(tensor):
        storage = tensor.untyped_storage()
        if storage.device.type == "cuda" and storage.nbytes():
            kept[storage._cdata] = storage
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda t: t):
        value = forward()
    return sum(s.nbytes() for key, s in kept.items() if key not in known)


def in_process(run, compute_capability, has_workspace):
    """What a call returns in a fork on the pretended GPU, as JSON tells it; an error's text if it raises."""
    def begin():
        os.environ["MOCK_CC"] = str(compute_capability)
        if not has_workspace:
            os.environ["CUBLAS_WORKSPACE_CONFIG"] = ":0:0"
        return run()

    told = forked(begin)
    return told.get("answer", told)
