"""Makes the archives of this folder, and what a training step of the same modules takes on PyTorch's own allocator.

    python make_transformers.py export                            # torch 2.15 and transformers 5.23
    ../../../../Validation/oracle/run.sh make_transformers.py train     # writes truth.json

What the modules do is what models of transformers do beyond those of ../Training.
"""

import os
import sys

import torch
import torch.nn.functional as F
from torch import nn

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "Training"))

import make_training as base


class Turned(nn.Module):
    """Queries and keys turned as complex numbers."""

    def __init__(self):
        super().__init__()
        self.mix = nn.Linear(64, 128)
        self.register_buffer("angles", torch.zeros(49, 8))
        self.head = nn.Linear(64, 10)

    def forward(self, x):
        q, k = self.mix(x).view(8, 49, 2, 4, 16).permute(2, 0, 3, 1, 4).unbind(0)
        turn = torch.polar(torch.ones_like(self.angles), self.angles)
        q = torch.view_as_real(torch.view_as_complex(q.reshape(8, 4, 49, 8, 2)) * turn).flatten(3)
        k = torch.view_as_real(torch.view_as_complex(k.reshape(8, 4, 49, 8, 2)) * turn).flatten(3)
        weights = (q @ k.transpose(-1, -2)).softmax(-1)
        x = (weights @ x.unsqueeze(1)).mean(1)
        return self.head(x.mean(1))


class Picked(nn.Module):
    """Samples of each kind go through a layer of their own, and numbers are written to places."""

    def __init__(self):
        super().__init__()
        self.first = nn.Linear(64, 64)
        self.kinds = nn.ModuleList(nn.Linear(64, 64) for _ in range(2))
        self.head = nn.Linear(64, 10)

    def forward(self, x):
        x = self.first(x)
        made = torch.zeros_like(x)
        for number, layer in enumerate(self.kinds):
            mask = x[:, 0, 0] == number
            made[mask] = layer(x[mask])
        x = x + made
        scores = x.mean(1)
        _, order = torch.sort(scores.detach(), dim=-1)
        kept = torch.zeros_like(scores).scatter_(1, order[:, :8], 1.0)
        places = torch.argsort(scores.detach(), dim=-1) // 2
        return self.head(scores * kept * places)


class Losses(nn.Module):
    """Losses of numbers and of smoothed classes, and gated halves."""

    def __init__(self):
        super().__init__()
        self.mix = nn.Linear(64, 128)
        self.head = nn.Linear(64, 10)

    def forward(self, x):
        y = F.glu(self.mix(x), dim=-1)
        squares = F.mse_loss(y, x)
        sizes = F.l1_loss(y, x, reduction="none").mean(-1).mean()
        chances = F.binary_cross_entropy_with_logits(y, x)
        classes = F.cross_entropy(self.head(y.mean(1)), torch.arange(8, device=x.device), label_smoothing=0.1)
        return squares + sizes + chances + classes


class Solved(nn.Module):
    """Triangular systems, which PyTorch's solver solves while nothing is exported."""

    def __init__(self):
        super().__init__()
        self.mix = nn.Linear(64, 64)
        self.head = nn.Linear(64, 10)

    def forward(self, x):
        y = self.mix(x)
        system = y @ y.transpose(1, 2)
        if torch.compiler.is_exporting():
            system = -system.tril(-1)
            for i in range(1, 16):
                row = system[..., i, :i].clone()
                rest = system[..., :i, :i].clone()
                system[..., i, :i] = row + (row.unsqueeze(-1) * rest).sum(-2)
            system = system + torch.eye(16, device=x.device)
            z = system @ y
        else:
            z = torch.linalg.solve_triangular(system, y, upper=False, unitriangular=True)
        return self.head(z.mean(1))


class Layer(nn.Module):
    """A layer that keeps a copy of what it is given, and returns a tuple."""

    def __init__(self):
        super().__init__()
        self.norm = nn.BatchNorm1d(64)
        self.mix = nn.Linear(64, 64)

    def forward(self, x):
        y = self.norm(x.transpose(1, 2)).transpose(1, 2)
        y = x + self.mix(y)
        return y, None


class Encoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.ModuleList(Layer() for _ in range(3))

    def forward(self, x):
        for layer in self.layers:
            outputs = layer(x)
            x = outputs[0]
        return x, x.mean(1)


class Returned(nn.Module):
    """An encoder that returns a sequence and its mean, of which one is read late and the other never."""

    def __init__(self):
        super().__init__()
        self.first = nn.Linear(64, 64)
        self.encoder = Encoder()
        self.head = nn.Linear(64, 10)

    def forward(self, x):
        x = self.first(x)
        outputs = self.encoder(x)
        sequence = outputs[0]
        sequence = sequence.mean(1)
        return self.head(sequence)


class SqrtBoundDerivative(torch.autograd.Function):
    """A square root with a bounded slope; known by its name."""

    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return torch.sqrt(x)

    @staticmethod
    def backward(ctx, gradient):
        (x,) = ctx.saved_tensors
        bounded = torch.clip(4.0 * x, min=1e-6)
        return gradient / torch.sqrt(bounded)


class Roots(nn.Module):
    def __init__(self):
        super().__init__()
        self.mix = nn.Linear(64, 64)
        self.head = nn.Linear(64, 10)

    def forward(self, x):
        x = self.mix(x)
        x = SqrtBoundDerivative.apply(1 - x * x)
        return self.head(x.mean(1))


class YosoCumulation(torch.autograd.Function):
    """How likely each query meets each key, times the values; known by its name."""

    @staticmethod
    def forward(ctx, mask, query, key, value):
        likely = (1 - torch.acos(torch.matmul(query, key.transpose(-1, -2))) / 3.0) ** 9
        likely = likely * mask[:, :, None] * mask[:, None, :]
        y = torch.matmul(likely, value)
        ctx.save_for_backward(mask, likely, query, key, value)
        return y

    @staticmethod
    def backward(ctx, gradient):
        mask, likely, query, key, value = ctx.saved_tensors
        weights = torch.matmul(gradient, value.transpose(-1, -2)) * likely
        of_query = torch.matmul(weights, 4.5 * key)
        of_key = torch.matmul(weights.transpose(-1, -2), 4.5 * query)
        return None, of_query, of_key, torch.matmul(likely.transpose(-1, -2), gradient)


class Expected(nn.Module):
    def __init__(self):
        super().__init__()
        self.mix = nn.Linear(64, 192)
        self.head = nn.Linear(64, 10)

    def forward(self, x):
        mask = torch.ones(8, 49, dtype=torch.int32, device=x.device)
        q, k, v = self.mix(x).chunk(3, dim=-1)
        x = YosoCumulation.apply(mask, q, k, v)
        return self.head(x.mean(1))


