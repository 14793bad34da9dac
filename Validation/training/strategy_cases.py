"""The cases of `measure_strategies.py`.

`checkpoint` is a regular expression over the paths of modules; `memfit` is what the same choice is called on our
command line.
"""

BLOCKS = {
    "resnet18": r"layer\d\.\d", "resnet50": r"layer\d\.\d", "mobilenet_v2": r"features\.([1-9]|1[0-7])",
    "vit_b_16": r"encoder\.layers\.encoder_layer_\d+", "densenet121": r"features\.denseblock\d\.denselayer\d+",
    "swin_t": r"features\.[1357]\.\d", "convnext_tiny": r"features\.[1357]\.\d",
    "efficientnet_b0": r"features\.([17]|[2-6]\.\d)", "mobilenet_v3_small": r"features\.([1-9]|1[01])",
    "regnet_y_400mf": r"trunk_output\.block[234]\.block\d-\d|trunk_output\.block1",
    "shufflenet_v2_x1_0": r"stage\d\.\d", "googlenet": r"inception\d[a-e]",
    "gpt2": r"transformer\.h\.\d+", "bert": r"bert\.encoder\.layer\.\d+",
}


def case(model, batch, opt="adamw", suffix="", **fields):
    name = "_".join(str(part) for part in [model, opt, batch, suffix] if part != "")
    return {"name": name, "model": model, "opt": opt, "batch": batch, **fields}


def blocks(model, batch, opt="adamw", suffix="", **fields):
    pattern = BLOCKS[model.split("-")[0]]
    end = ":reentrant" if fields.get("reentrant") else ""
    return case(model, batch, opt, "_".join(filter(None, ["blocks", suffix])), checkpoint=pattern, memfit="blocks" + end, **fields)


CHECKPOINTING = [
    blocks("resnet50", 8, "adam"),
    blocks("resnet50", 8, "adam", "reentrant", reentrant=True),
    blocks("resnet18", 16, "sgdm", "amp16", autocast="float16"),
    blocks("resnet18", 16, "sgdm", "amp16_reentrant", autocast="float16", reentrant=True),
    blocks("resnet50", 8, "adam", "channels_last", channels_last=True),
    blocks("mobilenet_v2", 8, "sgdm"),
    blocks("vit_b_16", 4),
    blocks("vit_b_16", 4, "adamw", "ampb16", autocast="bfloat16"),
    blocks("vit_b_16", 4, "adamw", "b16_reentrant", dtype="bfloat16", reentrant=True),
    blocks("swin_t", 4),
    blocks("convnext_tiny", 4),
    blocks("efficientnet_b0", 4, "sgdm"),
    blocks("mobilenet_v3_small", 8, "sgdm"),
    blocks("regnet_y_400mf", 8, "sgdm"),
    blocks("shufflenet_v2_x1_0", 8, "sgdm"),
    blocks("gpt2-sdpa", 2),
    blocks("gpt2-sdpa", 2, "adamw", "reentrant", reentrant=True),
    blocks("gpt2-sdpa", 2, "adamw", "ampb16", autocast="bfloat16"),
    blocks("gpt2-sdpa", 2, "adamw", "ampb16_reentrant", autocast="bfloat16", reentrant=True),
    blocks("gpt2-eager", 2, "adamw", "b16", dtype="bfloat16"),
    blocks("gpt2-sdpa", 2, "adamw", "ws", workspace=True),
    blocks("bert-sdpa", 2),
    blocks("bert-eager", 2, "adamw", "ampb16", autocast="bfloat16"),
    case("bert-sdpa", 2, "adamw", "every2", checkpoint=r"bert\.encoder\.layer\.\d*[02468]", memfit="every=2"),
    case("resnet50", 8, "adam", "every3", checkpoint=r"layer1\.0|layer2\.0|layer2\.3|layer3\.2|layer3\.5|layer4\.2", memfit="every=3"),
    case("resnet50", 8, "adam", "stages", checkpoint=r"layer\d", memfit="names=layer?"),
    case("resnet50", 8, "adam", "bn1", checkpoint=r"(.*\.)?bn1", memfit="names=*bn1"),
    case("vit_b_16", 4, "adamw", "mlp", checkpoint=r"encoder\.layers\.encoder_layer_\d+\.mlp", memfit="names=*.mlp"),
    case("bert-sdpa", 2, "adamw", "attention", checkpoint=r"bert\.encoder\.layer\.\d+\.attention", memfit="names=*.attention"),
    case("vgg11", 4, "sgd", "features", checkpoint=r"features", memfit="names=features"),
]


