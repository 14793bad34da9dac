"""More modules as people write them for themselves, measured after the program had been mended for `own_modules.py`."""

import math

import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.checkpoint import checkpoint

T, N, C, M = "tokens", "numbers", "classes", "flags"


class CellLanguageModel(nn.Module):
    """Two LSTM cells step by step, the outputs stacked."""

    def __init__(self, vocabulary=5000, width=128):
        super().__init__()
        self.embed = nn.Embedding(vocabulary, width)
        self.cells = nn.ModuleList([nn.LSTMCell(width, width), nn.LSTMCell(width, width)])
        self.drop = nn.Dropout(0.2)
        self.out = nn.Linear(width, vocabulary)

    def forward(self, tokens, targets):
        x = self.drop(self.embed(tokens))
        states = [(x.new_zeros(x.size(0), x.size(2)), x.new_zeros(x.size(0), x.size(2))) for _ in self.cells]
        outputs = []
        for t in range(x.size(1)):
            h = x[:, t]
            for i, cell in enumerate(self.cells):
                states[i] = cell(h, states[i])
                h = self.drop(states[i][0])
            outputs.append(h)
        logits = self.out(torch.stack(outputs, dim=1))
        return F.cross_entropy(logits.view(-1, logits.size(-1)), targets.view(-1))


class CheckpointedBlocks(nn.Module):
    """Residual blocks that are computed again by torch.utils.checkpoint inside the model."""

    class Block(nn.Module):
        def __init__(self, width):
            super().__init__()
            self.net = nn.Sequential(nn.LayerNorm(width), nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width))

        def forward(self, x):
            return x + self.net(x)

    def __init__(self, width=128, depth=4, classes=10):
        super().__init__()
        self.blocks = nn.ModuleList(self.Block(width) for _ in range(depth))
        self.head = nn.Linear(width, classes)

    def forward(self, x):
        for block in self.blocks:
            x = checkpoint(block, x, use_reentrant=False)
        return self.head(x.mean(1))


class Decoder(nn.Module):
    """nn.TransformerDecoder over image features: a captioner."""

    def __init__(self, vocabulary=3000, width=128):
        super().__init__()
        self.cnn = nn.Sequential(nn.Conv2d(3, 32, 7, 4, 3), nn.ReLU(), nn.Conv2d(32, width, 3, 2, 1), nn.ReLU())
        self.embed = nn.Embedding(vocabulary, width)
        self.pos = nn.Parameter(torch.zeros(1, 64, width))
        self.decoder = nn.TransformerDecoder(nn.TransformerDecoderLayer(width, 4, 256, batch_first=True), 2)
        self.out = nn.Linear(width, vocabulary)

    def forward(self, image, caption):
        memory = self.cnn(image).flatten(2).permute(0, 2, 1)
        x = self.embed(caption[:, :-1]) + self.pos[:, :caption.size(1) - 1]
        n = x.size(1)
        mask = torch.full((n, n), float("-inf"), device=x.device).triu(1)
        y = self.decoder(x, memory, tgt_mask=mask, tgt_is_causal=True)
        return F.cross_entropy(self.out(y).flatten(0, 1), caption[:, 1:].flatten())


