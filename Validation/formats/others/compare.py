"""Compares what memfit says of files by other makers with what each format's own reader says.

    python compare.py MEMFIT FOLDER FORMAT [--record RESULTS.json] [--only PART]

FOLDER holds what `fetch.py` brought. FORMAT is one of the modules `FORMAT_reference.py` beside this file, which say
at their top what they need. Each reference runs in a process of its own, since some end by a signal. A difference is
printed; the exit status is 1 if there is one.
"""
import argparse
import collections
import importlib
import json
import os
import pathlib
import signal
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2]))
from forked import forked  # noqa: E402

SECONDS = 120


def apart(function, *arguments):
    """The answer of a function that runs in a process of its own, or the words of what went wrong."""
    def quietly():
        signal.alarm(SECONDS)
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, 1)
        os.dup2(null, 2)
        return function(*arguments)

    told = forked(quietly)
    return {"refused": told["error"]} if "error" in told else told["answer"]


def ask(memfit, *words):
    run = subprocess.run([memfit, *map(str, words), "--format", "json"], capture_output=True, text=True, errors="replace")
    if run.returncode < 0 or run.returncode > 2:
        return {"failed": f"signal or status {run.returncode}"}
    try:
        return json.loads(run.stdout)
    except ValueError:
        return {"failed": (run.stderr.strip() or "no answer")[:300]}


def files(folder, endings, only):
    for path in sorted(pathlib.Path(folder).rglob("*")):
        # The model within a package is compared with the package.
        if path.parent.name == "com.apple.CoreML":
            continue
        if path.name.lower().endswith(endings) and only in str(path) and (path.is_file() or path.suffix == ".mlpackage"):
            yield path


def verdicts_on(path, reference, ask):
    """What the comparison of a format says of a file, by what is compared."""
    found, expected = ask("store", path), apart(reference.facts, str(path))
    if "refused" in expected:
        return {"holds": f"unreadable: {expected['refused']}"}
    if "failed" in found:
        return {"holds": f"failed: {found['failed']}"}
    return reference.compare(path, found, expected, ask, apart)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("memfit")
    parser.add_argument("folder")
    parser.add_argument("format")
    parser.add_argument("--record")
    parser.add_argument("--only", default="")
    options = parser.parse_args()
    sys.path.insert(0, str(pathlib.Path(__file__).parent))
    reference = importlib.import_module(f"{options.format}_reference")
    totals, records = collections.Counter(), {}
    for path in files(options.folder, reference.ENDINGS, options.only):
        name = str(path.relative_to(options.folder))
        verdicts = verdicts_on(path, reference, lambda *words: ask(options.memfit, *words))
        records[name] = verdicts
        for what, said in verdicts.items():
            word = said.split(":")[0]
            totals[what, word] += 1
            if word in ("differs", "failed"):
                print(f"{name}: {what} {said}", flush=True)
    for (what, word), count in sorted(totals.items()):
        print(f"{options.format}: {what}: {word} {count}")
    if options.record:
        pathlib.Path(options.record).write_text(json.dumps(records, indent=1))
    sys.exit(any(word in ("differs", "failed") for _, word in totals))


if __name__ == "__main__":
    main()
