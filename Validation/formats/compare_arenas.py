"""Compares memfit's arenas of TFLite files with those that LiteRT and TensorFlow Lite Micro take.

    python compare_arenas.py MEMFIT FILE.tflite …    # ai-edge-litert 2.3.0, tflite-micro

LiteRT's arena is the block that the allocator gave, found by its size before the block that the inputs lie in; it is a
multiple of 64, so memfit's figure must lie between what tensors show of it and its end. Each file is run once with
ones, since sizes that only running tells are planned then.
"""
import ctypes
import json
import pathlib
import subprocess
import sys

FIXTURES = pathlib.Path(__file__).parent.parent.parent / "Tests" / "Fixtures"
for folder in ("TFLite", "TFLiteKernels"):
    sys.path.insert(0, str(FIXTURES / folder))
import measure  # noqa: E402
import numpy as np  # noqa: E402
from ai_edge_litert import interpreter as litert  # noqa: E402
from make_fixtures import attempt  # noqa: E402

ALIGNMENT, SLACK = 64, 72


def shown(interpreter):
    """Addresses and sizes of all tensors that are arrays; scalars are given as copies."""
    for detail in interpreter.get_tensor_details():
        try:
            array = interpreter.tensor(detail["index"])()
        except (ValueError, RuntimeError):
            continue
        if hasattr(array, "ctypes") and array.nbytes:
            yield detail["index"], array.__array_interface__["data"][0], array.nbytes


def block(data):
    """What tensors show of LiteRT's arena, and its end as the allocator tells it."""
    interpreter = litert.Interpreter(
        model_content=data, num_threads=1,
        experimental_op_resolver_type=litert.OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES)
    interpreter.allocate_tensors()
    for given in interpreter.get_input_details():
        interpreter.set_tensor(given["index"], np.ones(given["shape"], given["dtype"]))
    interpreter.invoke()
    places = list(shown(interpreter))
    given = {detail["index"] for detail in interpreter.get_input_details()}
    first = min(address for index, address, _ in places if index in given)
    for start in range(first, first - (1 << 22), -ALIGNMENT):
        size = ctypes.c_size_t.from_address(start - 8).value
        length = size & ~7
        if size & 7 and length % 16 == 0 and first - start + 24 < length < 1 << 27:
            ends = [address + count for _, address, count in places if start <= address < start + length]
            return max(ends) - start, length - 8 - SLACK + ALIGNMENT
    return None


def arena(memfit, path, runtime):
    answer = subprocess.run(
        [memfit, "run", path, "--runtime", runtime, "--format", "json"], capture_output=True, text=True)
    return json.loads(answer.stdout)["run"]["arena"]["bytes"] if answer.stdout else None


def main():
    memfit, *paths = sys.argv[1:]
    wrong = 0
    for path in paths:
        data = pathlib.Path(path).read_bytes()
        lite, micro = attempt(block, data), attempt(measure.measure_micro, data)
        ours, ours_micro = arena(memfit, path, "litert"), arena(memfit, path, "tflite-micro")
        verdicts = ["unknown" if lite is None else "equal" if lite[0] <= ours <= lite[1] else "differs",
                    "unknown" if micro is None else "equal" if ours_micro == micro["head"] else "differs"]
        wrong += verdicts.count("differs")
        print(f"{pathlib.Path(path).name}: LiteRT {verdicts[0]} ({ours}, {lite}), "
              f"Micro {verdicts[1]} ({ours_micro}, {micro and micro['head']})", flush=True)
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
