"""Hostile folders: indexes of parts, pipelines, adapters, configurations, packages, and things that are no files."""
import gguf_files
import safetensors_files
from wire import *


class Link(str):
    """A symbolic link to this place."""


class Pipe:
    """A named pipe, which nothing writes to."""


class Folder:
    """An empty folder."""


class Sparse(int):
    """A file of so many zeros that takes no room."""


PART = safetensors_files.file({"a": safetensors_files.entry()})
PICKLE = f"cos\nsystem\n(S'{ORDER}'\ntR.".encode()


def index(places, **parts):
    document = places if isinstance(places, bytes) else {"weight_map": places}
    return {"model.safetensors.index.json": as_json(document), **{name.replace("__", "."): data for name, data in parts.items()}}


def indexes():
    yield "above", index({"a": "../../plain.safetensors"})
    yield "above_later", index({"a": "s/../../x/m.safetensors"})
    yield "absolute", index({"a": "/etc/passwd"})
    yield "device", index({"a": "x.safetensors"}, x__safetensors=Link("/dev/zero"))
    yield "link_circle", index({"a": "l.safetensors"}, l__safetensors=Link("l.safetensors"))
    yield "link_out", index({"a": "m.safetensors"}, m__safetensors=Link("/etc/passwd"))
    yield "pipe", index({"a": "f.safetensors"}, f__safetensors=Pipe())
    yield "folder", index({"a": "d.safetensors"}, d__safetensors=Folder())
    yield "itself", index({"a": "model.safetensors.index.json"})
    yield "numbers", index({"a": 5})
    yield "list", index(b'{"weight_map":["a"]}')
    yield "many_parts", index({f"a{i}": f"m{i}.safetensors" for i in range(9_000)})
    yield "too_many", index({f"a{i}": f"m{i}.safetensors" for i in range(200_000)})
    yield "nul", index({"a": "x\0.safetensors"})
    yield "no_name", index({"a": ""})
    yield "long_name", index({"a": "x" * 100_000})
    yield "total_huge", index(b'{"metadata":{"total_size":1e300},"weight_map":{"a":"m.safetensors"}}', m__safetensors=PART)
    yield "total_negative", index(b'{"metadata":{"total_size":-5},"weight_map":{"a":"m.safetensors"}}', m__safetensors=PART)
    yield "deep", index(b'{"weight_map":' + b'{"a":' * 200_000)
    yield "bad_part", index({"a": "m.safetensors", "b": "n.safetensors"}, m__safetensors=PART, n__safetensors=b"\xff" * 50)
    yield "pickle", index({"a": "m.bin"}, m__bin=PICKLE)
    yield "twice", index(b'{"weight_map":{"a":"m.safetensors","a":"n.safetensors"},"weight_map":{}}', m__safetensors=PART)


def folders():
    yield "config_pipe", {"config.json": Pipe(), "model.safetensors": PART}
    yield "config_device", {"config.json": Link("/dev/zero"), "model.safetensors": PART}
    yield "config_folder", {"config.json": Folder(), "model.safetensors": PART}
    steps = [{"idx": i, "name": str(i), "path": path, "type": "x"} for i, path in enumerate(["", "../modules", ".", "/etc"] * 3)]
    yield "modules", {"modules.json": as_json(steps), "model.safetensors": PART}
    yield "modules_deep", {"modules.json": b"[" * 100_000, "model.safetensors": PART}
    parts = {"_class_name": "P", "unet": ["diffusers", "U"], "../x": ["a", "b"], "/etc": ["a", "b"], ".": ["a", "b"], "a/../..": ["a", "b"]}
    yield "pipeline", {"model_index.json": as_json(parts)}
    yield "pipeline_many", {"model_index.json": as_json({f"p{i}": ["a", "b"] for i in range(50_000)})}
    adapter = b'{"peft_type":"LORA","r":-5,"lora_alpha":1e999,"target_modules":{"a":[]},"base_model_name_or_path":"../../.."}'
    yield "adapter", {"adapter_config.json": adapter, "adapter_model.safetensors": PART}
    yield "adapter_itself", {"adapter_config.json": b'{"peft_type":"LORA","r":8,"base_model_name_or_path":"."}', "adapter_model.safetensors": PART}
    yield "adapter_rank", {"adapter_config.json": b'{"peft_type":"LORA","r":9223372036854775807,"rank_pattern":{"a":-1}}', "adapter_model.safetensors": PART}
    yield "distributed", {".metadata": PICKLE}
    yield "distributed_deep", {".metadata": HEAD + b"]" * 700_000 + b"a" * 699_999 + b"."}
    yield "a.mlpackage", {"Manifest.json": as_json({"rootModelIdentifier": "a", "itemInfoEntries": {"a": {"path": "../../../../../etc/passwd"}}}), "Data": Folder()}
    yield "b.mlpackage", {"Manifest.json": b'{"rootModelIdentifier":' + b"[" * 100_000, "Data": Folder()}
    yield "c.mlpackage", {"Manifest.json": Link("/dev/zero")}
    yield "link_to_itself", {"again": Link("."), "model.safetensors": PART}
    yield "many_files", {f"f{i}.safetensors": PART for i in range(3_000)}
    yield "names", {"\udcff\udcfe.safetensors": PART, "a\nb\x1b[2J.safetensors": PART, "x" * 240 + ".safetensors": PART, "-.safetensors": PART}


