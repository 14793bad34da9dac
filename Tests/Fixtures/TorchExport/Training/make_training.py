"""Makes the archives of this folder, and what a training step of the same modules takes on PyTorch's own allocator.

    ../../../../Validation/oracle/run.sh make_training.py export    # torch 2.15, transformers 5.23 and timm 1.0
    ../../../../Validation/oracle/run.sh make_training.py train     # writes truth.json
"""

import json
import os
import re
import sys

import torch
import torch.export.experimental
import torch.nn.functional as F
from torch import nn
from torch.utils._pytree import tree_map
from torch.utils.checkpoint import checkpoint

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.join(HERE, "..", "..", "..", "..", "Validation")
sys.path[:0] = [os.path.join(ROOT, part) for part in ("exports", "training", "oracle")]


class BiasAttention(nn.Module):
    """Attention of 49 tokens with a trained bias for each pair of positions, and blocks dropped at random."""

    def __init__(self):
        super().__init__()
        self.norm = nn.LayerNorm(64)
        self.qkv = nn.Linear(64, 192)
        self.table = nn.Parameter(torch.zeros(169, 4))
        self.register_buffer("index", torch.zeros(49 * 49, dtype=torch.long))
        self.proj = nn.Linear(64, 64)
        self.scale = nn.Parameter(torch.ones(64))
        self.shift = nn.Parameter(torch.zeros(64))
        self.head = nn.Linear(64, 10)

    def forward(self, x):
        y = self.norm(x)
        q, k, v = self.qkv(y).reshape(8, 49, 3, 4, 16).permute(2, 0, 3, 1, 4).unbind(0)
        bias = self.table[self.index].view(49, 49, 4).permute(2, 0, 1).contiguous().unsqueeze(0)
        y = F.scaled_dot_product_attention(q, k, v, attn_mask=bias, dropout_p=0.1)
        y = self.proj(y.transpose(1, 2).reshape(8, 49, 64))
        kept = y.new_empty((8, 1, 1)).bernoulli_(0.9)
        x = x + y * kept.div_(0.9)
        x = torch.addcmul(self.shift, self.scale, x)
        return self.head(x.mean(1))


class Windows(nn.Module):
    """Windows of an image as columns, mixed and put together again, and the largest of each channel."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3, padding=1)
        self.mix = nn.Linear(72, 72)
        self.head = nn.Linear(8, 10)

    def forward(self, x):
        x = self.conv(x)
        columns = self.mix(F.unfold(x, 3, padding=1, stride=2).transpose(1, 2))
        x = x + F.fold(columns.transpose(1, 2), (28, 28), 3, padding=1, stride=2)
        largest, _ = torch.max(x.flatten(2), 2)
        return self.head(largest)


class Scored(nn.Module):
    """Layers that an export with its own backward pass takes apart, and the loss, taken apart too."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 16, 3, padding=1)
        self.bn = nn.BatchNorm2d(16)
        self.norm = nn.LayerNorm(64)
        self.mix = nn.Linear(196, 64)
        self.head = nn.Linear(64, 10)

    def forward(self, x, y):
        # No variable holds anything: the export does not tell of any.
        return F.cross_entropy(
            self.head(
                F.dropout(
                    F.gelu(
                        self.norm(self.mix(F.max_pool2d(F.relu(self.bn(self.conv(x))), 2).flatten(2)))),
                    0.1, self.training).mean(1)), y)


class Attended(nn.Module):
    """Attention, linear layers and functions of each element that an export with its own backward pass takes apart."""

    def __init__(self):
        super().__init__()
        self.norm = nn.LayerNorm(64)
        self.qkv = nn.Linear(64, 192)
        self.proj = nn.Linear(64, 64)
        self.up = nn.Linear(64, 128)
        self.down = nn.Linear(128, 64)
        self.head = nn.Linear(64, 10)

    def mix(self, x):
        q, k, v = self.qkv(self.norm(x)).reshape(8, 49, 3, 4, 16).permute(2, 0, 3, 1, 4).unbind(0)
        y = F.scaled_dot_product_attention(q, k, v, dropout_p=0.1)
        return x + F.dropout(self.proj(y.transpose(1, 2).reshape(8, 49, 64)), 0.1)

    def forward(self, x, y):
        x = self.mix(x)
        x = x + self.down(F.silu(self.up(x)).roll(1, 1))
        return F.cross_entropy(self.head(F.hardsigmoid(F.hardswish(x, inplace=True)).mean(1)), y)


class Apart(nn.Module):
    """Layers that `run_decompositions` takes apart, some of which work in place."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 32, 3, 4, 1, bias=False)
        self.bn = nn.BatchNorm2d(32)
        self.relu = nn.ReLU(inplace=True)
        self.swish = nn.Hardswish(inplace=True)
        self.mix = nn.Conv2d(32, 32, 1)
        self.qkv = nn.Linear(32, 96)
        self.proj = nn.Linear(32, 32)
        self.dropout = nn.Dropout(0.1)
        self.head = nn.Linear(32, 10)

    def attend(self, x):
        q, k, v = self.qkv(x).reshape(8, 196, 3, 2, 16).permute(2, 0, 3, 1, 4).unbind(0)
        return self.proj(F.scaled_dot_product_attention(q, k, v).transpose(1, 2).reshape(8, 196, 32))

    def forward(self, x):
        x = self.relu(self.bn(self.conv(x)))
        y = self.swish(self.mix(x))
        y += x
        x = y.flatten(2).transpose(1, 2)
        x = x + self.dropout(self.attend(x))
        return self.head(F.silu(x).mean(1))


class Gaps(nn.Module):
    """Convolutions that PyTorch runs itself in 16 bits: with gaps in their windows, in groups too, and of a volume."""

    def __init__(self):
        super().__init__()
        self.stem = nn.Conv3d(3, 16, (2, 4, 4), stride=(2, 4, 4))
        self.wide = nn.Conv2d(16, 32, 3, padding=2, dilation=2, bias=False)
        self.groups = nn.Conv2d(32, 32, 3, padding=3, dilation=3, groups=4)
        self.head = nn.Linear(32, 10, bias=False)

    def forward(self, x):
        return self.head(self.groups(self.wide(self.stem(x).mean(2))).mean((2, 3)))


class Scan(nn.Module):
    """A recurrence that writes each state over a part of what it returns, and a head that shares the embedding's table."""

    def __init__(self):
        super().__init__()
        self.head = nn.Linear(32, 96, bias=False)
        self.table = nn.Embedding(96, 32)
        self.mix = nn.Linear(32, 32)
        self.register_buffer("decay", torch.zeros(32), persistent=False)
        self.head.weight = self.table.weight

    def forward(self, tokens):
        x = self.mix(self.table(tokens))
        with torch.no_grad():
            places = torch.arange(tokens.shape[1], device=tokens.device).float()[:, None] * self.decay
        gates = torch.sigmoid(x + places)
        states = torch.zeros_like(x)
        state = torch.zeros_like(x[:, 0])
        for t in range(tokens.shape[1]):
            state = gates[:, t] * state + x[:, t]
            states[:, t] = state
        return self.head(states.mean(1))


