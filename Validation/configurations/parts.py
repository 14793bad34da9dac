"""What a model of PyTorch holds, counted by the model itself: read by the scripts that measure configurations."""

import re

import torch
from torch import nn


class TooLong(Exception):
    """Building a model takes longer than anybody waits; it is told to whoever set the time."""


def parts(model):
    parameters = dict(model.named_parameters())
    everywhere = list(model.named_parameters(remove_duplicate=False))
    names = {}
    for name, parameter in everywhere:
        names.setdefault(id(parameter), []).append(name)
    tied = {name for group in names.values() if len(group) > 1 for name in group}
    tables = {id(m.weight): m.weight.numel() for m in model.modules() if isinstance(m, nn.Embedding)}

    # JetMoE's experts are known by their kind of module, not by a name.
    stacked = {id(p) for m in model.modules() if type(m).__name__.endswith("ParallelExperts") for p in m.parameters()}

    def count(pattern, left_out=frozenset()):
        return sum(p.numel() for n, p in parameters.items() if re.search(pattern, n) and n not in left_out)

    return {
        "parameters": sum(p.numel() for p in parameters.values()),
        "countingTiedTwice": sum(p.numel() for _, p in everywhere),
        "embedding": sum(tables.values()),
        "head": count(r"(^|\.)(lm_head|embed_out)\.weight$|^output\.weight$", left_out=tied),
        "experts": count(r"(^|\.)experts(\.|$)") + sum(
            p.numel() for n, p in parameters.items() if id(p) in stacked and not re.search(r"(^|\.)experts\.", n)),
        "buffers": sum(b.numel() for b in model.buffers()),
    }


def cache(model):
    """The shapes of keys and values of every layer after eight tokens, where they are told."""
    try:
        with torch.no_grad():
            tokens = torch.zeros(1, 8, dtype=torch.long, device="meta")
            layers = model.eval()(input_ids=tokens, use_cache=True).past_key_values.layers
    except TooLong:
        raise
    except Exception:
        return None
    kept = [getattr(layer, key, None) for layer in layers for key in ("keys", "values")]
    shapes = [list(tensor.shape) for tensor in kept if torch.is_tensor(tensor) and tensor.numel() > 0]
    return shapes or None
