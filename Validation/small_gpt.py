"""A GPT as PyTorch users write one: 12 blocks 768 wide with plain attention, from embedded tokens to a number.

    python small_gpt.py FILE.pt2      exports it, at batch 1 and 512 tokens, for `memfit plan recomputation`
"""

import sys

import torch
from torch import nn

SHAPE = (1, 512, 768)


class Block(nn.Module):
    def __init__(self, width=768, heads=12, length=512):
        super().__init__()
        self.heads = heads
        self.ln1 = nn.LayerNorm(width)
        self.qkv = nn.Linear(width, 3 * width)
        self.proj = nn.Linear(width, width)
        self.ln2 = nn.LayerNorm(width)
        self.up = nn.Linear(width, 4 * width)
        self.gelu = nn.GELU()
        self.down = nn.Linear(4 * width, width)
        mask = torch.ones(length, length, dtype=torch.bool).triu(1)
        self.register_buffer("mask", mask, persistent=False)

    def forward(self, x):
        batch, length, width = x.shape
        shape = (batch, length, self.heads, width // self.heads)
        query, key, value = self.qkv(self.ln1(x)).chunk(3, -1)
        query, key, value = [part.view(shape).transpose(1, 2) for part in (query, key, value)]
        scores = query @ key.transpose(-2, -1) * (width // self.heads) ** -0.5
        weights = scores.masked_fill(self.mask, float("-inf")).softmax(-1)
        x = x + self.proj((weights @ value).transpose(1, 2).reshape(batch, length, width))
        return x + self.down(self.gelu(self.up(self.ln2(x))))


class GPT(nn.Module):
    def __init__(self, layers=12):
        super().__init__()
        self.h = nn.ModuleList(Block() for _ in range(layers))
        self.ln = nn.LayerNorm(768)

    def forward(self, x):
        for block in self.h:
            x = block(x)
        return self.ln(x).square().mean()


if __name__ == "__main__":
    program = torch.export.export(GPT().train(), (torch.empty(SHAPE),))
    torch.export.save(program, sys.argv[1])