class Rows(nn.Module):
    """Rows normalized by PyTorch's own kernel, a softmax across rows, a list of layers, and a token in front."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 16, 2, stride=2)
        self.norm = nn.BatchNorm1d(16)
        self.mix = nn.Linear(16, 16)
        self.layers = nn.ModuleList(nn.Sequential(nn.Linear(16, 16), nn.GELU()) for _ in range(3))
        self.token = nn.Parameter(torch.zeros(1, 1, 16))
        self.head = nn.Linear(16, 10)

    def add_token(self, x):
        token = self.token.expand(x.shape[0], -1, -1)
        return torch.cat((token, x), dim=1)

    def forward(self, x):
        x = self.conv(x).flatten(2).transpose(1, 2)
        x = self.norm(x.reshape(8 * 784, 16)).reshape(8, 784, 16)
        weights = self.mix(x).transpose(1, 2).softmax(-1)
        x = x + weights.transpose(1, 2)
        for layer in self.layers:
            x = layer(x)
        x = self.add_token(x)
        return self.head(x.transpose(1, 2).mean(-1))


class Block(nn.Module):
    """A residual block that is given the layers of its shortcut."""

    def __init__(self, downsample):
        super().__init__()
        self.conv1 = nn.Conv2d(32, 64, 3, padding=1)
        self.conv2 = nn.Conv2d(64, 64, 3, padding=1)
        self.downsample = downsample

    def forward(self, x):
        shortcut = self.downsample(x)
        x = self.conv2(F.relu(self.conv1(x)))
        return F.relu(x + shortcut)


class Views(nn.Module):
    """Convolutions and a pooling of views, and attention in a function of which an export holds no frame."""

    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(3, 32, 4, stride=4)
        downsample = nn.Sequential(nn.Conv2d(32, 64, 1, bias=False), nn.BatchNorm2d(64))
        self.block = Block(downsample)
        self.left = nn.Conv2d(32, 32, 3, padding=1)
        self.right = nn.Conv2d(32, 32, 3, padding=1)
        self.pair = nn.Linear(64, 128)
        self.bias = nn.Parameter(torch.zeros(1, 1, 784))
        self.floor = nn.Parameter(torch.zeros(64))
        self.register_buffer("low", torch.tensor(-1.0))
        self.register_buffer("high", torch.tensor(1.0))
        self.merge = nn.Conv2d(64, 64, 2, stride=2)
        self.norm = nn.LayerNorm(64)
        self.head = nn.Linear(64, 10)

    def mix(self, x):
        x = x.flatten(2).transpose(1, 2)
        q, k = self.pair(x).reshape(8, 784, 2, 64).unbind(2)
        scores = F.normalize(q, dim=-1) @ F.normalize(k, dim=-1).transpose(-2, -1)
        scores = scores.view(2, 4, 784, 784) + self.bias
        scores = scores.view(8, 784, 784)
        scores = scores.softmax(-1)
        x = scores @ x
        x = x.view(8, 28, 28, 64)
        x = F.pad(x, (0, 0, 0, 2, 0, 2))
        x = x.permute(0, 3, 1, 2).contiguous()
        return x

    def forward(self, x):
        x = self.block(self.stem(x))
        a, b = x.chunk(2, 1)
        x = torch.cat((self.left(a), self.right(b)), 1)
        x = self.mix(x)
        x = torch.clamp(x, self.low, self.high)
        x = self.merge(x)
        x = x.flatten(2).transpose(1, 2)
        x = torch.maximum(self.norm(x), self.floor)
        x = x.repeat_interleave(1, dim=0)
        return self.head(x.mean(1))


class Lists(nn.Module):
    """Lists of what layers make, a roll along three axes, depthwise convolutions of parts, and a function that writes into
    a part of what it is given."""

    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(3, 48, 4, stride=4)
        self.left = nn.Conv2d(24, 24, 3, padding=1, groups=24)
        self.right = nn.Conv2d(24, 24, 5, padding=2, groups=24)
        self.local = nn.Conv2d(24, 24, 3, padding=1, groups=24)
        self.slope = nn.PReLU(48)
        self.parts = nn.ModuleList(nn.Sequential(nn.Linear(48, 48), nn.GELU()) for _ in range(3))
        self.norms = nn.ModuleList(nn.LayerNorm(48) for _ in range(2))
        self.head = nn.Linear(48, 10)

    def scores(self, x):
        a = x @ x.transpose(1, 2)
        a[:, 1:, 1:] = a[:, 1:, 1:] * 2
        return a, x

    def forward(self, x):
        x = self.stem(x)
        a, b = x.chunk(2, 1)
        x = x + torch.cat((self.left(a), self.right(b)), 1)
        x = self.slope(x)
        x = x * torch.sigmoid(x.mean(1, keepdim=True) + x.amax(1, keepdim=True))
        x = x.permute(0, 2, 3, 1)
        x = torch.roll(x.unsqueeze(1), (0, -3, -3), (1, 2, 3)).squeeze(1)
        y = x[..., :24].permute(0, 3, 1, 2)
        y = self.local(y)
        x = torch.cat((y.permute(0, 2, 3, 1), x[..., 24:]), -1).flatten(1, 2)
        x = x + torch.stack([part(x) for part in self.parts]).sum(0)
        a, x = self.scores(x)
        a = a.softmax(-1)
        x = a @ x
        ys = [norm(y) for y, norm in zip(x.chunk(2, 1), self.norms)]
        return self.head(ys[0].mean(1))


class Raised(nn.Module):
    """What autocast computes in single precision, and a product of rows that lie apart until they are cast."""

    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(3, 32, 4, stride=4)
        self.conv = nn.Conv2d(32, 32, 3, padding=1)
        self.norm = nn.LayerNorm(32)
        self.first = nn.Linear(32, 32)
        self.rest = nn.Linear(32, 32)
        self.head = nn.Linear(32, 10)

    def forward(self, x):
        x = self.stem(x)
        x = F.interpolate(x, scale_factor=2.0, mode="bilinear")
        x = F.interpolate(self.conv(x), scale_factor=0.5)
        x = torch.exp(F.softplus(self.conv(x)))
        x = torch.rsqrt(self.conv(x))
        y = self.conv(x)
        y = y.sum((2, 3), keepdim=True)
        x = (x + y).flatten(2).transpose(1, 2)
        x = self.norm(x)
        y = self.first(x[:, :1])
        x = y + self.rest(x)
        return self.head(x.mean(1))


class Windowed(nn.Module):
    """Functions of timm of which an export holds no frame: windows of Swin's second version."""

    def __init__(self):
        super().__init__()
        from timm.models.swin_transformer_v2 import SwinTransformerV2Block

        self.stem = nn.Conv2d(3, 64, 4, stride=4)
        self.windows = SwinTransformerV2Block(64, (26, 26), num_heads=1, window_size=5)
        self.shifted = SwinTransformerV2Block(64, (26, 26), num_heads=1, window_size=5, shift_size=2)
        self.head = nn.Linear(64, 10)

    def forward(self, x):
        x = self.stem(x).permute(0, 2, 3, 1)
        x = self.windows(x)
        x = self.shifted(x)
        return self.head(x.mean((1, 2)))