class AttentionUNet(nn.Module):
    """A U-Net with attention gates and transposed convolutions, trained with focal Tversky loss."""

    class Gate(nn.Module):
        def __init__(self, g, x, inner):
            super().__init__()
            self.W_g = nn.Sequential(nn.Conv2d(g, inner, 1), nn.BatchNorm2d(inner))
            self.W_x = nn.Sequential(nn.Conv2d(x, inner, 1), nn.BatchNorm2d(inner))
            self.psi = nn.Sequential(nn.Conv2d(inner, 1, 1), nn.BatchNorm2d(1), nn.Sigmoid())
            self.relu = nn.ReLU(inplace=True)

        def forward(self, g, x):
            g1 = self.W_g(g)
            x1 = self.W_x(x)
            psi = self.relu(g1 + x1)
            psi = self.psi(psi)
            return x * psi

    def __init__(self, width=16):
        super().__init__()
        conv = lambda i, o: nn.Sequential(nn.Conv2d(i, o, 3, 1, 1), nn.BatchNorm2d(o), nn.ReLU(inplace=True))
        self.c1, self.c2, self.c3 = conv(1, width), conv(width, 2 * width), conv(2 * width, 4 * width)
        self.pool = nn.MaxPool2d(2)
        self.up2, self.up1 = nn.ConvTranspose2d(4 * width, 2 * width, 2, 2), nn.ConvTranspose2d(2 * width, width, 2, 2)
        self.a2, self.a1 = self.Gate(2 * width, 2 * width, width), self.Gate(width, width, width // 2)
        self.d2, self.d1 = conv(4 * width, 2 * width), conv(2 * width, width)
        self.out = nn.Conv2d(width, 1, 1)

    def forward(self, x, y):
        e1 = self.c1(x)
        e2 = self.c2(self.pool(e1))
        e3 = self.c3(self.pool(e2))
        d2 = self.up2(e3)
        d2 = self.d2(torch.cat((self.a2(d2, e2), d2), dim=1))
        d1 = self.up1(d2)
        d1 = self.d1(torch.cat((self.a1(d1, e1), d1), dim=1))
        p = torch.sigmoid(self.out(d1)).view(-1)
        t = y.reshape(-1)
        tp = (p * t).sum()
        fp = ((1 - t) * p).sum()
        fn = (t * (1 - p)).sum()
        tversky = (tp + 1) / (tp + 0.3 * fp + 0.7 * fn + 1)
        return (1 - tversky) ** 0.75


class SegNet(nn.Module):
    """An encoder and decoder that shares the pooling's indices."""

    def __init__(self, classes=5):
        super().__init__()
        self.enc1 = nn.Sequential(nn.Conv2d(3, 32, 3, padding=1), nn.BatchNorm2d(32), nn.ReLU(True))
        self.enc2 = nn.Sequential(nn.Conv2d(32, 64, 3, padding=1), nn.BatchNorm2d(64), nn.ReLU(True))
        self.dec2 = nn.Sequential(nn.Conv2d(64, 32, 3, padding=1), nn.BatchNorm2d(32), nn.ReLU(True))
        self.dec1 = nn.Conv2d(32, classes, 3, padding=1)
        self.pool, self.unpool = nn.MaxPool2d(2, 2, return_indices=True), nn.MaxUnpool2d(2, 2)

    def forward(self, x, y):
        x = self.enc1(x)
        size1 = x.size()
        x, i1 = self.pool(x)
        x = self.enc2(x)
        size2 = x.size()
        x, i2 = self.pool(x)
        x = self.dec2(self.unpool(x, i2, output_size=size2))
        x = self.dec1(self.unpool(x, i1, output_size=size1))
        return F.cross_entropy(x, y)


class CapsuleRouting(nn.Module):
    """Capsules routed by agreement, three times."""

    def __init__(self, capsules=32, inside=8, classes=10, outside=16):
        super().__init__()
        self.conv = nn.Conv2d(1, 64, 9)
        self.primary = nn.Conv2d(64, 64, 9, 2)
        self.W = nn.Parameter(0.01 * torch.randn(1, 288, classes, outside, inside))

    def squash(self, s):
        n = s.norm(dim=-1, keepdim=True)
        return (n ** 2 / (1 + n ** 2)) * (s / (n + 1e-8))

    def forward(self, x, labels):
        u = self.primary(F.relu(self.conv(x)))
        u = self.squash(u.view(x.size(0), -1, 8))
        u_hat = (self.W @ u[:, :, None, :, None]).squeeze(-1)
        b = torch.zeros(u_hat.shape[:3], device=x.device)
        for i in range(3):
            c = F.softmax(b, dim=2)
            v = self.squash((c.unsqueeze(-1) * u_hat).sum(dim=1))
            if i < 2:
                b = b + (u_hat * v.unsqueeze(1)).sum(-1)
        lengths = v.norm(dim=-1)
        target = F.one_hot(labels, 10).float()
        left = F.relu(0.9 - lengths) ** 2
        right = F.relu(lengths - 0.1) ** 2
        return (target * left + 0.5 * (1 - target) * right).sum(dim=1).mean()


class Retention(nn.Module):
    """RetNet's retention with a mask that decays, group norm over heads, gates."""

    def __init__(self, vocabulary=3000, width=128, heads=4):
        super().__init__()
        self.heads = heads
        self.embed = nn.Embedding(vocabulary, width)
        self.q, self.k, self.v, self.g, self.o = (nn.Linear(width, width, bias=False) for _ in range(5))
        self.norm = nn.GroupNorm(heads, width)
        self.register_buffer("gamma", 1 - 2.0 ** (-5 - torch.arange(heads).float()))
        self.head = nn.Linear(width, vocabulary)

    def forward(self, tokens, targets):
        x = self.embed(tokens)
        b, n, d = x.shape
        split = lambda y: y.view(b, n, self.heads, -1).transpose(1, 2)
        q, k, v = split(self.q(x)), split(self.k(x)), split(self.v(x))
        index = torch.arange(n, device=x.device)
        distance = index[:, None] - index[None, :]
        decay = torch.where(distance >= 0, self.gamma[:, None, None] ** distance.clamp(min=0), torch.zeros((), device=x.device))
        scores = q @ k.transpose(-1, -2) * (d // self.heads) ** -0.5 * decay
        y = (scores @ v).transpose(1, 2).reshape(b * n, d)
        y = self.norm(y).view(b, n, d)
        y = self.o(F.silu(self.g(x)) * y)
        return F.cross_entropy(self.head(x + y).view(-1, self.head.out_features), targets.view(-1))


class TimeMixing(nn.Module):
    """RWKV's recurrence in plain PyTorch, with its numbers kept from growing."""

    def __init__(self, vocabulary=1000, width=64):
        super().__init__()
        self.embed = nn.Embedding(vocabulary, width)
        self.mix = nn.Parameter(torch.rand(3, width))
        self.decay, self.first = nn.Parameter(torch.zeros(width)), nn.Parameter(torch.zeros(width))
        self.key, self.value, self.receptance, self.output = (nn.Linear(width, width, bias=False) for _ in range(4))
        self.head = nn.Linear(width, vocabulary, bias=False)

    def forward(self, tokens, targets):
        x = self.embed(tokens)
        shifted = F.pad(x, (0, 0, 1, -1))
        k = self.key(x * self.mix[0] + shifted * (1 - self.mix[0]))
        v = self.value(x * self.mix[1] + shifted * (1 - self.mix[1]))
        r = torch.sigmoid(self.receptance(x * self.mix[2] + shifted * (1 - self.mix[2])))
        num = torch.zeros_like(k[:, 0])
        den = torch.zeros_like(k[:, 0])
        top = torch.full_like(k[:, 0], -1e30)
        w = -torch.exp(self.decay)
        out = []
        for t in range(x.size(1)):
            kt, vt = k[:, t], v[:, t]
            m = torch.maximum(top, self.first + kt)
            a, b = torch.exp(top - m), torch.exp(self.first + kt - m)
            out.append((a * num + b * vt) / (a * den + b))
            m = torch.maximum(top + w, kt)
            a, b = torch.exp(top + w - m), torch.exp(kt - m)
            num, den, top = a * num + b * vt, a * den + b, m
        y = self.output(r * torch.stack(out, 1))
        return F.cross_entropy(self.head(x + y).flatten(0, 1), targets.flatten())


class SplineNetwork(nn.Module):
    """KAN: B-splines of every input, by the recursion of their degrees."""

    def __init__(self, sizes=(28, 32, 10), grid=5, order=3):
        super().__init__()
        self.order = order
        h = 2.0 / grid
        knots = (torch.arange(-order, grid + order + 1) * h - 1).float()
        self.register_buffer("grid", knots)
        self.base = nn.ParameterList(nn.Parameter(torch.randn(o, i) * 0.1) for i, o in zip(sizes, sizes[1:]))
        self.spline = nn.ParameterList(nn.Parameter(torch.randn(o, i, grid + order) * 0.1) for i, o in zip(sizes, sizes[1:]))

    def bases(self, x):
        x = x.unsqueeze(-1)
        g = self.grid
        b = ((x >= g[:-1]) & (x < g[1:])).to(x.dtype)
        for k in range(1, self.order + 1):
            left = (x - g[:-(k + 1)]) / (g[k:-1] - g[:-(k + 1)]) * b[..., :-1]
            right = (g[k + 1:] - x) / (g[k + 1:] - g[1:-k]) * b[..., 1:]
            b = left + right
        return b

    def forward(self, x):
        for base, spline in zip(self.base, self.spline):
            y = F.linear(F.silu(x), base)
            y = y + F.linear(self.bases(x).view(x.size(0), -1), spline.view(spline.size(0), -1))
            x = y
        return x


class SineNetwork(nn.Module):
    """SIREN: sines of scaled affine maps, an image fitted."""

    def __init__(self, width=256, depth=3, omega=30.0):
        super().__init__()
        self.omega = omega
        self.layers = nn.ModuleList([nn.Linear(2, width)] + [nn.Linear(width, width) for _ in range(depth)])
        self.last = nn.Linear(width, 3)

    def forward(self, coordinates, colours):
        x = coordinates
        for layer in self.layers:
            x = torch.sin(self.omega * layer(x))
        return ((self.last(x) - colours) ** 2).mean()


class HashedGrid(nn.Module):
    """Instant-NGP: tables of features read at eight corners by hashes, blended."""

    def __init__(self, levels=4, size=2 ** 12, features=2):
        super().__init__()
        self.size = size
        self.tables = nn.ModuleList(nn.Embedding(size, features) for _ in range(levels))
        self.register_buffer("offsets", torch.tensor([[i, j, k] for i in (0, 1) for j in (0, 1) for k in (0, 1)]))
        self.net = nn.Sequential(nn.Linear(levels * features, 64), nn.ReLU(), nn.Linear(64, 4))

    def forward(self, points, wanted):
        all = []
        for level, table in enumerate(self.tables):
            scaled = points * (16 * 2 ** level)
            low = scaled.floor()
            part = scaled - low
            corners = low.long().unsqueeze(1) + self.offsets
            index = (corners[..., 0] ^ (corners[..., 1] * 2654435761) ^ (corners[..., 2] * 805459861)) % self.size
            f = table(index)
            w = torch.where(self.offsets.bool(), part.unsqueeze(1), 1 - part.unsqueeze(1)).prod(-1, keepdim=True)
            all.append((w * f).sum(1))
        return F.mse_loss(self.net(torch.cat(all, -1)), wanted)


class RedundancyReduction(nn.Module):
    """Barlow Twins: the correlation of two views should be the identity."""

    def __init__(self, width=128):
        super().__init__()
        self.net = nn.Sequential(nn.Flatten(), nn.Linear(3 * 32 * 32, 256), nn.BatchNorm1d(256), nn.ReLU(), nn.Linear(256, width))
        self.bn = nn.BatchNorm1d(width, affine=False)

    def off_diagonal(self, x):
        n, m = x.shape
        return x.flatten()[:-1].view(n - 1, n + 1)[:, 1:].flatten()

    def forward(self, a, b):
        za, zb = self.net(a), self.net(b)
        c = self.bn(za).T @ self.bn(zb)
        c.div_(a.size(0))
        on_diag = torch.diagonal(c).add_(-1).pow_(2).sum()
        off_diag = self.off_diagonal(c).pow_(2).sum()
        return on_diag + 0.0051 * off_diag


class VarianceCovariance(nn.Module):
    """VICReg's three terms."""

    def __init__(self, width=128):
        super().__init__()
        self.net = nn.Sequential(nn.Flatten(), nn.Linear(3 * 32 * 32, 256), nn.ReLU(), nn.Linear(256, width))

    def forward(self, a, b):
        x, y = self.net(a), self.net(b)
        similar = F.mse_loss(x, y)
        x = x - x.mean(dim=0)
        y = y - y.mean(dim=0)
        std_x = torch.sqrt(x.var(dim=0) + 0.0001)
        std_y = torch.sqrt(y.var(dim=0) + 0.0001)
        std = torch.mean(F.relu(1 - std_x)) / 2 + torch.mean(F.relu(1 - std_y)) / 2
        cov_x = (x.T @ x) / (x.shape[0] - 1)
        cov_y = (y.T @ y) / (y.shape[0] - 1)
        eye = torch.eye(cov_x.shape[0], device=x.device)
        cov = (cov_x * (1 - eye)).pow(2).sum().div(x.shape[1]) + (cov_y * (1 - eye)).pow(2).sum().div(x.shape[1])
        return 25 * similar + 25 * std + cov


class Balancing(nn.Module):
    """SwAV: prototypes, codes by Sinkhorn's iterations without gradients, swapped predictions."""

    def __init__(self, width=64, prototypes=100):
        super().__init__()
        self.net = nn.Sequential(nn.Flatten(), nn.Linear(3 * 32 * 32, 256), nn.ReLU(), nn.Linear(256, width))
        self.prototypes = nn.Linear(width, prototypes, bias=False)

    @torch.no_grad()
    def sinkhorn(self, out):
        Q = torch.exp(out / 0.05).t()
        B, K = Q.shape[1], Q.shape[0]
        Q = Q / torch.sum(Q)
        for _ in range(3):
            Q = Q / torch.sum(Q, dim=1, keepdim=True)
            Q = Q / K
            Q = Q / torch.sum(Q, dim=0, keepdim=True)
            Q = Q / B
        return (Q * B).t()

    def forward(self, a, b):
        pa = self.prototypes(F.normalize(self.net(a), dim=1))
        pb = self.prototypes(F.normalize(self.net(b), dim=1))
        qa, qb = self.sinkhorn(pa.detach()), self.sinkhorn(pb.detach())
        la, lb = F.log_softmax(pa / 0.1, dim=1), F.log_softmax(pb / 0.1, dim=1)
        return -0.5 * torch.mean(torch.sum(qb * la, dim=1) + torch.sum(qa * lb, dim=1))


class QueueOfKeys(nn.Module):
    """MoCo: keys of a slow encoder, a queue of negatives in a buffer."""

    def __init__(self, width=64, queue=1024):
        super().__init__()
        make = lambda: nn.Sequential(nn.Conv2d(3, 32, 3, 2, 1), nn.ReLU(), nn.AdaptiveAvgPool2d(4), nn.Flatten(), nn.Linear(512, width))
        self.encoder_q, self.encoder_k = make(), make()
        for parameter in self.encoder_k.parameters():
            parameter.requires_grad = False
        self.register_buffer("queue", F.normalize(torch.randn(width, queue), dim=0))

    def forward(self, im_q, im_k):
        q = F.normalize(self.encoder_q(im_q), dim=1)
        with torch.no_grad():
            k = F.normalize(self.encoder_k(im_k), dim=1)
        l_pos = torch.einsum("nc,nc->n", [q, k]).unsqueeze(-1)
        l_neg = torch.einsum("nc,ck->nk", [q, self.queue.clone().detach()])
        logits = torch.cat([l_pos, l_neg], dim=1) / 0.07
        return F.cross_entropy(logits, torch.zeros(logits.shape[0], dtype=torch.long, device=logits.device))


class LovaszSegmentation(nn.Module):
    """A small pyramid with the Lovász hinge, which sorts errors."""

    def __init__(self, width=16):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, width, 3, 2, 1), nn.GroupNorm(4, width), nn.SiLU())
        self.branches = nn.ModuleList(nn.Conv2d(width, width, 3, padding=d, dilation=d) for d in (1, 2, 4))
        self.out = nn.Conv2d(3 * width, 1, 1)

    def forward(self, x, y):
        f = self.stem(x)
        f = torch.cat([F.relu(b(f)) for b in self.branches], 1)
        logits = F.interpolate(self.out(f), size=x.shape[2:], mode="bilinear", align_corners=False).view(-1)
        labels = y.view(-1)
        signs = 2.0 * labels - 1.0
        errors = 1.0 - logits * signs
        sorted, perm = torch.sort(errors, dim=0, descending=True)
        truth = labels[perm]
        total = truth.sum()
        intersection = total - truth.cumsum(0)
        union = total + (1 - truth).cumsum(0)
        jaccard = 1.0 - intersection / union
        grad = torch.cat([jaccard[:1], jaccard[1:] - jaccard[:-1]])
        return torch.dot(F.relu(sorted), grad)


