"""Measures what transformers' caches hold after many tokens: every tensor of every layer, grown and made once.

    pip install torch transformers
    python Validation/configurations/caches.py [--seed 1] [--values 2] [--pairs 6] [--only llama,t5] OUTPUT
    MEMFIT_CACHES=OUTPUT swift test --filter MeasuredCacheTests
    python Validation/configurations/caches.py --pick OUTPUT… Tests/Fixtures/ConfigurationFile/caches.jsonl

For every model type that `ModelFamilies.swift` names and that generates text: a small model, one field changed at a
time, and seeded sets of changes. Each reads so many tokens in bfloat16 (on the meta device where it can), around the
windows and chunks that its fields name. OUTPUT gets one line a model: the config.json and, for each number of
tokens, the bytes that each layer keeps, of `DynamicCache` and of `StaticCache`. `--pick` takes the small model of each
type and a changed one.

Made with transformers 5.23.0.
"""

import argparse
import copy
import inspect
import json
import random
import re
import signal
import sys

import search
import torch
from bases import base
from parts import TooLong
from transformers import CONFIG_MAPPING, StaticCache

# Fields on which what is kept may depend.
KEPT = re.compile(
    r"head|kv|window|layer|rank|chunk|state|conv|kernel|query|decoder|alibi|attention|interval|period|offset|index|"
    r"compress|expand|mamba|linear|shared|layer_type|block_type|v_dim|groups|width|pattern|lru|d_kv")
OTHER = re.compile(r"max_position|vocab|vision|audio|labels|is_encoder|expert|moe_|mlp_|top_?k|^q_lora|layer_norm|layernorm|_act|bias")
GENERATING = re.compile(r"(CausalLM|LMHeadModel|ForConditionalGeneration|MTModel|DoubleHeadsModel)$")
SOURCE = 12


def held(layer):
    """The tensors that a layer of a cache holds; those of lists and tables too."""
    found = []

    def look(value, depth=0):
        if torch.is_tensor(value):
            if value.dim() > 1:
                found.append(value)
        elif depth < 3 and isinstance(value, (list, tuple)):
            for one in value:
                look(one, depth + 1)
        elif depth < 3 and isinstance(value, dict):
            for one in value.values():
                look(one, depth + 1)

    for value in vars(layer).values():
        look(value)
    # A tensor under two names is held once.
    return {id(tensor): tensor for tensor in found}.values()


def layers(cache):
    """The bytes of every layer, those of a cross-attention with its own layer's."""
    if hasattr(cache, "self_attention_cache"):
        own, other = layers(cache.self_attention_cache), layers(cache.cross_attention_cache)
        return [a + (other[i] if i < len(other) else 0) for i, a in enumerate(own)]
    kept = [sum(t.numel() * t.element_size() for t in held(layer)) for layer in cache.layers]
    if linear := getattr(cache, "linear_cache", None):
        for index, states in enumerate(linear):
            if torch.is_tensor(states):
                kept[index:] = [kept[index] if index < len(kept) else 0, *kept[index + 1:]]
                kept[index] += states.numel() * states.element_size()
    return kept


def inputs(model, tokens, device):
    ids = torch.zeros(1, tokens, dtype=torch.long, device=device)
    parameters = inspect.signature(model.forward).parameters
    given = {"input_ids": ids}
    if "decoder_input_ids" in parameters:
        given = {"input_ids": torch.zeros(1, SOURCE, dtype=torch.long, device=device), "decoder_input_ids": ids}
        if model.main_input_name == "input_features":
            bands = getattr(model.config, "num_mel_bins", None)
            frames = 2 * model.config.max_source_positions if bands else 4 * SOURCE
            shape = (1, bands, frames) if bands else (
                1, frames, model.config.input_feat_per_channel * model.config.input_channels)
            given = {"input_features": torch.zeros(shape, device=device, dtype=model.dtype), "decoder_input_ids": ids}
    if "aspect_ratio_ids" in parameters:
        vision = model.config.vision_config
        shape = (1, 1, vision.max_num_tiles, vision.num_channels, vision.image_size, vision.image_size)
        given |= {
            "pixel_values": torch.zeros(shape, device=device, dtype=model.dtype),
            "aspect_ratio_ids": torch.ones(1, 1, dtype=torch.long, device=device),
            "aspect_ratio_mask": torch.ones(1, 1, vision.max_num_tiles, dtype=torch.long, device=device),
            "cross_attention_mask": torch.ones(1, tokens, 1, vision.max_num_tiles, dtype=torch.long, device=device)}
    # Passed on to the encoder, it stops SwitchTransformers; the default is the same.
    return given if model.config.model_type == "switch_transformers" else given | {"use_cache": True}


def sizes(model):
    """What the source is as large as, by our names."""
    if model.main_input_name != "input_features":
        return {"sequence": SOURCE}
    whole = hasattr(model.config, "num_mel_bins")
    return {"frames": 2 * model.config.max_source_positions if whole else 4 * SOURCE}


def kept(model, tokens, static=False):
    device = next(model.parameters()).device
    given = inputs(model, tokens, device)
    if static:
        given["past_key_values"] = StaticCache(config=model.config.get_text_config(decoder=True), max_cache_len=tokens)
    with torch.no_grad():
        out = model(**given)
    cache = getattr(out, "past_key_values", None)
    cache = getattr(out, "cache_params", None) if cache is None else cache
    told = hasattr(cache, "layers") or hasattr(cache, "self_attention_cache")
    return layers(cache) if told else None