class Known(nn.Module):
    """Functions of timm of which an export holds no frame: windows of Swin, places of MViT, a cell of PNASNet."""

    def __init__(self):
        super().__init__()
        from timm.layers.activations_me import HardMishMe
        from timm.layers.bottleneck_attn import PosEmbedRel
        from timm.models.mvitv2 import MultiScaleAttention
        from timm.models.pnasnet import Cell
        from timm.models.swin_transformer import SwinTransformerBlock

        self.stem = nn.Conv2d(3, 32, 4, stride=4)
        self.act = HardMishMe()
        self.windows = SwinTransformerBlock(32, (28, 28), num_heads=2, window_size=7)
        self.shifted = SwinTransformerBlock(32, (28, 28), num_heads=2, window_size=7, shift_size=3)
        self.attention = MultiScaleAttention(32, 32, (28, 28), num_heads=2, has_cls_token=False, mode="conv", kernel_q=(3, 3),
                                             kernel_kv=(3, 3), stride_q=(1, 1), stride_kv=(2, 2), rel_pos_type="spatial")
        self.cell = Cell(32, 16, 32, 16)
        self.places = PosEmbedRel((14, 14), 80, 0.1)
        self.head = nn.Linear(80, 10)

    def forward(self, x):
        x = self.stem(x)
        x = self.act(x)
        x = x.permute(0, 2, 3, 1)
        x = self.windows(x)
        x = self.shifted(x)
        x, _ = self.attention(x.flatten(1, 2), (28, 28))
        x = x.transpose(1, 2).reshape(4, 32, 28, 28)
        x = self.cell(x, x)
        x = F.max_pool2d(x, 2).flatten(2).transpose(1, 2)
        scores = self.places(x)
        x = scores.softmax(-1) @ x
        return self.head(x.mean(1))


class Sampled(nn.Module):
    """Channels of samples normalized one by one, samples at the places of grids, and an activation that writes over another
    shape of what a layer has made."""

    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(3, 32, 4, stride=4)
        self.plain = nn.InstanceNorm2d(32)
        self.affine = nn.InstanceNorm2d(32, affine=True)
        self.places = nn.Conv2d(32, 2, 3, padding=1)
        self.norm = nn.LayerNorm(32)
        self.act = nn.SiLU(inplace=True)
        self.head = nn.Linear(32, 10)

    def forward(self, x):
        x = self.plain(self.stem(x))
        grid = self.places(x).permute(0, 2, 3, 1)
        x = F.grid_sample(x, grid, align_corners=True)
        x = self.affine(x)
        x = x + F.grid_sample(x, grid.detach(), mode="bilinear", padding_mode="border", align_corners=False)
        x = self.norm(x.permute(0, 2, 3, 1))
        x = x.permute(0, 3, 1, 2)
        x = self.act(x)
        return self.head(x.mean((2, 3)))


class Places(nn.Module):
    """A convolution of tokens as an image, which returns them as tokens."""

    def __init__(self):
        super().__init__()
        self.proj = nn.Conv2d(32, 32, 3, padding=1, groups=32)

    def forward(self, x):
        x = self.proj(x.transpose(1, 2).view(4, 32, 28, 28))
        x = x.flatten(2).transpose(1, 2)
        return x


class Residual(nn.Module):
    def __init__(self):
        super().__init__()
        self.norm = nn.LayerNorm(32)
        self.mix = nn.Linear(32, 32)

    def forward(self, x):
        x = x + self.mix(self.norm(x))
        return x


class Lines(nn.Module):
    """Statements over several lines, and a function of which an export holds no frame and that calls a module which returns
    another shape of what it has made; what nobody differentiates is the largest."""

    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(3, 32, 4, stride=4)
        self.token = nn.Parameter(torch.zeros(1, 1, 32))
        self.first = Residual()
        self.places = Places()
        self.last = Residual()
        self.head = nn.Linear(32, 10)

    def features(self, x):
        x = self.first(x)
        x = self.places(x)
        x = self.last(x)
        x = x.reshape(4, 28, 28, 32).permute(0, 3, 1, 2).contiguous()
        with torch.no_grad():
            scores = x.flatten(2).transpose(1, 2) @ x.flatten(2)
            total = scores.sum()
        return x * total

    def forward(self, x):
        x = self.stem(x)
        x = (
            x.reshape(4, 32, 14, 2, 28)
            .permute(0, 2, 4, 3, 1)
            .reshape(4, 784, 32)
        )
        x = torch.cat((self.token.expand(4, -1, -1), x), 1)
        x = self.features(x[:, 1:])
        return self.head(x.mean((2, 3)))


class Stage(nn.Module):
    def __init__(self, channels, more):
        super().__init__()
        self.conv = nn.Conv2d(channels, more, 2, stride=2)
        self.scale = nn.Parameter(torch.ones(more, 1, 1))

    def forward(self, x):
        return self.conv(x) * self.scale


class Stages(nn.Module):
    """Stages of different sizes, called one after the other in a function of which an export holds no frame."""

    def __init__(self):
        super().__init__()
        self.stages = nn.ModuleList([Stage(3, 16), Stage(16, 32)])
        self.head = nn.Linear(32, 10)

    def features(self, x):
        for stage in self.stages:
            x = stage(x)
        with torch.no_grad():
            scores = x.flatten(2).transpose(1, 2) @ x.flatten(2)
            total = scores.sum()
        return x * total

    def forward(self, x):
        x = self.features(x)
        return self.head(x.mean((2, 3)))


class Uncast(nn.Module):
    """A part without autocast, and an activation that is one expression in a function."""

    def __init__(self):
        super().__init__()
        from timm.layers.activations import QuickGELU

        self.stem = nn.Conv2d(3, 32, 4, stride=4)
        self.mix = nn.Linear(32, 32)
        self.act = QuickGELU()
        self.head = nn.Linear(32, 10)

    def scores(self, q, v):
        q, v = q.float(), v.float()
        return (q @ q.transpose(-2, -1)) @ v

    def forward(self, x):
        x = self.stem(x).flatten(2).transpose(1, 2)
        x = self.act(self.mix(x))
        y = self.mix(x)
        with torch.autocast(x.device.type, enabled=False):
            x = self.scores(x, y)
        return self.head(x.mean(1))