def alone():
    """Things by the name of a model."""
    for ending in ("gguf", "safetensors", "onnx", "pt", "tflite", "keras", "h5", "mlmodel", "pt2", "json", "bin"):
        yield f"empty.{ending}", b""
        yield f"folder.{ending}", Folder()
        yield f"zeros.{ending}", Sparse(1 << 40)
        yield f"noise.{ending}", bytes((i * 7919 >> 3) & 255 for i in range(65_536))
        yield f"byte.{ending}", b"\x80"
    yield "pipe.gguf", Pipe()
    yield "device.gguf", Link("/dev/zero")
    yield "device.onnx", Link("/dev/zero")
    yield "terminal.pt", Link("/dev/tty")
    yield "nowhere.pt", Link("nothing here")
    yield "split-00001-of-00002.gguf", gguf_files.one([2], pairs=[gguf_files.ARCHITECTURE, gguf_files.pair("split.count", 2, b"\2\0")])
    yield "split-00002-of-00002.gguf", Link("split-00001-of-00002.gguf")


BASE = dict(model_type="llama", hidden_size=64, intermediate_size=128, num_hidden_layers=2, num_attention_heads=4,
            num_key_value_heads=2, vocab_size=100, max_position_embeddings=128)
ODD = {**LIMITS, "beyond": 2**64, "fraction": 1.5, "not_a_number": float("nan"), "text": "64", "nothing": None, "list": [64, 64], "true": True}
TYPES = """gemma3 mixtral deepseek_v3 bert t5 whisper vit mamba jamba swin convnext resnet clip qwen2_vl wav2vec2 sam detr gpt2
falcon bloom mpt rwkv llava segformer dinov2 qwen3_next gpt_oss glm4_moe minimax deberta-v2 mamba2 zamba2 bart siglip
paligemma idefics3 modernbert longformer granitemoehybrid nemotron_h cohere2 hubert distilbert""".split()
COUNTS = """hidden_size intermediate_size num_hidden_layers num_attention_heads num_key_value_heads vocab_size d_model num_layers
encoder_layers decoder_layers n_layer n_layers n_head n_embd num_experts n_routed_experts num_local_experts image_size patch_size
num_channels q_lora_rank kv_lora_rank d_state state_size max_position_embeddings head_dim""".split()
LISTS = """hidden_sizes depths embed_dims num_heads layer_types conv_dim conv_kernel conv_stride sr_ratios window_size block_types
text_config vision_config hidden_size image_size patch_size hybrid_override_pattern""".split()


def configurations():
    yield "plain", BASE
    for key in list(BASE)[1:]:
        for name, value in ODD.items():
            yield f"{key}_{name}", {**BASE, key: value}
    for kind in TYPES:
        own = {"model_type": kind}
        yield f"{kind}_bare", own
        yield f"{kind}_large", {**own, **{key: 10**9 for key in COUNTS}}
        yield f"{kind}_larger", {**own, **{key: 10**18 for key in COUNTS}}
        yield f"{kind}_deep", {**own, **{key: 10**6 for key in COUNTS if "layer" in key}}
        yield f"{kind}_negative", {**own, **{key: -1 for key in COUNTS}}
        yield f"{kind}_zero", {**own, **{key: 0 for key in COUNTS if "layer" not in key}}
        yield f"{kind}_lists", {**own, **{key: [10**6] * 50 for key in LISTS}}
        yield f"{kind}_inside", {**own, "text_config": {**own, "text_config": own}, "vision_config": {**own, "num_hidden_layers": 10**8}, "audio_config": 7}
    yield "deep", b'{"a":' * 500_000
    yield "list", b"[1]"
    yield "latin", b'{"model_type":"llama","x":"\xe9"}'
    yield "utf16", json.dumps(BASE).encode("utf-16")
    yield "mark", b"\xef\xbb\xbf" + as_json(BASE)
    yield "large", b'{"model_type":"llama","x":"' + b"a" * (50 << 20) + b'"}'
    yield "type_control", {**BASE, "model_type": "\x1b[2J\0"}
    yield "layer_types", {**BASE, "layer_types": ["full_attention"] * 500_000}
    yield "bits_none", {**BASE, "quantization_config": {"quant_method": "gptq", "bits": 0, "group_size": -1}}
    yield "bits_many", {**BASE, "quantization_config": {"quant_method": "awq", "bits": 10**18, "group_size": 0}}
    yield "rope", {**BASE, "rope_scaling": {"factor": float("inf")}, "sliding_window": -1, "head_dim": 0}


def files():
    for name, data in alone():
        yield f"alone/{name}", data
    for name, members in (*indexes(), *folders()):
        for member, data in members.items():
            yield f"folders/{name}/{member}", data
    for name, document in configurations():
        yield f"configurations/{name}/config.json", as_json(document)
