#!/usr/bin/env python3
"""Times `memfit plan arena` beside MiniMalloc on its own instances, in CPU seconds.

    Benchmarks/offsets.py MEMFIT [--minimalloc CHECKOUT] [--more FILE.csv …] [--limit SECONDS]

Without a checkout MiniMalloc is cloned from https://github.com/google/minimalloc. It is built as its README says, with
`-O3`, against Debian's libabsl-dev: that one's string_view is a type of its own and it has no logging
yet, so a copy of the source has the name replaced, and three empty headers stand in for logging.
"""

import argparse
import os
import re
import resource
import shutil
import subprocess
from pathlib import Path

HERE = Path(__file__).resolve().parent
FILES = HERE / ".files"
HEADERS = {
    "log.h": "#pragma once\n#include <iostream>\n#define LOG(severity) std::cerr\n"
             "#define DLOG(severity) if (true) {} else std::cerr\n",
    "globals.h": "#pragma once\n#include \"absl/base/log_severity.h\"\nnamespace absl {\n"
                 "inline void SetStderrThreshold(LogSeverityAtLeast) {}\n"
                 "inline void EnableLogPrefix(bool) {}\n}\n",
    "initialize.h": "#pragma once\nnamespace absl { inline void InitializeLog() {} }\n",
}
SOURCES = ["converter", "minimalloc", "solver", "sweeper", "validator", "main"]


def build(checkout):
    folder = FILES / "minimalloc"
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "absl" / "log").mkdir(parents=True)
    for name, text in HEADERS.items():
        (folder / "absl" / "log" / name).write_text(text)
    for source in (checkout / "src").iterdir():
        text = source.read_text().replace("std::string_view", "absl::string_view")
        (folder / source.name).write_text(text)
    libraries = sorted(Path("/usr/lib").glob("*-linux-gnu/libabsl_*.a"))
    subprocess.run(
        ["g++", "-O3", "-DNDEBUG", "-std=c++20", "-I.", *[f"{name}.cc" for name in SOURCES],
         "-o", "minimalloc", "-Wl,--start-group", *libraries, "-Wl,--end-group"],
        cwd=folder, check=True)
    return folder / "minimalloc"


def seconds(command):
    """The CPU seconds of a command, and whether it found what it was asked for."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(list(map(str, command)), capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return used, done.returncode == 0 and b"DEADLINE" not in done.stderr


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("memfit")
    parser.add_argument("--minimalloc", type=Path)
    parser.add_argument("--more", type=Path, nargs="*", default=[])
    parser.add_argument("--limit", type=int, default=60)
    options = parser.parse_args()
    FILES.mkdir(exist_ok=True)
    checkout = options.minimalloc
    if checkout is None:
        checkout = FILES / "minimalloc-source"
        if not checkout.exists():
            subprocess.run(
                ["git", "clone", "https://github.com/google/minimalloc", checkout], check=True)
    minimalloc = build(checkout)
    print("| instance | MiniMalloc | memfit |\n| --- | --: | --: |")
    totals = [0.0, 0.0]
    instances = sorted((checkout / "benchmarks" / "challenging").glob("*.csv"))
    for path in instances + options.more:
        limit = options.limit
        capacity = re.search(r"\.(\d+)\.csv$", path.name)
        capacity = capacity.group(1) if capacity else "451584"
        output = FILES / "placed.csv"
        output.unlink(missing_ok=True)
        peer, _ = seconds([minimalloc, f"--capacity={capacity}", f"--input={path}",
                           f"--output={output}", f"--timeout={limit}s"])
        solved = output.exists() and output.stat().st_size > 0
        own, found = seconds([options.memfit, "plan", "arena", path, "--capacity", capacity,
                              "--time", f"{limit}s"])
        if path in instances:
            totals = [totals[0] + peer, totals[1] + own]
        print(f"| {path.name.split('.')[0]} | {peer:.2f}{'' if solved else ' (no answer)'} | "
              f"{own:.2f}{'' if found else ' (no answer)'} |", flush=True)
    print(f"| sum of the instances of MiniMalloc | {totals[0]:.2f} | {totals[1]:.2f} |")


main()
