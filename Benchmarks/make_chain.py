#!/usr/bin/env python3
"""Writes an ONNX file whose graph is a chain: make_chain.py NODES FILE."""

import sys

import numpy
from onnx import TensorProto, helper, numpy_helper, save

nodes, path = int(sys.argv[1]), sys.argv[2]
chain = []
for index in range(nodes):
    source = "x" if index == 0 else f"v{index - 1}"
    if index % 4 == 3:
        chain.append(helper.make_node("Add", [source, "bias"], [f"v{index}"], name=f"add{index}"))
    else:
        kind = ("Relu", "Sigmoid", "Tanh")[index % 4]
        chain.append(helper.make_node(kind, [source], [f"v{index}"], name=f"{kind}{index}"))
bias = numpy_helper.from_array(numpy.zeros(64, numpy.float32), "bias")
graph = helper.make_graph(
    chain, "chain",
    [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["batch", 64])],
    [helper.make_tensor_value_info(f"v{nodes - 1}", TensorProto.FLOAT, ["batch", 64])], [bias])
save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)]), path)
