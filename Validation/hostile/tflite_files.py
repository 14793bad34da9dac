"""Hostile files of TFLite: a sound file with each of its words set to what it should not be, and made ones."""
import pathlib

from wire import *

FIXTURES = pathlib.Path(__file__).parent.parent.parent / "Tests" / "Fixtures"
ODD_WORDS = [0, 1, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 0xFFFFFFFC]


def files():
    for name in ("branches", "quantized", "outside"):
        sound = (FIXTURES / "TFLite" / f"{name}.tflite").read_bytes()
        yield name, sound
        # One file in seven of all that could be made keeps the sweep short; the offset turns.
        for turn, offset in enumerate(range(0, len(sound) - 4, 28)):
            odd = ODD_WORDS[turn % len(ODD_WORDS)]
            yield f"{name}_{offset}_{odd:x}", sound[:offset] + u32(odd) + sound[offset + 4:]
    loop = bytearray((FIXTURES / "TFLite" / "branches.tflite").read_bytes())
    struct.pack_into("<I", loop, 0, 4)
    yield "root_itself", loop
    yield "zeros", u32(8) + b"TFL3" + bytes(4096)
    yield "words_in_place", u32(8) + b"TFL3" + u32(1) * 4096
    yield "long_vectors", u32(8) + b"TFL3" + u32(4) * 65_536