def lengths(values):
    """Numbers of tokens around what the fields name."""
    found = {8}

    def look(values):
        for field, value in values.items():
            if isinstance(value, dict):
                look(value)
            elif type(value) is int and re.search("window|attention_chunk", field) and 0 < value < 100:
                found.update({value - 1, value, value + 1, 3 * value})

    look(values)
    return sorted(tokens for tokens in found if 0 < tokens)


def positions(values, rows):
    """More positions than any length, where a table has a row for each."""
    values = copy.deepcopy(values)
    for field, value in values.items():
        if re.search("max_position_embeddings|n_positions|max_target_positions|max_seq_len$", field):
            values[field] = rows
    return values


def measured(kind, values, longest):
    configuration = kind.config_class(**copy.deepcopy(values))
    model = kind(copy.deepcopy(configuration)).to(torch.bfloat16).eval()
    dynamic, static = {}, {}
    for tokens in lengths(configuration.to_dict() | values):
        if found := kept(model, tokens):
            dynamic[str(tokens)] = found
    if not dynamic:
        raise ValueError("it tells of no cache")
    for tokens in list(dynamic)[-2:]:
        try:
            if found := kept(model, int(tokens), static=True):
                static[tokens] = found
        except TooLong:
            raise
        except Exception:
            break
    # Shapes alone; a recurrence that is followed step by step would take minutes.
    if longest and not any(re.search("mamba|linear|recurrent|rwkv", name) for name in vars(configuration)) \
            and not configuration.is_encoder_decoder:
        model = search.build(kind, configuration).to(torch.bfloat16).eval()
        try:
            dynamic["131072"] = kept(model, 131072)
        except Exception as error:
            print("not at length", kind.__name__, type(error).__name__, str(error)[:100], file=sys.stderr)
    document = {"model_type": configuration.model_type, "architectures": [kind.__name__], "dtype": "bfloat16"}
    return {"config": values | document, "sizes": sizes(model), "dynamic": dynamic} | ({"static": static} if static else {})


def cases(model_type, options):
    configuration = CONFIG_MAPPING[model_type]
    kinds = [kind for kind in search.classes(configuration) if GENERATING.search(kind.__name__)]
    small = base(model_type)
    if not kinds or small is None:
        return
    kind = next((kind for kind in kinds if re.search("Generation$|MTModel$", kind.__name__)), kinds[0])
    attended = kind.__name__.endswith(("Generation", "MTModel"))
    yield kind, positions(small, 4096 if attended else 131072), True
    small = positions(small, 4096)
    chance = random.Random(f"{options.seed} {model_type}")
    words = search.literals(configuration)
    singles = []
    for field, value in search.fields(configuration, small).items():
        if KEPT.search(field) and not OTHER.search(field):
            others = search.changes(field, value, words, chance)
            if re.search("window|chunk|num_key_value|kv_heads|head_dim|v_head", field):
                others = [*others, None]
            singles += [(field, other) for other in chance.sample(others, min(options.values, len(others)))]
    chance.shuffle(singles)
    del singles[options.most:]
    for field, value in singles:
        yield kind, search.changed(small, field, value), False
    for _ in range(options.pairs if singles else 0):
        values = small
        for field, value in chance.sample(singles, min(len(singles), chance.randint(2, 4))):
            values = search.changed(values, field, value)
        yield kind, values, False


def pick(paths):
    """The first line of every type, and another one.

    Left out are heads that have an odd part to turn, which the library makes even, and DeepSeek-V4 before its first
    stretch is full.
    """
    odd = re.compile("hidden_size=|head_dim=1$|StableLm.*num_attention_heads|V4.*sliding_window=2|perceiver")
    chance = random.Random(1)
    types = {}
    for path in paths:
        with open(path) as file:
            for row in map(json.loads, file):
                if not odd.search(row["title"]):
                    types.setdefault(row["config"]["model_type"], []).append(row)
    for rows in types.values():
        yield from rows[:1] + chance.sample(rows[1:], min(1, len(rows) - 1))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--values", type=int, default=2)
    parser.add_argument("--pairs", type=int, default=6)
    parser.add_argument("--most", type=int, default=24, help="the most single changes of one type")
    parser.add_argument("--only", default="")
    parser.add_argument("--after", default="", help="begin behind this type")
    parser.add_argument("--pick", nargs="+", default=[], metavar="FILE", help="choose among lines measured before")
    parser.add_argument("output")
    options = parser.parse_args()
    if options.pick:
        with open(options.output, "w") as file:
            file.writelines(json.dumps(row) + "\n" for row in pick(options.pick))
        return
    only = set(filter(None, options.only.split(",")))
    signal.signal(signal.SIGPROF, search.ring)
    torch.set_num_threads(1)
    types = ["", *search.known_types()]
    with open(options.output, "w") as file:
        for model_type in types[1:]:
            if only and model_type not in only or model_type in types[:types.index(options.after) + 1]:
                continue
            built = failed = 0
            for kind, values, longest in cases(model_type, options):
                signal.setitimer(signal.ITIMER_PROF, 20 if longest else 4)
                try:
                    row = measured(kind, values, longest)
                except (TooLong, Exception) as error:
                    failed += 1
                    if longest:
                        print("cannot run", kind.__name__, type(error).__name__, str(error)[:150], file=sys.stderr)
                    continue
                finally:
                    signal.setitimer(signal.ITIMER_PROF, 0)
                built += 1
                small = base(model_type)
                file.write(json.dumps({"title": search.title(kind, values, small, None)} | row, default=str) + "\n")
            file.flush()
            if built or failed:
                print(model_type, built, failed, flush=True)


if __name__ == "__main__":
    main()