class HardNegatives(nn.Module):
    """Online hard examples: the largest losses only."""

    def __init__(self, classes=20):
        super().__init__()
        self.net = nn.Sequential(nn.Conv2d(3, 32, 3, 2, 1), nn.BatchNorm2d(32), nn.Hardswish(), nn.Conv2d(32, classes, 1))

    def forward(self, x, y):
        losses = F.cross_entropy(self.net(x), y, reduction="none").view(-1)
        top, _ = losses.topk(losses.numel() // 4)
        return top.mean()


class InterestNetwork(nn.Module):
    """DIN: what a user did attends to a candidate, with Dice activations."""

    class Dice(nn.Module):
        def __init__(self, width):
            super().__init__()
            self.bn = nn.BatchNorm1d(width, eps=1e-8)
            self.alpha = nn.Parameter(torch.zeros(width))

        def forward(self, x):
            p = torch.sigmoid(self.bn(x))
            return p * x + (1 - p) * self.alpha * x

    def __init__(self, items=10000, width=32):
        super().__init__()
        self.items = nn.Embedding(items, width, padding_idx=0)
        self.attention = nn.Sequential(nn.Linear(4 * width, 64), nn.PReLU(), nn.Linear(64, 1))
        self.mlp = nn.Sequential(nn.Linear(2 * width, 80), self.Dice(80), nn.Linear(80, 40), self.Dice(40), nn.Linear(40, 1))

    def forward(self, history, candidate, clicked):
        h = self.items(history)
        c = self.items(candidate).unsqueeze(1).expand_as(h)
        weights = self.attention(torch.cat([c, h, c - h, c * h], dim=-1)).squeeze(-1)
        weights = weights.masked_fill(history == 0, -2 ** 32 + 1)
        user = (F.softmax(weights / 32 ** 0.5, dim=1).unsqueeze(-1) * h).sum(1)
        logit = self.mlp(torch.cat([user, c[:, 0]], dim=-1)).squeeze(-1)
        return F.binary_cross_entropy_with_logits(logit, clicked)


class InteractionNetwork(nn.Module):
    """xDeepFM's compressed interactions: outer products of fields and convolutions over them."""

    def __init__(self, fields=10, sizes=500, width=16, maps=(32, 32)):
        super().__init__()
        self.tables = nn.ModuleList(nn.Embedding(sizes, width) for _ in range(fields))
        previous, self.convs = fields, nn.ModuleList()
        for m in maps:
            self.convs.append(nn.Conv1d(previous * fields, m, 1))
            previous = m
        self.fc = nn.Linear(sum(maps), 1)

    def forward(self, x):
        x0 = torch.stack([table(x[:, i]) for i, table in enumerate(self.tables)], dim=1)
        xs, h = [], x0
        for conv in self.convs:
            z = torch.einsum("bhd,bmd->bhmd", h, x0)
            h = F.relu(conv(z.flatten(1, 2)))
            xs.append(h.sum(-1))
        return self.fc(torch.cat(xs, 1))


class SequentialRecommender(nn.Module):
    """SASRec: causal attention over items, positives against negatives."""

    def __init__(self, items=5000, width=64, length=50, depth=2):
        super().__init__()
        self.item_emb = nn.Embedding(items + 1, width, padding_idx=0)
        self.pos_emb = nn.Embedding(length, width)
        self.dropout = nn.Dropout(0.2)
        self.norms1, self.norms2 = (nn.ModuleList(nn.LayerNorm(width, eps=1e-8) for _ in range(depth)) for _ in range(2))
        self.attentions = nn.ModuleList(nn.MultiheadAttention(width, 1, 0.2) for _ in range(depth))
        self.ffs = nn.ModuleList(nn.Sequential(nn.Conv1d(width, width, 1), nn.ReLU(), nn.Dropout(0.2), nn.Conv1d(width, width, 1)) for _ in range(depth))
        self.last = nn.LayerNorm(width, eps=1e-8)

    def forward(self, log_seqs, pos_seqs, neg_seqs):
        seqs = self.item_emb(log_seqs) * self.item_emb.embedding_dim ** 0.5
        seqs = seqs + self.pos_emb(torch.arange(log_seqs.shape[1], device=log_seqs.device))
        seqs = self.dropout(seqs)
        timeline_mask = log_seqs == 0
        seqs = seqs * ~timeline_mask.unsqueeze(-1)
        tl = seqs.shape[1]
        attention_mask = ~torch.tril(torch.ones((tl, tl), dtype=torch.bool, device=log_seqs.device))
        for n1, attention, n2, ff in zip(self.norms1, self.attentions, self.norms2, self.ffs):
            seqs = torch.transpose(seqs, 0, 1)
            Q = n1(seqs)
            mha, _ = attention(Q, seqs, seqs, attn_mask=attention_mask)
            seqs = Q + mha
            seqs = torch.transpose(seqs, 0, 1)
            seqs = n2(seqs)
            seqs = seqs + ff(seqs.transpose(-1, -2)).transpose(-1, -2)
            seqs = seqs * ~timeline_mask.unsqueeze(-1)
        feats = self.last(seqs)
        pos = (feats * self.item_emb(pos_seqs)).sum(dim=-1)
        neg = (feats * self.item_emb(neg_seqs)).sum(dim=-1)
        return F.binary_cross_entropy_with_logits(pos, torch.ones_like(pos)) + F.binary_cross_entropy_with_logits(neg, torch.zeros_like(neg))


class SampleAndAggregate(nn.Module):
    """GraphSAGE: the mean of neighbours by index_add, normalized."""

    def __init__(self, features=100, width=64, classes=40):
        super().__init__()
        self.selfs = nn.ModuleList([nn.Linear(features, width), nn.Linear(width, classes)])
        self.neighbours = nn.ModuleList([nn.Linear(features, width, bias=False), nn.Linear(width, classes, bias=False)])

    def forward(self, x, edge_index, y):
        row, col = edge_index
        for i, (own, other) in enumerate(zip(self.selfs, self.neighbours)):
            total = torch.zeros(x.size(0), x.size(1), device=x.device).index_add(0, col, x[row])
            count = torch.zeros(x.size(0), 1, device=x.device).index_add(0, col, torch.ones(row.size(0), 1, device=x.device))
            x = own(x) + other(total / count.clamp(min=1))
            if i == 0:
                x = F.dropout(F.relu(x), p=0.5, training=self.training)
        return F.cross_entropy(F.normalize(x, p=2, dim=-1), y)


class EdgeAttention(nn.Module):
    """A sparse GAT: scores of edges, softmax over each node's by scatter_reduce and index_add."""

    def __init__(self, features=64, heads=4, width=16, classes=7):
        super().__init__()
        self.heads, self.width = heads, width
        self.lin = nn.Linear(features, heads * width, bias=False)
        self.att_src, self.att_dst = (nn.Parameter(torch.randn(1, heads, width)) for _ in range(2))
        self.bias = nn.Parameter(torch.zeros(heads * width))
        self.out = nn.Linear(heads * width, classes)

    def forward(self, x, edge_index, y):
        src, dst = edge_index[0], edge_index[1]
        h = self.lin(x).view(-1, self.heads, self.width)
        alpha_src = (h * self.att_src).sum(-1)
        alpha_dst = (h * self.att_dst).sum(-1)
        alpha = F.leaky_relu(alpha_src[src] + alpha_dst[dst], 0.2)
        index = dst.unsqueeze(-1).expand_as(alpha)
        top = torch.zeros(x.size(0), self.heads, device=x.device).scatter_reduce(0, index, alpha.detach(), "amax", include_self=False)
        alpha = (alpha - top[dst]).exp()
        norm = torch.zeros(x.size(0), self.heads, device=x.device).scatter_add(0, index, alpha)
        alpha = alpha / (norm[dst] + 1e-16)
        messages = h[src] * alpha.unsqueeze(-1)
        out = torch.zeros_like(h).index_add(0, dst, messages)
        out = F.elu(out.view(-1, self.heads * self.width) + self.bias)
        return F.cross_entropy(self.out(out), y)


class MolecularPooling(nn.Module):
    """Atoms' embeddings summed, GIN layers with a trained epsilon, molecules pooled by index_add."""

    def __init__(self, width=64, depth=3):
        super().__init__()
        self.atom = nn.ModuleList(nn.Embedding(n, width) for n in (119, 5, 12))
        self.eps = nn.ParameterList(nn.Parameter(torch.zeros(1)) for _ in range(depth))
        self.mlps = nn.ModuleList(
            nn.Sequential(nn.Linear(width, 2 * width), nn.BatchNorm1d(2 * width), nn.ReLU(), nn.Linear(2 * width, width)) for _ in range(depth))
        self.bns = nn.ModuleList(nn.BatchNorm1d(width) for _ in range(depth))
        self.pred = nn.Linear(width, 1)

    def forward(self, atoms, edges, molecule, target):
        h = sum(table(atoms[:, i]) for i, table in enumerate(self.atom))
        for eps, mlp, bn in zip(self.eps, self.mlps, self.bns):
            agg = torch.zeros_like(h).index_add_(0, edges[1], F.relu(h[edges[0]]))
            h = F.dropout(F.relu(bn(mlp((1 + eps) * h + agg))), 0.1, self.training)
        pooled = torch.zeros(target.size(0), h.size(1), device=h.device, dtype=h.dtype).index_add_(0, molecule, h)
        return F.binary_cross_entropy_with_logits(self.pred(pooled).squeeze(1), target)


class TextToMel(nn.Module):
    """A convolution bank, highways and a recurrent cell that predicts spectra frame by frame."""

    class Highway(nn.Module):
        def __init__(self, width):
            super().__init__()
            self.H, self.T = nn.Linear(width, width), nn.Linear(width, width)

        def forward(self, x):
            h = F.relu(self.H(x))
            t = torch.sigmoid(self.T(x))
            return h * t + x * (1.0 - t)

    def __init__(self, vocabulary=80, width=64, mels=40):
        super().__init__()
        self.embed = nn.Embedding(vocabulary, width)
        self.bank = nn.ModuleList(nn.Conv1d(width, width, k, padding=k // 2) for k in range(1, 5))
        self.proj = nn.Conv1d(4 * width, width, 3, padding=1)
        self.highways = nn.Sequential(*[self.Highway(width) for _ in range(2)])
        self.prenet = nn.Sequential(nn.Linear(mels, width), nn.ReLU(), nn.Dropout(0.5))
        self.cell = nn.GRUCell(2 * width, width)
        self.query = nn.Linear(width, width)
        self.out = nn.Linear(2 * width, mels)

    def forward(self, text, mel):
        x = self.embed(text).transpose(1, 2)
        n = x.size(-1)
        y = torch.cat([F.relu(conv(x)[:, :, :n]) for conv in self.bank], dim=1)
        y = F.max_pool1d(F.pad(y, (1, 0)), 2, 1)
        memory = self.highways((self.proj(y) + x).transpose(1, 2))
        state = memory.new_zeros(memory.size(0), memory.size(2))
        context = torch.zeros_like(state)
        frames, previous = [], mel.new_zeros(mel.size(0), mel.size(2))
        for t in range(mel.size(1)):
            state = self.cell(torch.cat([self.prenet(previous), context], -1), state)
            weights = F.softmax(torch.bmm(memory, self.query(state).unsqueeze(2)).squeeze(2), dim=1)
            context = torch.bmm(weights.unsqueeze(1), memory).squeeze(1)
            frames.append(self.out(torch.cat([state, context], -1)))
            previous = mel[:, t]
        return F.l1_loss(torch.stack(frames, 1), mel)


class LengthRegulated(nn.Module):
    """FastSpeech's shape: convolutional feed-forward blocks, durations, states repeated."""

    class FFT(nn.Module):
        def __init__(self, width):
            super().__init__()
            self.attn = nn.MultiheadAttention(width, 2, dropout=0.1, batch_first=True)
            self.n1, self.n2 = nn.LayerNorm(width), nn.LayerNorm(width)
            self.w1, self.w2 = nn.Conv1d(width, 4 * width, 9, padding=4), nn.Conv1d(4 * width, width, 1)

        def forward(self, x, mask):
            y, _ = self.attn(x, x, x, key_padding_mask=mask, need_weights=False)
            x = self.n1(x + y)
            y = self.w2(F.relu(self.w1(x.transpose(1, 2)))).transpose(1, 2)
            return self.n2(x + F.dropout(y, 0.1, self.training)).masked_fill(mask.unsqueeze(-1), 0)

    def __init__(self, vocabulary=100, width=64, mels=40):
        super().__init__()
        self.embed = nn.Embedding(vocabulary, width, padding_idx=0)
        self.encoder, self.decoder = self.FFT(width), self.FFT(width)
        self.duration = nn.Sequential(nn.Linear(width, width), nn.ReLU(), nn.LayerNorm(width), nn.Linear(width, 1))
        self.mel = nn.Linear(width, mels)

    def forward(self, text, durations, mel):
        mask = text.eq(0)
        x = self.encoder(self.embed(text), mask)
        log_duration = self.duration(x).squeeze(-1)
        x = x.repeat_interleave(4, dim=1)
        y = self.mel(self.decoder(x, mask.repeat_interleave(4, dim=1)))
        return F.l1_loss(y, mel) + F.mse_loss(log_duration, torch.log(durations.float() + 1))


class ResidualQuantizer(nn.Module):
    """A sound codec: strided convolutions with snake activations, two quantizers of what is left."""

    class Snake(nn.Module):
        def __init__(self, width):
            super().__init__()
            self.alpha = nn.Parameter(torch.ones(1, width, 1))

        def forward(self, x):
            return x + (self.alpha + 1e-9).reciprocal() * torch.sin(self.alpha * x).pow(2)

    def __init__(self, width=32, codes=128):
        super().__init__()
        self.encoder = nn.Sequential(
            nn.Conv1d(1, width, 7, padding=3), self.Snake(width), nn.Conv1d(width, width, 8, 4, 2), self.Snake(width), nn.Conv1d(width, width, 8, 4, 2))
        self.books = nn.ModuleList(nn.Embedding(codes, width) for _ in range(2))
        self.decoder = nn.Sequential(
            nn.ConvTranspose1d(width, width, 8, 4, 2), self.Snake(width), nn.ConvTranspose1d(width, width, 8, 4, 2), self.Snake(width), nn.Conv1d(width, 1, 7, padding=3), nn.Tanh())

    def forward(self, wave):
        z = self.encoder(wave)
        residual, quantized, loss = z, 0, 0
        for book in self.books:
            flat = residual.transpose(1, 2).reshape(-1, z.size(1))
            distance = flat.pow(2).sum(1, keepdim=True) - 2 * flat @ book.weight.t() + book.weight.pow(2).sum(1)
            code = book((-distance).max(1)[1]).view(z.size(0), -1, z.size(1)).transpose(1, 2)
            loss = loss + F.mse_loss(residual.detach(), code) + 0.25 * F.mse_loss(residual, code.detach())
            code = residual + (code - residual).detach()
            quantized, residual = quantized + code, residual - code
        y = self.decoder(quantized)
        return F.l1_loss(y, wave) + loss


class PixelMixer(nn.Module):
    """ConvMixer with talking heads in the end: einsum over heads."""

    def __init__(self, width=96, heads=4, classes=50):
        super().__init__()
        self.heads = heads
        self.stem = nn.Sequential(nn.Conv2d(3, width, 7, 7), nn.GELU(), nn.BatchNorm2d(width))
        self.mixers = nn.ModuleList(nn.Sequential(nn.Conv2d(width, width, 9, groups=width, padding="same"), nn.GELU(), nn.BatchNorm2d(width)) for _ in range(2))
        self.points = nn.ModuleList(nn.Sequential(nn.Conv2d(width, width, 1), nn.GELU(), nn.BatchNorm2d(width)) for _ in range(2))
        self.qkv = nn.Linear(width, 3 * width)
        self.before, self.after = nn.Parameter(torch.randn(heads, heads)), nn.Parameter(torch.randn(heads, heads))
        self.head = nn.Linear(width, classes)

    def forward(self, x):
        x = self.stem(x)
        for mixer, point in zip(self.mixers, self.points):
            x = point(x + mixer(x))
        x = x.flatten(2).transpose(1, 2)
        b, n, c = x.shape
        q, k, v = self.qkv(x).view(b, n, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
        dots = torch.einsum("bhid,bhjd->bhij", q, k) * (c // self.heads) ** -0.5
        dots = torch.einsum("bhij,hg->bgij", dots, self.before)
        attn = torch.einsum("bhij,hg->bgij", dots.softmax(-1), self.after)
        y = torch.einsum("bhij,bhjd->bhid", attn, v).transpose(1, 2).flatten(2)
        return self.head((x + y).mean(1))


class FrozenBackbone(nn.Module):
    """Features of a frozen network in evaluation, a trained head on them."""

    def __init__(self, classes=20):
        super().__init__()
        self.backbone = nn.Sequential(
            nn.Conv2d(3, 64, 7, 2, 3, bias=False), nn.BatchNorm2d(64), nn.ReLU(inplace=True), nn.MaxPool2d(3, 2, 1),
            nn.Conv2d(64, 128, 3, 2, 1, bias=False), nn.BatchNorm2d(128), nn.ReLU(inplace=True))
        for parameter in self.backbone.parameters():
            parameter.requires_grad = False
        self.head = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(128, 256), nn.ReLU(), nn.Dropout(0.5), nn.Linear(256, classes))

    def train(self, mode=True):
        super().train(mode)
        self.backbone.eval()
        return self

    def forward(self, x):
        with torch.no_grad():
            f = self.backbone(x)
        return self.head(f)


class PartlyTuned(nn.Module):
    """A network whose first half is frozen and whose batch norms stay in evaluation."""

    def __init__(self, classes=20):
        super().__init__()
        block = lambda i, o, s: nn.Sequential(nn.Conv2d(i, o, 3, s, 1, bias=False), nn.BatchNorm2d(o), nn.ReLU())
        self.a, self.b, self.c = block(3, 32, 2), block(32, 64, 2), block(64, 128, 2)
        self.fc = nn.Linear(128, classes)
        for parameter in self.a.parameters():
            parameter.requires_grad_(False)

    def train(self, mode=True):
        super().train(mode)
        for m in self.modules():
            if isinstance(m, nn.BatchNorm2d):
                m.eval()
        return self

    def forward(self, x):
        x = self.c(self.b(self.a(x)))
        return self.fc(x.mean(dim=(2, 3)))


class GaussianHead(nn.Module):
    """A regressor of means and variances, with nn.GaussianNLLLoss."""

    def __init__(self, features=20, width=128):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(features, width), nn.ELU(), nn.Linear(width, width), nn.ELU())
        self.mean, self.var = nn.Linear(width, 4), nn.Sequential(nn.Linear(width, 4), nn.Softplus())
        self.loss = nn.GaussianNLLLoss()

    def forward(self, x, y):
        h = self.net(x)
        return self.loss(self.mean(h), y, self.var(h) + 1e-6)


class MultiTask(nn.Module):
    """Three tasks weighed by uncertainties that are trained, with Huber, cross-entropy and binary losses."""

    def __init__(self, width=64):
        super().__init__()
        self.trunk = nn.Sequential(nn.Conv2d(3, 32, 5, 2, 2), nn.InstanceNorm2d(32, affine=True), nn.LeakyReLU(0.1), nn.Conv2d(32, width, 3, 2, 1), nn.SELU())
        self.a, self.b, self.c = nn.Linear(width, 3), nn.Linear(width, 10), nn.Conv2d(width, 1, 1)
        self.log_vars = nn.Parameter(torch.zeros(3))

    def forward(self, x, numbers, classes, masks):
        f = self.trunk(x)
        g = f.amax(dim=(2, 3))
        losses = torch.stack([
            F.huber_loss(self.a(g), numbers, delta=0.5), F.cross_entropy(self.b(g), classes, label_smoothing=0.1),
            F.binary_cross_entropy_with_logits(self.c(f).squeeze(1), masks)])
        return (torch.exp(-self.log_vars) * losses + self.log_vars).sum()


class GatedFeedForward(nn.Module):
    """Blocks with rotary tables in half-even pairs, a cache of none, GQA by repeat_interleave, QK norm and z-loss."""

    class Block(nn.Module):
        def __init__(self, width, heads, groups):
            super().__init__()
            self.h, self.g, self.d = heads, groups, width // heads
            self.n1, self.n2 = nn.RMSNorm(width), nn.RMSNorm(width)
            self.qn, self.kn = nn.RMSNorm(self.d), nn.RMSNorm(self.d)
            self.q, self.kv, self.o = nn.Linear(width, width, bias=False), nn.Linear(width, 2 * groups * self.d, bias=False), nn.Linear(width, width, bias=False)
            self.up, self.down = nn.Linear(width, 4 * width, bias=False), nn.Linear(2 * width, width, bias=False)

        def rotate(self, x, cos, sin):
            x1, x2 = x[..., ::2], x[..., 1::2]
            return torch.stack((x1 * cos - x2 * sin, x1 * sin + x2 * cos), dim=-1).flatten(-2)

        def forward(self, x, cos, sin):
            b, n, c = x.shape
            y = self.n1(x)
            q = self.qn(self.q(y).view(b, n, self.h, self.d)).transpose(1, 2)
            k, v = self.kv(y).view(b, n, 2 * self.g, self.d).transpose(1, 2).chunk(2, dim=1)
            q, k = self.rotate(q, cos, sin), self.rotate(self.kn(k), cos, sin)
            k, v = k.repeat_interleave(self.h // self.g, dim=1), v.repeat_interleave(self.h // self.g, dim=1)
            y = F.scaled_dot_product_attention(q, k, v, is_causal=True).transpose(1, 2).reshape(b, n, c)
            x = x + self.o(y)
            a, g = self.up(self.n2(x)).chunk(2, dim=-1)
            return x + self.down(F.gelu(g, approximate="tanh") * a)

    def __init__(self, vocabulary=4000, width=128, heads=8, groups=2, depth=3, length=128):
        super().__init__()
        self.wte = nn.Embedding(vocabulary, width)
        self.blocks = nn.ModuleList(self.Block(width, heads, groups) for _ in range(depth))
        self.norm = nn.RMSNorm(width)
        self.head = nn.Linear(width, vocabulary, bias=False)
        self.head.weight = self.wte.weight
        t = torch.outer(torch.arange(length).float(), 10000.0 ** (-torch.arange(0, width // heads, 2).float() / (width // heads)))
        self.register_buffer("cos", t.cos())
        self.register_buffer("sin", t.sin())

    def forward(self, tokens, targets):
        x = self.wte(tokens)
        for block in self.blocks:
            x = block(x, self.cos[:tokens.shape[1]], self.sin[:tokens.shape[1]])
        logits = self.head(self.norm(x)).float()
        z = torch.logsumexp(logits, dim=-1)
        return F.cross_entropy(logits.view(-1, logits.size(-1)), targets.reshape(-1)) + 1e-4 * (z ** 2).mean()


class Preferences(nn.Module):
    """DPO: a policy and a frozen reference, log-probabilities of chosen and rejected answers."""

    class LM(nn.Module):
        def __init__(self, vocabulary=2000, width=96):
            super().__init__()
            self.embed = nn.Embedding(vocabulary, width)
            self.mix = nn.ModuleList(nn.Sequential(nn.LayerNorm(width), nn.Linear(width, 2 * width), nn.ReLU(), nn.Linear(2 * width, width)) for _ in range(2))
            self.head = nn.Linear(width, vocabulary)

        def forward(self, tokens):
            x = self.embed(tokens)
            for layer in self.mix:
                x = x + layer(x)
            return self.head(x)

    def __init__(self):
        super().__init__()
        self.policy, self.reference = self.LM(), self.LM()
        self.reference.requires_grad_(False)

    def logp(self, logits, tokens, mask):
        p = torch.gather(logits[:, :-1].log_softmax(-1), 2, tokens[:, 1:].unsqueeze(2)).squeeze(2)
        return (p * mask[:, 1:]).sum(-1)

    def forward(self, chosen, rejected, mask):
        tokens = torch.cat([chosen, rejected])
        m = torch.cat([mask, mask]).float()
        p = self.logp(self.policy(tokens), tokens, m)
        with torch.no_grad():
            r = self.logp(self.reference(tokens), tokens, m)
        pc, pr = p.chunk(2)
        rc, rr = r.chunk(2)
        return -F.logsigmoid(0.1 * ((pc - rc) - (pr - rr))).mean()


TEXT = {"tokens": (T, 0, 96), "targets": (T, 0, 96)}
TWO = {"a": (N, 0, 3, 32, 32), "b": (N, 0, 3, 32, 32)}

# Class, arguments, inputs, loss, batch.
MORE = [
    (CellLanguageModel, {}, {"tokens": (T, 0, 24), "targets": (T, 0, 24)}, None, 16),
    (CheckpointedBlocks, {}, {"x": (N, 0, 64, 128)}, "cross-entropy", 16),
    (Decoder, {}, {"image": (N, 0, 3, 64, 64), "caption": (T, 0, 21)}, None, 16),
    (AttentionUNet, {}, {"x": (N, 0, 1, 64, 64), "y": (N, 0, 1, 64, 64)}, None, 8),
    (SegNet, {}, {"x": (N, 0, 3, 64, 64), "y": (C, 0, 64, 64)}, None, 8),
    (CapsuleRouting, {}, {"x": (N, 0, 1, 28, 28), "labels": (C, 0)}, None, 16),
    (Retention, {}, TEXT, None, 8),
    (TimeMixing, {}, {"tokens": (T, 0, 24), "targets": (T, 0, 24)}, None, 8),
    (SplineNetwork, {}, {"x": (N, 0, 28)}, "cross-entropy", 64),
    (SineNetwork, {}, {"coordinates": (N, 0, 2), "colours": (N, 0, 3)}, None, 1024),
    (HashedGrid, {}, {"points": (N, 0, 3), "wanted": (N, 0, 4)}, None, 512),
    (RedundancyReduction, {}, TWO, None, 64),
    (VarianceCovariance, {}, TWO, None, 64),
    (Balancing, {}, TWO, None, 64),
    (QueueOfKeys, {}, {"im_q": (N, 0, 3, 64, 64), "im_k": (N, 0, 3, 64, 64)}, None, 32),
    (LovaszSegmentation, {}, {"x": (N, 0, 3, 64, 64), "y": (N, 0, 64, 64)}, None, 4),
    (HardNegatives, {}, {"x": (N, 0, 3, 64, 64), "y": (C, 0, 32, 32)}, None, 8),
    (InterestNetwork, {}, {"history": (C, 0, 40), "candidate": (C, 0), "clicked": (N, 0)}, None, 128),
    (InteractionNetwork, {}, {"x": (C, 0, 10)}, "bce-with-logits", 128),
    (SequentialRecommender, {}, {"log_seqs": (C, 0, 50), "pos_seqs": (C, 0, 50), "neg_seqs": (C, 0, 50)}, None, 32),
    (SampleAndAggregate, {}, {"x": (N, 1000, 100), "edge_index": (C, 2, 8000), "y": (C, 1000)}, None, 1),
    (EdgeAttention, {}, {"x": (N, 1000, 64), "edge_index": (C, 2, 6000), "y": (C, 1000)}, None, 1),
    (MolecularPooling, {}, {"atoms": (C, 800, 3), "edges": (C, 2, 1700), "molecule": (C, 800), "target": (N, 0)}, None, 32),
    (TextToMel, {}, {"text": (T, 0, 30), "mel": (N, 0, 12, 40)}, None, 8),
    (LengthRegulated, {}, {"text": (T, 0, 40), "durations": (C, 0, 40), "mel": (N, 0, 160, 40)}, None, 8),
    (ResidualQuantizer, {}, {"wave": (N, 0, 1, 4096)}, None, 8),
    (PixelMixer, {}, {"x": (N, 0, 3, 112, 112)}, "cross-entropy", 8),
    (FrozenBackbone, {}, {"x": (N, 0, 3, 128, 128)}, "cross-entropy", 16),
    (PartlyTuned, {}, {"x": (N, 0, 3, 96, 96)}, "cross-entropy", 16),
    (GaussianHead, {}, {"x": (N, 0, 20), "y": (N, 0, 4)}, None, 256),
    (MultiTask, {}, {"x": (N, 0, 3, 64, 64), "numbers": (N, 0, 3), "classes": (C, 0), "masks": (N, 0, 16, 16)}, None, 16),
    (GatedFeedForward, {}, TEXT, None, 8),
    (Preferences, {}, {"chosen": (T, 0, 48), "rejected": (T, 0, 48), "mask": (C, 0, 48)}, None, 8),
]
