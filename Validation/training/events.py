"""Prints the allocations and frees of building a model and training it for two steps, with operators.

    Validation/oracle/run.sh Validation/training/events.py MODEL OPTIMIZER BATCH [SIZE] > events.txt

A line is `a INDEX BYTES OPERATOR` or `f INDEX`; the ends of the phases stand between.
"""

import sys

import torch

import measure_zoo as zoo
from measure_zoo import measure


def names(entry):
    """The operators on the stack of an event, innermost first."""
    found = [measure.OPRE.match(frame["name"]) for frame in entry["frames"]]
    return list(dict.fromkeys(match.group(1) for match in found if match))


def frees():
    return torch.cuda.memory_stats()["allocation.all.freed"]


def main(name, optimizer, batch, size=224):
    torch.cuda.init()
    torch.cuda.memory._record_memory_history(max_entries=10**7, context="alloc", stacks="all")
    case = {"model": name, "optimizer": optimizer, "batch": int(batch), "size": int(size)}
    model, inputs, optimizer = zoo.build(case)
    marks = [("build", zoo.count() + frees())]

    def mark(phase):
        marks.append((phase, zoo.count() + frees()))

    for _ in range(2):
        value = zoo.loss(model, *inputs)
        mark("forward")
        value.backward()
        del value
        mark("backward")
        optimizer.step()
        mark("optimizer")
        optimizer.zero_grad()
        mark("zero")
    trace = torch.cuda.memory._snapshot()["device_traces"][0]
    torch.cuda.memory._record_memory_history(None)
    live, seen, number = {}, 0, 0
    for entry in trace:
        if entry["action"] not in ("alloc", "free_requested"):
            continue
        while marks and marks[0][1] == seen:
            print("== end of", marks.pop(0)[0])
        seen += 1
        if entry["action"] == "alloc":
            print("a", number, entry["size"], *names(entry)[:3])
            live[entry["addr"]] = number
            number += 1
        else:
            print("f", live.pop(entry["addr"]))


if __name__ == "__main__":
    main(*sys.argv[1:])