class Functions(nn.Module):
    """Functions of elements and of places among them, each with a gradient of its own."""

    def __init__(self):
        super().__init__()
        self.mix = nn.Linear(64, 64)
        self.head = nn.Linear(64, 10)

    def forward(self, x):
        x = self.mix(x)
        x = x + torch.exp2(x)
        x = x + torch.log1p(x * x)
        x = x + torch.tan(x)
        x = x + torch.asin(x)
        x = x + torch.atan(x)
        x = x + torch.cosh(x)
        x = x + torch.asinh(x)
        x = x + torch.erfc(x)
        x = x + x.trunc()
        x = x.fmod(2.0)
        x = 2 ** x
        x = torch.lerp(x, x + 1, 0.3)
        x = torch.addcdiv(x, x + 1, x + 2)
        x = torch.clamp(x, x * 0.5, x * 2)
        x = x.flip(1)
        x = x + x.cumsum(1)
        x = x + x.logsumexp(2, keepdim=True)
        x = x + torch.einsum("bij,bkj,bkl->bil", x, x, x)
        x = x + torch.einsum("bij->bi", x).unsqueeze(2)
        x = x + torch.einsum("bij,j->bij", x, x[0, 0])
        x = x + (x @ x[0, 0]).unsqueeze(2)
        x = x + torch.diag_embed(x.diagonal(dim1=1, dim2=2), dim1=1, dim2=2).sum()
        return self.head(x.mean(1))


class Scatters(nn.Module):
    """A graph's messages, added to places, averaged there, and the greatest of them; bags of rows of a table."""

    def __init__(self):
        super().__init__()
        self.bag = nn.EmbeddingBag(300, 64, mode="sum")
        self.mix = nn.Linear(64, 64)
        self.out = nn.Linear(64, 10)

    def forward(self, edges, labels):
        x = self.mix(self.bag(edges[0].view(-1, 8)))
        source, target = edges[0, :400], edges[1, :400]
        degree = torch.zeros(x.size(0), device=x.device).scatter_add_(0, target, torch.ones_like(target, dtype=torch.float))
        message = x[source] * degree.clamp(min=1)[source].unsqueeze(-1)
        x = x + torch.zeros_like(x).index_add_(0, target, message)
        place = target.unsqueeze(-1).expand_as(message)
        x = x + torch.zeros_like(x).scatter_add(0, place, message)
        x = x + torch.zeros_like(x).scatter_reduce(0, place, message, "mean")
        x = x + torch.zeros_like(x).scatter_reduce(0, place, message, "amax")
        x = x.index_copy(0, source[:16], x[:16] * 2)
        x = x + x.index_select(0, source[:1]) * 2
        x = x.index_put((target[:64],), message[:64], accumulate=True)
        return F.nll_loss(F.log_softmax(self.out(x), 1), labels)


class Pairs(nn.Module):
    """Distances and losses of pairs, a spatial transformer's places, and products of two vectors with matrices."""

    def __init__(self):
        super().__init__()
        self.left, self.right = nn.Linear(64, 32), nn.Linear(64, 32)
        self.pair = nn.Bilinear(32, 32, 6)

    def forward(self, x, y, labels):
        a, b = self.left(x), self.right(y)
        sign = torch.ones_like(a[:, 0])
        loss = F.cosine_similarity(a, b, dim=1).mean()
        loss = loss + F.triplet_margin_loss(a, b, a * 2)
        loss = loss + F.margin_ranking_loss(a[:, 0], b[:, 0], sign)
        loss = loss + F.hinge_embedding_loss(a, torch.ones_like(a))
        loss = loss + F.kl_div(F.log_softmax(a, 1), F.softmax(b.detach(), 1), reduction="batchmean")
        loss = loss + F.poisson_nll_loss(a, b.detach())
        loss = loss + F.mse_loss(a.detach(), b) + F.soft_margin_loss(b, a.detach())
        loss = loss + F.binary_cross_entropy_with_logits(a, torch.ones_like(a), pos_weight=torch.ones(32, device=a.device))
        grid = F.affine_grid(self.pair(a, b).view(-1, 2, 3), (a.shape[0], 1, 8, 8), align_corners=False)
        scores = F.grid_sample(a.view(-1, 1, 4, 8), grid, align_corners=False).flatten(1)
        losses = F.cross_entropy(scores, labels, reduction="none")
        series = F.cross_entropy(scores.view(-1, 8, 8)[:, :, 1:], labels.unsqueeze(1).expand(-1, 8)[:, 1:])
        return loss + losses.mean() + series


class Cells(nn.Module):
    """Cells of recurrent networks step by step, with their tables tied to nothing."""

    def __init__(self):
        super().__init__()
        self.gated, self.long, self.plain = nn.GRUCell(64, 48), nn.LSTMCell(48, 40), nn.RNNCell(40, 24)
        self.head = nn.Linear(24, 10)

    def forward(self, x):
        g = x.new_zeros(x.shape[0], 48)
        h, c = x.new_zeros(x.shape[0], 40), x.new_zeros(x.shape[0], 40)
        p = x.new_zeros(x.shape[0], 24)
        for t in range(4):
            g = self.gated(x[:, t], g)
            h, c = self.long(g, (h, c))
            p = self.plain(h, p)
        return self.head(p)


class Again(nn.Module):
    """Blocks and a function that the model itself has computed again, layers that are copies, statistics that stay."""

    class Block(nn.Module):
        def __init__(self, width):
            super().__init__()
            self.net = nn.Sequential(nn.LayerNorm(width), nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width))

        def forward(self, x):
            return x + self.net(x)

    def __init__(self):
        super().__init__()
        self.stem, self.norm = nn.Conv2d(3, 64, 14, 14), nn.BatchNorm2d(64)
        self.blocks = nn.ModuleList(self.Block(64) for _ in range(2))
        self.wide, self.back = nn.Linear(64, 128), nn.Linear(128, 64)
        layer = nn.TransformerEncoderLayer(64, 4, 128, 0.1, batch_first=True)
        self.encoder = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)
        self.probe = nn.Parameter(torch.zeros(64))
        self.head = nn.Linear(64, 10)

    def train(self, mode=True):
        super().train(mode)
        self.norm.eval()
        return self

    def mix(self, x):
        return x + self.back(torch.tanh(self.wide(x)))

    def forward(self, x):
        x = self.norm(self.stem(x)).flatten(2).transpose(1, 2)
        for block in self.blocks:
            x = checkpoint(block, x, use_reentrant=False)
        x = checkpoint(self.mix, x, use_reentrant=False)
        x = self.encoder(x)
        x = x * torch.dot(x[0, 0], self.probe) + (x @ self.probe).unsqueeze(2)
        return self.head(x.mean(1))


class Turned(nn.Module):
    """Attention of pixels whose rows do not lie together, products over axes, powers in place."""

    def __init__(self):
        super().__init__()
        self.stem, self.qkv = nn.Conv2d(3, 64, 14, 14), nn.Conv2d(64, 192, 1)
        self.head = nn.Linear(64, 10)

    def forward(self, x):
        x = self.stem(x)
        q, k, v = self.qkv(x).reshape(4, 3, 2, 32, 64).unbind(1)
        y = F.scaled_dot_product_attention(q.transpose(-1, -2), k.transpose(-1, -2), v.transpose(-1, -2))
        y = y.transpose(-1, -2).reshape(4, 64, 64) + x.flatten(2)
        y = y + y.prod(1, keepdim=True)
        y = (y + 1).pow_(2)
        return self.head(y.mean(2))


