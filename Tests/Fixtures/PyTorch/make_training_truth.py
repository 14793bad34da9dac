"""Makes training_truth.json from the recorded runs of the real PyTorch.

run: make_training_truth.py truth.json > training_truth.json

`truth.json` is what `measure.py` of the oracle prints for each run, gathered by run name: PyTorch 2.15.0's own
dispatcher, autograd engine, optimizers and caching allocator, on stand-ins for the CUDA runtime, cuBLAS and cuDNN.
"""
import json
import sys

FACTORIES = {
    "empty_memory_format", "empty_like", "empty_strided", "empty", "zeros", "zeros_like", "new_zeros",
    "new_empty", "full", "full_like", "ones_like", "resize_", "contiguous", "clone", "to", "_to_copy",
    "new_empty_strided", "empty_permuted",
}


def peaks(step):
    phases = [step[phase] for phase in ("fwd", "bwd", "opt")]
    return dict(
        requested=step["requested_peak"], allocated=step["peak"],
        reserved=max(phase["reserved_peak"] for phase in phases))


def entry(name, run):
    traced = run["traced_steady"]
    chain = traced["peak_op"]
    operator = next((op for op in chain if op not in FACTORIES), chain[0] if chain else "")
    return dict(
        name=name, model=run["model"], optimizer=run["opt"], batch=run["batch"], dtype=run["dtype"],
        autocast=run["autocast"], channels_last=run["channels_last"], ckpt=run["ckpt"],
        cc=int(run["cc"]), workspace=run["cublas_cfg"] != ":0:0", expandable="expandable" in name,
        cache="CACHE1" in name, base=run["after_model_and_input"]["requested"],
        saved=run["saved"]["unique_activation_bytes"], first=peaks(run["steps"][0]),
        steady=peaks(run["steps"][1]), phase=traced["peak_phase"], op=operator)


runs = json.load(open(sys.argv[1]))["runs"]
source = "The real PyTorch 2.15.0 CUDA build on stand-in CUDA libraries; made by make_training_truth.py"
entries = [entry(name, run) for name, run in sorted(runs.items()) if "inference" not in run]
print(json.dumps(dict(source=source, runs=entries), separators=(",", ":")))
