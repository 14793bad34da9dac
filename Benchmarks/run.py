#!/usr/bin/env python3
"""Runs memfit beside its peers on the same files and prints ratios of CPU time and peak memory."""

import argparse
import os
import platform
import statistics
import subprocess
import sys
import venv
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
FILES = HERE / ".files"
ENVIRONMENT = HERE / ".venv"
PYTHON = ENVIRONMENT / "bin" / "python"
SMALL = ["onnx==1.23.2", "onnx-tool==1.0.1", "numpy"]
LARGE = ["torch==2.15.0", "torchvision==0.29.2", "torchinfo==1.8.0", "onnxscript"]


def install(quick):
    """Makes the environment of the peers, once."""
    if not PYTHON.exists():
        venv.create(ENVIRONMENT, with_pip=True)
    wanted = SMALL + ([] if quick else LARGE)
    marker = ENVIRONMENT / "installed.txt"
    if marker.exists() and set(wanted) <= set(marker.read_text().splitlines()):
        return
    subprocess.run([PYTHON, "-m", "pip", "install", "-q", *wanted], check=True)
    marker.write_text("\n".join(wanted))


def build():
    """Builds memfit for release, with the Swift library inside, and returns its path."""
    flags = ["-c", "release", "--static-swift-stdlib", "--product", "memfit"]
    subprocess.run(["swift", "build", *flags], cwd=ROOT, check=True, stdout=sys.stderr)
    folder = subprocess.run(
        ["swift", "build", *flags, "--show-bin-path"],
        cwd=ROOT, check=True, capture_output=True, text=True)
    return Path(folder.stdout.strip()) / "memfit"


def make_files(quick):
    """Makes the models the tools are run on."""
    FILES.mkdir(exist_ok=True)
    for power in (3, 4, 5) if quick else (3, 4, 5, 6):
        chain = FILES / f"chain_1e{power}.onnx"
        if not chain.exists():
            subprocess.run([PYTHON, HERE / "make_chain.py", str(10**power), chain], check=True)
    resnet = FILES / "resnet50.onnx"
    if not resnet.exists():
        script = "make_resnet50_quick.py" if quick else "make_resnet50.py"
        subprocess.run([PYTHON, HERE / script, resnet], check=True)
    return resnet


def measure(command, runs):
    """The medians of CPU seconds and peak resident bytes of a command, run once to warm up."""
    times, peaks = [], []
    for run in range(runs + 1):
        with open(os.devnull, "w") as null:
            process = subprocess.Popen([str(part) for part in command], stdout=null, stderr=null)
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            return None
        if run > 0:
            times.append(usage.ru_utime + usage.ru_stime)
            peaks.append(usage.ru_maxrss * 1024)
    return statistics.median(times), statistics.median(peaks)


def row(name, result, base):
    if result is None:
        return f"| {name} | failed | | | |"
    time, peak = result
    return (f"| {name} | {time * 1000:.1f} ms | {peak / 1e6:.1f} MB"
            f" | {time / base[0]:.0f}× | {peak / base[1]:.1f}× |")


def compare_resnet(memfit, resnet, quick, runs):
    onnx_tool = "import onnx_tool; onnx_tool.model_profile({!r}, None)".format(str(resnet))
    infer = ("import onnx; model = onnx.load({!r}); "
             "onnx.shape_inference.infer_shapes(model, data_prop=True)").format(str(resnet))
    summary = ("import torchvision, torchinfo; "
               "torchinfo.summary(torchvision.models.resnet50(), (1, 3, 224, 224), verbose=0)")
    peers = [
        ("onnx-tool: profile", [PYTHON, "-c", onnx_tool]),
        ("onnx: load and infer shapes", [PYTHON, "-c", infer]),
        ("import onnx_tool alone", [PYTHON, "-c", "import onnx_tool"]),
        ("import onnx alone", [PYTHON, "-c", "import onnx"]),
    ]
    if not quick:
        peers += [
            ("torchinfo: summary of torchvision's resnet50", [PYTHON, "-c", summary]),
            ("import torchvision, torchinfo alone",
             [PYTHON, "-c", "import torchvision, torchinfo"]),
        ]
    base = measure([memfit, resnet], runs)
    if base is None:
        sys.exit("memfit failed on " + str(resnet))
    print(f"\n## ResNet-50 as ONNX, {resnet.stat().st_size / 1e6:.0f} MB: the whole report\n")
    print("| command | CPU time | peak memory | time ratio | memory ratio |")
    print("| --- | --: | --: | --: | --: |")
    print(row("memfit resnet50.onnx", base, base))
    print(row("memfit resnet50 (built in)", measure([memfit, "resnet50"], runs), base))
    print(row("memfit --version (the floor)", measure([memfit, "--version"], runs), base))
    for name, command in peers:
        print(row(name, measure(command, runs), base), flush=True)


def scale(memfit, runs):
    print("\n## Chains of nodes: `memfit run`\n")
    print("| nodes | file | CPU time | per node | peak memory |")
    print("| --: | --: | --: | --: | --: |")
    for chain in sorted(FILES.glob("chain_1e*.onnx")):
        nodes = 10 ** int(chain.stem.rsplit("e", 1)[1])
        result = measure([memfit, "run", chain], runs)
        if result is None:
            print(f"| {nodes:,} | failed | | | |")
            continue
        time, peak = result
        print(f"| {nodes:,} | {chain.stat().st_size / 1e6:.1f} MB | {time * 1000:.1f} ms"
              f" | {time / nodes * 1e6:.2f} µs | {peak / 1e6:.0f} MB |", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="without PyTorch, smaller files")
    parser.add_argument("--runs", type=int, default=5, help="counted runs of each command")
    arguments = parser.parse_args()
    install(arguments.quick)
    memfit = build()
    resnet = make_files(arguments.quick)
    print(f"# memfit beside its peers\n\n{platform.machine()}, {os.cpu_count()} cores,"
          f" Python {platform.python_version()}; medians of {arguments.runs} runs.")
    compare_resnet(memfit, resnet, arguments.quick, arguments.runs)
    scale(memfit, arguments.runs)


if __name__ == "__main__":
    main()
