"""Counts the multiply-accumulates of small models' forward passes with PyTorch's own counter.

    pip install torch transformers
    python Validation/configurations/work.py [--only llama,glm4v] OUTPUT
    MEMFIT_WORK=OUTPUT swift test --filter ConfiguredModelTests

For every model type that `ModelFamilies.swift` names, the small model of `bases.py` under every class of the family.
OUTPUT gets one line a model: the config.json, the sizes of its inputs by our names, and the count.

Made with transformers 5.23.0.
"""

import argparse
import copy
import inspect
import json
import sys

import search
import torch
from bases import base
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode
from transformers import CONFIG_MAPPING

BATCH, TOKENS, TARGET = 2, 16, 8


def image_sizes(configuration):
    """The part that configures what sees, and the size and channels of its images."""
    for part in [configuration, *(getattr(configuration, name, None) for name in ("vision_config", "backbone_config"))]:
        size = getattr(part, "image_size", None)
        if size:
            height, width = size if isinstance(size, (list, tuple)) else (size, size)
            return height, width, getattr(part, "num_channels", 3) or 3
    return 64, 64, getattr(configuration, "num_channels", 3) or 3


def pixels(configuration):
    height, width, channels = image_sizes(configuration)
    return torch.zeros(BATCH, channels, height, width), {"height": height, "width": width}


def inputs(model):
    """What a small forward pass takes, and the sizes by our names."""
    wanted, name = inspect.signature(model.forward).parameters, type(model).__name__
    tokens = torch.ones(BATCH, TOKENS, dtype=torch.long)
    if model.main_input_name == "input_values":
        return {"input_values": torch.zeros(BATCH, 4000)}, {"samples": 4000}
    if model.main_input_name == "input_features" and "input_ids" not in wanted:
        bands = getattr(model.config, "num_mel_bins", None) or getattr(model.config, "feature_projection_input_dim", 80)
        return {"input_features": torch.zeros(BATCH, 64, bands)}, {"frames": 64}
    if "input_ids" not in wanted:
        given, sizes = pixels(model.config)
        return {"pixel_values": given}, sizes
    given, sizes = {"input_ids": tokens}, {"sequence": TOKENS}
    if name.endswith(("ForMultipleChoice", "DoubleHeadsModel")):
        given["input_ids"] = tokens[:, None]
    if "pixel_values" in wanted:
        given["pixel_values"] = pixels(model.config)[0]
    if "decoder_input_ids" in wanted:
        given["decoder_input_ids"], sizes = tokens[:, :TARGET], sizes | {"target": TARGET}
    return given, sizes


def work(kind, configuration):
    model = kind(configuration).eval().requires_grad_(False)
    given, sizes = inputs(model)
    # The counter knows no kernel of attention for processors, but the products inside.
    with torch.no_grad(), sdpa_kernel(SDPBackend.MATH), FlopCounterMode(display=False) as counter:
        model(**given)
    return {"sizes": {"batch": BATCH} | sizes, "multiplyAccumulates": counter.get_total_flops() // 2}


def rows(model_type):
    values = base(model_type)
    if values is None:
        return
    for kind in search.classes(CONFIG_MAPPING[model_type]):
        try:
            counted = work(kind, kind.config_class(**copy.deepcopy(values)))
        except Exception as error:
            print("cannot run", kind.__name__, type(error).__name__, str(error)[:150], file=sys.stderr)
            continue
        head = {"model_type": model_type, "architectures": [kind.__name__]}
        yield {"title": kind.__name__, "config": values | head, "work": counted}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--only", default="")
    parser.add_argument("output")
    options = parser.parse_args()
    only = set(filter(None, options.only.split(",")))
    torch.set_num_threads(1)
    with open(options.output, "w") as file:
        for model_type in search.known_types():
            if not only or model_type in only:
                file.writelines(json.dumps(row, default=str) + "\n" for row in rows(model_type))
                file.flush()


if __name__ == "__main__":
    main()
