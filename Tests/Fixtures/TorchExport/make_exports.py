"""Makes the archives of this folder with torch.export, and what PyTorch says of them.

Run in this folder with torch 2.15: python make_exports.py
"""

import json

import torch
import torch.nn.functional as F
from torch import nn
from torch.export import Dim, export, save
from torch.export.experimental import _export_forward_backward


class Tied(nn.Module):
    """A language model of one block whose head is its table."""

    def __init__(self):
        super().__init__()
        self.table = nn.Embedding(50, 16)
        self.norm = nn.LayerNorm(16)
        self.mix = nn.Linear(16, 48)
        self.head = nn.Linear(16, 50, bias=False)
        self.head.weight = self.table.weight

    def forward(self, ids):
        x = self.norm(self.table(ids))
        batch, length, _ = x.shape
        parts = [p.view(batch, length, 2, 8).transpose(1, 2) for p in self.mix(x).split(16, 2)]
        y = F.scaled_dot_product_attention(*parts, is_causal=True)
        return self.head(x + y.transpose(1, 2).reshape(batch, length, 16))


class Residual(nn.Module):
    """A block with everything that works in place."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3, 2, 1, bias=False)
        self.bn = nn.BatchNorm2d(8)
        self.relu = nn.ReLU(inplace=True)
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.head = nn.Linear(8, 5)

    def forward(self, x):
        y = self.relu(self.bn(self.conv(x)))
        y += y.sigmoid()
        return self.head(torch.flatten(self.pool(y), 1))


class Branch(nn.Module):
    """A branch that depends on data, and sizes made of the batch."""

    def forward(self, x):
        y = torch.cond(x.sum() > 0, lambda x: x.sin(), lambda x: x.cos(), (x,))
        batch = x.shape[0]
        return torch.cat([y, y], 0).reshape(batch, 2, -1).permute(1, 0, 2).reshape(2 * batch, -1)


class Normed(nn.Module):
    """A convolution whose weight is computed, called twice."""

    def __init__(self):
        super().__init__()
        normed = nn.utils.parametrizations.spectral_norm(nn.Conv2d(3, 8, 3, 1, 1))
        self.net = nn.Sequential(normed, nn.LeakyReLU(0.1))
        self.head = nn.Linear(512, 1)

    def forward(self, x, y):
        return self.head(self.net(x).flatten(1)).mean() + self.head(self.net(y).flatten(1)).mean()


class Recurrent(nn.Module):
    """Layers that cuDNN runs: two directions, then gated units."""

    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(8, 16, 2, batch_first=True, bidirectional=True)
        self.gru = nn.GRU(32, 8, batch_first=True)
        self.head = nn.Linear(8, 3)

    def forward(self, x, y):
        x, _ = self.lstm(x)
        x, _ = self.gru(x)
        return F.cross_entropy(self.head(x[:, -1]), y)


class Loss(nn.Module):
    def __init__(self):
        super().__init__()
        self.m = nn.Sequential(nn.Linear(8, 16), nn.ReLU(), nn.Linear(16, 4))

    def forward(self, x, y):
        return F.cross_entropy(self.m(x), y)


def strip(program):
    """Forgets where the sources lie on this machine."""
    for module in program.graph_module.modules():
        for node in getattr(module, "graph", torch.fx.Graph()).nodes:
            for key in ("stack_trace", "torch_fn", "from_node"):
                node.meta.pop(key, None)


def facts(program):
    tensors = {**program.state_dict, **program.constants}
    # Tensors without data have no address.
    storages = {t.untyped_storage()._cdata if t.is_meta else t.untyped_storage().data_ptr()
                for t in tensors.values()}
    return {
        "tensors": {n: [str(t.dtype)[6:], list(t.shape)] for n, t in tensors.items()},
        "storages": len(storages),
        "parameters": sorted(program.graph_signature.parameters),
        "nodes": sum(n.op == "call_function" for n in program.graph.nodes),
    }


def main():
    torch.manual_seed(0)
    batch = Dim("batch", min=2, max=64)
    image = torch.zeros(2, 3, 16, 16)
    programs = {
        "tiny": export(nn.Linear(2, 2), (torch.zeros(1, 2),)),
        "vector": export(nn.Linear(8, 4, bias=False), (torch.zeros(8),), strict=False),
        "tied": export(Tied(), (torch.zeros(2, 6, dtype=torch.long),)),
        "residual": export(Residual().eval(), (image,)),
        "residual_train": export(Residual().train(), (image,)),
        "dynamic": export(Residual().eval(), (image,), dynamic_shapes=({0: batch},)),
        "normed": export(
            Normed(), (torch.zeros(2, 3, 8, 8), torch.zeros(2, 3, 8, 8)), strict=False),
        "recurrent": export(
            Recurrent(), (torch.zeros(2, 5, 8), torch.zeros(2, dtype=torch.long)), strict=False),
        "branch": export(Branch(), (torch.zeros(4, 8),), dynamic_shapes=({0: batch},)),
        "joint": _export_forward_backward(
            export(Loss(), (torch.zeros(4, 8), torch.zeros(4, dtype=torch.long)), strict=False)),
    }
    with torch.device("meta"):
        programs["meta"] = export(nn.Linear(8, 4), (torch.empty(2, 8),))
    for name, program in programs.items():
        strip(program)
        save(program, f"{name}.pt2")
    tiny = programs["tiny"].state_dict
    contract = {
        "tensors": [[n, str(t.dtype)[6:], list(t.shape)] for n, t in tiny.items()],
        "bytes": sum(t.nbytes for t in tiny.values()),
    }
    with open("contract.json", "w") as file:
        json.dump({"files": {"tiny.pt2": contract}}, file, indent=1)
    with open("exports.json", "w") as file:
        json.dump({n: facts(p) for n, p in programs.items()}, file, indent=1, sort_keys=True)


if __name__ == "__main__":
    main()
