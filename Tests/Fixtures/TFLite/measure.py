"""What the runtimes themselves say of a file's memory.

LiteRT has no interface for it in Python; the addresses of its tensors tell. TensorFlow Lite Micro
prints its allocations.
"""

import contextlib
import os
import re
import tempfile

import numpy as np
from ai_edge_litert import interpreter as litert

INVOKED_SHAPE = [4, 10]


def measure_litert(data):
    """The extent of the arena, found as the range of addresses around the graph's inputs."""
    interpreter = litert.Interpreter(
        model_content=data, num_threads=1,
        experimental_op_resolver_type=litert.OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES)
    interpreter.allocate_tensors()
    for tensor in interpreter.get_input_details():
        if tensor["name"] in ("shape", "invoked"):
            # What follows a size that only running tells is planned in the run.
            if tensor["name"] == "shape":
                interpreter.set_tensor(tensor["index"], np.array(INVOKED_SHAPE, np.int32))
            interpreter.invoke()
    places = {}
    for index in [tensor["index"] for tensor in interpreter.get_tensor_details()]:
        try:
            array = interpreter.tensor(index)()
        except (ValueError, IndexError, RuntimeError):
            continue
        # The arena starts at a multiple of 64 and has all its tensors there; the heap mostly not.
        if array is not None and array.nbytes > 0 and array.ctypes.data % 64 == 0:
            places[index] = (array.__array_interface__["data"][0], array.nbytes)
    ranges = []
    for index, (address, size) in sorted(places.items(), key=lambda place: place[1]):
        # An arena may touch its neighbour on the heap, but keeps the allocator's header apart.
        if ranges and address - ranges[-1][1] < 64:
            ranges[-1][1] = max(ranges[-1][1], address + size)
            ranges[-1][2].append(index)
        else:
            ranges.append([address, address + size, [index]])
    inputs = [d["index"] for d in interpreter.get_input_details()]
    arenas = [r for r in ranges if any(i in r[2] for i in inputs)]
    # Where the arena starts with a buffer that is not shown, its alignment still tells.
    return {"arena": sum(r[1] - r[0] for r in arenas), "ranges": len(arenas)}


def measure_micro(data):
    """The planned head and the persistent tail."""
    from tflite_micro.python.tflite_micro import runtime

    with captured() as log:
        interpreter = runtime.Interpreter.from_bytes(data, arena_size=1 << 27)
        interpreter.print_allocations()
        text = log()
    head = re.search(r"Arena allocation head (\d+) bytes", text)
    tail = re.search(r"Arena allocation tail (\d+) bytes", text)
    return {"head": int(head.group(1)), "tail": int(tail.group(1))}


@contextlib.contextmanager
def captured():
    """The standard error of the process, which the runtime writes to past Python."""
    with tempfile.TemporaryFile() as file:
        saved = os.dup(2)
        saved_out = os.dup(1)
        os.dup2(file.fileno(), 2)
        os.dup2(file.fileno(), 1)
        try:
            yield lambda: (file.seek(0), file.read().decode(errors="replace"))[1]
        finally:
            os.dup2(saved, 2)
            os.dup2(saved_out, 1)
