"""Hostile files of safetensors."""
from wire import *


def entry(**changes):
    return dict({"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}, **changes)


def file(header, data=bytes(8), length=None):
    header = as_json(header)
    return u64(len(header) if length is None else length) + header + data


def shaped(text, data=bytes(8)):
    return file(b'{"a":{"dtype":"F32","shape":' + text + b',"data_offsets":[0,8]}}', data)


def listed(count, describe, data=b""):
    return file(("{" + ",".join(f'"t{i}":{describe(i)}' for i in range(count)) + "}").encode(), data)


def tensors(type, shape, start, end):
    return f'{{"dtype":"{type}","shape":[{shape}],"data_offsets":[{start},{end}]}}'


def files():
    yield "plain", file({"a": entry()})
    for name, length in {"63": 1 << 63, "64": 2**64 - 1, "100mb": 10**8, "one": 1, "zero": 0}.items():
        yield f"length_{name}", file({"a": entry()}, length=length)
    yield "spaces", file(b"{}" + b" " * (90 << 20))
    yield "arrays_deep", file(b'{"a":' + b"[" * 5_000_000)
    yield "objects_deep", file(b'{"a":' * 300_000)
    yield "no_object", file(b"null")
    yield "no_header", file(b"")
    yield "twice", file(b'{"a":%b,"a":%b}' % (as_json(entry()), as_json(entry())))
    yield "utf16", file(json.dumps({"a": entry()}).encode("utf-16"))
    yield "comment", file(b'{"a"://x\n{}}')
    for name, key in {"invalid": b"\xff\xfe\xc0", "overlong": b"\xc0\xaf", "escape": b"\\q",
                      "control": b"\0\1\x1b[31m", "long": b"n" * 1_000_000}.items():
        yield f"name_{name}", file(b'{"%b":%b}' % (key, as_json(entry())))
    for name, shape in {"nan": b"[NaN]", "fraction": b"[2.0]", "exponent": b"[1e400]", "text": b'["2"]',
                        "object": b'{"0":2}', "true": b"[true]", "null": b"null", "comma": b"[2,]",
                        "long": b"[" + b"9" * 1_000_000 + b"]", "negative": b"[-2]",
                        "rank": b"[" + b"1," * 1_000_000 + b"2]"}.items():
        yield f"shape_{name}", shaped(shape)
    yield "product", file({"a": entry(shape=[1 << 32, 1 << 32])})
    yield "product_with_zero", file({"a": entry(shape=[1 << 62, 1 << 62, 0], data_offsets=[0, 0])}, b"")
    for name, offsets in {"three": [0, 4, 8], "negative": [-8, 0], "end": [2**63 - 8, 2**63], "none": [],
                          "texts": ["0", "8"], "reversed": [8, 0]}.items():
        yield f"offsets_{name}", file({"a": entry(data_offsets=offsets)})
    yield "overlap", file({"a": entry(), "b": entry(data_offsets=[4, 12])}, bytes(12))
    yield "type_number", file({"a": entry(dtype=5)})
    yield "type_long", file({"a": entry(dtype="F" * 100_000)})
    yield "half_bytes", file({"a": entry(dtype="F4", shape=[3], data_offsets=[0, 2])}, bytes(2))
    yield "tensor_list", file({"a": []})
    yield "metadata_large", file({"__metadata__": {f"k{i}": "v" * 100 for i in range(200_000)}})
    yield "metadata_twice", file(b'{"__metadata__":{"a":"b","a":"c"},"__metadata__":{}}', b"")
    yield "metadata_number", file({"__metadata__": {"a": 1}}, b"")
    yield "many", listed(300_000, lambda i: tensors("F32", 0, 0, 0))
    yield "many_same", listed(100_000, lambda i: tensors("F32", 2, 0, 8), bytes(8))
    yield "many_inside", listed(
        50_000, lambda i: tensors("U8", 200_000 - 2 * i, i, 200_000 - i), bytes(200_000))
    yield "many_axes", listed(
        2_000, lambda i: tensors("F32", ",".join(["1"] * 1_000), 0, 4), bytes(4))