class Unwatched(nn.Module):
    """A layer that is called while autograd does not watch, and then while it does."""

    def __init__(self):
        super().__init__()
        self.layer, self.head = nn.Linear(64, 64), nn.Linear(64, 10)

    def forward(self, x):
        with torch.no_grad():
            guess = self.layer(x)
        return self.head(self.layer(torch.sigmoid(guess)).mean(1))


class Tall(nn.Module):
    """A matrix whose rows several blocks of threads add up together."""

    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(128, 1024, bias=False)

    def forward(self, x):
        return self.layer(x).mean(1)


class Called(nn.Module):
    """Functions that people call by name."""

    def __init__(self):
        super().__init__()
        self.layer, self.other, self.head = nn.Linear(64, 64), nn.Linear(64, 64), nn.Linear(64, 10)
        self.codes = nn.Parameter(torch.zeros(48, 64))

    def forward(self, x):
        a, b = self.layer(x), self.other(x)
        a = F.alpha_dropout(a, 0.1, True) + F.rrelu(b, training=True)
        a = torch.atan2(a, b) + torch.hypot(a, b) + torch.logaddexp(a, b) + torch.copysign(a, b)
        b = b.nan_to_num() + a.sinc() + torch.fmax(a, b) + torch.lerp(a, b, a) + torch.xlogy(a.detach(), b)
        b = b.rot90(1, (1, 2)).rot90(3, (1, 2)) + b.cummax(1)[0] + b.logcumsumexp(2)
        b = b * b.count_nonzero(2).unsqueeze(2) + b.nansum(2, keepdim=True) + b.nanmean(1, keepdim=True)
        far = torch.cdist(b, self.codes.expand(8, 48, 64)).mean() + torch.cdist(b[:, :8], a[:, 8:16]).mean()
        c = b.mean(0)
        square = c @ c.transpose(0, 1)
        square = torch.matrix_power(square, 3) + torch.linalg.multi_dot([c, c.transpose(0, 1), c, c.transpose(0, 1)])
        square = torch.addr(square, c[:, 0], c[:, 1]) + torch.addbmm(square, b, b.transpose(1, 2)) + torch.inner(c, c)
        column = torch.addmv(c[:, 0], square, c[:, 1]).float_power(2).float()
        d = torch.block_diag(c[:4, :32], c[4:8, 32:]).sum() + torch.tensordot(a, b, dims=([0, 1], [0, 1])).mean()
        e = torch.linalg.cross(c[:, :3], c[:, 3:6]).sum() + c.take(torch.zeros(9, dtype=torch.long, device=x.device)).sum()
        return self.head(b.mean(1)) + far + column.mean() + d + e


class Weighed(nn.Module):
    """Attention that is asked for its weights, with places of keys hidden and of widths of its own."""

    def __init__(self):
        super().__init__()
        self.attention = nn.MultiheadAttention(64, 4, dropout=0.1, batch_first=True)
        self.cross = nn.MultiheadAttention(64, 4, kdim=32, vdim=32, batch_first=True)
        self.narrow, self.head = nn.Linear(64, 32), nn.Linear(64, 10)

    def forward(self, x):
        y, weights = self.attention(x, x, x, key_padding_mask=x[:, :, 0] > 0)
        memory = self.narrow(x)
        z, more = self.cross(y, memory, memory)
        return self.head((y + z).mean(1)) + weights.mean() * more.mean()


class Named(nn.Module):
    """Names given to what is there, products of what autocast casts, copies that are asked for, and means of rows."""

    def __init__(self):
        super().__init__()
        self.norm, self.qkv, self.proj = nn.LayerNorm(96), nn.Linear(96, 288), nn.Linear(96, 96)
        self.drop, self.pool, self.head = nn.Dropout(0.1), nn.AdaptiveAvgPool1d(1), nn.Linear(96, 10)
        self.places = torch.zeros(8, 49, 96, device="cpu")

    def mixed(self, x):
        q, k, v = self.qkv(x).view(8, 49, 3, 4, 24).permute(2, 0, 3, 1, 4).unbind(0)
        scores = F.normalize(q, dim=-1) @ F.normalize(k, dim=-1).transpose(-2, -1)
        return (scores.softmax(-1) @ v).transpose(1, 2).reshape(8, 49, 96)

    def forward(self, x):
        x = x * 2
        shifted = x
        y = self.mixed(shifted)
        x = self.proj(y)
        x = x + self.places.type_as(x).to(x.device, copy=True)
        x = self.norm(x)
        x = self.drop(x)
        rows = x.permute(1, 0, 2).contiguous().mean(0)
        return self.head(self.pool(x.transpose(1, 2)).flatten(1) + rows)


# Those that are exported with their own backward pass.
JOINT = {"joint", "attended"}

# Those that are taken apart.
CORE = {"apart"}


def text(kind, **more):
    import transformers

    cls = getattr(transformers, kind)
    sizes = {"vocab_size": 96, "hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4,
             "max_position_embeddings": 64}
    if kind.startswith("T5"):
        sizes = {"vocab_size": 96, "d_model": 32, "d_kv": 8, "d_ff": 64, "num_layers": 1, "num_heads": 4}
    if kind.startswith("ImageGPT"):
        sizes = {"vocab_size": 97}
    configuration = cls.config_class(**{**sizes, **more})
    configuration.use_cache = False
    return cls(configuration)


def shifted():
    """A network of windows, every other one shifted; timm's of the fixture `windows` goes another way."""
    import torchvision

    return torchvision.models.SwinTransformer(
        patch_size=[4, 4], embed_dim=16, depths=[2, 2], num_heads=[2, 4], window_size=[4, 4], stochastic_depth_prob=0.0, num_classes=10)


class Automatic(nn.Module):
    """A module that switches autocast on itself, off for a part, and goes on in single precision."""

    def __init__(self):
        super().__init__()
        self.a, self.b, self.norm = nn.Linear(64, 128), nn.Linear(128, 64), nn.LayerNorm(64)
        self.head = nn.Linear(64, 10)

    def forward(self, x):
        with torch.autocast("cuda", dtype=torch.bfloat16):
            x = self.b(F.gelu(self.a(x)))
            with torch.autocast("cuda", enabled=False):
                x = self.norm(x.float())
            x = self.b(F.gelu(self.a(x)))
        return self.head(x.float().mean(1))


def dropping():
    """Residual blocks with batch normalization, dropout, and all but the first branch dropped at random."""
    import torchvision
    from torchvision.models.efficientnet import MBConvConfig

    return torchvision.models.EfficientNet(
        [MBConvConfig(1, 3, 1, 16, 16, 2), MBConvConfig(4, 3, 2, 16, 24, 3)], dropout=0.2, stochastic_depth_prob=0.2, num_classes=10)


