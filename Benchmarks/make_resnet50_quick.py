#!/usr/bin/env python3
"""Writes a ResNet-50 with folded batch-norms and zero weights without PyTorch: FILE."""

import sys

import numpy
from onnx import TensorProto, helper, numpy_helper, save

nodes, weights = [], []


def tensor(name, shape):
    weights.append(numpy_helper.from_array(numpy.zeros(shape, numpy.float32), name))
    return name


def conv(x, name, inputs, outputs, kernel, stride, relu=True):
    nodes.append(helper.make_node(
        "Conv", [x, tensor(name + ".weight", (outputs, inputs, kernel, kernel)),
                 tensor(name + ".bias", (outputs,))], [name],
        kernel_shape=[kernel] * 2, strides=[stride] * 2, pads=[kernel // 2] * 4, name=name))
    if not relu:
        return name
    nodes.append(helper.make_node("Relu", [name], [name + ".relu"], name=name + ".relu"))
    return name + ".relu"


x = conv("x", "conv1", 3, 64, 7, 2)
nodes.append(helper.make_node(
    "MaxPool", [x], ["pool"], kernel_shape=[3, 3], strides=[2, 2], pads=[1] * 4, name="maxpool"))
x, channels = "pool", 64
for stage, (width, depth) in enumerate([(64, 3), (128, 4), (256, 6), (512, 3)], start=1):
    for block in range(depth):
        name, stride = f"layer{stage}.{block}", 2 if stage > 1 and block == 0 else 1
        y = conv(x, name + ".conv1", channels, width, 1, 1)
        y = conv(y, name + ".conv2", width, width, 3, stride)
        y = conv(y, name + ".conv3", width, width * 4, 1, 1, relu=False)
        if block == 0:
            x = conv(x, name + ".downsample", channels, width * 4, 1, stride, relu=False)
        nodes.append(helper.make_node("Add", [y, x], [name + ".sum"], name=name + ".sum"))
        nodes.append(helper.make_node("Relu", [name + ".sum"], [name], name=name + ".relu"))
        x, channels = name, width * 4
nodes.append(helper.make_node("GlobalAveragePool", [x], ["mean"], name="avgpool"))
nodes.append(helper.make_node("Flatten", ["mean"], ["flat"], name="flatten"))
nodes.append(helper.make_node(
    "Gemm", ["flat", tensor("fc.weight", (1000, 2048)), tensor("fc.bias", (1000,))], ["y"],
    transB=1, name="fc"))
graph = helper.make_graph(
    nodes, "resnet50",
    [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["batch", 3, 224, 224])],
    [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["batch", 1000])], weights)
save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)]), sys.argv[1])