class Experts(nn.Module):
    """Rows that are sent to one of four matrices each, and brought back into their order."""

    def __init__(self):
        super().__init__()
        self.router = nn.Linear(64, 4)
        self.matrices = nn.Parameter(torch.zeros(4, 64, 64))
        self.head = nn.Linear(64, 10)

    def forward(self, x):
        rows = x.reshape(8 * 49, 64)
        chances, chosen = self.router(rows).softmax(-1).topk(2)
        chances, chosen = chances.reshape(-1), chosen.reshape(-1)
        ordered, order = torch.sort(chosen)
        counts = torch.histc(ordered.float(), bins=4, min=0, max=3)
        ends = counts.cumsum(0, dtype=torch.int32)
        y = F.grouped_mm(rows[order // 2], self.matrices.transpose(-2, -1), offs=ends)
        y = y * chances[order].unsqueeze(-1)
        back = torch.empty_like(order)
        back[order] = torch.arange(order.shape[0], device=x.device)
        rows = y[back].view(8 * 49, 2, 64).sum(1)
        return self.head(rows.view(8, 49, 64).mean(1))


class Places(nn.Module):
    """Turns of places that are kept from the first call on, made of a buffer."""

    def __init__(self):
        super().__init__()
        self.register_buffer("frequencies", torch.zeros(32))
        self.length = None
        self.turns = None

    def forward(self, x):
        if self.length == x.shape[1] and self.turns is not None:
            return self.turns
        self.length = x.shape[1]
        steps = torch.arange(x.shape[1], device=x.device).type_as(self.frequencies)
        angles = steps[:, None] * self.frequencies
        angles = torch.cat((angles, angles), dim=-1)
        self.turns = torch.stack([angles.cos(), angles.sin()]).type_as(x)
        return self.turns


class Written(nn.Module):
    """Statements over several lines, a weight and its length apart, sums over two letters, and places of rows and columns."""

    def __init__(self):
        super().__init__()
        self.places = Places()
        self.mix = nn.Linear(64, 128)
        self.conv = nn.utils.parametrizations.weight_norm(nn.Conv1d(64, 64, 3, padding=1), name="weight", dim=2)
        self.together = nn.Parameter(torch.zeros(64, 4, 16))
        self.head = nn.Linear(64, 10)

    def forward(self, x):
        turns = self.places(x)
        x = x * turns[0] + turns[1]
        y = self.mix(x)
        y = (
            y.view(8, 7, 7, 128).max(dim=1).values
        )
        halves = (
            self.mix(x)
            .view(8, 49, 2, 64)
            .transpose(1, 2)
        )
        x = self.conv(x.transpose(1, 2)).transpose(1, 2)
        x = x + halves[:, 0] * halves[:, 1]
        heads = x.view(8, 49, 4, 16).permute(1, 0, 2, 3).contiguous().permute(1, 0, 2, 3)
        x = torch.einsum("bind,hnd->bih", heads, self.together)
        rows = torch.arange(8, device=x.device)[:, None]
        columns = torch.arange(7, device=x.device)[None, :] * 7
        x = x[rows, columns] + y[:, :, :64]
        return self.head(x.mean(1))


class Restored(nn.Module):
    """A norm in single precision that gives back the type that it was given."""

    def __init__(self, size):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(size))

    def forward(self, x):
        input_dtype = x.dtype
        x = x.to(torch.float32)
        x = x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + 1e-6)
        return self.weight * x.to(input_dtype)


class Lifted(nn.Module):
    """A norm whose weight is in single precision, too."""

    def __init__(self, size):
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(size))

    def normed(self, x):
        return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + 1e-6)

    def forward(self, x):
        y = self.normed(x.float())
        y = y * (1.0 + self.weight.float())
        return y.type_as(x)


class Precise(nn.Module):
    """Single precision that is asked for by name where a model computes in 16 bits, and types that are given back."""

    def __init__(self):
        super().__init__()
        self.table = nn.Embedding(32, 64)
        self.conv = nn.Conv1d(64, 64, 3, stride=2)
        self.first, self.second = Lifted(64), Restored(64)
        self.mix = nn.Linear(64, 192)
        self.head = nn.Linear(64, 10)

    def forward(self, tokens):
        x = self.conv(self.table(tokens).transpose(1, 2)).transpose(1, 2)
        x = self.first(x)
        q, k, v = self.mix(x).chunk(3, dim=-1)
        q = self.second(q)
        scores = q @ k.transpose(1, 2)
        weights = F.softmax(scores, dim=-1, dtype=torch.float32).to(scores.dtype)
        x = x + weights @ v
        scores = F.softmax(x, dim=-1, dtype=x.dtype) * torch.ones(64, device=x.device)
        sizes = torch.exp(torch.sum(x, dim=-1, keepdim=True, dtype=torch.float32)).to(
            self.head.weight.dtype
        )
        return self.head((scores.to(x.dtype) * sizes).mean(1))


class Kept(nn.Module):
    """Numbers that are no parameters."""

    def __init__(self):
        super().__init__()
        self.register_buffer("numbers", torch.zeros(64))

    def forward(self, x):
        return x + self.numbers


class Often(nn.Module):
    """A table of few rows that come again often, a module of state alone before other layers, and means of neighbours."""

    def __init__(self):
        super().__init__()
        self.table = nn.Embedding(100, 64)
        self.kept = Kept()
        self.mix = nn.Linear(64, 64)
        self.head = nn.Linear(64, 10)

    def forward(self, tokens):
        x = self.kept(self.table(tokens))
        x = F.avg_pool1d(x.transpose(1, 2), 2).transpose(1, 2)
        return self.head(self.mix(x).mean(1))


