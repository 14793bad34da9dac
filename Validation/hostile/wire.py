"""The encodings that hostile files are written in, each as few lines as serve."""
import io
import json
import struct
import warnings
import zipfile

warnings.simplefilter("ignore")  # The same member twice is meant.

LIMITS = {
    "negative": -1, "zero": 0, "billion": 10**9, "two_to_40": 2**40, "largest": 2**63 - 1,
    "smallest": -2**63,
}


# What a file that is executed would leave in the folder in which run.py runs.
MARKER = "hostile_file_was_run"
ORDER = f"touch {MARKER}"


def u32(value):
    return struct.pack("<I", value & 0xFFFFFFFF)


def u64(value):
    return struct.pack("<Q", value & (2**64 - 1))


def archive(members, method=zipfile.ZIP_STORED):
    """A ZIP archive of pairs of names and bytes."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", method) as file:
        for name, data in members:
            file.writestr(name, data)
    return bytearray(target.getvalue())


def as_json(value):
    return value if isinstance(value, bytes) else json.dumps(value).encode()


def nested(start, end, depth):
    return start * depth + end * depth


# Protocol Buffers


def varint(value):
    value &= 2**64 - 1
    result = b""
    while value > 127:
        result += bytes([value & 127 | 128])
        value >>= 7
    return result + bytes([value])


def message(number, contents):
    return varint(number << 3 | 2) + varint(len(contents)) + contents


def number(field, value):
    return varint(field << 3) + varint(value)


def wrapped(contents, depth, wrap):
    for _ in range(depth):
        contents = wrap(contents)
    return contents


# Pickles

HEAD = b"\x80\x02"


def text(value):
    return b"X" + u32(len(value.encode())) + value.encode()


def integer(value):
    return b"\x8a\x09" + struct.pack("<q", value) + (b"\xff" if value < 0 else b"\0")


def unsigned(value):
    return b"\x8a\x09" + u64(value) + b"\0"


def tuple_of(*items):
    return b"(" + b"".join(items) + b"t"


def named(module, name):
    return b"c" + module.encode() + b"\n" + name.encode() + b"\n"


def dictionary(**items):
    pairs = b"".join(text(key) + value for key, value in items.items())
    return HEAD + b"}(" + pairs + b"u."


def storage(key="0", count=4, kind="FloatStorage", view=b""):
    parts = (text("storage"), named("torch", kind), text(key), text("cpu"), unsigned(count))
    return tuple_of(*parts, view) + b"Q"


def tensor(of=None, offset=0, sizes=(4,), strides=(1,)):
    arguments = tuple_of(
        of or storage(), integer(offset), tuple_of(*map(integer, sizes)),
        tuple_of(*map(integer, strides)), b"\x89", named("collections", "OrderedDict") + b")R")
    return named("torch._utils", "_rebuild_tensor_v2") + arguments + b"R"
