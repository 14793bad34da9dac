"""Compares `memfit train` with measured training steps and writes the table as Markdown.

    swift build -c release
    Validation/training/compare.py --memfit .build/release/memfit > Documentation/Accuracy.md

Needs Python's standard library only. `--answers FILE` keeps memfit's answers between runs of this script;
`--details` prints, run by run, everything that differs.
"""

import argparse
import concurrent.futures
import json
import os
import statistics
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))

# Operators that only make room: the one that asked for it is named instead.
FACTORIES = set(
    "empty_memory_format empty_like empty_strided empty zeros zeros_like new_zeros new_empty full "
    "full_like ones_like resize_ contiguous clone to _to_copy new_empty_strided empty_permuted".split())
OPTIMIZERS = {
    "sgdm": "sgd:momentum", "sgdm_fused": "sgd:momentum,fused", "adamw_fused": "adamw:fused",
    "adamw_loop": "adamw:loop"}
PRECISIONS = {
    ("float32", ""): "fp32", ("bfloat16", ""): "bf16", ("float32", "bfloat16"): "amp-bf16",
    ("float32", "float16"): "amp-fp16"}
PHASES = {"fwd": "forward", "bwd": "backward", "opt": "optimizer"}

# A figure's name, where the truth has it, where memfit's answer has it.
FIGURES = [
    ("saved activations", ("saved",), ("savedActivationBytes",)),
    ("requested, first step", ("first", "requested"), ("firstStep", "requestedPeakBytes")),
    ("requested, steady", ("steady", "requested"), ("requestedPeakBytes",)),
    ("allocated, first step", ("first", "allocated"), ("firstStep", "allocatedPeakBytes")),
    ("allocated, steady", ("steady", "allocated"), ("allocatedPeakBytes",)),
    ("reserved, first step", ("first", "reserved"), ("firstStep", "reservedPeakBytes")),
    ("reserved, steady", ("steady", "reserved"), ("reservedPeakBytes",)),
]


def at(value, path):
    for key in path:
        value = value[key]
    return value


def recorded(path):
    """The runs of the tests' truth, in the words of this script."""
    with open(path) as file:
        runs = json.load(file)["runs"]
    for run in runs:
        run["peak"] = {"phase": run["phase"], "operators": [run["op"]]}
        run["size"] = None if run["model"].startswith(("gpt2", "bert")) else 224
    return runs


def command(memfit, run):
    """The question about a run, as a command line; none if memfit cannot be asked it."""
    model, _, attention = run["model"].partition("-")
    precision = PRECISIONS.get((run.get("dtype", "float32"), run.get("autocast", "")))
    if precision is None:
        return None
    line = [
        memfit, "train", "bert-base" if model == "bert" else model, "--batch", str(run["batch"]),
        "--optimizer", OPTIMIZERS.get(run["optimizer"], run["optimizer"]), "--precision", precision,
        "--device", "h100-80gb" if run["cc"] == 90 else "a100-80gb", "--format", "json",
        "--cublas-workspace", "default" if run["workspace"] else "none"]
    line += ["--image", str(run["size"])] if run["size"] else ["--sequence", "512"]
    if attention:
        line += ["--attention", attention]
    if run.get("channels_last"):
        line += ["--channels-last"]
    if run.get("ckpt"):
        line += ["--checkpointing", "blocks"]
    if run.get("expandable"):
        line += ["--allocator", "expandable"]
    if run.get("cache"):
        line += ["--framework", "pytorch-2.14"]
    return line


def answer(memfit, run):
    line = command(memfit, run)
    if line is None:
        return {"error": "not modelled"}
    done = subprocess.run(line, capture_output=True, text=True)
    try:
        return json.loads(done.stdout)["train"]
    except (ValueError, KeyError):
        return {"error": (done.stderr.strip().splitlines() or ["no answer"])[0]}


def ask(memfit, runs, kept, workers):
    """memfit's answers to all runs, those of the kept file first."""
    answers = {}
    if kept and os.path.exists(kept):
        with open(kept) as file:
            answers = json.load(file)
    open_runs = [run for run in runs if key(run) not in answers]
    with concurrent.futures.ThreadPoolExecutor(workers) as pool:
        for run, got in zip(open_runs, pool.map(lambda r: answer(memfit, r), open_runs)):
            answers[key(run)] = got
    if kept:
        with open(kept, "w") as file:
            json.dump(answers, file)
    return [answers[key(run)] for run in runs]


def key(run):
    return json.dumps(command("memfit", run))


def operator(run):
    """The kernel whose allocation makes the peak."""
    names = run["peak"]["operators"]
    return next((n for n in names if n not in FACTORIES), names[0] if names else "")


def words(run):
    """A run in short."""
    parts = [f"batch {run['batch']}", OPTIMIZERS.get(run["optimizer"], run["optimizer"])]
    parts += [PRECISIONS.get((run.get("dtype", "float32"), run.get("autocast", "")), "fp32")]
    parts += [f"cc {run['cc'] / 10}"] + ([] if run["workspace"] else ["no workspace"])
    parts += [word for name, word in [
        ("channels_last", "channels last"), ("expandable", "expandable segments"),
        ("cache", "kept workspaces"), ("ckpt", "recomputation")] if run.get(name)]
    return ", ".join(part for part in parts if part != "fp32")


