"""Makes the archives of this folder: torchvision's models as torch.export writes them in training mode.

    python make_zoo.py [MODEL ...]          # torch 2.15, torchvision 0.29

The graphs are whole; weights are left out, and what remains is packed, which keeps the archives small.
"""

import os
import re
import sys
import tempfile
import zipfile

import torch
import torchvision

MODELS = [
    "alexnet", "vgg11", "resnet18", "resnet50", "mobilenet_v2", "mobilenet_v3_small", "efficientnet_b0",
    "densenet121", "squeezenet1_1", "shufflenet_v2_x1_0", "regnet_y_400mf", "convnext_tiny", "vit_b_32",
]
BATCH = 4
HERE = os.path.dirname(os.path.abspath(__file__))
KEPT = ("archive_format", "archive_version", "byteorder", ".json")


def program(name):
    model = getattr(torchvision.models, name)(weights=None).train()
    exported = torch.export.export(model, (torch.zeros(BATCH, 3, 224, 224),), strict=False)
    for module in exported.graph_module.modules():
        for node in getattr(module, "graph", torch.fx.Graph()).nodes:
            for key in ("torch_fn", "from_node"):
                node.meta.pop(key, None)
            if trace := node.meta.get("stack_trace"):
                node.meta["stack_trace"] = re.sub(r'File ".*/', 'File "', trace)
    return exported


def pack(source, path):
    with zipfile.ZipFile(source) as whole, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as small:
        for name in whole.namelist():
            if name.endswith(KEPT):
                small.writestr(zipfile.ZipInfo(name), whole.read(name), zipfile.ZIP_DEFLATED, 9)


def main(names):
    for name in names or MODELS:
        with tempfile.TemporaryDirectory() as folder:
            whole = os.path.join(folder, f"{name}.pt2")
            torch.export.save(program(name), whole)
            pack(whole, os.path.join(HERE, f"{name}.pt2"))
        print(name, flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
