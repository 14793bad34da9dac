#!/usr/bin/env python3
"""Writes checkpoints with the headers of large models and no data: make_checkpoints.py FOLDER.

The files are sparse: 28 GB take a few kilobytes of disk. What the readers do with headers is the
same as for files with data, since none of them should read any.
"""

import json
import pathlib
import struct
import sys

import gguf
import numpy

FOLDER = pathlib.Path(sys.argv[1])
LAYERS, WIDTH, EXPERTS, HIDDEN, VOCABULARY = 32, 4096, 8, 14336, 32000


def mixtral():
    """The shapes of Mixtral 8x7B, in the names of its checkpoint."""
    yield "model.embed_tokens.weight", (VOCABULARY, WIDTH)
    for layer in range(LAYERS):
        path = f"model.layers.{layer}"
        for name, rows in (("q", WIDTH), ("k", 1024), ("v", 1024), ("o", WIDTH)):
            yield f"{path}.self_attn.{name}_proj.weight", (rows, WIDTH)
        yield f"{path}.block_sparse_moe.gate.weight", (EXPERTS, WIDTH)
        for expert in range(EXPERTS):
            for name in ("w1", "w2", "w3"):
                shape = (WIDTH, HIDDEN) if name == "w2" else (HIDDEN, WIDTH)
                yield f"{path}.block_sparse_moe.experts.{expert}.{name}.weight", shape
        yield f"{path}.input_layernorm.weight", (WIDTH,)
        yield f"{path}.post_attention_layernorm.weight", (WIDTH,)
    yield "model.norm.weight", (WIDTH,)
    yield "lm_head.weight", (VOCABULARY, WIDTH)


def write_gguf(path):
    """A file as llama.cpp's converter lays it out, with a vocabulary, 4.5 bits a weight."""
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_block_count(LAYERS)
    writer.add_embedding_length(WIDTH)
    writer.add_head_count(32)
    writer.add_head_count_kv(8)
    writer.add_expert_count(EXPERTS)
    writer.add_tokenizer_model("llama")
    writer.add_token_list([f"token {index}" for index in range(VOCABULARY)])
    writer.add_token_scores([0.0] * VOCABULARY)
    writer.add_token_types([1] * VOCABULARY)
    kind = gguf.GGMLQuantizationType.Q4_K
    block, size = gguf.GGML_QUANT_SIZES[kind]
    total = 0
    for name, shape in mixtral():
        if len(shape) == 1:
            count = shape[0] * 4
            writer.add_tensor_info(name, shape, numpy.dtype(numpy.float32), count)
        else:
            rows, columns = shape
            count = rows * columns // block * size
            raw = (rows, columns // block * size)
            writer.add_tensor_info(name, raw, numpy.dtype(numpy.uint8), count, raw_dtype=kind)
        total += count + -count % 32
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_ti_data_to_file()
    writer.close()
    with open(path, "r+b") as file:
        end = file.seek(0, 2)
        file.truncate(end + -end % 32 + total)


def write_safetensors(folder, parts=30):
    folder.mkdir(exist_ok=True)
    tensors = list(mixtral())
    size = -(-len(tensors) // parts)
    places = {}
    for part in range(parts):
        name = f"model-{part + 1:05}-of-{parts:05}.safetensors"
        header, offset = {"__metadata__": {"format": "pt"}}, 0
        for tensor, shape in tensors[part * size:(part + 1) * size]:
            count = 2 * int(numpy.prod(shape))
            header[tensor] = {
                "dtype": "BF16", "shape": shape, "data_offsets": [offset, offset + count]}
            places[tensor] = name
            offset += count
        text = json.dumps(header).encode()
        text += b" " * (-len(text) % 8)
        with open(folder / name, "wb") as file:
            file.write(struct.pack("<Q", len(text)) + text)
            file.truncate(8 + len(text) + offset)
    (folder / "model.safetensors.index.json").write_text(json.dumps({"weight_map": places}))
    (folder / "config.json").write_text(json.dumps({
        "model_type": "mixtral", "architectures": ["MixtralForCausalLM"]}))


def write_small(folder, count=10_000):
    """Files of a few tensors each, a thousand in a folder."""
    header = json.dumps({
        f"layer.{index}.weight": {
            "dtype": "F32", "shape": [4, 4], "data_offsets": [64 * index, 64 * index + 64]}
        for index in range(8)}).encode()
    header += b" " * (-len(header) % 8)
    contents = struct.pack("<Q", len(header)) + header + bytes(512)
    for index in range(count):
        inner = folder / f"{index // 1000:02}"
        inner.mkdir(parents=True, exist_ok=True)
        (inner / f"{index:05}.safetensors").write_bytes(contents)


if __name__ == "__main__":
    FOLDER.mkdir(parents=True, exist_ok=True)
    write_gguf(FOLDER / "mixtral-q4_k.gguf")
    write_safetensors(FOLDER / "mixtral")
    write_small(FOLDER / "small")