ACCUMULATION = [
    case("resnet18", 8, "sgdm", "accumulate4", accumulate=4),
    case("vit_b_16", 2, "adamw", "accumulate2_amp16", accumulate=2, autocast="float16"),
    case("gpt2-sdpa", 2, "adamw", "accumulate2", accumulate=2, seq=128),
    blocks("bert-sdpa", 2, "adamw", "accumulate3", accumulate=3, seq=128),
    case("resnet18", 8, "sgdm", "accumulate9", accumulate=9),
    case("resnet50", 8, "adam", "accumulate7", accumulate=7),
    case("vit_b_16", 2, "adamw", "accumulate6", accumulate=6),
    case("bert-sdpa", 2, "adamw", "accumulate11", accumulate=11, seq=128),
    case("mobilenet_v2", 8, "sgdm", "accumulate8_amp16", accumulate=8, autocast="float16"),
    case("resnet18", 8, "adam", "keep", keep=True),
    case("resnet18", 8, "none", "keep_accumulate2", keep=True, accumulate=2),
    case("bert-sdpa", 2, "adamw_fused", "keep", keep=True, seq=128),
]

FROZEN = [
    case("resnet50", 8, "sgdm", "head", frozen=["conv1*", "bn1*", "layer*"]),
    case("resnet18", 8, "adam", "late", frozen=["conv1*", "bn1*", "layer1*", "layer2*"]),
    case("resnet18", 8, "sgdm", "norms", frozen=["*bn*", "*downsample.1*"]),
    case("resnet18", 8, "sgdm", "only_norms", frozen=["*conv*", "fc*", "*downsample.0*"]),
    case("resnet18", 8, "sgdm", "late_amp16", frozen=["conv1*", "layer1*"], autocast="float16"),
    blocks("resnet18", 8, "sgdm", "late", frozen=["conv1*", "bn1*", "layer1*", "layer2.0*"]),
    case("mobilenet_v2", 8, "adagrad", "features", frozen=["features.?.*", "features.1?.*"]),
    case("efficientnet_b0", 4, "sgdm", "only_biases", frozen=["*weight"]),
    case("vit_b_16", 2, "adamw", "only_biases", frozen=["*weight"]),
    case("vit_b_16", 2, "adamw", "mlp", frozen=["*.mlp.*"]),
    case("vit_b_16", 2, "adamw", "attention_amp16", frozen=["*.self_attention.*"], autocast="float16"),
    case("swin_t", 2, "adamw", "late", frozen=["features.0*", "features.1*", "features.2*", "features.3*"]),
    case("convnext_tiny", 2, "adamw", "only_norms", frozen=["*block.0.*", "*block.3.*", "*block.5.*"]),
    case("densenet121", 2, "sgdm", "late", frozen=["features.conv0*", "features.denseblock1*", "features.denseblock2*"]),
    case("vgg11", 2, "sgdm", "features", frozen=["features*"]),
    case("gpt2-sdpa", 2, "adamw", "embeddings", frozen=["*wte*", "*wpe*"], seq=128),
    case("gpt2-sdpa", 2, "adamw", "only_biases", frozen=["*weight"], seq=128),
    case("gpt2-eager", 2, "adamw", "attention", frozen=["*.attn.*"], seq=128),
    case("bert-sdpa", 2, "adamw", "late", frozen=["bert.embeddings*", "*.layer.[0-5].*"], seq=128),
    case("bert-eager", 2, "adamw", "only_norms", frozen=["*embeddings.w*", "*dense*", "*query*", "*key*", "*value*"], seq=128),
    blocks("bert-sdpa", 2, "adamw", "late", frozen=["bert.embeddings*", "*.layer.[0-5].*"], seq=128),
    case("unet", 1, "sgdm", "encoder", frozen=["inc*", "down*"]),
]

