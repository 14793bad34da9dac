"""The cases of `measure_grid.py`: built-in architectures under training set-ups drawn at random, with a seed.

The words are those of memfit's command line; `CASES` is the same list wherever it is drawn.
"""

import random

NETWORKS = """
alexnet vgg11 vgg11_bn vgg13 vgg16_bn googlenet inception_v3 resnet18 resnet34 resnet50 resnet101 resnext50_32x4d
wide_resnet50_2 squeezenet1_0 squeezenet1_1 densenet121 densenet169 mobilenet_v2 mobilenet_v3_large
mobilenet_v3_small shufflenet_v2_x0_5 shufflenet_v2_x1_0 shufflenet_v2_x1_5 mnasnet0_5 mnasnet1_0 mnasnet1_3
efficientnet_b0 efficientnet_b1 efficientnet_b2 efficientnet_b3 efficientnet_v2_s regnet_x_400mf regnet_x_800mf
regnet_x_1_6gf regnet_y_400mf regnet_y_800mf regnet_y_1_6gf convnext_tiny convnext_small vit_b_16 vit_b_32 swin_t
swin_s swin_v2_t maxvit_t unet
""".split()
TEXTS = ["bert-base", "gpt2", "llama-3.2-1b"]

# The modules of a network that are computed again, by the beginning of its name, as a regular expression over paths.
BLOCKS = {
    "resnet": r"layer\d\.\d+", "resnext": r"layer\d\.\d+", "wide_resnet": r"layer\d\.\d+",
    "mobilenet_v2": r"features\.([1-9]|1[0-7])", "mobilenet_v3_small": r"features\.([1-9]|1[01])",
    "mobilenet_v3_large": r"features\.([1-9]|1[0-5])", "vit": r"encoder\.layers\.encoder_layer_\d+",
    "densenet": r"features\.denseblock\d\.denselayer\d+", "swin": r"features\.[1357]\.\d+",
    "convnext": r"features\.[1357]\.\d+", "gpt2": r"transformer\.h\.\d+", "bert": r"bert\.encoder\.layer\.\d+",
    "llama": r"model\.layers\.\d+", "shufflenet": r"stage\d\.\d+",
}

OPTIMIZERS = """
sgd sgd:momentum sgd:momentum,nesterov,weight-decay adam adamw nadam radam adamax adagrad adadelta rmsprop asgd rprop
adafactor muon adam8bit lion adam:amsgrad adamw:fused adamw:loop sgd:momentum,fused rmsprop:momentum,centered
""".split()
LOSSES = "cross-entropy:label-smoothing cross-entropy:probabilities mse l1 smooth-l1 huber bce-with-logits".split()
ALLOCATORS = [
    "expandable_segments:True", "max_split_size_mb:64", "roundup_power2_divisions:4", "large_segment_size_mb:40",
    "max_split_size_mb:128,roundup_power2_divisions:[64:8,256:4,>:1]",
]


def draw(chance):
    model = chance.choice(NETWORKS) if chance.random() < 0.8 else chance.choice(TEXTS)
    case = {"model": model, "batch": chance.choice([1, 2, 3, 4, 6, 8, 12, 16])}
    case["optimizer"] = chance.choice(OPTIMIZERS)
    case["precision"] = chance.choice(["fp32", "bf16", "fp16", "amp-bf16", "amp-fp16"])
    case["cc"] = chance.choice([80, 80, 90])
    case["workspace"] = chance.random() < 0.6
    if model in TEXTS:
        case["batch"] = min(case["batch"], 4)
        case["sequence"] = chance.choice([64, 100, 128, 256])
        if chance.random() < 0.4:
            case["attention"] = "eager"
        if model == "bert-base" and chance.random() < 0.3:
            case["loss"] = "ctc"
    else:
        # Swin and MaxViT have windows that only some sizes fill; Inception needs 75 pixels.
        case["image"] = 224 if model.startswith(("maxvit", "vit")) else chance.choice([96, 128, 160, 192, 224])
        if chance.random() < 0.35:
            case["channelsLast"] = True
        if chance.random() < 0.4:
            case["loss"] = chance.choice(LOSSES)
    if case.get("attention") != "eager" and case["precision"] != "fp32" and model.startswith(("vit", *TEXTS)):
        # From compute capability 9.0 on these would use cuDNN, which the oracle does not have.
        case["cc"] = 80
    if any(model.startswith(stem) for stem in BLOCKS) and chance.random() < 0.4:
        case["checkpointing"] = chance.choice(["blocks", "blocks", "every=2", "every=3"])
        if chance.random() < 0.4:
            case["checkpointing"] += ":reentrant"
        if model.startswith("densenet"):
            # Its layers take lists, which have grown when a layer is computed again.
            del case["checkpointing"]
    if chance.random() < 0.25:
        case["accumulate"] = chance.choice([2, 3, 5])
    if chance.random() < 0.25:
        case["freezing"] = chance.choice(["begin", "begin", "biases", "weights", "norms"])
    if chance.random() < 0.2:
        case["keep"] = True
    if chance.random() < 0.3:
        case["allocator"] = chance.choice(ALLOCATORS)
    return case


def cases(count=64, seed=20261126):
    chance = random.Random(seed)
    for number in range(count):
        case = draw(chance)
        yield {"name": f"{number:03}_{case['model']}", **case}


CASES = list(cases())
