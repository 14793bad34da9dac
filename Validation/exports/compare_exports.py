"""Compares `memfit train FILE.pt2` with what measure_exports.py measured of the same live modules.

    Validation/exports/compare_exports.py FOLDER [--memfit .build/release/memfit] [--only TEXT] [--events] [--other-batch]
        [--markdown Documentation/AccuracyOfExports.md [--keep Documentation/AccuracyOfExports.md]]
        [--collect Validation/exports/exports_truth.json]

Prints a line for each case. `--markdown` writes the page, with the rows of an earlier one (`--keep`) for what FOLDER has
no export of; `--collect` gathers what was measured in one file,
`--other-batch` asks for the measured batch, for exports made of another one, `--events` shows where allocations and frees of the steady step differ. Needs Python's standard library only.
"""

import argparse
import concurrent.futures
import difflib
import glob
import json
import os
import pickle
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
OPTIMIZERS = {"sgdm": "sgd:momentum"}
# A device of each compute capability that is pretended.
DEVICES = {70: "v100-32gb", 75: "t4", 80: "a100-80gb", 86: "rtx-3090", 89: "l40s", 90: "h100-80gb"}
SETTINGS = {"loss": "loss", "checkpointing": "checkpointing", "accumulate": "accumulate", "allocator": "allocator-settings", "ddp": "ddp"}
PHASES = {"fwd": "forward", "bwd": "backward", "opt": "optimizer"}
FACTORIES = set(
    "empty_memory_format empty_like empty_strided empty zeros zeros_like new_zeros new_empty full full_like "
    "ones_like resize_ contiguous clone to _to_copy new_empty_strided empty_permuted".split())
FIGURES = [
    ("saved", lambda r: r["saved"], lambda t: t["savedActivationBytes"]),
    ("requested", lambda r: r["steady"]["requested"], lambda t: t["requestedPeakBytes"]),
    ("allocated", lambda r: r["steady"]["allocated"], lambda t: t["allocatedPeakBytes"]),
    ("reserved", lambda r: r["steady"]["reserved"], lambda t: t["reservedPeakBytes"]),
    ("first requested", lambda r: r["first"]["requested"], lambda t: t["firstStep"]["requestedPeakBytes"]),
]


def ask(memfit, run, path, extra=()):
    line = [memfit, "train", path, "--optimizer", OPTIMIZERS.get(run["optimizer"], run["optimizer"]),
            "--device", DEVICES[run["cc"]], "--format", "json", "--this-batch-only",
            "--cublas-workspace", "default" if run["workspace"] else "none", *extra]
    if run.get("precision"):
        line += ["--precision", run["precision"]]
    if run["other_batch"]:
        line += ["--batch", str(run["batch"])]
    if run.get("layout") == "channels_last":
        line += ["--channels-last"]
    line += [f"--frozen={pattern}" for pattern in run.get("frozenLater", ())]
    line += [f"--{option}={run[key]}" for key, option in SETTINGS.items() if key in run]
    line += ["--keep-gradients"] if run.get("keep") else []
    line += ["--keep-evaluation"] if run.get("evaluates") else []
    done = subprocess.run(line, capture_output=True, text=True)
    try:
        report = json.loads(done.stdout)
        return report["train"], report["diagnostics"]
    except (ValueError, KeyError):
        return None, [{"message": (done.stderr.strip().splitlines() or ["no answer"])[0], "code": "error"}]


def operator(run):
    names = run["peak"]["operators"]
    found = next((n for n in names if n not in FACTORIES), names[0] if names else "")
    # What a cast of any name does.
    return "_to_copy" if found in ("to_dtype", "to_dtype_layout") else found


def judge(run, train):
    """The error of each figure in percent; nothing where it is exact."""
    cells = {}
    for name, truth, ours in FIGURES:
        difference = ours(train) - truth(run)
        cells[name] = (difference, 100 * difference / max(1, truth(run)))
    cells["phase"] = train["peak"]["phase"] == PHASES[run["peak"]["phase"]]
    cells["operator"] = train["peak"]["operator"] == operator(run)
    return cells


def short(cell):
    difference, percent = cell
    return "=" if difference == 0 else f"{difference:+,} ({percent:+.3f} %)"


def within(cells):
    """Whether all figures keep the tolerances: saved exact, requested 0.1 %, allocated 0.5 %, reserved 2 %."""
    limits = {"requested": 0.1, "allocated": 0.5, "reserved": 2}
    return cells["saved"][0] == 0 and all(abs(cells[k][1]) <= limit for k, limit in limits.items())