SCALING = [
    case("resnet18", 8, opt, "amp16", autocast="float16")
    for opt in ["none", "sgd", "adam", "adamw_fused", "adamw_loop", "sgdm_fused", "rmsprop", "adagrad", "adafactor"]
]



def ddp(model, batch, opt="adamw", suffix="", spelled="2", **fields):
    """One of several processes; `processes` and the rest are arguments of `distributed.wrap`."""
    arguments = {"processes": int(spelled.split(":")[0])}
    for option in filter(None, spelled.partition(":")[2].split(",")):
        name, _, value = option.partition("=")
        arguments.update({
            "views": {"gradient_as_bucket_view": True}, "unused": {"find_unused_parameters": True},
            "no-buffers": {"broadcast_buffers": False}, "bucket": {"bucket_cap_mb": int(value or 0)}}[name])
    words = ["ddp", *spelled.replace(":", ",").replace("=", "").split(",")[1:], suffix]
    return case(model, batch, opt, "_".join(filter(None, words)), ddp=arguments, spelled=spelled, **fields)


DISTRIBUTED = [
    ddp("resnet18", 8, "sgdm"),
    ddp("resnet18", 8, "sgdm", spelled="8:views"),
    ddp("resnet50", 8, "adam"),
    ddp("resnet50", 8, "adam", spelled="2:views"),
    ddp("resnet50", 8, "adam", spelled="2:bucket=5"),
    ddp("resnet50", 8, "adam", spelled="2:unused"),
    ddp("resnet50", 8, "adam", spelled="2:views,no-buffers"),
    ddp("resnet50", 8, "adam", "channels_last", channels_last=True),
    ddp("resnet50", 8, "adam", "channels_last", spelled="2:views", channels_last=True),
    ddp("resnet18", 8, "sgdm", "amp16", autocast="float16"),
    ddp("resnet18", 8, "sgdm", "keep", spelled="2:views", keep=True),
    ddp("resnet18", 8, "sgdm", "keep", keep=True),
    ddp("resnet18", 8, "sgdm", "accumulate3", accumulate=3),
    ddp("resnet18", 8, "sgdm", "accumulate3", spelled="2:views", accumulate=3),
    ddp("resnet18", 8, "adam", "late", frozen=["conv1*", "bn1*", "layer1*", "layer2*"]),
    ddp("mobilenet_v2", 8, "sgdm", spelled="4:views"),
    ddp("vgg11", 4, "sgd"),
    ddp("vgg11", 4, "sgd", spelled="2:views"),
    ddp("vit_b_16", 4),
    ddp("vit_b_16", 4, "adamw", "ampb16", spelled="2:views", autocast="bfloat16"),
    ddp("vit_b_16", 4, "adamw", "b16", dtype="bfloat16"),
    ddp("gpt2-sdpa", 2, seq=128),
    ddp("gpt2-sdpa", 2, "adamw", "ws", spelled="2:views", seq=128, workspace=True),
    ddp("bert-sdpa", 2, seq=128),
    ddp("bert-sdpa", 2, "adamw_fused", spelled="2:views", seq=128),
    ddp("gpt2-sdpa", 2, "adamw", spelled="2:unused,views", seq=128),
    ddp("resnet50", 8, "adam", "blocks", checkpoint=BLOCKS["resnet50"], memfit="blocks"),
]

CASES = CHECKPOINTING + ACCUMULATION + FROZEN + SCALING + DISTRIBUTED
