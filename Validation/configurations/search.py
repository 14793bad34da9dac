"""Looks for configurations of which memfit says something else than transformers builds.

    pip install torch transformers
    python Validation/configurations/search.py [--seed 1] [--pairs 12] [--only bert,t5] [--published | --again FILE] OUTPUT
    MEMFIT_CONFIGURATIONS=OUTPUT swift test --filter MeasuredConfigurationTests

For every model type that `ModelFamilies.swift` names: the class defaults under each class of the family, small
models with one field changed at a time, and seeded random sets of changes, each built on the meta device. OUTPUT
gets one line a model: the config.json, its parameters, buffers, parts, every name with its shape, every tie, and
the shapes of keys and values after eight tokens. What transformers itself cannot build is left out.

Made with transformers 5.23.0.
"""

import argparse
import copy
import dataclasses
import importlib
import json
import os
import random
import re
import signal
import sys
import warnings

os.environ.setdefault("TRANSFORMERS_VERBOSITY", "critical")
warnings.filterwarnings("ignore")

import torch
import transformers
from transformers import CONFIG_MAPPING
from transformers.initialization import no_init_weights

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
from bases import BASES, base
from measure import digest, lines
from parts import TooLong, cache, parts
from published import DOCUMENTS

FAMILIES = os.path.join(HERE, "../../Sources/ModelZoo/Configured/ModelFamilies.swift")

# Fields that change no tensor, by their names.
IGNORED = re.compile(
    r"dropout|_pdrop|^drop|droppath|drop_path|_eps|epsilon|initializer|_std$|token_id|use_cache|loss|_cost|coefficient$"
    r"|^dtype$|torch_dtype|layerdrop|output_(attentions|hidden)|return_dict|^transformers_version|^architectures$"
    r"|_name_or_path|chunk_size|problem_type|label2id|^id2label|mask_(time|feature)|ctc_|pretraining_tp|aux_|scal(e|ing)_factor"
    r"|apply_spec|use_auxiliary|rope_parameters|rope_theta|gradient|finetuning|suppress|median_filter|logit")
ACTIVATIONS = ["relu", "gelu", "silu", "gelu_new", "gelu_pytorch_tanh", "relu2"]


SINCE_RENAMED = {
    "MPTForCausalLM": "MptForCausalLM", "PhiMoEForCausalLM": "PhimoeForCausalLM", "RWForCausalLM": "FalconForCausalLM",
    "T5WithLMHeadModel": "T5ForConditionalGeneration"}


def ring(*_):
    raise TooLong


def known_types():
    with open(FAMILIES) as file:
        names = re.findall(r'^    "([^"]+)":', file.read(), re.M)
    return [name for name in dict.fromkeys(names) if name in CONFIG_MAPPING]


def classes(configuration):
    """The models that take a configuration, in its module."""
    module = configuration.__module__.replace("configuration_", "modeling_")
    try:
        module = importlib.import_module(module)
    except ImportError:
        return []
    found = []
    for name in getattr(module, "__all__", dir(module)):
        kind = getattr(module, name, None)
        if not (isinstance(kind, type) and issubclass(kind, transformers.PreTrainedModel)):
            continue
        if re.search("Pre[Tt]rained|Backbone", name) or kind.config_class is not configuration:
            continue
        found.append(kind)
    return found


def literals(configuration):
    """The words that the family's code compares a field with."""
    words = {}
    folder = os.path.dirname(sys.modules[configuration.__module__].__file__)
    for file in os.listdir(folder):
        if not file.endswith(".py"):
            continue
        text = open(os.path.join(folder, file)).read()
        for field, value in re.findall(r"(?:config|self)\.(\w+) *(?:==|!=) *[\"']([\w-]+)[\"']", text):
            words.setdefault(field, set()).add(value)
        for field, values in re.findall(r"(?:config|self)\.(\w+) *(?:not )?in *[\[({]([^\])}]*)[\])}]", text):
            words.setdefault(field, set()).update(re.findall(r"[\"']([\w-]+)[\"']", values))
    return {field: sorted(values) for field, values in words.items()}


