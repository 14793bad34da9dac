"""Shortens the memory measurements of ONNX Runtime to the figures that the tests compare.

    python make_memory.py ort_memory.json > memory.json

Each model was run at batch 1 on the CPU with one thread and no graph optimisation. `outputs` is the
sum of all node outputs in the session profile; `block` is the first request of the second run after
the arena was shrunk, which is the block of the memory pattern: all planned activations, without the
graph's inputs and outputs.
"""

import json
import sys

measured = json.load(open(sys.argv[1]))
table = []
for path, runs in measured.items():
    run = runs["none/exact"]
    table.append({
        "model": path.removeprefix("onnx/"),
        "outputs": runs["none/default"]["profile_sum_output_size"],
        "block": run["arena"]["run1"]["extends"][0][0],
    })
json.dump(table, sys.stdout, indent=1)
print()