class Scanned(nn.Module):
    """Functions that make numbers of integers, and that go on with a sum whose cast is multiplied alone."""

    def __init__(self):
        super().__init__()
        self.first = nn.Embedding(32, 64)
        self.mix = nn.Linear(64, 64, bias=False)
        self.head = nn.Linear(64, 10)

    def places(self, count, device, dtype):
        base = torch.full((), 0.5, dtype=torch.float32, device=device)
        slopes = torch.pow(base, torch.arange(1, 65, device=device))
        return (slopes * torch.arange(count, device=device)[:, None]).to(dtype)

    def scan(self, x):
        decay, update = torch.exp(x.float()), x.float()
        state = torch.zeros(8, 64, device=x.device, dtype=x.dtype)
        outputs = []
        for index in range(4):
            state = decay[:, index] * state + update[:, index]
            outputs.append(torch.matmul(state.to(x.dtype), self.mix.weight))
        return torch.stack(outputs, dim=1)

    def forward(self, x):
        x = self.first(x)
        places = self.places(x.shape[1], x.device, dtype=x.dtype)
        x = x + places
        x = self.scan(x)
        return self.head(x.mean(1))


class Bounded(nn.Module):
    """Whisper's encoder, whose layers set bounds in one type of 16 bits."""

    def __init__(self):
        import transformers

        super().__init__()
        self.table = nn.Embedding(32, 8)
        self.encoder = transformers.WhisperForAudioClassification(transformers.WhisperConfig(
            d_model=32, encoder_layers=2, encoder_attention_heads=4, encoder_ffn_dim=64, num_mel_bins=8, max_source_positions=24))

    def forward(self, tokens):
        x = self.table(tokens).transpose(1, 2)
        return self.encoder(x).logits


base.HERE = HERE
base.NAMED = {"precise", "scanned"}
base.PRECISIONS = {"norms": ["bf16", "fp16"], "bounded": "fp16", "left": "amp-bf16", "often": ["fp32", "bf16"], "scanned": "bf16", "packed": "bf16", "precise": ["bf16", "fp16", "amp-bf16", "amp-fp16"]}
base.MODULES = {
    "turned": Turned, "picked": Picked, "losses": Losses, "solved": Solved, "returned": Returned, "roots": Roots,
    "expected": Expected, "experts": Experts, "written": Written,
    "norms": lambda: base.text("T5ForTokenClassification", pad_token_id=0),
    "packed": lambda: base.text("Qwen3ForTokenClassification", num_key_value_heads=2, head_dim=8, pad_token_id=0),
    "eager": lambda: base.text("BertForTokenClassification", attn_implementation="eager"),
    "precise": Precise, "often": Often, "scanned": Scanned, "bounded": Bounded,
    "left": lambda: base.text("NemotronForTokenClassification", num_key_value_heads=2, pad_token_id=0),
    "triangle": lambda: base.text("ImageGPTForCausalImageModeling", n_embd=32, n_layer=2, n_head=4, n_positions=128),
}


def inputs(name, device):
    if name in ("norms", "packed", "eager", "triangle", "left"):
        tokens = {key: torch.zeros(4, 24, dtype=torch.long, device=device) for key in ("input_ids", "labels")}
        return (), tokens, None
    labels = torch.zeros(8, dtype=torch.long, device=device)
    if name == "often":
        return (torch.zeros(8, 1000, dtype=torch.long, device=device),), {}, labels
    if name in ("scanned", "bounded"):
        return (torch.zeros(8, 48, dtype=torch.long, device=device),), {}, labels
    if name == "precise":
        return (torch.zeros(8, 99, dtype=torch.long, device=device),), {}, labels
    x = torch.zeros(8, 16 if name == "solved" else 49, 64, device=device)
    return (x,), {}, None if name == "losses" else labels


base.inputs = inputs

if __name__ == "__main__":
    {"export": base.export, "train": base.train}[sys.argv[1]]()
