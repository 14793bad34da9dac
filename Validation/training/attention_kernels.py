"""Asks PyTorch which kernel it picks for attention, on the pretended GPU of a compute capability: the figures of `AttentionKernelTests`.

    MOCK_CC=90 Validation/oracle/run.sh Validation/training/attention_kernels.py

No kernel runs, so cuDNN's, which the pretended GPU has not, can be asked for too.
"""

import itertools

import torch

KERNELS = ["math", "flash", "efficient", "cuDNN"]


def tensor(*shape, dtype=torch.bfloat16, gradient=True):
    return torch.empty(*shape, device="cuda", dtype=dtype, requires_grad=gradient)


def picked(queries=64, keys=64, size=64, values=None, dtype=torch.bfloat16, dropout=0.0, causal=False, mask=None, transposed=()):
    shapes = [(queries, size), (keys, size), (keys, values or size)]
    q, k, v = (tensor(2, 4, b, a, dtype=dtype).transpose(2, 3) if index in transposed else tensor(2, 4, a, b, dtype=dtype)
               for index, (a, b) in enumerate(shapes))
    choice = torch._fused_sdp_choice(q, k, v, attn_mask=mask, dropout_p=dropout, is_causal=causal)
    return KERNELS[choice]


def main():
    print("torch", torch.__version__, "cuDNN", torch.backends.cudnn.version(), "compute capability", torch.cuda.get_device_capability())
    masks = {"of each example": (2, 1, 64, 64), "for all": (64, 64), "of three axes": (4, 64, 64)}
    print("no more", picked(), "| float16", picked(dtype=torch.float16), "| float32", picked(dtype=torch.float32))
    for dropout, causal in itertools.product((0.0, 0.1), (False, True)):
        print("dropout", dropout, "causal", causal, picked(dropout=dropout, causal=causal))
    for name, shape in masks.items():
        for dropout in (0.0, 0.1):
            print("mask", name, "dropout", dropout, picked(mask=tensor(*shape, gradient=False), dropout=dropout))
    print("mask with a gradient", picked(mask=tensor(2, 4, 64, 64)))
    for transposed in ((0,), (2,), (0, 1, 2)):
        print("transposed", transposed, picked(transposed=transposed))
    for queries, keys in ((1, 1), (1, 64), (2, 1), (2, 2), (2, 3), (63, 63), (64, 1), (64, 77), (64, 128)):
        print("lengths", queries, keys, picked(queries, keys), "| causal", picked(queries, keys, causal=True))
    for size, values in [(size, size) for size in (8, 60, 120, 128, 136, 192, 256, 264)] + [(64, 8), (64, 128), (64, 136), (128, 64), (192, 64), (192, 128), (256, 128)]:
        print("widths", size, values, picked(size=size, values=values))


if __name__ == "__main__":
    main()
