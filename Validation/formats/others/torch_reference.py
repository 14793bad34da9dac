"""What torch.load and torch.jit.load say of a file of PyTorch; nothing that a file names is run."""
import zipfile

import torch

ENDINGS = (".pt", ".pth", ".ckpt", ".jit", ".ptl", ".th", "pytorch_model.bin", ".torchscript")


def tensors(value, seen):
    if isinstance(value, torch.Tensor):
        yield value
    elif isinstance(value, (dict, list, tuple, set)) and id(value) not in seen:
        seen.add(id(value))
        for part in value.values() if isinstance(value, dict) else value:
            yield from tensors(part, seen)
        yield from tensors(getattr(value, "__dict__", None), seen)


def is_script(path):
    return zipfile.is_zipfile(path) and any("/code/" in name for name in zipfile.ZipFile(path).namelist())


def facts(path):
    """The bytes of all storages, and those of them that tensors use."""
    parameters = None
    if is_script(path):
        module = torch.jit.load(path, map_location="cpu")
        held = list(module.state_dict(keep_vars=True).values())
        held = [value for value in held if isinstance(value, torch.Tensor)]
        unique = {value.data_ptr() or id(value): value.numel() for value in module.parameters()}
        parameters = sum(unique.values())
    else:
        held = list(tensors(torch.load(path, map_location="cpu", weights_only=True), set()))
    storages, spans, kinds = {}, {}, []
    for tensor in held:
        tensor = tensor.detach()
        if tensor.layout != torch.strided:
            raise ValueError(f"layout {tensor.layout}")
        storage = tensor.untyped_storage()
        key = storage._cdata
        storages[key] = storage.nbytes()
        extent = 1 + sum((size - 1) * step for size, step in zip(tensor.shape, tensor.stride()))
        start = tensor.storage_offset()
        spans.setdefault(key, []).append((start, start + extent if tensor.numel() else start, tensor.element_size()))
        kinds.append(f"{str(tensor.dtype).removeprefix('torch.')}{list(tensor.shape)}")
    return {"storages": sum(storages.values()), "used": sum(map(covered, spans.values())), "parameters": parameters,
            "script": parameters is not None, "count": len(kinds)}


def covered(spans):
    """The bytes of a storage between the first and the last element of any tensor."""
    total = end = 0
    for start, stop, size in sorted(spans):
        total += max(0, stop - max(start, end)) * size
        end = max(end, stop)
    return total


def compare(path, found, expected, ask, apart):
    store = found["store"]
    verdicts = {}
    held = store["tensors"]["bytes"]
    if expected["script"]:
        # A script holds constants of its code beside its state; a frozen one holds nothing else.
        ours = store["parameters"]["count"]
        fits = held >= expected["storages"] and (ours == expected["parameters"] or not expected["parameters"])
        verdicts["holds"] = "equal" if fits else f"differs: {ours} parameters, {held} B, expected {expected}"
        return verdicts
    unused = store["unused"]["bytes"]
    same = (held, held - unused) == (expected["storages"], expected["used"])
    verdicts["holds"] = "equal" if same else f"differs: {held} B, {unused} unused, expected {expected}"
    warned = [note["code"] for note in found["diagnostics"] if note["severity"] != "note"]
    if warned:
        verdicts["holds"] += f" {warned[:3]}"
    return verdicts
