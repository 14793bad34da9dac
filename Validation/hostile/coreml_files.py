"""Hostile files of Core ML."""
from wire import *

PRODUCT, CONVOLUTION, LOOP, PIPELINE = 140, 100, 615, 202


def network(layers):
    described = message(2, message(1, message(1, b"x") + message(3, message(5, number(1, 3)))))
    return number(1, 4) + described + message(500, layers)


def layer(name, source, result, kind, settings):
    return message(1, message(1, name) + message(2, source) + message(3, result) + message(kind, settings))


def program(block):
    body = message(3, b"CoreML5") + message(4, message(1, b"CoreML5") + message(2, block))
    return number(1, 6) + message(502, number(1, 1) + message(2, message(1, b"main") + message(2, body)))


def tensor_type(*sizes):
    return number(1, 10) + number(2, len(sizes)) + b"".join(message(3, message(1, number(1, size))) for size in sizes)


def constant(sizes, path, offset):
    named = message(3, message(1, b"w") + message(2, message(1, tensor_type(*sizes))))
    blob = message(2, message(1, tensor_type(*sizes))) + message(5, message(1, path) + number(2, offset))
    return message(3, message(1, b"const") + named + message(5, message(1, b"val") + message(2, blob)))


def files():
    weights = message(20, message(1, struct.pack("<4f", 1, 2, 3, 4)))
    yield "plain", network(layer(b"a", b"x", b"y", PRODUCT, number(1, 2) + number(2, 2) + weights))
    for name, v in LIMITS.items():
        palette = message(31, bytes(4)) + message(40, number(1, v) + message(101, message(1, struct.pack("<f", 1))))
        window = number(1, v) + number(2, v) + number(10, v) + number(20, v) * 2 + number(30, v) + message(90, b"")
        yield f"layers_{name}", network(
            layer(b"a", b"x", b"y", PRODUCT, number(1, v) + number(2, v) + message(20, palette))
            + layer(b"b", b"y", b"z", CONVOLUTION, window))
        yield f"version_{name}", number(1, v) + message(500, b"")
        yield f"constant_{name}", program(constant([v, v, v], b"@model_path/weights/weight.bin", v))
    inner = number(1, 4) + message(500, b"")
    yield "pipelines_deep", wrapped(inner, 3000, lambda model: number(1, 4) + message(PIPELINE, message(1, message(1, model))))
    yield "loops_deep", network(wrapped(b"", 3000, lambda body: message(1, message(1, b"l") + message(LOOP, message(3, body)))))
    yield "many_trees", number(1, 4) + message(402, message(1, b"".join(message(1, number(1, i)) for i in range(300_000))))
    yield "blocks_deep", program(wrapped(b"", 3000, lambda block: message(3, message(1, b"cond") + message(4, block))))
    types = wrapped(number(1, 10), 3000, lambda kind: message(2, message(1, kind)))
    yield "types_deep", program(message(3, message(1, b"x") + message(3, message(1, b"o") + message(2, types))))
    yield "weights_above", program(constant([2], b"@model_path/../../../../etc/passwd", 2**64 - 1))
    yield "weights_absolute", program(constant([2], b"/etc/passwd", 64))
    yield "many_operations", program(b"".join(message(3, message(1, b"relu") + message(3, message(1, b"o%d" % i))) for i in range(100_000)))
