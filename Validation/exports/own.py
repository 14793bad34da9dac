"""People's own modules (`own_modules.py`), measured for the first time after the program had been mended for all others."""

import random

from own_modules import OWN, OWN_LATER
from own_more import PartlyTuned

OPTIMIZERS = ["sgd", "sgdm", "adam", "adamw", "adamw"]
PRECISIONS = [None, None, None, "amp-bf16", "amp-bf16", "bf16", "amp-fp16"]

# Those that train with all their normalizations in evaluation, which an export cannot tell from one of a module in evaluation.
EVALUATING = {PartlyTuned}


def own_cases():
    """Each in single precision, and once more under a set-up drawn at random."""
    chance = random.Random(7)
    for index, (kind, arguments, inputs, loss, batch) in enumerate(OWN + OWN_LATER):
        case = {"library": "own", "model": kind.__name__, "arguments": arguments,
                "inputs": {name: (what, sizes) for name, (what, *sizes) in inputs.items()}, "batch": batch, "size": 0,
                "optimizer": OPTIMIZERS[index % 5], "cc": 90 if index % 8 == 5 else 80, "workspace": index % 3 != 2}
        if loss:
            case["loss"] = loss
        if kind in EVALUATING:
            case["evaluates"] = True
        if arguments:
            case["variant"] = "-".join(arguments)
        yield case
        precision = chance.choice(PRECISIONS)
        if precision:
            yield {**case, "precision": precision, "cc": 80, "optimizer": chance.choice(OPTIMIZERS)}
