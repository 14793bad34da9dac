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

SECONDS = 120


def apart(function, *arguments):
    """The answer of a function that runs in a process of its own, or the words of what went wrong."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        signal.alarm(SECONDS)
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, 1)
        os.dup2(null, 2)
        try:
            answer = function(*arguments)
        except BaseException as error:  # noqa: BLE001: whatever a reference throws is its verdict
            answer = {"refused": f"{type(error).__name__}: {str(error)[:200]}"}
        with os.fdopen(writer, "w") as stream:
            json.dump(answer, stream)
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as stream:
        text = stream.read()
    _, status = os.waitpid(child, 0)
    return json.loads(text) if text else {"refused": f"ended with status {status}"}


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
        if path.name.lower().endswith(endings) and only in str(path) and (path.is_file() or path.suffix == ".mlpackage"):
            yield path


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
        verdicts = reference.compare(path, lambda *words: ask(options.memfit, *words), apart)
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
