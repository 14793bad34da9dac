"""Makes the GGUF fixtures and what the reference reader says of them.

    pip install gguf==0.19.0 && python make_fixtures.py

The package writes version 3 alone. Versions 1 and 2 are the same bytes with other widths
(https://github.com/ggml-org/ggml/blob/master/docs/gguf.md); their manifest is that of version 3.
"""

import json
import pathlib
import struct

import gguf
import numpy

HERE = pathlib.Path(__file__).parent
QUANTS = gguf.GGMLQuantizationType
DATA_TYPES = {
    "F32": "float32", "F16": "float16", "BF16": "bfloat16", "F64": "float64", "I8": "int8",
    "I16": "int16", "I32": "int32", "I64": "int64", "Q1_0": "q1_0",
}


def data_type(kind):
    """The name of a tensor type in memfit: `Q4_K` is `q4_K`, `IQ2_XXS` is `iq2_XXS`."""
    name = kind.name
    if name in DATA_TYPES:
        return DATA_TYPES[name]
    head, _, tail = name.partition("_")
    return head.lower() + ("_" + tail if tail else "")


def write_types(path):
    """Writes one tensor of two rows for every type that the package knows."""
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_block_count(1)
    for kind in QUANTS:
        block, size = gguf.GGML_QUANT_SIZES[kind]
        data = numpy.zeros((2, size), numpy.uint8)
        writer.add_tensor(f"blk.0.{kind.name.lower()}.weight", data, raw_dtype=kind)
    finish(writer)


def write_model(path, endianess=gguf.GGUFEndian.LITTLE):
    """Writes a small decoder with a tokenizer."""
    writer = gguf.GGUFWriter(path, "llama", endianess=endianess)
    writer.add_name("small")
    writer.add_custom_alignment(64)
    writer.add_context_length(128)
    writer.add_embedding_length(8)
    writer.add_block_count(1)
    writer.add_array("llama.attention.head_count_kv", [2, 1])
    writer.add_float32("llama.rope.freq_base", 10000.0)
    writer.add_tokenizer_model("gpt2")
    writer.add_token_list(["a", "bb", "ccc", "dddd"])
    writer.add_array("tokenizer.ggml.scores", [0.0, -1.0, -2.0, -3.0])
    add_tensors(writer)
    finish(writer)


def add_tensors(writer):
    for name, shape in [
        ("token_embd.weight", (4, 8)), ("blk.0.attn_q.weight", (8, 8)),
        ("blk.0.ffn_up.weight", (16, 8)), ("blk.0.attn_norm.weight", (8,)),
        ("rope_freqs.weight", (4,)),
    ]:
        writer.add_tensor(name, numpy.zeros(shape, numpy.float32))


def write_split(folder):
    """Writes a model in three parts, the metadata in the first."""
    writer = gguf.GGUFWriter(folder / "split.gguf", "llama", split_max_tensors=2)
    writer.add_name("split")
    add_tensors(writer)
    finish(writer)


def finish(writer):
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def write_old(path, version):
    """Writes a file of an older version by hand; lengths of version 1 have four bytes."""
    size = (lambda n: struct.pack("<I", n)) if version == 1 else (lambda n: struct.pack("<Q", n))
    text = lambda s: size(len(s)) + s.encode()
    head = b"GGUF" + struct.pack("<I", version) + size(1) + size(1)
    head += text("general.architecture") + struct.pack("<I", 8) + text("llama")
    head += text("w.weight") + struct.pack("<I", 2) + size(32) + size(3)
    head += struct.pack("<IQ", int(QUANTS.Q4_0), 0)
    head += bytes(-len(head) % 32)
    path.write_bytes(head + bytes(3 * 18))


def manifest(path):
    """Lists the tensors as the reference reads them, sizes outermost first."""
    reader = gguf.GGUFReader(path)
    tensors = [
        [t.name, data_type(t.tensor_type), [int(n) for n in reversed(t.shape)]]
        for t in sorted(reader.tensors, key=lambda t: t.name)
    ]
    return {"tensors": tensors, "bytes": sum(int(t.n_bytes) for t in reader.tensors)}


def main():
    write_types(HERE / "types.gguf")
    write_model(HERE / "model.gguf")
    write_model(HERE / "bigendian.gguf", gguf.GGUFEndian.BIG)
    write_split(HERE)
    files = {path.name: manifest(path) for path in sorted(HERE.glob("*.gguf"))}
    # A part stands for the whole model.
    parts = {name: entry for name, entry in files.items() if "-of-" in name}
    whole = {
        "tensors": sorted(t for entry in parts.values() for t in entry["tensors"]),
        "bytes": sum(entry["bytes"] for entry in parts.values()),
    }
    files.update({name: whole for name in parts})
    for version in (1, 2):
        name = f"version{version}.gguf"
        write_old(HERE / name, version)
        files[name] = {"tensors": [["w.weight", "q4_0", [3, 32]]], "bytes": 54}
    expected = {"reference": "gguf 0.19.0", "files": files}
    (HERE / "contract.json").write_text(json.dumps(expected, indent=1) + "\n")


if __name__ == "__main__":
    for old in HERE.glob("*.gguf"):
        old.unlink()
    main()
