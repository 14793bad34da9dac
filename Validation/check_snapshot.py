"""Holds predicted memory snapshots to PyTorch's own memory_viz, and to the report of the same step.

Needs: torch (any recent version; no GPU), and the built tool.

    python Validation/check_snapshot.py [--tool .build/debug/memfit]

For each case it runs `python -m torch.cuda._memory_viz` with stats, trace, segments, memory and
trace_plot on the file. `segments` and `memory` draw with Perl's flamegraph.pl, which PyTorch downloads;
here they are called with a drawing function that keeps the lines, so that no network is needed.
"""

import argparse
import json
import pickle
import subprocess
import sys
import tempfile
from pathlib import Path

from torch.cuda import _memory_viz

CASES = [
    ["resnet18", "--batch", "4"],
    ["resnet50", "--batch", "32", "--device", "v100-16gb"],
    ["resnet50", "--batch", "32", "--allocator", "expandable"],
    ["mobilenet_v2", "--batch", "8", "--optimizer", "sgd:momentum", "--precision", "amp-bf16"],
    ["gpt2", "--batch", "2", "--sequence", "128", "--optimizer", "adamw"],
    ["resnet50", "--batch", "2000", "--device", "v100-16gb"],
]


def train(tool, case, *more):
    command = [tool, "train", *case, "--format", "json", *more]
    process = subprocess.run(command, capture_output=True, text=True, check=False)
    if process.returncode not in (0, 1):
        sys.exit(f"{' '.join(command)}\n{process.stderr}")
    return json.loads(process.stdout)["train"]


def viz(action, path, *more):
    command = [sys.executable, "-m", "torch.cuda._memory_viz", action, str(path), *more]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def load(path):
    with open(path, "rb") as file:
        return pickle.load(file)


def total(snapshot, key):
    return sum(segment[key] for segment in snapshot["segments"])


def flame_lines(draw, snapshot):
    """The lines that PyTorch hands to flamegraph.pl, as stacks and bytes."""
    lines = draw(snapshot, format_flamegraph=lambda text: text).splitlines()
    return [(line.rsplit(" ", 1)[0], int(line.rsplit(" ", 1)[1])) for line in lines]


def check(tool, case, folder):
    end, peak = folder / "end.pickle", folder / "peak.pickle"
    report = train(tool, case, "--snapshot", str(end))
    train(tool, case, "--snapshot", str(peak), "--snapshot-at", "peak")
    snapshot, at_peak = load(end), load(peak)
    problems = []

    def expect(what, found, wanted):
        if found != wanted:
            problems.append(f"{what}: found {found}, expected {wanted}")

    for path in (end, peak):
        stats = viz("stats", path)
        expect("segments of stats", f"segments: {len(load(path)['segments'])}\n" in stats, True)
        viz("trace_plot", path, "-o", str(folder / "plot.html"))
    events = snapshot["device_traces"][0]
    expect("entries of trace", f"{len(events)} entries" in viz("trace", end), True)
    for draw in (_memory_viz.segments, _memory_viz.memory):
        expect(draw.__name__, sum(size for _, size in flame_lines(draw, snapshot)),
               total(snapshot, "total_size"))
    if report["fits"]:
        expect("reserved", total(snapshot, "total_size"), report["reservedPeakBytes"])
        expect("allocated", total(at_peak, "allocated_size"), report["allocatedPeakBytes"])
        expect("requested", steady_peak(snapshot), report["requestedPeakBytes"])
    else:
        expect("last action", events[-1]["action"], "oom")
    stacks = len(flame_lines(_memory_viz.memory, at_peak))
    print(f"{'ok  ' if not problems else 'FAIL'} {' '.join(case)}: {len(events)} entries, "
          f"{len(snapshot['segments'])} segments, {stacks} blocks at the peak, "
          f"{end.stat().st_size / 1e6:.1f} MB")
    for problem in problems:
        print(f"     {problem}")
    return not problems


def steady_peak(snapshot):
    """The largest sum of requests in the steady step."""
    begin = next(note["time_us"] for note in snapshot["external_annotations"]
                 if note["name"] == "steady step: forward")
    current = peak = 0
    for event in snapshot["device_traces"][0]:
        if event["time_us"] >= begin:
            peak = max(peak, current)
        current += {"alloc": event["size"], "free_completed": -event["size"]}.get(event["action"], 0)
    return peak


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tool", default=".build/debug/memfit")
    tool = parser.parse_args().tool
    with tempfile.TemporaryDirectory() as folder:
        results = [check(tool, case, Path(folder)) for case in CASES]
    sys.exit(0 if all(results) else 1)


if __name__ == "__main__":
    main()
