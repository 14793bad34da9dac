"""Shortens the measurements of PyTorch inference to the figures that the tests compare.

    python make_inference.py truth.json > inference.json

`temporary` is how far `torch.cuda.max_memory_allocated` rose in one call of the model under
`torch.no_grad()` over what the parameters, the buffers and the input held before (PyTorch 2.15, CUDA
build, cuDNN workspaces of zero bytes); `base` is what they held, `after` what was held with the output alive,
`reserved` what the allocator had taken from the device.
"""

import json
import sys

runs = json.load(open(sys.argv[1]))["runs"]
table = [
    {"model": run["model"], "batch": run["batch"],
     "temporary": run["inference"]["peak"] - run["inference"]["base"],
     **{key: run["inference"][key] for key in ("base", "peak", "after", "reserved")}}
    for run in runs.values() if "inference" in run
]
json.dump(table, sys.stdout, indent=1)
print()