def nested():
    """Stages that are computed again, and blocks in them, too."""
    from timm.models.metaformer import MetaFormer, Pooling

    return MetaFormer(depths=(1, 2), dims=(16, 32), token_mixers=Pooling, num_classes=10, drop_path_rate=0.1)


def swin():
    """Stages of transformers that are computed again, and layers in them, with a layer between stages after them."""
    import transformers

    return transformers.SwinForImageClassification(transformers.SwinConfig(
        image_size=64, embed_dim=16, depths=[1, 2], num_heads=[2, 4], window_size=4, num_labels=10))


def mobile():
    """A network of transformers of whose alike layers only the last three are of a class that is computed again."""
    import transformers

    return transformers.MobileViTV2ForImageClassification(transformers.MobileViTV2Config(
        image_size=64, width_multiplier=0.125, n_attn_blocks=[1, 1, 1], base_attn_unit_dims=[32, 48, 64], num_labels=10))


def hybrid():
    """A vision transformer before which a network stands whose blocks are computed again, too."""
    from functools import partial

    from timm.layers import BatchNormAct2d, HybridEmbed
    from timm.models.resnetv2 import ResNetV2
    from timm.models.vision_transformer import VisionTransformer

    backbone = ResNetV2(layers=(1, 2), channels=(32, 64), num_classes=0, global_pool="", in_chans=3, norm_layer=BatchNormAct2d)
    return VisionTransformer(img_size=64, patch_size=1, embed_layer=partial(HybridEmbed, backbone=backbone), embed_dim=32, depth=2, num_heads=2, num_classes=10)


def registers():
    """A vision transformer that adds positions to the patches alone, before it joins them with a token."""
    from timm.models.vision_transformer import VisionTransformer

    return VisionTransformer(
        img_size=64, patch_size=8, embed_dim=32, depth=2, num_heads=2, class_token=False, reg_tokens=1, no_embed_class=True, global_pool="avg", num_classes=10)


def volumes():
    """Windows of videos, every other one shifted."""
    import torchvision

    return torchvision.models.video.SwinTransformer3d(
        patch_size=[2, 4, 4], embed_dim=16, depths=[2], num_heads=[2], window_size=[4, 3, 3], stochastic_depth_prob=0.0, num_classes=10)


class Levels(nn.Module):
    """Maps of several sizes in a list, to each of which the next smaller one is added."""

    def __init__(self):
        super().__init__()
        self.stages = nn.ModuleList(nn.Conv2d(a, b, 3, stride=2, padding=1) for a, b in ((3, 16), (16, 24), (24, 32)))
        self.sides = nn.ModuleList(nn.Conv2d(size, 16, 1) for size in (16, 24, 32))
        self.outs = nn.ModuleList(nn.Conv2d(16, 16, 3, padding=1) for _ in range(3))
        self.head = nn.Linear(16, 10)

    def forward(self, x):
        a = self.stages[0](x)
        b = self.stages[1](a)
        c = self.stages[2](b)
        levels = [side(y) for side, y in zip(self.sides, (a, b, c))]
        for i in range(2, 0, -1):
            levels[i - 1] = levels[i - 1] + F.interpolate(levels[i], scale_factor=2.0, mode="bilinear", align_corners=False)
        outs = [out(y) for out, y in zip(self.outs, levels)]
        x = outs[0].mean((2, 3)) + outs[1].mean((2, 3)) + outs[2].mean((2, 3))
        return self.head(x)


def turned_apart(x, cos, sin):
    """A part of each row turned in single precision, and joined with the rest."""
    rest, part = x[..., :-16], x[..., -16:]
    halves = part.reshape(*part.shape[:-1], 8, 2)
    turned = torch.stack((-halves[..., 1], halves[..., 0]), dim=-1).flatten(-2)
    part = ((part.float() * cos) + (turned.float() * sin)).to(x.dtype)
    return torch.cat([rest, part], dim=-1)


class Powers(nn.Module):
    """Divides by the size of rows, computed in single precision in the midst of an expression."""

    def forward(self, x):
        return x * torch.rsqrt(x.float().square().mean(-1, keepdim=True) + 1e-6).to(x.dtype)


class Raises(nn.Module):
    """What is raised to single precision where its result alone is read, beside what goes on with the operand."""

    def __init__(self):
        super().__init__()
        self.first, self.norm, self.head = nn.Linear(64, 64), Powers(), nn.Linear(64, 10)
        self.register_buffer("angles", torch.zeros(49, 16))

    def forward(self, x):
        x = self.norm(self.first(x))
        cos, sin = self.angles.cos(), self.angles.sin()
        x = turned_apart(x, cos, sin)
        return self.head(x.mean(1))


class Split(nn.Module):
    """A convolution of some channels, whose `forward` is another of its functions."""

    def __init__(self):
        super().__init__()
        self.mix = nn.Conv2d(8, 8, 3, padding=1, bias=False)
        self.forward = self.forward_parts

    def forward_parts(self, x):
        a, b = torch.split(x, [8, 24], dim=1)
        a = self.mix(a)
        x = torch.cat((a, b), 1)
        return x


class SplitBlock(nn.Module):
    def __init__(self):
        super().__init__()
        self.split = Split()
        self.mlp = nn.Sequential(nn.Conv2d(32, 64, 1), nn.GELU(), nn.Conv2d(64, 32, 1))

    def forward(self, x):
        shortcut = x
        x = self.split(x)
        x = shortcut + self.mlp(x)
        return x


class Aliased(nn.Module):
    """Blocks, to be computed again, with modules of whose calls a file holds no frame."""

    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(3, 32, 4, 4)
        self.blocks = nn.Sequential(SplitBlock(), SplitBlock())
        self.head = nn.Linear(32, 10)

    def forward(self, x):
        x = self.stem(x)
        x = self.blocks(x)
        return self.head(x.mean((2, 3)))


class PassingNorm(nn.LayerNorm):
    """A normalization of channels before positions, by the class that it derives from."""

    def forward(self, x):
        x = x.permute(0, 2, 1)
        x = nn.LayerNorm.forward(self, x)
        return x.permute(0, 2, 1)


class DirectLayer(nn.Module):
    def __init__(self):
        super().__init__()
        self.mix, self.norm, self.dropout = nn.Conv1d(64, 64, 1), PassingNorm(64), nn.Dropout(0.1)

    def forward(self, x):
        y = self.mix(x)
        y = self.dropout(y)
        y = y + x
        y = self.norm(y)
        return y


class Direct(nn.Module):
    """Layers whose `forward` is called by its name."""

    def __init__(self):
        super().__init__()
        self.layers = nn.ModuleList(DirectLayer() for _ in range(2))
        self.head = nn.Linear(49, 10)

    def forward(self, x):
        x = x.transpose(1, 2)
        for layer in self.layers:
            x = layer.forward(x)
        return self.head(x.mean(1))


