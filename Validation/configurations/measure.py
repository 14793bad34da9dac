"""Measures transformers' models of many configurations on the meta device: names, shapes, ties, buffers.

    pip install torch transformers
    python Validation/configurations/measure.py [--images] [--full FILE] [--only bert,t5] OUTPUT

OUTPUT gets one line a model: a config.json that says no more than it must, so that defaults are tested too,
the parameters (tied ones once), the elements of buffers, a digest of what `lines` says, and the
multiply-accumulates of a small forward pass as PyTorch counts them. With `--full`,
FILE gets the lines too, and the same for the config.json that transformers writes, so that a difference can
be seen: set MEMFIT_CONFIGURATIONS=FILE for the tests.

Made with transformers 5.23.0.
"""

import argparse
import importlib
import inspect
import json
import os
import sys
import warnings

os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")
warnings.filterwarnings("ignore")

import torch
import transformers
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

sys.path.insert(0, os.path.dirname(__file__))
from cases import CASES, runs
from images import MODELS


MAIN = ("ForMaskedLM", "ForConditionalGeneration", "ForCTC", "MTModel", "ForPreTraining")


def digest(lines):
    """FNV-1a over the lines, each ended by a line feed."""
    value = 0xCBF29CE484222325
    for byte in "".join(line + "\n" for line in lines).encode():
        value = (value ^ byte) * 0x100000001B3 % 2**64
    return f"{value:016x}"


def lines(model):
    """Every tensor by its names, and every group of names of one parameter."""
    result, names = [], {}
    for name, tensor in model.named_parameters(remove_duplicate=False):
        result.append(f"parameter {name} {list(tensor.shape)}")
        names.setdefault(id(tensor), []).append(name)
    for name, tensor in model.named_buffers(remove_duplicate=False):
        result.append(f"state {name} {list(tensor.shape)}")
    result += ["tied " + " ".join(sorted(group)) for group in names.values() if len(group) > 1]
    return sorted(result)


def classes(module, configuration):
    """The models of a family that its module exports."""
    for name in module.__all__:
        kind = getattr(module, name)
        if not (isinstance(kind, type) and issubclass(kind, transformers.PreTrainedModel)):
            continue
        if "PreTrained" in name or "Pretrained" in name or kind.config_class is not configuration:
            continue
        yield kind


def inputs(model):
    """What a small forward pass takes, and the sizes by our names; the names of the first input differ."""
    batch, first, name = 2, model.main_input_name, type(model).__name__
    tokens = torch.zeros(batch, 16, dtype=torch.long, device="meta")
    if first == "input_values":
        return {first: torch.zeros(batch, 4000, device="meta")}, {"samples": 4000}
    if first == "input_features":
        bands = getattr(model.config, "num_mel_bins", None)
        if bands:
            frames = 2 * model.config.max_source_positions
            given, sizes = {first: torch.zeros(batch, bands, frames, device="meta")}, {"frames": frames}
        else:
            bands, frames = model.config.input_feat_per_channel * model.config.input_channels, 64
            given, sizes = {first: torch.zeros(batch, frames, bands, device="meta")}, {"frames": frames}
        if "AudioClassification" in name:
            return given, sizes
        return given | {"decoder_input_ids": tokens[:, :8]}, sizes | {"target": 8}
    given, sizes = {"input_ids": tokens}, {"sequence": 16}
    if name.endswith(("ForMultipleChoice", "DoubleHeadsModel")):
        given["input_ids"] = tokens[:, None]
    if "decoder_input_ids" in inspect.signature(model.forward).parameters:
        return given | {"decoder_input_ids": tokens[:, :8]}, sizes | {"target": 8}
    return given, sizes


def work(kind, configuration):
    """The multiply-accumulates of a forward pass, as PyTorch's counter has them."""
    model = kind(configuration).eval().requires_grad_(False)
    given, sizes = inputs(model)
    given = {name: torch.zeros(value.shape, dtype=value.dtype) for name, value in given.items()}
    # The counter knows no kernel of attention for processors, but the products inside.
    with torch.no_grad(), sdpa_kernel(SDPBackend.MATH), FlopCounterMode(display=False) as counter:
        model(**given)
    return {"sizes": {"batch": 2} | sizes, "multiplyAccumulates": counter.get_total_flops() // 2}


def cache(kind, configuration):
    """The elements that a decoder keeps of its own 8 tokens and of the source."""
    model = kind(configuration).eval().requires_grad_(False)
    given = {name: torch.zeros(value.shape, dtype=value.dtype) for name, value in inputs(model)[0].items()}
    with torch.no_grad():
        kept = model(**given, use_cache=True).past_key_values
    parts = {"target": kept.self_attention_cache, "source": kept.cross_attention_cache}
    return {
        name: sum(layer.keys.numel() + layer.values.numel() for layer in part.layers)
        for name, part in parts.items()}


def measure(kind, configuration, values):
    with torch.device("meta"):
        model = kind(configuration)
    model.tie_weights()
    head = {"model_type": configuration.model_type, "architectures": [kind.__name__]}
    found = lines(model)
    counted = {}
    if values:
        try:
            counted = {"work": work(kind, configuration)}
            if kind.__name__.endswith(("ForConditionalGeneration", "MTModel")):
                counted["cache"] = cache(kind, configuration)
        except Exception as error:
            print("cannot run", kind.__name__, values, type(error).__name__, str(error)[:200], file=sys.stderr)
    return {
        "config": head | values,
        "parameters": sum(tensor.numel() for tensor in model.parameters()),
        "buffers": sum(tensor.numel() for tensor in model.buffers()),
        "digest": digest(found),
    } | counted, found, json.loads(configuration.to_json_string(use_diff=False)) | head


def cases(only):
    for family, (module, kind, variants) in CASES.items():
        if only and family not in only:
            continue
        module = importlib.import_module(f"transformers.models.{module}")
        for values in variants:
            for model in classes(module, getattr(transformers, kind)):
                if runs(model.__name__, values):
                    yield model, getattr(transformers, kind), values


def seeing(only):
    for name, values in MODELS:
        kind = getattr(transformers, name)
        if not only or kind.config_class.model_type in only:
            yield kind, kind.config_class, values


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--images", action="store_true", help="the models of images.py in place of cases.py's")
    parser.add_argument("--full")
    parser.add_argument("--only", default="")
    parser.add_argument("output")
    options = parser.parse_args()
    measured, full = [], []
    only = set(filter(None, options.only.split(",")))
    for model, configuration, values in seeing(only) if options.images else cases(only):
        try:
            case, found, document = measure(model, configuration(**values), values)
        except Exception as error:
            print("cannot build", model.__name__, values, type(error).__name__, str(error)[:100], file=sys.stderr)
            continue
        # Models of default sizes are large; one head of each family is enough for every day.
        if options.images or values or model.__name__.endswith(MAIN):
            measured.append(case)
        full += [case | {"lines": found}, case | {"lines": found, "config": document}]
    for path, rows in ((options.output, measured), (options.full, full)):
        if path:
            with open(path, "w") as file:
                file.writelines(json.dumps(row, default=str) + "\n" for row in rows)


if __name__ == "__main__":
    main()