def changes(field, value, words, chance):
    """Other values of a field."""
    if isinstance(value, bool):
        return [not value]
    if field in words:
        return [word for word in words[field] if word != value]
    if isinstance(value, str):
        return [name for name in ACTIVATIONS if name != value][:2] if re.search("act|nonlin|proj$", field) else []
    if isinstance(value, int):
        if re.search("window", field):
            return [2, 5, None]
        if re.search("kv|key_value", field) and "head" in field:
            return [number for number in (1, 2, 4) if number != value]
        if re.search("heads|n_head", field):
            return [number for number in (2, 4, 8, 12) if number != value]
        if re.search("layers|depth|blocks|groups|heads|experts|topk|top_k|num_|n_|period|offset|interval|step|freq", field):
            return sorted({1, 2, 3, 4, value + 1, value * 2, 7} - {value})[:6]
        if re.search("size|dim|rank|width|state|conv|kernel|inner|embd|ffn|vocab|pos|features|channels", field):
            return sorted({value * 2, value // 2 if value > 24 else value + 2, value + 4 if value < 24 else value * 3})
        return [value + 1, max(1, value - 1), 0]
    if isinstance(value, float):
        return [0.5, 1.0, 2.0, 0.25, 1.5] if re.search("factor|ratio|pct|mult|expan|width|alpha", field) else []
    if isinstance(value, (list, tuple)) and value:
        result = []
        if all(isinstance(item, str) for item in value):
            kinds = sorted(set(value) | set(words.get(field, [])))
            result += [[chance.choice(kinds) for _ in value] for _ in range(3)]
        if all(isinstance(item, int) and not isinstance(item, bool) for item in value):
            result += [[item + 1 for item in value], [item * 2 for item in value], list(value)[:-1], list(value)[::-1]]
        return result
    if value is None:
        if re.search("head_dim|rank|size|dim|heads|num|width|inner|layers", field):
            return [1, 2, 4, 12, 16, 24]
        if re.search("^use|bias|^is_|^add|^has|_norm$|tie", field):
            return [True, False]
    return []


# How documents say the turning of positions, as they did before and do since transformers 5.
TURNINGS = [
    {"rope_theta": 5000.0},
    {"rope_scaling": None, "rope_theta": 10000},
    {"rope_scaling": {"type": "linear", "factor": 2.0}},
    {"rope_scaling": {"type": "dynamic", "factor": 4.0}, "rope_theta": 100.0},
    {"rope_scaling": {"rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 32}},
    {"rope_scaling": {"rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0, "original_max_position_embeddings": 32}},
    {"rope_parameters": {"rope_type": "default", "rope_theta": 10000.0, "partial_rotary_factor": 0.5}},
    {"rope_parameters": {"rope_type": "default", "rope_theta": 10000.0, "partial_rotary_factor": 0.25}},
    {"rope_parameters": {"rope_type": "linear", "rope_theta": 10000.0, "factor": 2.0}},
    {"partial_rotary_factor": 0.5, "rope_theta": 10000.0},
]


def turnings(made, part=""):
    """The ways to say how positions turn, for the parts that turn them."""
    if "rope_parameters" not in made:
        return []
    return [{part + field: value for field, value in turning.items()} for turning in TURNINGS]


def fields(configuration, values):
    """The fields of a configuration, with those of its parts under dotted names."""
    try:
        made = configuration(**copy.deepcopy(values)).to_dict()
    except Exception:
        return {}
    result = {}
    for field, value in made.items():
        if IGNORED.search(field):
            continue
        if isinstance(value, dict) and "model_type" in value:
            for inner, part in value.items():
                if not IGNORED.search(inner) and inner != "model_type":
                    result[f"{field}.{inner}"] = part
        elif field != "model_type":
            result[field] = value
    result.setdefault("num_labels", 2)
    result.setdefault("tie_word_embeddings", False)
    return result


def changed(values, field, value):
    values = copy.deepcopy(values)
    target = values
    *parts, last = field.split(".")
    for part in parts:
        target = target.setdefault(part, {})
    target[last] = value
    return values


def title(kind, values, small, style):
    """The class, and what is changed of the small configuration."""
    told = []
    for field, value in values.items():
        if isinstance(value, dict) and isinstance(small.get(field), dict):
            told += [f"{field}.{key}={part}" for key, part in value.items() if small[field].get(key, "") != part]
        elif small.get(field, "") != value:
            told.append(f"{field}={value}")
    return " ".join([kind.__name__, style or "terse", *told]) if values else f"{kind.__name__} {style or 'terse'} defaults"


def build(kind, configuration):
    with no_init_weights(), torch.device("meta"):
        model = kind(configuration)
    model.tie_weights()
    return model


def measure_built(kind, model):
    found = lines(model)
    measured = parts(model) | {"digest": digest(found), "lines": found}
    if re.search("CausalLM$|LMHeadModel$", kind.__name__) and (kept := cache(model)):
        measured["cache"] = kept
    return measured


def rows(kind, values, small, styles):
    """A line for each style of writing the configuration: `None` says no more than it must."""
    configuration = kind.config_class(**copy.deepcopy(values))
    model = build(kind, configuration)
    head = {"model_type": configuration.model_type, "architectures": [kind.__name__]}
    measured = measure_built(kind, model)
    for style in styles:
        document = json.loads(configuration.to_json_string(use_diff=style == "diff")) if style else values
        yield {"title": title(kind, values, small, style), "config": document | head} | measured


def cases(model_type, options):
    configuration = CONFIG_MAPPING[model_type]
    kinds = classes(configuration)
    chance = random.Random(f"{options.seed} {model_type}")
    if not options.no_defaults:
        for kind in kinds:
            yield kind, {}, [None, "full"]
    small = base(model_type)
    if small is None:
        print("no base", model_type, file=sys.stderr)
        return
    words = literals(configuration)
    known = fields(configuration, small)
    for kind in kinds:
        yield kind, small, [None]
        for field in ("num_labels", "tie_word_embeddings"):
            for value in changes(field, known[field], words, chance)[-1:]:
                yield kind, changed(small, field, value), [chance.choice([None, "diff", "full"])]
    if not kinds:
        return
    for former, field in configuration.attribute_map.items():
        for old, new in ((field, former), (former, field)):
            if old in small and new not in small:
                values = {new if key == old else key: value for key, value in small.items()}
                yield kinds[-1], values, [None]
    if options.names:
        return
    singles = []
    for field, value in known.items():
        others = changes(field, value, words, chance)
        singles += [(field, other) for other in chance.sample(others, min(options.values, len(others)))]
    if options.nulls:
        singles += [(field, None) for field, value in known.items() if value is not None]
    chance.shuffle(singles)
    main = kinds[:1] + [kind for kind in kinds if re.search("CausalLM|LMHead|MaskedLM|Generation|Classification", kind.__name__)][:2]
    for field, value in singles:
        yield chance.choice([main[-1], main[-1], chance.choice(kinds)]), changed(small, field, value), [chance.choice([None, None, "diff", "full"])]
    made = configuration(**copy.deepcopy(small)).to_dict()
    turned = turnings(made)
    for field, part in made.items():
        if isinstance(part, dict) and "model_type" in part:
            turned += turnings(part, f"{field}.")
    for turning in turned:
        values = small
        for field, value in turning.items():
            values = changed(values, field, value)
        yield chance.choice(main), values, [None]
    for _ in range(options.pairs if singles and kinds else 0):
        values = small
        for field, value in chance.sample(singles, min(len(singles), chance.randint(2, 3))):
            values = changed(values, field, value)
        if turned and chance.random() < 0.2:
            for field, value in chance.choice(turned).items():
                values = changed(values, field, value)
        if chance.random() < 0.3:
            values = {field: value for field, value in values.items() if isinstance(value, dict) or chance.random() < 0.8}
        yield chance.choice(kinds), values, [chance.choice([None, None, "diff", "full"])]


def published(start):
    """A line for each configuration as its makers published it."""
    for document in DOCUMENTS[start:]:
        name = document["architectures"][0]
        try:
            yield from [{"title": f"{name} published", "config": document} | as_published(name, document)]
        except Exception as error:
            print("cannot build", name, type(error).__name__, str(error)[:200], file=sys.stderr)


def as_published(name, document):
    configuration = CONFIG_MAPPING[document["model_type"]].from_dict(copy.deepcopy(document))
    if hasattr(configuration, "quantization_config"):
        del configuration.quantization_config
    kind = getattr(transformers, SINCE_RENAMED.get(name, name))
    return measure_built(kind, build(kind, configuration))


def again(path):
    """The lines of a file measured anew, with a digest for the names: how the tests' fixture is renewed."""
    with open(path) as file:
        for row in map(json.loads, file):
            measured = as_published(row["config"]["architectures"][0], row["config"])
            measured.pop("lines")
            yield {"title": row["title"], "config": row["config"]} | measured


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--pairs", type=int, default=12)
    parser.add_argument("--only", default="")
    parser.add_argument("--values", type=int, default=2, help="the most values of a field by itself")
    parser.add_argument("--no-defaults", action="store_true")
    parser.add_argument("--nulls", action="store_true", help="each field also as null")
    parser.add_argument("--most", type=int, default=200, help="the most lines of one type")
    parser.add_argument("--names", action="store_true", help="no more than other names of the same fields")
    parser.add_argument("--published", action="store_true", help="those of published.py alone")
    parser.add_argument("--start", type=int, default=0, help="the first one of published.py that counts")
    parser.add_argument("--again", metavar="FILE", help="measure the configurations of a file anew, such as searched.jsonl")
    parser.add_argument("output")
    options = parser.parse_args()
    if options.published or options.again:
        made = again(options.again) if options.again else published(options.start)
        texts = [json.dumps(row) + "\n" for row in made]
        with open(options.output, "w") as file:
            file.writelines(texts)
        return
    only = set(filter(None, options.only.split(",")))
    signal.signal(signal.SIGALRM, ring)
    torch.set_num_threads(1)
    seen = set()
    with open(options.output, "w") as file:
        for model_type in known_types():
            if only and model_type not in only:
                continue
            built = failed = 0
            for kind, values, styles in cases(model_type, options):
                if built >= options.most:
                    break
                signal.setitimer(signal.ITIMER_REAL, 20)
                try:
                    made = list(rows(kind, values, base(model_type) or {}, styles))
                except TooLong:
                    print("too long", kind.__name__, values, file=sys.stderr)
                    continue
                except Exception as error:
                    failed += 1
                    if not values:
                        print("cannot build", kind.__name__, type(error).__name__, str(error)[:100], file=sys.stderr)
                    continue
                finally:
                    signal.setitimer(signal.ITIMER_REAL, 0)
                for text in (json.dumps(one, default=str) for one in made):
                    if hash(text) not in seen:
                        seen.add(hash(text))
                        built += 1
                        file.write(text + "\n")
            file.flush()
            print(model_type, built, failed, flush=True)


if __name__ == "__main__":
    main()
