#!/usr/bin/env python3
"""Stands for the tool: says what it was asked, in a report of its shape, or fails as it does."""

import json
import os
import sys

mode = os.environ.get("STUB_MODE", "answer")
if mode == "refuse":
    sys.stderr.write("memfit: nothing leads to a loss\n")
    sys.exit(2)
if mode == "garbage":
    print("not JSON")
    sys.exit(0)
train = {
    "device": "a100-80gb", "optimizer": "adam", "precision": "fp32", "framework": "pytorch-2.15",
    "requestedPeakBytes": 60, "allocatedPeakBytes": 512, "reservedPeakBytes": 2048,
    "peak": {"phase": "backward", "operator": "mm", "node": "fc"},
    "breakdown": {"parameters": 20, "gradients": 20, "activations": 20},
    "totalBytes": 4096, "availableBytes": 1024 if mode == "full" else 8192,
    "fits": mode != "full",
}
report = {
    "memfit": "0.1.0",
    "asked": sys.argv[1:],
    "exported": os.path.isfile(sys.argv[2]),
    "train": None if mode == "silent" else train,
    "diagnostics": [{"severity": "warning", "code": "noGraph", "message": "no graph", "where": ""}],
}
print(json.dumps(report))
sys.exit(1 if mode == "full" else 0)
