"""Damages real files at random, for run.py to give them to memfit.

    python damaged.py FOLDER OUT [--count 200] [--seed 1] [--largest 2000000]
    python run.py MEMFIT --folder OUT --as-it-is --commands 'store @' 'run @' 'layers @'

FOLDER holds sound files of any formats, for instance those that ../formats/others/fetch.py brought. Each damaged file is cut
short, has bits turned, words set to odd numbers, or a stretch left out, doubled or taken from elsewhere. The same seed makes
the same files.
"""
import argparse
import pathlib
import random
import struct

ENDINGS = {".onnx": "onnx", ".tflite": "tflite", ".pt": "torch", ".pth": "torch", ".ckpt": "torch", ".jit": "torch",
           ".ptl": "torch", ".h5": "keras", ".hdf5": "keras", ".keras": "keras", ".mlmodel": "coreml",
           ".safetensors": "safetensors", ".gguf": "gguf"}
ODD = [0, 1, 0x7F, 0xFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 0x40000000]


def position(data, draw):
    """Headers are damaged as often as all the rest: at the start, or at the end of archives."""
    length = len(data)
    part = draw.random()
    if part < 0.4:
        return draw.randrange(min(length, 4096))
    if part < 0.6:
        return length - 1 - draw.randrange(min(length, 4096))
    return draw.randrange(length)


def damaged(sound, draw):
    data = bytearray(sound)
    for _ in range(draw.choice([1, 1, 1, 2, 4, 16])):
        if len(data) < 16:
            break
        place, kind = position(data, draw), draw.randrange(7)
        length = draw.choice([1, 4, 16, 256, 4096])
        if kind == 0:
            del data[place:]
        elif kind == 1:
            data[place] ^= 1 << draw.randrange(8)
        elif kind == 2:
            data[place] = draw.randrange(256)
        elif kind == 3:
            data[place:place + 4] = struct.pack("<I", draw.choice(ODD))
        elif kind == 4:
            data[place:place + 8] = struct.pack("<q", draw.choice([-1, 2**62, 2**63 - 1, -2**63, 1 << 40]))
        elif kind == 5:
            del data[place:place + length]
        else:
            other = position(data, draw)
            data[place:place] = data[other:other + length]
    return bytes(data)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder")
    parser.add_argument("out")
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--largest", type=int, default=2_000_000)
    options = parser.parse_args()
    files = {}
    for path in sorted(pathlib.Path(options.folder).rglob("*")):
        part = ENDINGS.get(path.suffix.lower())
        if part and path.is_file() and 64 < path.stat().st_size <= options.largest:
            files.setdefault(part, []).append(path)
    for part, sound in sorted(files.items()):
        draw = random.Random(f"{options.seed} {part}")
        folder = pathlib.Path(options.out) / part
        folder.mkdir(parents=True, exist_ok=True)
        for number in range(options.count):
            path = draw.choice(sound)
            (folder / f"{number:04}_{path.stem[:40]}{path.suffix}").write_bytes(damaged(path.read_bytes(), draw))
        print(part, len(sound), "sound files")


if __name__ == "__main__":
    main()
