"""Hostile files of GGUF."""
from wire import *

UINT8, INT32, UINT32, FLOAT32, STRING, ARRAY, UINT64 = 0, 5, 4, 6, 8, 9, 10


def named_key(key):
    key = key if isinstance(key, bytes) else key.encode()
    return u64(len(key)) + key


def pair(key, kind, value):
    return named_key(key) + u32(kind) + value


def count(key, value):
    return pair(key, UINT32, u32(value))


def words(key, value):
    return pair(key, STRING, named_key(value))


def array(key, kind, length, items=b""):
    return pair(key, ARRAY, u32(kind) + u64(length) + items)


def tensor_entry(name, sizes, kind=0, offset=0):
    return named_key(name) + u32(len(sizes)) + b"".join(map(u64, sizes)) + u32(kind) + u64(offset)


def file(pairs=(), tensors=b"", tensor_count=0, version=3, pair_count=None):
    pair_count = len(pairs) if pair_count is None else pair_count
    head = b"GGUF" + u32(version) + u64(tensor_count) + u64(pair_count)
    return head + b"".join(pairs) + tensors


ARCHITECTURE = words("general.architecture", "llama")


def one(sizes, kind=0, offset=0, pairs=(ARCHITECTURE,), data=100):
    return file(pairs, tensor_entry("a", sizes, kind, offset) + bytes(data), 1)


def files():
    yield "plain", one([2])
    yield "tensor_count_63", file([ARCHITECTURE], tensor_count=1 << 63)
    yield "tensor_count_40", file([ARCHITECTURE], bytes(1000), 1 << 40)
    yield "pair_count_63", file(pair_count=1 << 63)
    for length in (1 << 63, 2**64 - 1, 1 << 40, 1 << 61, 1 << 32):
        for name, kind in {"bytes": UINT8, "texts": STRING, "wide": UINT64, "arrays": ARRAY}.items():
            yield f"array_{name}_{length:x}", file([array("x", kind, length, bytes(100))])
    level = u32(ARRAY) + u64(1)
    yield "array_deep", file([pair("x", ARRAY, level * 20_000 + u32(UINT8) + u64(1) + b"\0")])
    yield "array_of_arrays", file([array("x", ARRAY, 200_000, (u32(UINT8) + u64(0)) * 200_000)])
    yield "array_of_empty_texts", file([array("x", STRING, 2_000_000, u64(0) * 2_000_000)])
    yield "array_unknown", file([array("x", 77, 3, bytes(50))])
    yield "pair_unknown", file([pair("x", 13, bytes(50))])
    yield "keys_twice", file([count("a", 1), count("a", 2), ARCHITECTURE, ARCHITECTURE])
    for alignment in (0, 1, 3, 24, 1 << 31, 2**32 - 1):
        yield f"alignment_{alignment}", one([2], pairs=[count("general.alignment", alignment)])
    yield "alignment_text", one([2], pairs=[words("general.alignment", "32")])
    yield "alignment_late", one([2], pairs=[ARCHITECTURE, pair("general.alignment", UINT64, u64(2**63))])
    yield "rank_largest", file([], named_key("a") + u32(2**32 - 1) + bytes(100), 1)
    for name, sizes in {"many": [1] * 1000, "none": [], "negative": [-1, 2], "overflow": [1 << 33, 1 << 33],
                        "zero": [0, 5], "nearly": [2**62]}.items():
        yield f"sizes_{name}", one(sizes)
    yield "part_of_a_block", one([33], kind=8)
    yield "kind_removed", one([256], kind=4, data=1000)
    yield "kind_largest", one([256], kind=2**32 - 1, data=1000)
    yield "offset_wraps", one([2], offset=2**64 - 32)
    yield "offset_odd", one([2], offset=1)
    yield "key_long", file([count("k" * 1_000_000, 1)])
    yield "key_empty", file([count("", 1)])
    yield "key_nul", file([count("a\0b", 1)])
    yield "text_largest", file([named_key("k") + u32(STRING) + u64(2**64 - 1)])
    yield "text_invalid", file([words("general.name", b"\xff\xfe\x00\x1b[2J")])
    yield "architecture_number", file([count("general.architecture", 3)])
    yield "architecture_long", file([words("general.architecture", "x" * 1_000_000)])
    for version in (0, 4, 0x03000000, 2**32 - 1):
        yield f"version_{version}", file(version=version)
    yield "split_of_many", one([2], pairs=[ARCHITECTURE, pair("split.count", 2, b"\xff\xff")])
    yield "part-00001-of-99999", one([2])
    yield "part-00000-of-00000", one([2])
    yield "many_pairs", file([count(f"k{i}", i) for i in range(300_000)])
    yield "many_tensors", file(
        [ARCHITECTURE], b"".join(tensor_entry(f"t{i}", [0]) for i in range(300_000)) + bytes(64), 300_000)
    yield "same_place", file(
        [ARCHITECTURE], b"".join(tensor_entry(f"t{i}", [8]) for i in range(50_000)) + bytes(64), 50_000)
    yield "same_name", file([ARCHITECTURE], tensor_entry("a", [8]) * 50_000 + bytes(64), 50_000)
    sizes = ("block_count", "context_length", "embedding_length", "attention.head_count_kv", "expert_count",
             "attention.key_length", "attention.sliding_window", "vocab_size", "feed_forward_length")
    for name, value in {"largest": 2**32 - 1, "zero": 0, "high": 2**31}.items():
        pairs = [count(f"llama.{size}", value) for size in sizes]
        yield f"settings_{name}", one([2], pairs=[ARCHITECTURE, *pairs, count("llama.attention.head_count", 0)])
    heads = struct.pack("<iii", -1, 2, 2**31 - 1)
    yield "heads_of_layers", one([2], pairs=[
        ARCHITECTURE, count("llama.block_count", 4), array("llama.attention.head_count_kv", INT32, 3, heads),
        count("llama.attention.head_count", 1), count("llama.embedding_length", 1 << 31)])
    yield "settings_not_finite", one([2], pairs=[
        ARCHITECTURE, pair("llama.rope.freq_base", FLOAT32, struct.pack("<f", float("nan"))),
        pair("llama.block_count", FLOAT32, struct.pack("<f", float("inf")))])
