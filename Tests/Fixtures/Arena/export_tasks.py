"""Writes pnasnet5large.json: the tasks of timm's PNASNet-5-Large at 331 x 331, one byte an element.

Needs torch and timm. Batch normalization, views and dropout are folded into what they read. The peaks of the
order given and of the best one, 10,862,718 and 8,276,550 bytes, were proven by another implementation.
"""

import json
import pathlib

import timm
import torch

FOLDED = ("batch_norm", "dropout", "view", "flatten", "getitem", "clone", "contiguous")


def tasks(name):
    with torch.device("meta"):
        model = timm.create_model(name, pretrained=False).eval()
    image = torch.empty(1, *model.default_cfg["input_size"], device="meta")
    program = torch.export.export(model, (image,))
    index, size, preds = {}, [], []
    for node in program.graph.nodes:
        if node.op == "placeholder" and node.name in program.graph_signature.user_inputs:
            index[node] = len(size)
            size.append(node.meta["val"].numel())
            preds.append([])
        if node.op != "call_function":
            continue
        read = [index[n] for n in node.all_input_nodes if n in index]
        if read and any(word in str(node.target) for word in FOLDED):
            index[node] = read[0]
        elif read and isinstance(node.meta.get("val"), torch.Tensor):
            index[node] = len(size)
            size.append(node.meta["val"].numel())
            preds.append(sorted(set(read)))
    return size, preds


size, preds = tasks("pnasnet5large")
path = pathlib.Path(__file__).with_name("pnasnet5large.json")
document = {"name": "PNASNet-5-Large", "size": size, "preds": preds}
path.write_text(json.dumps(document, separators=(",", ":")) + "\n")