class Delays(nn.Module):
    """Convolutions of sequences by the weights of linear layers, and what is measured of a mask."""

    def __init__(self):
        super().__init__()
        self.first, self.second, self.head = nn.Linear(3 * 64, 96), nn.Linear(96, 96), nn.Linear(96, 10)

    def forward(self, x):
        x = F.conv1d(x.transpose(1, 2), self.first.weight.view(96, 3, 64).transpose(1, 2), self.first.bias, dilation=2)
        x = F.relu(x.transpose(1, 2))
        x = F.conv1d(x.transpose(1, 2), self.second.weight.view(96, 1, 96).transpose(1, 2), self.second.bias).transpose(1, 2)
        mask = x > 0
        share = (x * mask).sum() / (mask.sum() + 1e-5) / 3
        return self.head(x.mean(1)) * share


def sunk(q, k, v, sinks):
    """Attention with a sink, of which the file tells no statement."""
    scores = torch.matmul(q, k.transpose(1, 2)) * 0.125
    total = torch.logsumexp(scores, dim=-1)
    scale = (total - sinks).to(torch.float32).sigmoid()
    weights = F.softmax(scores, dim=-1, dtype=torch.float32).to(q.dtype)
    y = torch.matmul(weights, v)
    y = y * scale.unsqueeze(-1).to(y.dtype)
    return y


class Residuals(nn.Module):
    """What goes by one name is given another before more is computed, which no node of the file tells."""

    def __init__(self):
        super().__init__()
        self.first, self.mix, self.head = nn.Linear(64, 64), nn.Linear(64, 64), nn.Linear(64, 10)
        self.q, self.k, self.v = nn.Linear(64, 64), nn.Linear(64, 64), nn.Linear(64, 64)
        self.norm, self.last, self.sinks = nn.LayerNorm(64), nn.LayerNorm(64), nn.Parameter(torch.zeros(1, 1))

    def forward(self, x):
        residual = x
        x = self.first(x)
        x = residual + x
        x = self.norm(x)
        residual = x
        x = sunk(self.q(x), self.k(x), self.v(x), self.sinks)
        x = residual + x
        x = self.last(x)
        residual = x
        x = self.mix(x)
        x = residual + x
        return self.head(x.mean(1))


def efficient():
    """Layers a part of each of which the model itself has computed again."""
    import torchvision

    return torchvision.models.DenseNet(
        growth_rate=8, block_config=(2, 2), num_init_features=16, bn_size=2, num_classes=10, memory_efficient=True)


def picking():
    """A model that picks the pooled state of a part of it, which is asked for it without gradients."""
    import transformers

    part = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 2}
    return transformers.CLIPSegForImageSegmentation(transformers.CLIPSegConfig(
        text_config={**part, "vocab_size": 96, "max_position_embeddings": 64, "eos_token_id": 2, "bos_token_id": 0, "pad_token_id": 1},
        vision_config={**part, "image_size": 64, "patch_size": 16}, projection_dim=16, extract_layers=[0, 1], reduce_dim=16,
        decoder_num_attention_heads=2, decoder_intermediate_size=32))


MODULES = {
    "joint": Scored, "bias_attention": BiasAttention, "windows": Windows, "rows": Rows, "views": Views,
    "llama": lambda: text("LlamaForCausalLM", num_key_value_heads=2), "bert": lambda: text("BertForMaskedLM"),
    "scan": Scan, "eurobert": lambda: text("EuroBertForMaskedLM", num_key_value_heads=2, pad_token_id=0),
    "t5": lambda: text("T5ForConditionalGeneration", decoder_start_token_id=0),
    "lists": Lists, "raised": Raised, "known": Known, "sampled": Sampled, "lines": Lines, "uncast": Uncast, "windowed": Windowed,
    "stages": Stages, "attended": Attended, "gaps": Gaps, "apart": Apart,
    "functions": Functions, "scatters": Scatters, "pairs": Pairs, "cells": Cells, "again": Again, "turned": Turned, "unwatched": Unwatched, "tall": Tall,
    "called": Called, "weighed": Weighed, "named": Named, "roformer": lambda: text("RoFormerForMaskedLM", is_decoder=True, embedding_size=32),
    "bigbird": lambda: text("BigBirdForMaskedLM", attention_type="original_full"),
    "bounded": lambda: text("Gemma2ForCausalLM", num_key_value_heads=2, head_dim=8, pad_token_id=0),
    "shifted": shifted, "nested": nested, "swin": swin, "evaluated": dropping, "halved": lambda: text("BertForMaskedLM"), "strict": lambda: text("GPT2LMHeadModel", vocab_size=4096),
    "mobile": mobile, "hybrid": hybrid, "volumes": volumes, "raises": Raises, "levels": Levels,
    "deberta": lambda: text("DebertaV2ForMaskedLM", relative_attention=True, pos_att_type=["p2c", "c2p"], position_buckets=8, norm_rel_ebd="layer_norm", share_att_key=True),
    "aliased": Aliased, "picking": picking, "direct": Direct, "delays": Delays, "efficient": efficient, "residuals": Residuals, "registers": registers,
    "rotary": lambda: text("EsmForMaskedLM", position_embedding_type="rotary", pad_token_id=1, mask_token_id=32, emb_layer_norm_before=False, token_dropout=True),
    "strict_windows": shifted, "automatic": Automatic, "evaluated_strictly": dropping,
    "delta": lambda: text("Qwen3_5ForCausalLM", layer_types=["linear_attention", "full_attention"], num_key_value_heads=2, head_dim=16, linear_num_key_heads=2, linear_num_value_heads=4,
                          linear_key_head_dim=16, linear_value_head_dim=16),
}

# Those that are trained in another precision than they are exported in, or in several.
PRECISIONS = {"t5": "amp-bf16", "raised": "amp-bf16", "lines": "amp-bf16", "stages": "amp-bf16", "uncast": "amp-bf16",
              "gaps": "amp-bf16", "functions": [None, "amp-bf16"], "pairs": [None, "amp-bf16"], "cells": [None, "amp-bf16"], "turned": [None, "amp-bf16"], "unwatched": "amp-fp16",
              "called": [None, "amp-bf16"], "weighed": [None, "amp-bf16"], "bigbird": "amp-bf16", "shifted": [None, "amp-bf16"], "named": [None, "amp-bf16"], "bounded": [None, "amp-bf16"], "roformer": [None, "amp-bf16"], "halved": "bf16", "raises": "amp-bf16", "levels": "amp-bf16",
              "picking": [None, "amp-bf16"], "rotary": "bf16", "delays": [None, "bf16"], "residuals": [None, "amp-bf16"]}

# Those that are trained by another optimizer than Adam.
OPTIMIZERS = {"tall": "adafactor"}