def differences(run, got):
    """What is wrong in an answer: figure, truth, ours."""
    for name, truth, ours in FIGURES:
        if at(run, truth) != at(got, ours):
            yield name, at(run, truth), at(got, ours)
    phase, name = got["peak"]["phase"], got["peak"]["operator"]
    if phase != PHASES[run["peak"]["phase"]]:
        yield "phase", PHASES[run["peak"]["phase"]], phase
    if name != operator(run):
        yield "operator", operator(run), name


def percent(ours, truth):
    """An error, short; an equals sign where there is none."""
    if ours == truth:
        return "="
    return f"{100 * (ours - truth) / truth:+.4f} %"


def row(cells):
    return "| " + " | ".join(str(cell) for cell in cells) + " |"


def summary(runs, answers):
    """Figure by figure: how often exact, and how wrong otherwise."""
    pairs = [(r, a) for r, a in zip(runs, answers) if "error" not in a]
    yield row(["figure", "exact", "within 0.1 %", "median error", "largest error"])
    yield row(["---", "---:", "---:", "---:", "---:"])
    total = len(runs)
    for name, truth, ours in FIGURES:
        errors = [(abs(at(a, ours) - at(r, truth)) / at(r, truth), r["model"]) for r, a in pairs]
        exact = sum(e == 0 for e, _ in errors)
        near = sum(e <= 0.001 for e, _ in errors)
        worst, model = max(errors)
        yield row([
            name, f"{exact} of {total}", f"{near} of {total}",
            f"{100 * statistics.median(e for e, _ in errors):.4f} %",
            f"{100 * worst:.4f} %" + (f" ({model})" if worst else "")])
    phases = sum(a["peak"]["phase"] == PHASES[r["peak"]["phase"]] for r, a in pairs)
    names = sum(a["peak"]["operator"] == operator(r) for r, a in pairs)
    yield row(["phase of the peak", f"{phases} of {total}", "", "", ""])
    yield row(["operator of the peak", f"{names} of {total}", "", "", ""])


def table(runs, answers):
    """Run by run: the measured requested peak, and the errors of ours."""
    yield row(["model", "run", "requested peak, bytes", "saved", "requested", "allocated", "reserved",
               "peak at"])
    yield row(["---", "---", "---:", "---:", "---:", "---:", "---:", "---"])
    for run, got in zip(runs, answers):
        cells = [run["model"], words(run), f"{run['steady']['requested']:,}"]
        if "error" in got:
            yield row(cells + [got["error"], "", "", "", operator(run)])
            continue
        figures = {name: (at(got, ours), at(run, truth)) for name, truth, ours in FIGURES}
        cells.append(percent(*figures["saved activations"]))
        for name in ("requested", "allocated", "reserved"):
            first, steady = percent(*figures[f"{name}, first step"]), percent(*figures[f"{name}, steady"])
            cells.append(steady if first == steady else f"{steady} (first: {first})")
        right = got["peak"]["operator"] == operator(run)
        cells.append(operator(run) if right else f"{operator(run)}, not {got['peak']['operator']}")
        yield row(cells)


def failures(runs, answers):
    """Every run with a figure that is not exact."""
    yield row(["model", "run", "figure", "measured", "memfit", "difference"])
    yield row(["---", "---", "---", "---:", "---:", "---:"])
    for run, got in zip(runs, answers):
        if "error" in got:
            yield row([run["model"], words(run), "all", "", got["error"], ""])
            continue
        for name, truth, ours in differences(run, got):
            number = isinstance(truth, int)
            yield row([
                run["model"], words(run), name, f"{truth:,}" if number else truth,
                f"{ours:,}" if number else ours, f"{ours - truth:+,}" if number else ""])


def section(title, runs, answers):
    wrong = sum("error" in a or any(True for _ in differences(r, a)) for r, a in zip(runs, answers))
    models = len({run["model"] for run in runs})
    yield f"## {title}"
    yield ""
    yield f"{len(runs)} runs of {models} models; {len(runs) - wrong} exact in every figure."
    yield ""
    yield from summary(runs, answers)
    yield ""
    if wrong:
        yield f"### What is wrong ({wrong} runs)"
        yield ""
        yield from failures(runs, answers)
        yield ""


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--memfit", default=os.path.join(ROOT, ".build", "release", "memfit"))
    options.add_argument("--answers")
    options.add_argument("--workers", type=int, default=2)
    options.add_argument("--details", action="store_true")
    choice = options.parse_args()
    with open(os.path.join(HERE, "torchvision_truth.json")) as file:
        others = [run for run in json.load(file)["runs"] if "error" not in run]
    known = recorded(os.path.join(ROOT, "Tests", "Fixtures", "PyTorch", "training_truth.json"))
    answers = ask(choice.memfit, others + known, choice.answers, choice.workers)
    parts = [
        ("Models apart from the tests", others, answers[:len(others)]),
        ("Runs that the tests hold", known, answers[len(others):])]
    if choice.details:
        for _, runs, got in parts:
            print("\n".join(failures(runs, got)))
        return
    with open(os.path.join(HERE, "accuracy_head.md")) as file:
        print(file.read())
    for part in parts:
        print("\n".join(section(*part)))
    with open(os.path.join(HERE, "accuracy_others.md")) as file:
        print(file.read())
    print("## Run by run\n")
    print("`=` is equal to the byte.\n")
    print("\n".join(table(others + known, answers)))


if __name__ == "__main__":
    main()
