#!/usr/bin/env python3
"""Compares `memfit run --values` with the types of node outputs that ONNX Runtime gave.

check_onnx_exports.py MEMFIT TRUTH.json ...     each TRUTH.json lies beside its .onnx file
"""

import json
import subprocess
import sys
from pathlib import Path


def main():
    memfit, failures = sys.argv[1], 0
    for argument in sys.argv[2:]:
        path = Path(argument)
        truth = json.loads(path.read_text())
        command = [memfit, "run", path.with_suffix(".onnx"), "--values", "--format", "json"]
        run = subprocess.run(command, capture_output=True, text=True)
        if run.returncode != 0:
            print(f"{path.stem}: exit {run.returncode}: {run.stderr.strip()[:300]}")
            failures += 1
            continue
        graph = json.loads(run.stdout)["graph"]
        values = {value["name"]: value for value in graph["values"]}
        wrong = []
        for kind, name, data_type, shape in truth["node_outputs"]:
            value = values.get(name)
            found = value and (value["dataType"], value["shape"])
            if kind != "Constant" and found != (data_type, shape):
                wrong.append(f"{kind} {name}: {data_type}{shape}, memfit says {found}")
        failures += bool(wrong)
        print(f"{path.stem}: {len(truth['node_outputs'])} node outputs, {len(wrong)} differ")
        for line in wrong[:5]:
            print("   ", line)
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
