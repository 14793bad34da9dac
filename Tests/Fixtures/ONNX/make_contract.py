"""Lists the initializers of the fixtures for the suite that runs for every format.

    pip install onnx==1.23.2 && python make_contract.py

Models whose weights lie elsewhere too (in nodes, functions, sparse tensors) have tests of their own.
"""

import json
import pathlib

import onnx

HERE = pathlib.Path(__file__).parent


def names_of_types():
    """The names of memfit by ONNX's codes."""
    names = {
        "FLOAT": "float32", "DOUBLE": "float64", "FLOAT8E8M0": "float8E8M0",
        "FLOAT4E2M1": "float4E2M1", "FLOAT6E2M3": "float6E2M3FN", "FLOAT6E3M2": "float6E3M2FN",
    }
    small = ["FLOAT8E4M3FN", "FLOAT8E4M3FNUZ", "FLOAT8E5M2", "FLOAT8E5M2FNUZ"]
    names.update({name: name.replace("FLOAT", "float") for name in small})
    return {code: names.get(name, name.lower()) for name, code in onnx.TensorProto.DataType.items()}


def main():
    types, files = names_of_types(), {}
    for path in sorted(HERE.glob("*.onnx")):
        model = onnx.load(path, load_external_data=False)
        kinds = {node.op_type for node in model.graph.node}
        if kinds & {"Constant", "If"} or model.functions or model.graph.sparse_initializer:
            continue
        tensors = [[t.name, types[t.data_type], list(t.dims)] for t in model.graph.initializer]
        files[path.name] = {"tensors": sorted(tensors)}
    contract = {"reference": f"onnx {onnx.__version__}", "files": files}
    (HERE / "contract.json").write_text(json.dumps(contract, indent=1) + "\n")


if __name__ == "__main__":
    main()
