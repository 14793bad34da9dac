"""What safetensors and gguf say of their files."""

import numpy as np

ENDINGS = (".safetensors", ".gguf")
BITS = {"BOOL": 8, "U8": 8, "I8": 8, "I16": 16, "U16": 16, "F16": 16, "BF16": 16, "I32": 32, "U32": 32, "F32": 32,
        "F64": 64, "I64": 64, "U64": 64, "C64": 64, "F8_E4M3": 8, "F8_E5M2": 8, "F8_E8M0": 8, "F4": 4}


def facts(path):
    """The elements and the bytes of all tensors."""
    if path.endswith(".gguf"):
        from gguf import GGUFReader
        tensors = GGUFReader(path).tensors
        return {"elements": sum(int(tensor.n_elements) for tensor in tensors),
                "bytes": sum(int(tensor.n_bytes) for tensor in tensors)}
    from safetensors import safe_open
    with safe_open(path, "np") as file:
        kinds = [(file.get_slice(name).get_dtype(), file.get_slice(name).get_shape()) for name in file.keys()]
    counts = [(int(np.prod(shape, dtype=np.int64)), BITS[dtype]) for dtype, shape in kinds]
    return {"elements": sum(count for count, _ in counts), "bytes": sum(count * bits // 8 for count, bits in counts)}


def compare(path, found, expected, ask, apart):
    ours = {"elements": found["store"]["tensors"]["count"], "bytes": found["store"]["tensors"]["bytes"]}
    return {"holds": "equal" if ours == expected else f"differs: {ours}, expected {expected}"}