# MARK: Events


def truth_events(path):
    """The steady step's events: (kind, bytes, operators)."""
    sizes, events, phase, phases = {}, [], "build", {}
    with open(path) as file:
        for line in file:
            word, *rest = line.split()
            if word == "==":
                phases[" ".join(rest)] = len(events)
            elif word == "a":
                sizes[rest[0]] = int(rest[1])
                events.append(("a", int(rest[1]), " ".join(rest[2:5])))
            else:
                events.append(("f", sizes[rest[0]], ""))
    return events, phases


def our_events(memfit, run, path):
    with tempfile.NamedTemporaryFile(suffix=".pickle") as file:
        ask(memfit, run, path, ["--snapshot", file.name])
        snapshot = pickle.load(open(file.name, "rb"))
    events, sizes = [], {}
    for entry in snapshot["device_traces"][0]:
        names = [f["name"] for f in entry.get("frames", [])]
        if not names or not names[-1].startswith("steady"):
            continue
        if entry["action"] == "alloc":
            names = [names[0], entry["frames"][0]["filename"]]
            sizes[entry["addr"]] = entry["size"]
            events.append(("a", entry["size"], " ".join(names[:3])))
        elif entry["action"] == "free_requested":
            events.append(("f", entry["size"], ""))
    return events


def show_events(memfit, run, program, events):
    truth, marks = truth_events(events)
    ours = our_events(memfit, run, program)
    a, b = truth[marks["first zero"]:marks.get("steady zero", len(truth))], ours
    matcher = difflib.SequenceMatcher(None, [e[:2] for e in a], [e[:2] for e in b], autojunk=False)
    shown = 0
    for tag, i1, i2, j1, j2 in matcher.get_opcodes():
        if tag == "equal":
            continue
        print("  at", i1, "of", len(a), "fwd ends", marks["steady fwd"] - marks["first zero"])
        for e in a[max(0, i1 - 2):i1]:
            print("      ", e)
        for e in a[i1:i2][:12]:
            print("    - ", e)
        for e in b[j1:j2][:12]:
            print("    + ", e)
        shown += 1
        if shown >= int(os.environ.get("MEMFIT_DIFFERENCES", "12")):
            break


def export(path, run):
    return path[:-5].removesuffix("-" + run.get("precision", "")) + ".pt2"


def answer(memfit, path, run):
    return ask(memfit, run, export(path, run))


def measured(path, other_batch):
    with open(path) as file:
        return {**json.load(file), "other_batch": other_batch}


def main():
    options = argparse.ArgumentParser()
    options.add_argument("folder")
    options.add_argument("--memfit", default=os.path.join(ROOT, ".build", "release", "memfit"))
    options.add_argument("--markdown")
    options.add_argument("--keep")
    options.add_argument("--collect")
    options.add_argument("--only", default="")
    options.add_argument("--events", action="store_true")
    options.add_argument("--other-batch", action="store_true")
    options.add_argument("--workers", type=int, default=2)
    choice = options.parse_args()
    rows, good, exact, total, phases, operators = [], 0, 0, 0, 0, 0
    if choice.collect:
        collect(choice.folder, choice.collect)
    paths = sorted(glob.glob(os.path.join(choice.folder, "*.json")))
    paths = [path for path in paths if choice.only in os.path.basename(path)[:-5]]
    pool = concurrent.futures.ThreadPoolExecutor(choice.workers)
    runs = {path: measured(path, choice.other_batch) for path in paths}
    answers = {path: pool.submit(answer, choice.memfit, path, run) for path, run in runs.items()}
    for path, run in runs.items():
        name = os.path.basename(path)[:-5]
        failure = run.get("error") and "PyTorch's own run failed: " + run["error"].split(". ")[0]
        if os.path.exists(path[:-5] + ".error"):
            with open(path[:-5] + ".error") as file:
                failure = "not exported: " + " ".join(file.read().split())[:120]
        program = export(path, run)
        if failure or not os.path.exists(program):
            if failure:
                rows.append((name, failure, None, run, []))
                print(f"{name:58} {failure}"[:150])
            continue
        total += 1
        train, notes = answers[path].result()
        opaque = sorted({n["message"].split(" is ")[0] for n in notes if n["code"] == "opaqueOperator"})
        if train is None:
            words = notes[0]["message"] if notes else "no training"
            rows.append((name, words, None, run, opaque))
            print(f"{name:58} {words}"[:150])
            continue
        cells = judge(run, train)
        good += within(cells)
        exact += cells["saved"][0] == 0 and abs(cells["requested"][0]) <= 1024
        phases += cells["phase"]
        operators += cells["phase"] and cells["operator"]
        rows.append((name, None, cells, run, opaque))
        marks = "" if within(cells) else " <<<"
        print(f"{name:58}", *(f"{k} {short(cells[k])}" for k in ("saved", "requested", "allocated", "reserved")),
              "" if cells["phase"] else "phase", "" if cells["operator"] else f"op {operator(run)} not {train['peak']['operator']}",
              " ".join(opaque), marks)
        if choice.events:
            show_events(choice.memfit, run, program, path[:-5] + ".events")
    counts = {"runs": total, "exact": exact, "good": good, "phase": phases, "operator": operators}
    print(f"{total} runs: {exact} with saved and requested bytes exact, {good} within all tolerances, "
          f"the phase of the peak right in {phases}, its operator too in {operators}")
    if choice.markdown:
        kept = earlier(choice.keep, {row[0] for row in rows}) if choice.keep else []
        with open(choice.markdown, "w") as file:
            file.write(markdown(rows, counts, kept))


