"""Makes hostile files of every format and gives each to the commands of memfit.

    python run.py MEMFIT [--folder FOLDER [--as-it-is]] [--only PART] [--commands 'store @' 'run @' …]

Every run must end by itself with exit status 0, 1 or 2, within 2 seconds of CPU time and 100 MB, say something where it
fails, print no control characters, and run nothing that a file names. Needs nothing but Python; a release build is meant.
What fails is listed, and the exit status is 1.
"""
import argparse
import os
import pathlib
import resource
import sys
import tempfile

import coreml_files
import export_files
import folder_files
import gguf_files
import keras_files
import onnx_files
import safetensors_files
import tflite_files
import torch_files
from wire import MARKER

SECONDS, KIBIBYTES = 2, 100_000
WAS_RUN = pathlib.Path(MARKER)
COMMANDS = ["@", "store @", "run @", "train @", "layers @", "check @ --max-parameters 1", "explain @", "scan @",
            "fit @ --device v100-16gb", "plan arena @", "plan order @", "plan recomputation @"]


def all_files():
    for ending, module in {"safetensors": safetensors_files, "gguf": gguf_files, "onnx": onnx_files,
                           "mlmodel": coreml_files, "tflite": tflite_files, "pt2": export_files}.items():
        for name, data in module.files():
            yield f"{ending}/{name}.{ending}", data
    for folder, module in {"torch": torch_files, "keras": keras_files, "": folder_files}.items():
        for name, data in module.files():
            yield f"{folder}/{name}".lstrip("/"), data


def make(root):
    for name, data in all_files():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.is_symlink() or path.exists():
            continue
        if isinstance(data, folder_files.Link):
            path.symlink_to(data)
        elif isinstance(data, folder_files.Pipe):
            os.mkfifo(path)
        elif isinstance(data, folder_files.Folder):
            path.mkdir()
        elif isinstance(data, folder_files.Sparse):
            path.touch()
            os.truncate(path, data)
        else:
            path.write_bytes(data)
    for name, target in {"zero.bin": "/dev/zero", "loop.bin": "loop.bin"}.items():
        if not (root / "onnx" / name).is_symlink():
            (root / "onnx" / name).symlink_to(target)
    if not (root / "onnx" / "pipe.bin").exists():
        os.mkfifo(root / "onnx" / "pipe.bin")


def targets(root):
    """What memfit is given: each file, and each folder whose files belong together."""
    together = {"folders", "configurations"}
    for part in sorted(path for path in root.iterdir() if path.is_dir()):
        if part.name in together:
            yield from sorted(part.iterdir())
        else:
            yield from sorted(path for path in part.iterdir() if path.suffix != "" or path.is_symlink())
    yield from sorted((root / "folders").glob("*/*.index.json"))


def limit():
    resource.setrlimit(resource.RLIMIT_CPU, (20, 20))


def measure(memfit, words):
    """The exit status, the CPU time, the largest memory and what was printed."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        for stream in (1, 2):
            os.dup2(writing, stream)
        os.dup2(os.open("/dev/null", os.O_RDONLY), 0)
        limit()
        os.execv(memfit, [memfit, *words])
    os.close(writing)
    printed = b""
    with os.fdopen(reading, "rb") as stream:
        while part := stream.read(1 << 16):
            printed = (printed + part)[:200_000]
    _, status, usage = os.wait4(child, 0)
    return status, usage.ru_utime + usage.ru_stime, usage.ru_maxrss, printed


def faults(status, seconds, kibibytes, printed):
    if os.WIFSIGNALED(status):
        yield f"signal {os.WTERMSIG(status)}"
    elif os.WEXITSTATUS(status) not in (0, 1, 2):
        yield f"exit status {os.WEXITSTATUS(status)}"
    elif os.WEXITSTATUS(status) == 2 and not printed.strip():
        yield "no word of what is wrong"
    if seconds > SECONDS:
        yield f"{seconds:.2f} s"
    if kibibytes > KIBIBYTES:
        yield f"{kibibytes / 1000:.0f} MB"
    if any(byte < 32 and byte not in b"\n\t\r" for byte in printed):
        yield "control characters"
    if WAS_RUN.exists():
        WAS_RUN.unlink()
        yield "something was run"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("memfit")
    parser.add_argument("--folder", default=None)
    parser.add_argument("--as-it-is", action="store_true", help="make nothing, take the files that lie in FOLDER")
    parser.add_argument("--only", default="")
    parser.add_argument("--commands", nargs="+", default=COMMANDS)
    options = parser.parse_args()
    root = pathlib.Path(options.folder or tempfile.mkdtemp(prefix="hostile"))
    if not options.as_it_is:
        make(root)
    failed = 0
    for command in options.commands:
        count, slowest, largest = 0, (0, ""), (0, "")
        for path in targets(root):
            name = str(path.relative_to(root))
            if options.only not in name:
                continue
            words = [os.fsencode(path) if word == "@" else word for word in command.split()]
            status, seconds, kibibytes, printed = measure(options.memfit, words)
            count += 1
            slowest, largest = max(slowest, (seconds, name)), max(largest, (kibibytes, name))
            found = list(faults(status, seconds, kibibytes, printed))
            if found:
                failed += 1
                print(f"{command}: {name!r}: {', '.join(found)}", flush=True)
        print(f"{command}: {count} files, slowest {slowest[0]:.2f} s {slowest[1]!r}, "
              f"largest {largest[0] / 1000:.0f} MB {largest[1]!r}", flush=True)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
