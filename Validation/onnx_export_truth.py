#!/usr/bin/env python3
"""Exports torchvision models to ONNX and writes the type of every node output as ONNX Runtime has it.

onnx_export_truth.py FOLDER MODEL[:legacy][:BATCH] ...

Needs torch 2.15.0, torchvision 0.29.2, onnx 1.23.2, onnxscript and onnxruntime 1.32.0.
The weights in the files are random; only types and sizes are looked at.
"""

import collections
import json
import sys
from pathlib import Path

import numpy
import onnx
import onnxruntime
import torch
import torchvision


def export(name, legacy, batch, path):
    model = torchvision.models.get_model(name, weights=None).eval()
    size = 299 if name == "inception_v3" else 224
    sample = torch.zeros(batch, 3, size, size)
    if legacy:
        torch.onnx.export(model, (sample,), path, dynamo=False, opset_version=17)
    else:
        torch.onnx.export(model, (sample,), path, external_data=False)
    return sample.numpy()


def node_outputs(path, sample):
    """Runs the model without optimisation and with every node output as a graph output."""
    model = onnx.load(path)
    names = [output for node in model.graph.node for output in node.output if output]
    declared = {output.name for output in model.graph.output}
    for name in names:
        if name not in declared:
            model.graph.output.append(onnx.helper.make_empty_tensor_value_info(name))
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(model.SerializeToString(), options)
    values = session.run(names, {session.get_inputs()[0].name: sample})
    kinds = {output: node.op_type for node in model.graph.node for output in node.output}
    return [[kinds[name], name, numpy.asarray(value).dtype.name, list(numpy.shape(value))]
            for name, value in zip(names, values)]


def initializers(path):
    counts = collections.Counter()
    for tensor in onnx.load(path, load_external_data=False).graph.initializer:
        counts[onnx.TensorProto.DataType.Name(tensor.data_type)] += int(numpy.prod(tensor.dims))
    return dict(counts)


def main():
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for argument in sys.argv[2:]:
        name, *options = argument.split(":")
        legacy = "legacy" in options
        batch = next((int(option) for option in options if option.isdigit()), 1)
        path = folder / f"{name}.{'legacy' if legacy else 'dynamo'}.b{batch}.onnx"
        try:
            sample = export(name, legacy, batch, path)
            truth = {"name": path.stem, "batch": batch, "initializers": initializers(path),
                     "node_outputs": node_outputs(path, sample)}
        except Exception as error:  # noqa: BLE001: one model that cannot be exported stops no other
            print(f"{argument}: {type(error).__name__}: {str(error)[:200]}", flush=True)
            path.unlink(missing_ok=True)
            continue
        path.with_suffix(".json").write_text(json.dumps(truth))
        print(f"{path.name}: {len(truth['node_outputs'])} node outputs", flush=True)


if __name__ == "__main__":
    main()