# How those are trained once more that have other settings.
SETTINGS = {
    "bert": [{"checkpointing": "blocks"}, {"checkpointing": "blocks", "frozenLater": ["*embed*"]}],
    "nested": [{"checkpointing": "blocks"}], "swin": [{"checkpointing": "blocks"}], "evaluated": [{"keepEvaluation": True}],
    "roformer": [{"checkpointing": "blocks"}], "delta": [{"frozenLater": ["model.*"]}],
    "registers": [{"precision": "bf16", "checkpointing": "blocks"}],
    "residuals": [{"precision": "amp-bf16", "frozenLater": ["q*", "k*", "v*"]}],
    "aliased": [{"checkpointing": "names=blocks.*"}], "rotary": [{"precision": "bf16", "frozenLater": ["*embed*", "*layer.0.*"]}],
    **{name: [{"checkpointing": "blocks"}] for name in ("t5", "mobile", "hybrid", "deberta")},
}

# How those are exported that are not as most.
STRICT, EVALUATED, HALVED, ON_GPU = {"strict", "strict_windows", "evaluated_strictly"}, {"evaluated", "evaluated_strictly"}, {"halved"}, {"automatic"}

# Those whose archives keep what Python called each operator by.
NAMED = {"delta", "raises", "residuals", "rotary"}


def inputs(name, device):
    """The arguments by name, and the labels of a module that computes no loss."""
    if name in ("swin", "mobile"):
        return (), {"pixel_values": torch.zeros(4, 3, 64, 64, device=device), "labels": torch.zeros(4, dtype=torch.long, device=device)}, None
    if name == "picking":
        return (), {"input_ids": torch.zeros(4, 12, dtype=torch.long, device=device), "pixel_values": torch.zeros(4, 3, 64, 64, device=device),
                    "labels": torch.zeros(4, 64, 64, device=device)}, None
    if name in ("deberta", "rotary", "llama", "bert", "eurobert", "t5", "roformer", "bigbird", "delta", "bounded", "halved", "strict"):
        tokens = {key: torch.zeros(4, 128 if name == "delta" else 64 if name == "bounded" else 24, dtype=torch.long, device=device) for key in ("input_ids", "labels")}
        return (), tokens, None
    if name == "joint":
        return (torch.zeros(8, 3, 28, 28, device=device), torch.zeros(8, dtype=torch.long, device=device)), {}, None
    if name == "attended":
        return (torch.zeros(8, 49, 64, device=device), torch.zeros(8, dtype=torch.long, device=device)), {}, None
    if name == "scan":
        return (torch.zeros(8, 6, dtype=torch.long, device=device),), {}, torch.zeros(8, dtype=torch.long, device=device)
    if name == "scatters":
        return (torch.zeros(2, 480, dtype=torch.long, device=device), torch.zeros(60, dtype=torch.long, device=device)), {}, None
    if name == "pairs":
        return (*torch.zeros(2, 24, 64, device=device), torch.zeros(24, dtype=torch.long, device=device)), {}, None
    shape = {"windows": (8, 3, 28, 28), "rows": (8, 3, 56, 56), "views": (8, 3, 112, 112), "lists": (4, 3, 112, 112),
             "windowed": (4, 3, 104, 104), **dict.fromkeys(["shifted", "strict_windows", "evaluated", "evaluated_strictly", "nested", "efficient", "registers"], (8, 3, 64, 64)), "gaps": (8, 3, 4, 32, 32), "hybrid": (8, 3, 64, 64), "volumes": (2, 3, 8, 24, 24), "apart": (8, 3, 56, 56), "tall": (4, 7, 128), "functions": (4, 64, 64), **dict.fromkeys(["raised", "known", "sampled", "lines", "uncast", "stages", "again", "turned", "levels", "aliased"], (4, 3, 112, 112)), "named": (8, 49, 96)}.get(name, (8, 49, 64))
    x = torch.zeros(*shape, device=device)
    return (x,), {}, torch.zeros(x.shape[0], dtype=torch.long, device=device)


def moved(values, device, kind=None):
    """The values on a device, numbers in a type, where nothing else is made: blocks that come free there move all that follows."""
    def one(x):
        return x.to(device, kind if x.is_floating_point() else None) if isinstance(x, torch.Tensor) else x
    return tree_map(one, values)


def loss(output, labels):
    if labels is not None:
        return F.cross_entropy(output, labels)
    return output if isinstance(output, torch.Tensor) else output.loss


def listed(precisions):
    return precisions if isinstance(precisions, list) else [precisions]


def export():
    for name, make in MODULES.items():
        if os.path.exists(os.path.join(HERE, f"{name}.pt2")):
            continue
        device = "cuda" if name in ON_GPU else "cpu"
        positional, named, _ = inputs(name, device)
        module = make().train(name not in EVALUATED).to(device, torch.bfloat16 if name in HALVED else torch.float32)
        program = torch.export.export(module, positional, named, strict=name in STRICT)
        if name in JOINT:
            program = torch.export.experimental._export_forward_backward(program)
        if name in CORE:
            program = program.run_decompositions()
        for module in program.graph_module.modules():
            for node in getattr(module, "graph", torch.fx.Graph()).nodes:
                for key in ("from_node",) if name in NAMED else ("torch_fn",) if name in CORE else ("torch_fn", "from_node"):
                    node.meta.pop(key, None)
                if trace := node.meta.get("stack_trace"):
                    node.meta["stack_trace"] = re.sub(r'File ".*/', 'File "', trace)
        torch.export.save(program, os.path.join(HERE, f"{name}.pt2"))


def train():
    import measure_exports as measure

    cases = []
    runs = [(name, one, {}) for name in MODULES for one in listed(PRECISIONS.get(name))]
    for name, precision, settings in runs + [(name, None, one) for name, all in SETTINGS.items() for one in all]:
        case = {"library": "fixture", "model": name, "optimizer": OPTIMIZERS.get(name, "adam"), "cc": 80, "workspace": False,
                "precision": precision, **settings}
        measure.module = lambda case: MODULES[case["model"]]().train("keepEvaluation" not in case)
        measure.inputs = lambda case, device, kind=None: moved(inputs(case["model"], "cpu")[:2], device, kind)
        measure.labels = lambda case, device, kind=None: moved(inputs(case["model"], "cpu")[2], device)
        measure.trained_for = lambda case: None
        measure.loss = lambda model, call: loss(model(*call[0], **call[1]), call[2])
        path = os.path.join("/tmp", name)
        if (pid := os.fork()) == 0:
            measure.train_child(case, path)
            os._exit(0)
        os.waitpid(pid, 0)
        with open(path + ".json") as file:
            run = json.load(file)
        cases.append({
            "model": name, "precision": precision or "fp32", "optimizer": case["optimizer"], **settings, "saved": run["saved"], "requested": run["steady"]["requested"],
            "allocated": run["steady"]["allocated"], "reserved": run["steady"]["reserved"],
            "firstRequested": run["first"]["requested"], "phase": run["peak"]["phase"]})
    with open(os.path.join(HERE, "truth.json"), "w") as file:
        rows = ",\n".join(json.dumps(case) for case in cases)
        file.write('{"source": "torch %s", "runs": [\n%s\n]}\n' % (torch.__version__, rows))


if __name__ == "__main__":
    {"export": export, "train": train}[sys.argv[1]]()