def collect(folder, path):
    runs = []
    for name in sorted(glob.glob(os.path.join(folder, "*.json"))):
        with open(name) as file:
            runs.append(json.load(file))
    with open(path, "w") as file:
        file.write('{"runs": [\n' + ",\n".join(json.dumps(run) for run in runs) + "\n]}\n")


def earlier(page, known):
    """The rows of a page of runs that are not known now."""
    with open(page) as file:
        rows = [line.rstrip("\n") for line in file if line.startswith("| ")]
    return [row for row in rows if row.split(" | ")[0][2:] not in known | {"module", "---"}]


def kept_section(kept):
    """The rows of an earlier page, and how many of them were right."""
    cells = [row.strip("| ").split(" | ") for row in kept]
    measured = [row for row in cells if len(row) > 6 and row[2].strip()]
    good = sum(within_words(row[3:7]) for row in measured)
    return ["", f"{len(measured)} further runs, measured with an earlier version and not again with this one: {good} of them within "
            "all tolerances.", "", *HEADINGS, *kept]


def within_words(cells):
    """Whether the cells of a row keep the tolerances: saved, requested, allocated, reserved."""
    def percent(cell):
        return 0 if cell == "=" else abs(float(cell.split("(")[1].split(" ")[0]))
    return cells[0] == "=" and all(percent(c) <= limit for c, limit in zip(cells[1:], (0.1, 0.5, 2)))


HEADINGS = [
    "| module | run | requested peak | saved | requested | allocated | reserved | peak at | operators not declared |",
    "| --- | --- | ---: | ---: | ---: | ---: | ---: | --- | --- |"]


def markdown(rows, counts, kept=()):
    with open(os.path.join(HERE, "accuracy_head.md")) as file:
        head = file.read()
    lines = [
        head,
        "{runs} runs of modules could be exported and measured. Saved and requested bytes are exact (to 1 KiB) in {exact} of them, all "
        "figures within the tolerances (saved exact, requested 0.1 %, allocated 0.5 %, reserved 2 %) in {good}. The phase in which the "
        "step's peak comes is right in {phase} ({phase_share:.1f} %), its operator too in {operator} ({operator_share:.1f} %).".format(
            **counts, phase_share=100 * counts["phase"] / max(1, counts["runs"]),
            operator_share=100 * counts["operator"] / max(1, counts["runs"])), "",
        *HEADINGS]
    for name, failure, cells, run, opaque in rows:
        parts = [f"batch {run['batch']}", OPTIMIZERS.get(run["optimizer"], run["optimizer"]), run.get("precision"),
                 f"cc {run['cc'] / 10}", *(f"{option} {run[key]}" for key, option in SETTINGS.items() if key in run),
                 "gradients kept" if run.get("keep") else "", "evaluation kept" if run.get("evaluates") else ""]
        what = ", ".join(part for part in parts if part)
        if cells is None:
            lines.append(f"| {name} | {what} | | {failure} | | | | | |".replace("\n", " "))
            continue
        peak = operator(run) if cells["operator"] and cells["phase"] else f"{operator(run)} (other told)"
        lines.append(
            f"| {name} | {what} | {run['steady']['requested']:,} | " + " | ".join(
                short(cells[k]) for k in ("saved", "requested", "allocated", "reserved")) + f" | {peak} | {', '.join(opaque)} |")
    return "\n".join(lines + (kept_section(kept) if kept else [])) + "\n"


if __name__ == "__main__":
    main()
