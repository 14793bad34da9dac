"""Modules as people write them for themselves: small ones, from many fields, by hand with torch.nn.

`OWN` names each with its inputs and its loss. An input is a kind and its shape, in which 0 is the batch; a loss is one of
`measure_losses.LOSSES`, or none where the module returns it.
"""

import math

import torch
import torch.nn.functional as F
from torch import nn
from torch.nn.utils import parametrizations

from own_more import MORE
from own_wrapped import WRAPPED

# MARK: Texts


class TransformerEncoderClassifier(nn.Module):
    """nn.TransformerEncoder with a mask of padding, its mean classified."""

    def __init__(self, vocabulary=8000, width=256, heads=8, depth=3, classes=5, norm_first=False):
        super().__init__()
        self.embed = nn.Embedding(vocabulary, width, padding_idx=0)
        self.position = nn.Parameter(torch.zeros(1, 512, width))
        layer = nn.TransformerEncoderLayer(width, heads, 4 * width, 0.1, batch_first=True, norm_first=norm_first)
        self.encoder = nn.TransformerEncoder(layer, depth, enable_nested_tensor=False)
        self.head = nn.Linear(width, classes)

    def forward(self, tokens, labels):
        padding = tokens == 0
        x = self.embed(tokens) + self.position[:, :tokens.shape[1]]
        x = self.encoder(x, src_key_padding_mask=padding)
        keep = (~padding).unsqueeze(-1).float()
        x = (x * keep).sum(1) / keep.sum(1).clamp(min=1)
        return F.cross_entropy(self.head(x), labels)


class PositionalEncoding(nn.Module):
    """Sines and cosines in a buffer, as in PyTorch's tutorial."""

    def __init__(self, width, dropout=0.1, length=5000):
        super().__init__()
        self.dropout = nn.Dropout(p=dropout)
        position = torch.arange(length).unsqueeze(1)
        div = torch.exp(torch.arange(0, width, 2) * (-math.log(10000.0) / width))
        pe = torch.zeros(length, 1, width)
        pe[:, 0, 0::2] = torch.sin(position * div)
        pe[:, 0, 1::2] = torch.cos(position * div)
        self.register_buffer("pe", pe)

    def forward(self, x):
        x = x + self.pe[:x.size(0)]
        return self.dropout(x)


class TutorialLanguageModel(nn.Module):
    """The word language model of PyTorch's tutorial: sequence first, a mask of the future."""

    def __init__(self, vocabulary=10000, width=200, heads=2, hidden=200, depth=2):
        super().__init__()
        self.width = width
        self.embed = nn.Embedding(vocabulary, width)
        self.position = PositionalEncoding(width, 0.2)
        self.encoder = nn.TransformerEncoder(nn.TransformerEncoderLayer(width, heads, hidden, 0.2), depth)
        self.linear = nn.Linear(width, vocabulary)

    def forward(self, src, target):
        x = self.embed(src) * math.sqrt(self.width)
        x = self.position(x)
        mask = nn.Transformer.generate_square_subsequent_mask(len(src)).to(src.device)
        x = self.encoder(x, mask, is_causal=True)
        x = self.linear(x)
        return F.cross_entropy(x.view(-1, x.shape[-1]), target.reshape(-1))


class Translator(nn.Module):
    """nn.Transformer with masks of the future and of padding."""

    def __init__(self, vocabulary=4000, width=128):
        super().__init__()
        self.source = nn.Embedding(vocabulary, width)
        self.target = nn.Embedding(vocabulary, width)
        self.position = nn.Embedding(256, width)
        self.transformer = nn.Transformer(width, 4, 2, 2, 256, 0.1, batch_first=True)
        self.generator = nn.Linear(width, vocabulary)

    def forward(self, src, tgt):
        given, wanted = tgt[:, :-1], tgt[:, 1:]
        places = torch.arange(src.size(1), device=src.device)
        s = self.source(src) + self.position(places)
        t = self.target(given) + self.position(places[:given.size(1)])
        causal = torch.triu(torch.ones(given.size(1), given.size(1), device=src.device, dtype=torch.bool), 1)
        y = self.transformer(s, t, tgt_mask=causal, tgt_is_causal=True, src_key_padding_mask=src.eq(1), memory_key_padding_mask=src.eq(1),
                             tgt_key_padding_mask=given.eq(1))
        return F.cross_entropy(self.generator(y).transpose(1, 2), wanted, ignore_index=1)


class CausalSelfAttention(nn.Module):
    """minGPT's attention: a mask in a buffer, softmax by hand."""

    def __init__(self, width, heads, length):
        super().__init__()
        self.c_attn = nn.Linear(width, 3 * width)
        self.c_proj = nn.Linear(width, width)
        self.attn_dropout = nn.Dropout(0.1)
        self.resid_dropout = nn.Dropout(0.1)
        self.register_buffer("bias", torch.tril(torch.ones(length, length)).view(1, 1, length, length))
        self.heads, self.width = heads, width

    def forward(self, x):
        B, T, C = x.size()
        q, k, v = self.c_attn(x).split(self.width, dim=2)
        k = k.view(B, T, self.heads, C // self.heads).transpose(1, 2)
        q = q.view(B, T, self.heads, C // self.heads).transpose(1, 2)
        v = v.view(B, T, self.heads, C // self.heads).transpose(1, 2)
        att = (q @ k.transpose(-2, -1)) * (1.0 / math.sqrt(k.size(-1)))
        att = att.masked_fill(self.bias[:, :, :T, :T] == 0, float("-inf"))
        att = F.softmax(att, dim=-1)
        att = self.attn_dropout(att)
        y = att @ v
        y = y.transpose(1, 2).contiguous().view(B, T, C)
        return self.resid_dropout(self.c_proj(y))


class GeluByHand(nn.Module):
    def forward(self, x):
        return 0.5 * x * (1.0 + torch.tanh(math.sqrt(2.0 / math.pi) * (x + 0.044715 * torch.pow(x, 3.0))))


class MinBlock(nn.Module):
    def __init__(self, width, heads, length):
        super().__init__()
        self.ln_1 = nn.LayerNorm(width)
        self.attn = CausalSelfAttention(width, heads, length)
        self.ln_2 = nn.LayerNorm(width)
        self.mlp = nn.ModuleDict(dict(c_fc=nn.Linear(width, 4 * width), c_proj=nn.Linear(4 * width, width), act=GeluByHand(),
                                      dropout=nn.Dropout(0.1)))
        m = self.mlp
        self.mlpf = lambda x: m.dropout(m.c_proj(m.act(m.c_fc(x))))

    def forward(self, x):
        x = x + self.attn(self.ln_1(x))
        x = x + self.mlpf(self.ln_2(x))
        return x


class MinGPT(nn.Module):
    """minGPT, its GELU written out."""

    def __init__(self, vocabulary=5000, width=192, heads=6, depth=3, length=128):
        super().__init__()
        self.transformer = nn.ModuleDict(dict(
            wte=nn.Embedding(vocabulary, width), wpe=nn.Embedding(length, width), drop=nn.Dropout(0.1),
            h=nn.ModuleList([MinBlock(width, heads, length) for _ in range(depth)]), ln_f=nn.LayerNorm(width)))
        self.lm_head = nn.Linear(width, vocabulary, bias=False)

    def forward(self, idx, targets):
        pos = torch.arange(0, idx.size(1), dtype=torch.long, device=idx.device).unsqueeze(0)
        x = self.transformer.drop(self.transformer.wte(idx) + self.transformer.wpe(pos))
        for block in self.transformer.h:
            x = block(x)
        logits = self.lm_head(self.transformer.ln_f(x))
        return F.cross_entropy(logits.view(-1, logits.size(-1)), targets.view(-1), ignore_index=-1)


class RMSNorm(nn.Module):
    def __init__(self, width, eps=1e-6):
        super().__init__()
        self.eps = eps
        self.weight = nn.Parameter(torch.ones(width))

    def _norm(self, x):
        return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + self.eps)

    def forward(self, x):
        output = self._norm(x.float()).type_as(x)
        return output * self.weight


def repeated(x, n):
    batch, length, heads, width = x.shape
    return x[:, :, :, None, :].expand(batch, length, heads, n, width).reshape(batch, length, heads * n, width)


class LlamaAttention(nn.Module):
    def __init__(self, width, heads, groups):
        super().__init__()
        self.heads, self.groups, self.size = heads, groups, width // heads
        self.wq = nn.Linear(width, width, bias=False)
        self.wk = nn.Linear(width, groups * self.size, bias=False)
        self.wv = nn.Linear(width, groups * self.size, bias=False)
        self.wo = nn.Linear(width, width, bias=False)

    def forward(self, x, cos, sin):
        batch, length, _ = x.shape
        q = self.wq(x).view(batch, length, self.heads, self.size)
        k = self.wk(x).view(batch, length, self.groups, self.size)
        v = self.wv(x).view(batch, length, self.groups, self.size)
        q, k = self.turn(q, cos, sin), self.turn(k, cos, sin)
        k, v = repeated(k, self.heads // self.groups), repeated(v, self.heads // self.groups)
        y = F.scaled_dot_product_attention(q.transpose(1, 2), k.transpose(1, 2), v.transpose(1, 2), is_causal=True)
        return self.wo(y.transpose(1, 2).contiguous().view(batch, length, -1))

    @staticmethod
    def turn(x, cos, sin):
        a, b = x.chunk(2, dim=-1)
        cos, sin = cos[None, :x.shape[1], None], sin[None, :x.shape[1], None]
        return torch.cat([a * cos - b * sin, a * sin + b * cos], dim=-1)


class LlamaBlock(nn.Module):
    def __init__(self, width, heads, groups):
        super().__init__()
        self.attention_norm, self.ffn_norm = RMSNorm(width), RMSNorm(width)
        self.attention = LlamaAttention(width, heads, groups)
        hidden = 8 * width // 3
        self.w1 = nn.Linear(width, hidden, bias=False)
        self.w2 = nn.Linear(hidden, width, bias=False)
        self.w3 = nn.Linear(width, hidden, bias=False)

    def forward(self, x, cos, sin):
        h = x + self.attention(self.attention_norm(x), cos, sin)
        n = self.ffn_norm(h)
        return h + self.w2(F.silu(self.w1(n)) * self.w3(n))


class LlamaByHand(nn.Module):
    """Llama with real rotations from tables in buffers, and repeated keys."""

    def __init__(self, vocabulary=6000, width=192, heads=6, groups=2, depth=3, length=256):
        super().__init__()
        self.tok = nn.Embedding(vocabulary, width)
        self.layers = nn.ModuleList(LlamaBlock(width, heads, groups) for _ in range(depth))
        self.norm = RMSNorm(width)
        self.output = nn.Linear(width, vocabulary, bias=False)
        frequencies = 1.0 / 10000 ** (torch.arange(0, width // heads, 2).float() / (width // heads))
        angles = torch.outer(torch.arange(length).float(), frequencies)
        self.register_buffer("cos", angles.cos(), persistent=False)
        self.register_buffer("sin", angles.sin(), persistent=False)

    def forward(self, tokens, targets):
        x = self.tok(tokens)
        for layer in self.layers:
            x = layer(x, self.cos, self.sin)
        logits = self.output(self.norm(x)).float()
        return F.cross_entropy(logits.flatten(0, 1), targets.flatten())


def apply_rotary(xq, xk, freqs):
    """Rotations as products of complex numbers, as in Meta's Llama."""
    xq_ = torch.view_as_complex(xq.float().reshape(*xq.shape[:-1], -1, 2))
    xk_ = torch.view_as_complex(xk.float().reshape(*xk.shape[:-1], -1, 2))
    freqs = freqs.view(1, xq_.shape[1], 1, xq_.shape[-1])
    xq_out = torch.view_as_real(xq_ * freqs).flatten(3)
    xk_out = torch.view_as_real(xk_ * freqs).flatten(3)
    return xq_out.type_as(xq), xk_out.type_as(xk)


class ComplexRotations(nn.Module):
    """One block of Meta's Llama: complex rotations, a mask added, softmax in single precision."""

    def __init__(self, vocabulary=4000, width=128, heads=4, length=128):
        super().__init__()
        self.heads, self.size = heads, width // heads
        self.embed = nn.Embedding(vocabulary, width)
        self.wq, self.wk, self.wv, self.wo = (nn.Linear(width, width, bias=False) for _ in range(4))
        self.norm = RMSNorm(width)
        self.head = nn.Linear(width, vocabulary, bias=False)
        frequencies = 1.0 / 10000 ** (torch.arange(0, self.size, 2)[:self.size // 2].float() / self.size)
        turns = torch.outer(torch.arange(length), frequencies)
        self.freqs_cos = nn.Parameter(turns.cos(), requires_grad=False)
        self.freqs_sin = nn.Parameter(turns.sin(), requires_grad=False)

    def forward(self, tokens, targets):
        h = self.embed(tokens)
        batch, length, _ = h.shape
        x = self.norm(h)
        q, k, v = (w(x).view(batch, length, self.heads, self.size) for w in (self.wq, self.wk, self.wv))
        q, k = apply_rotary(q, k, torch.complex(self.freqs_cos, self.freqs_sin))
        q, k, v = q.transpose(1, 2), k.transpose(1, 2), v.transpose(1, 2)
        mask = torch.full((length, length), float("-inf"), device=tokens.device)
        mask = torch.triu(mask, diagonal=1)
        scores = torch.matmul(q, k.transpose(2, 3)) / math.sqrt(self.size)
        scores = scores + mask
        scores = F.softmax(scores.float(), dim=-1).type_as(q)
        y = torch.matmul(scores, v).transpose(1, 2).contiguous().view(batch, length, -1)
        h = h + self.wo(y)
        return F.cross_entropy(self.head(h).flatten(0, 1), targets.flatten())


class LSTMLanguageModel(nn.Module):
    """Two layers of nn.LSTM with dropout, the table tied to the head."""

    def __init__(self, vocabulary=8000, width=256):
        super().__init__()
        self.drop = nn.Dropout(0.5)
        self.encoder = nn.Embedding(vocabulary, width)
        self.rnn = nn.LSTM(width, width, 2, dropout=0.5)
        self.decoder = nn.Linear(width, vocabulary)
        self.decoder.weight = self.encoder.weight

    def forward(self, input, target):
        emb = self.drop(self.encoder(input))
        output, hidden = self.rnn(emb)
        output = self.drop(output)
        decoded = self.decoder(output).view(-1, self.decoder.out_features)
        return F.nll_loss(F.log_softmax(decoded, dim=1), target.view(-1))


class BidirectionalTagger(nn.Module):
    """nn.LSTM in both directions, tags of every word."""

    def __init__(self, vocabulary=8000, width=128, hidden=192, tags=17):
        super().__init__()
        self.embed = nn.Embedding(vocabulary, width, padding_idx=0)
        self.lstm = nn.LSTM(width, hidden, num_layers=2, batch_first=True, bidirectional=True, dropout=0.3)
        self.out = nn.Linear(2 * hidden, tags)

    def forward(self, words, tags):
        x, _ = self.lstm(self.embed(words))
        return F.cross_entropy(self.out(x).permute(0, 2, 1), tags, ignore_index=-100)


class GRUClassifier(nn.Module):
    """nn.GRU, the last state of both directions classified."""

    def __init__(self, features=40, hidden=128, classes=12):
        super().__init__()
        self.gru = nn.GRU(features, hidden, 2, batch_first=True, bidirectional=True)
        self.norm = nn.LayerNorm(2 * hidden)
        self.head = nn.Sequential(nn.Linear(2 * hidden, 64), nn.ReLU(inplace=True), nn.Dropout(0.2), nn.Linear(64, classes))

    def forward(self, x):
        _, h = self.gru(x)
        return self.head(self.norm(torch.cat([h[-2], h[-1]], dim=1)))


class AttentionDecoder(nn.Module):
    """A sequence to sequence model: an encoder of nn.GRU, a decoder that attends, step by step."""

    def __init__(self, vocabulary=3000, width=128):
        super().__init__()
        self.width = width
        self.embed = nn.Embedding(vocabulary, width)
        self.encoder = nn.GRU(width, width, batch_first=True)
        self.query, self.key, self.energy = nn.Linear(width, width), nn.Linear(width, width), nn.Linear(width, 1)
        self.cell = nn.GRUCell(2 * width, width)
        self.out = nn.Linear(width, vocabulary)

    def forward(self, source, target):
        memory, hidden = self.encoder(self.embed(source))
        hidden = hidden.squeeze(0)
        outputs = []
        given = self.embed(target)
        for t in range(target.size(1) - 1):
            scores = self.energy(torch.tanh(self.query(hidden).unsqueeze(1) + self.key(memory)))
            weights = F.softmax(scores.squeeze(2), dim=-1)
            context = torch.bmm(weights.unsqueeze(1), memory).squeeze(1)
            hidden = self.cell(torch.cat((given[:, t], context), dim=1), hidden)
            outputs.append(self.out(hidden))
        logits = torch.stack(outputs, dim=1)
        return F.cross_entropy(logits.reshape(-1, logits.size(-1)), target[:, 1:].reshape(-1))


class CellByHand(nn.Module):
    """An LSTM written out, gates from one product."""

    def __init__(self, features=64, hidden=256, classes=10):
        super().__init__()
        self.hidden = hidden
        self.x = nn.Linear(features, 4 * hidden)
        self.h = nn.Linear(hidden, 4 * hidden)
        self.out = nn.Linear(hidden, classes)

    def forward(self, x):
        h = torch.zeros(x.size(0), self.hidden, device=x.device)
        c = torch.zeros(x.size(0), self.hidden, device=x.device)
        for t in range(x.size(1)):
            gates = self.x(x[:, t]) + self.h(h)
            i, f, g, o = gates.chunk(4, 1)
            c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
            h = torch.sigmoid(o) * torch.tanh(c)
        return self.out(h)


class TextCNN(nn.Module):
    """Kim's convolutions over words, the greatest of each."""

    def __init__(self, vocabulary=10000, width=128, classes=4):
        super().__init__()
        self.embed = nn.Embedding(vocabulary, width)
        self.convs = nn.ModuleList([nn.Conv2d(1, 100, (k, width)) for k in (3, 4, 5)])
        self.dropout = nn.Dropout(0.5)
        self.fc = nn.Linear(300, classes)

    def forward(self, x):
        x = self.embed(x).unsqueeze(1)
        x = [F.relu(conv(x)).squeeze(3) for conv in self.convs]
        x = [F.max_pool1d(i, i.size(2)).squeeze(2) for i in x]
        return self.fc(self.dropout(torch.cat(x, 1)))


class BagOfWords(nn.Module):
    """nn.EmbeddingBag of fixed offsets, as in the tutorial on news."""

    def __init__(self, vocabulary=20000, width=64, classes=4):
        super().__init__()
        self.embedding = nn.EmbeddingBag(vocabulary, width, sparse=False)
        self.fc = nn.Linear(width, classes)

    def forward(self, text, offsets):
        return self.fc(self.embedding(text, offsets))


class SkipGram(nn.Module):
    """word2vec with negative samples."""

    def __init__(self, vocabulary=20000, width=128):
        super().__init__()
        self.center = nn.Embedding(vocabulary, width)
        self.context = nn.Embedding(vocabulary, width)

    def forward(self, center, context, negative):
        v = self.center(center)
        positive = F.logsigmoid((v * self.context(context)).sum(1))
        others = torch.bmm(self.context(negative), v.unsqueeze(2)).squeeze(2)
        return -(positive + F.logsigmoid(-others).sum(1)).mean()


class HeadOfAttention(nn.Module):
    """Karpathy's lecture: heads apart, their outputs joined."""

    def __init__(self, width, size, length):
        super().__init__()
        self.key, self.query, self.value = (nn.Linear(width, size, bias=False) for _ in range(3))
        self.register_buffer("tril", torch.tril(torch.ones(length, length)))
        self.dropout = nn.Dropout(0.2)

    def forward(self, x):
        B, T, C = x.shape
        k = self.key(x)
        q = self.query(x)
        wei = q @ k.transpose(-2, -1) * k.shape[-1] ** -0.5
        wei = wei.masked_fill(self.tril[:T, :T] == 0, float("-inf"))
        wei = F.softmax(wei, dim=-1)
        wei = self.dropout(wei)
        v = self.value(x)
        out = wei @ v
        return out


class LectureBlock(nn.Module):
    def __init__(self, width, heads, length):
        super().__init__()
        self.heads = nn.ModuleList([HeadOfAttention(width, width // heads, length) for _ in range(heads)])
        self.proj = nn.Linear(width, width)
        self.ffwd = nn.Sequential(nn.Linear(width, 4 * width), nn.ReLU(), nn.Linear(4 * width, width), nn.Dropout(0.2))
        self.ln1, self.ln2 = nn.LayerNorm(width), nn.LayerNorm(width)

    def forward(self, x):
        n = self.ln1(x)
        x = x + self.proj(torch.cat([h(n) for h in self.heads], dim=-1))
        x = x + self.ffwd(self.ln2(x))
        return x


class LectureGPT(nn.Module):
    def __init__(self, vocabulary=65, width=192, heads=6, depth=3, length=128):
        super().__init__()
        self.token_embedding_table = nn.Embedding(vocabulary, width)
        self.position_embedding_table = nn.Embedding(length, width)
        self.blocks = nn.Sequential(*[LectureBlock(width, heads, length) for _ in range(depth)])
        self.ln_f = nn.LayerNorm(width)
        self.lm_head = nn.Linear(width, vocabulary)

    def forward(self, idx, targets):
        B, T = idx.shape
        tok_emb = self.token_embedding_table(idx)
        pos_emb = self.position_embedding_table(torch.arange(T, device=idx.device))
        x = tok_emb + pos_emb
        x = self.blocks(x)
        x = self.ln_f(x)
        logits = self.lm_head(x)
        B, T, C = logits.shape
        logits = logits.view(B * T, C)
        targets = targets.view(B * T)
        loss = F.cross_entropy(logits, targets)
        return loss


class ALiBiEncoder(nn.Module):
    """Attention with linear biases by einsum, a mask filled."""

    def __init__(self, vocabulary=3000, width=128, heads=4):
        super().__init__()
        self.heads, self.scale = heads, (width // heads) ** -0.5
        self.embed = nn.Embedding(vocabulary, width)
        self.to_qkv = nn.Linear(width, 3 * width, bias=False)
        self.out = nn.Linear(width, width)
        self.head = nn.Linear(width, vocabulary)
        self.register_buffer("slopes", 2.0 ** -torch.arange(1, heads + 1).float())

    def forward(self, tokens, targets):
        x = self.embed(tokens)
        b, n, _ = x.shape
        q, k, v = (t.reshape(b, n, self.heads, -1).permute(0, 2, 1, 3) for t in self.to_qkv(x).chunk(3, dim=-1))
        sim = torch.einsum("b h i d, b h j d -> b h i j", q, k) * self.scale
        places = torch.arange(n, device=x.device)
        bias = -(places[:, None] - places[None, :]).abs() * self.slopes[:, None, None]
        sim = sim + bias
        future = torch.ones(n, n, dtype=torch.bool, device=x.device).triu(1)
        sim = sim.masked_fill(future, -torch.finfo(sim.dtype).max)
        attn = sim.softmax(dim=-1)
        y = torch.einsum("b h i j, b h j d -> b h i d", attn, v)
        y = y.permute(0, 2, 1, 3).reshape(b, n, -1)
        return F.cross_entropy(self.head(x + self.out(y)).transpose(1, 2), targets)


class RelativeBias(nn.Module):
    """T5's buckets by hand, the bias from a table, and nn.MultiheadAttention with it."""

    def __init__(self, vocabulary=3000, width=128, heads=4, buckets=32):
        super().__init__()
        self.heads, self.buckets = heads, buckets
        self.embed = nn.Embedding(vocabulary, width)
        self.table = nn.Embedding(buckets, heads)
        self.attention = nn.MultiheadAttention(width, heads, dropout=0.1, batch_first=True)
        self.norm = nn.LayerNorm(width)
        self.head = nn.Linear(width, vocabulary)

    def forward(self, tokens, targets):
        x = self.embed(tokens)
        n = x.shape[1]
        places = torch.arange(n, device=x.device)
        distance = (places[None] - places[:, None]).clamp(-self.buckets // 2, self.buckets // 2 - 1) + self.buckets // 2
        bias = self.table(distance).permute(2, 0, 1)
        bias = bias.unsqueeze(0).expand(x.shape[0], -1, -1, -1).reshape(-1, n, n)
        y, _ = self.attention(x, x, x, attn_mask=bias, need_weights=False)
        return F.cross_entropy(self.head(self.norm(x + y)).flatten(0, 1), targets.flatten())


class WeightsOfAttention(nn.Module):
    """nn.MultiheadAttention that returns its weights, with a mask of keys."""

    def __init__(self, width=128, heads=8, classes=10):
        super().__init__()
        self.attention = nn.MultiheadAttention(width, heads, dropout=0.1, batch_first=True)
        self.cross = nn.MultiheadAttention(width, heads, kdim=64, vdim=64, batch_first=True)
        self.fc = nn.Linear(width, classes)

    def forward(self, x, memory, mask, labels):
        y, weights = self.attention(x, x, x, key_padding_mask=mask)
        z, more = self.cross(y, memory, memory)
        entropy = -(weights * (weights + 1e-8).log()).sum(-1).mean()
        return F.cross_entropy(self.fc((y + z).mean(1)), labels) + 0.01 * entropy


class MixtureOfExperts(nn.Module):
    """Experts by hand, every token through all of them, weighted by the gate's best two."""

    def __init__(self, vocabulary=2000, width=128, experts=4, best=2):
        super().__init__()
        self.best = best
        self.embed = nn.Embedding(vocabulary, width)
        self.gate = nn.Linear(width, experts, bias=False)
        self.experts = nn.ModuleList(
            nn.Sequential(nn.Linear(width, 2 * width), nn.GELU(), nn.Linear(2 * width, width)) for _ in range(experts))
        self.norm = nn.LayerNorm(width)
        self.head = nn.Linear(width, vocabulary)

    def forward(self, tokens, targets):
        x = self.embed(tokens)
        flat = x.view(-1, x.size(-1))
        scores = F.softmax(self.gate(flat), dim=-1)
        weights, chosen = torch.topk(scores, self.best, dim=-1)
        weights = weights / weights.sum(dim=-1, keepdim=True)
        combined = torch.zeros_like(scores).scatter(1, chosen, weights)
        out = torch.zeros_like(flat)
        for i, expert in enumerate(self.experts):
            out += combined[:, i:i + 1] * expert(flat)
        balance = (scores.mean(0) * F.one_hot(chosen, len(self.experts)).float().sum(1).mean(0)).sum()
        x = self.norm(x + out.view_as(x))
        return F.cross_entropy(self.head(x).view(-1, self.head.out_features), targets.view(-1)) + 0.01 * balance


class StackedExperts(nn.Module):
    """Experts in one tensor each, by einsum over a mask of dispatch."""

    def __init__(self, width=128, experts=8, hidden=256, classes=10):
        super().__init__()
        self.router = nn.Linear(width, experts)
        self.w1 = nn.Parameter(torch.randn(experts, width, hidden) * 0.02)
        self.w2 = nn.Parameter(torch.randn(experts, hidden, width) * 0.02)
        self.head = nn.Linear(width, classes)

    def forward(self, x):
        gate = self.router(x).softmax(-1)
        best = gate.argmax(-1)
        mask = F.one_hot(best, gate.shape[-1]).to(x.dtype)
        inside = torch.einsum("bnd,bne->ebnd", x, mask)
        hidden = F.relu(torch.einsum("ebnd,edh->ebnh", inside, self.w1))
        out = torch.einsum("ebnh,ehd->ebnd", hidden, self.w2)
        y = (out * (gate * mask).permute(2, 0, 1).unsqueeze(-1)).sum(0)
        return self.head((x + y).mean(1))


class LoRALinear(nn.Module):
    def __init__(self, base, rank=8, alpha=16):
        super().__init__()
        self.base = base
        self.base.weight.requires_grad_(False)
        self.base.bias.requires_grad_(False)
        self.lora_A = nn.Parameter(torch.randn(rank, base.in_features) * 0.01)
        self.lora_B = nn.Parameter(torch.zeros(base.out_features, rank))
        self.scaling = alpha / rank
        self.dropout = nn.Dropout(0.05)

    def forward(self, x):
        return self.base(x) + self.scaling * (self.dropout(x) @ self.lora_A.T @ self.lora_B.T)


class LoRAByHand(nn.Module):
    """A frozen encoder with low-rank adapters in its feed-forward layers and projections."""

    def __init__(self, vocabulary=4000, width=192, heads=6, depth=3, classes=3):
        super().__init__()
        self.embed = nn.Embedding(vocabulary, width)
        self.blocks = nn.ModuleList()
        self.heads = heads
        for _ in range(depth):
            self.blocks.append(nn.ModuleDict({
                "norm1": nn.LayerNorm(width), "q": nn.Linear(width, width), "k": nn.Linear(width, width), "v": nn.Linear(width, width),
                "o": nn.Linear(width, width), "norm2": nn.LayerNorm(width), "up": nn.Linear(width, 4 * width),
                "down": nn.Linear(4 * width, width)}))
        for parameter in self.parameters():
            parameter.requires_grad_(False)
        for block in self.blocks:
            block["q"], block["v"] = LoRALinear(block["q"]), LoRALinear(block["v"])
        self.head = nn.Linear(width, classes)

    def forward(self, tokens, labels):
        x = self.embed(tokens)
        b, n, d = x.shape
        for block in self.blocks:
            y = block["norm1"](x)
            q, k, v = (block[i](y).view(b, n, self.heads, -1).transpose(1, 2) for i in "qkv")
            x = x + block["o"](F.scaled_dot_product_attention(q, k, v).transpose(1, 2).reshape(b, n, d))
            x = x + block["down"](F.gelu(block["up"](block["norm2"](x))))
        return F.cross_entropy(self.head(x[:, 0]), labels)


class LinearAttention(nn.Module):
    """Attention as products of features, causal by a running sum."""

    def __init__(self, vocabulary=2000, width=64, heads=4):
        super().__init__()
        self.heads = heads
        self.embed = nn.Embedding(vocabulary, width)
        self.q, self.k, self.v = nn.Linear(width, width), nn.Linear(width, width), nn.Linear(width, width)
        self.head = nn.Linear(width, vocabulary)

    def forward(self, tokens, targets):
        x = self.embed(tokens)
        b, n, d = x.shape
        q = F.elu(self.q(x).view(b, n, self.heads, -1)) + 1
        k = F.elu(self.k(x).view(b, n, self.heads, -1)) + 1
        v = self.v(x).view(b, n, self.heads, -1)
        kv = torch.einsum("bnhd,bnhe->bnhde", k, v).cumsum(1)
        z = 1 / (torch.einsum("bnhd,bnhd->bnh", q, k.cumsum(1)) + 1e-6)
        y = torch.einsum("bnhd,bnhde,bnh->bnhe", q, kv, z).reshape(b, n, d)
        return F.cross_entropy(self.head(x + y).view(-1, self.head.out_features), targets.view(-1))


class SelectiveScan(nn.Module):
    """A state space model in plain PyTorch, step by step (mamba-minimal)."""

    def __init__(self, vocabulary=1000, width=64, state=16, rank=8):
        super().__init__()
        inner = 2 * width
        self.state, self.rank = state, rank
        self.embedding = nn.Embedding(vocabulary, width)
        self.norm = RMSNorm(width)
        self.in_proj = nn.Linear(width, 2 * inner, bias=False)
        self.conv1d = nn.Conv1d(inner, inner, 4, groups=inner, padding=3)
        self.x_proj = nn.Linear(inner, rank + 2 * state, bias=False)
        self.dt_proj = nn.Linear(rank, inner)
        self.A_log = nn.Parameter(torch.log(torch.arange(1, state + 1).float().repeat(inner, 1)))
        self.D = nn.Parameter(torch.ones(inner))
        self.out_proj = nn.Linear(inner, width, bias=False)
        self.lm_head = nn.Linear(width, vocabulary, bias=False)
        self.lm_head.weight = self.embedding.weight

    def scan(self, u, delta, A, B, C, D):
        b, l, d = u.shape
        deltaA = torch.exp(torch.einsum("bld,dn->bldn", delta, A))
        deltaB_u = torch.einsum("bld,bln,bld->bldn", delta, B, u)
        x = torch.zeros((b, d, A.shape[1]), device=u.device)
        ys = []
        for i in range(l):
            x = deltaA[:, i] * x + deltaB_u[:, i]
            y = torch.einsum("bdn,bn->bd", x, C[:, i, :])
            ys.append(y)
        y = torch.stack(ys, dim=1)
        return y + u * D

    def forward(self, tokens, targets):
        h = self.embedding(tokens)
        x, res = self.in_proj(self.norm(h)).split(self.D.shape[0], -1)
        l = x.shape[1]
        x = self.conv1d(x.transpose(1, 2))[:, :, :l].transpose(1, 2)
        x = F.silu(x)
        A = -torch.exp(self.A_log.float())
        delta, B, C = self.x_proj(x).split([self.rank, self.state, self.state], dim=-1)
        delta = F.softplus(self.dt_proj(delta))
        y = self.scan(x, delta, A, B, C, self.D.float()) * F.silu(res)
        h = h + self.out_proj(y)
        return F.cross_entropy(self.lm_head(h).flatten(0, 1), targets.flatten())


# MARK: Images


class DoubleConv(nn.Module):
    def __init__(self, i, o):
        super().__init__()
        self.double_conv = nn.Sequential(
            nn.Conv2d(i, o, 3, padding=1, bias=False), nn.BatchNorm2d(o), nn.ReLU(inplace=True),
            nn.Conv2d(o, o, 3, padding=1, bias=False), nn.BatchNorm2d(o), nn.ReLU(inplace=True))

    def forward(self, x):
        return self.double_conv(x)


class Up(nn.Module):
    def __init__(self, i, o, bilinear):
        super().__init__()
        self.up = nn.Upsample(scale_factor=2, mode="bilinear", align_corners=True) if bilinear else nn.ConvTranspose2d(i, i // 2, 2, 2)
        self.conv = DoubleConv(i + o if bilinear else i, o)

    def forward(self, x1, x2):
        x1 = self.up(x1)
        dy, dx = x2.size()[2] - x1.size()[2], x2.size()[3] - x1.size()[3]
        x1 = F.pad(x1, [dx // 2, dx - dx // 2, dy // 2, dy - dy // 2])
        return self.conv(torch.cat([x2, x1], dim=1))


class UNetByHand(nn.Module):
    """A U-Net whose sizes are odd, with cross-entropy and the Dice loss."""

    def __init__(self, classes=3, bilinear=False, width=32):
        super().__init__()
        w = [width * 2 ** i for i in range(4)]
        self.inc = DoubleConv(3, w[0])
        self.down = nn.ModuleList(nn.Sequential(nn.MaxPool2d(2), DoubleConv(a, b)) for a, b in zip(w, w[1:]))
        self.up = nn.ModuleList(Up(b, a, bilinear) for a, b in reversed(list(zip(w, w[1:]))))
        self.outc = nn.Conv2d(w[0], classes, 1)

    def forward(self, image, masks):
        kept = [self.inc(image)]
        for layer in self.down:
            kept.append(layer(kept[-1]))
        x = kept.pop()
        for layer in self.up:
            x = layer(x, kept.pop())
        logits = self.outc(x)
        loss = F.cross_entropy(logits, masks)
        p = F.softmax(logits, dim=1).float()
        t = F.one_hot(masks, logits.shape[1]).permute(0, 3, 1, 2).float()
        both = 2 * (p * t).sum(dim=(-1, -2))
        sizes = p.sum(dim=(-1, -2)) + t.sum(dim=(-1, -2))
        return loss + 1 - ((both + 1e-6) / (sizes + 1e-6)).mean()


class SinusoidalTimes(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.dim = width

    def forward(self, time):
        half = self.dim // 2
        embeddings = math.log(10000) / (half - 1)
        embeddings = torch.exp(torch.arange(half, device=time.device) * -embeddings)
        embeddings = time[:, None] * embeddings[None, :]
        return torch.cat((embeddings.sin(), embeddings.cos()), dim=-1)


class TimedBlock(nn.Module):
    def __init__(self, i, o, times):
        super().__init__()
        self.block1 = nn.Sequential(nn.GroupNorm(8, i), nn.SiLU(), nn.Conv2d(i, o, 3, padding=1))
        self.mlp = nn.Sequential(nn.SiLU(), nn.Linear(times, 2 * o))
        self.norm = nn.GroupNorm(8, o)
        self.block2 = nn.Sequential(nn.SiLU(), nn.Dropout(0.1), nn.Conv2d(o, o, 3, padding=1))
        self.skip = nn.Conv2d(i, o, 1) if i != o else nn.Identity()

    def forward(self, x, t):
        h = self.block1(x)
        scale, shift = self.mlp(t)[:, :, None, None].chunk(2, dim=1)
        h = self.norm(h) * (scale + 1) + shift
        return self.block2(h) + self.skip(x)


class SpatialAttention(nn.Module):
    def __init__(self, width, heads=4):
        super().__init__()
        self.heads = heads
        self.norm = nn.GroupNorm(8, width)
        self.qkv = nn.Conv2d(width, 3 * width, 1, bias=False)
        self.proj = nn.Conv2d(width, width, 1)

    def forward(self, x):
        b, c, h, w = x.shape
        q, k, v = self.qkv(self.norm(x)).reshape(b, 3 * self.heads, c // self.heads, h * w).chunk(3, dim=1)
        sim = torch.einsum("bhci,bhcj->bhij", q * (c // self.heads) ** -0.5, k)
        attn = sim.softmax(dim=-1)
        out = torch.einsum("bhij,bhcj->bhci", attn, v).reshape(b, c, h, w)
        return x + self.proj(out)


class DiffusionUNet(nn.Module):
    """A denoising U-Net with embeddings of time: noise is added inside, and predicted."""

    def __init__(self, width=32):
        super().__init__()
        times = 4 * width
        self.time = nn.Sequential(SinusoidalTimes(width), nn.Linear(width, times), nn.GELU(), nn.Linear(times, times))
        self.stem = nn.Conv2d(3, width, 3, padding=1)
        self.d1, self.d2 = TimedBlock(width, width, times), TimedBlock(width, 2 * width, times)
        self.down1 = nn.Conv2d(width, width, 4, 2, 1)
        self.down2 = nn.Conv2d(2 * width, 2 * width, 4, 2, 1)
        self.mid1, self.attn, self.mid2 = TimedBlock(2 * width, 2 * width, times), SpatialAttention(2 * width), TimedBlock(2 * width, 2 * width, times)
        self.up2 = nn.Sequential(nn.Upsample(scale_factor=2, mode="nearest"), nn.Conv2d(2 * width, 2 * width, 3, padding=1))
        self.u2 = TimedBlock(4 * width, width, times)
        self.up1 = nn.ConvTranspose2d(width, width, 4, 2, 1)
        self.u1 = TimedBlock(2 * width, width, times)
        self.out = nn.Conv2d(width, 3, 1)
        self.register_buffer("alphas", torch.linspace(0.99, 0.01, 1000))

    def forward(self, image, time):
        noise = torch.randn_like(image)
        a = self.alphas.gather(0, time).view(-1, 1, 1, 1)
        noisy = a.sqrt() * image + (1 - a).sqrt() * noise
        t = self.time(time)
        x = self.stem(noisy)
        h1 = self.d1(x, t)
        h2 = self.d2(self.down1(h1), t)
        m = self.mid2(self.attn(self.mid1(self.down2(h2), t)), t)
        x = self.u2(torch.cat((self.up2(m), h2), dim=1), t)
        x = self.u1(torch.cat((self.up1(x), h1), dim=1), t)
        return F.mse_loss(self.out(x), noise)


class ConvolutionalVAE(nn.Module):
    """A variational autoencoder of images, its loss inside."""

    def __init__(self, latent=64):
        super().__init__()
        layers, i = [], 3
        for o in (32, 64, 128):
            layers += [nn.Sequential(nn.Conv2d(i, o, 3, 2, 1), nn.BatchNorm2d(o), nn.LeakyReLU())]
            i = o
        self.encoder = nn.Sequential(*layers)
        self.fc_mu = nn.Linear(128 * 64, latent)
        self.fc_var = nn.Linear(128 * 64, latent)
        self.decoder_input = nn.Linear(latent, 128 * 64)
        layers = []
        for i, o in ((128, 64), (64, 32), (32, 32)):
            layers += [nn.Sequential(nn.ConvTranspose2d(i, o, 3, 2, 1, output_padding=1), nn.BatchNorm2d(o), nn.LeakyReLU())]
        self.decoder = nn.Sequential(*layers, nn.Conv2d(32, 3, 3, padding=1), nn.Tanh())

    def reparameterize(self, mu, logvar):
        std = torch.exp(0.5 * logvar)
        eps = torch.randn_like(std)
        return eps * std + mu

    def forward(self, x):
        result = torch.flatten(self.encoder(x), start_dim=1)
        mu, log_var = self.fc_mu(result), self.fc_var(result)
        z = self.reparameterize(mu, log_var)
        y = self.decoder(self.decoder_input(z).view(-1, 128, 8, 8))
        kld = torch.mean(-0.5 * torch.sum(1 + log_var - mu ** 2 - log_var.exp(), dim=1), dim=0)
        return F.mse_loss(y, x) + 0.00025 * kld


class TutorialVAE(nn.Module):
    """The VAE of PyTorch's examples, of linear layers, trained by cross-entropy of pixels."""

    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(784, 400)
        self.fc21 = nn.Linear(400, 20)
        self.fc22 = nn.Linear(400, 20)
        self.fc3 = nn.Linear(20, 400)
        self.fc4 = nn.Linear(400, 784)

    def encode(self, x):
        h1 = F.relu(self.fc1(x))
        return self.fc21(h1), self.fc22(h1)

    def reparameterize(self, mu, logvar):
        std = torch.exp(0.5 * logvar)
        eps = torch.randn_like(std)
        return mu + eps * std

    def decode(self, z):
        h3 = F.relu(self.fc3(z))
        return torch.sigmoid(self.fc4(h3))

    def forward(self, x):
        mu, logvar = self.encode(x.view(-1, 784))
        z = self.reparameterize(mu, logvar)
        recon = self.decode(z)
        BCE = F.binary_cross_entropy_with_logits(recon, x.view(-1, 784), reduction="sum")
        KLD = -0.5 * torch.sum(1 + logvar - mu.pow(2) - logvar.exp())
        return BCE + KLD


class VectorQuantizer(nn.Module):
    """VQ-VAE: the nearest codes, the gradient straight through."""

    def __init__(self, codes=512, width=64):
        super().__init__()
        self.encoder = nn.Sequential(nn.Conv2d(3, 64, 4, 2, 1), nn.ReLU(), nn.Conv2d(64, width, 4, 2, 1))
        self.embedding = nn.Embedding(codes, width)
        self.decoder = nn.Sequential(nn.ConvTranspose2d(width, 64, 4, 2, 1), nn.ReLU(), nn.ConvTranspose2d(64, 3, 4, 2, 1))

    def forward(self, x):
        z = self.encoder(x).permute(0, 2, 3, 1).contiguous()
        flat = z.view(-1, z.shape[-1])
        distances = (torch.sum(flat ** 2, dim=1, keepdim=True) + torch.sum(self.embedding.weight ** 2, dim=1)
                     - 2 * torch.matmul(flat, self.embedding.weight.t()))
        indices = torch.argmin(distances, dim=1).unsqueeze(1)
        encodings = torch.zeros(indices.shape[0], self.embedding.num_embeddings, device=x.device)
        encodings.scatter_(1, indices, 1)
        quantized = torch.matmul(encodings, self.embedding.weight).view(z.shape)
        loss = F.mse_loss(quantized, z.detach()) + 0.25 * F.mse_loss(quantized.detach(), z)
        quantized = z + (quantized - z).detach()
        y = self.decoder(quantized.permute(0, 3, 1, 2).contiguous())
        return F.mse_loss(y, x) + loss


class Generator(nn.Module):
    """DCGAN's generator with its discriminator frozen after it."""

    def __init__(self, latent=100, width=32):
        super().__init__()
        self.main = nn.Sequential(
            nn.ConvTranspose2d(latent, width * 8, 4, 1, 0, bias=False), nn.BatchNorm2d(width * 8), nn.ReLU(True),
            nn.ConvTranspose2d(width * 8, width * 4, 4, 2, 1, bias=False), nn.BatchNorm2d(width * 4), nn.ReLU(True),
            nn.ConvTranspose2d(width * 4, width * 2, 4, 2, 1, bias=False), nn.BatchNorm2d(width * 2), nn.ReLU(True),
            nn.ConvTranspose2d(width * 2, width, 4, 2, 1, bias=False), nn.BatchNorm2d(width), nn.ReLU(True),
            nn.ConvTranspose2d(width, 3, 4, 2, 1, bias=False), nn.Tanh())
        self.discriminator = nn.Sequential(
            nn.Conv2d(3, width, 4, 2, 1, bias=False), nn.LeakyReLU(0.2, inplace=True),
            nn.Conv2d(width, width * 2, 4, 2, 1, bias=False), nn.BatchNorm2d(width * 2), nn.LeakyReLU(0.2, inplace=True),
            nn.Conv2d(width * 2, width * 4, 4, 2, 1, bias=False), nn.BatchNorm2d(width * 4), nn.LeakyReLU(0.2, inplace=True),
            nn.Conv2d(width * 4, 1, 8, 1, 0, bias=False))
        for parameter in self.discriminator.parameters():
            parameter.requires_grad_(False)

    def forward(self, noise):
        scores = self.discriminator(self.main(noise)).view(-1)
        return F.binary_cross_entropy_with_logits(scores, torch.ones_like(scores))


class SpectralDiscriminator(nn.Module):
    """A discriminator under spectral normalization, with the hinge loss."""

    def __init__(self, width=64):
        super().__init__()
        normed = parametrizations.spectral_norm
        self.net = nn.Sequential(
            normed(nn.Conv2d(3, width, 3, 1, 1)), nn.LeakyReLU(0.1), normed(nn.Conv2d(width, width, 4, 2, 1)), nn.LeakyReLU(0.1),
            normed(nn.Conv2d(width, 2 * width, 3, 1, 1)), nn.LeakyReLU(0.1), normed(nn.Conv2d(2 * width, 2 * width, 4, 2, 1)), nn.LeakyReLU(0.1))
        self.fc = normed(nn.Linear(2 * width * 64, 1))

    def forward(self, real, fake):
        r = self.fc(self.net(real).flatten(1))
        f = self.fc(self.net(fake).flatten(1))
        return F.relu(1 - r).mean() + F.relu(1 + f).mean()


class SuperResolution(nn.Module):
    """ESPCN: pixel shuffle at the end."""

    def __init__(self, factor=3):
        super().__init__()
        self.relu = nn.ReLU()
        self.conv1 = nn.Conv2d(1, 64, (5, 5), (1, 1), (2, 2))
        self.conv2 = nn.Conv2d(64, 64, (3, 3), (1, 1), (1, 1))
        self.conv3 = nn.Conv2d(64, 32, (3, 3), (1, 1), (1, 1))
        self.conv4 = nn.Conv2d(32, factor ** 2, (3, 3), (1, 1), (1, 1))
        self.pixel_shuffle = nn.PixelShuffle(factor)

    def forward(self, x):
        x = self.relu(self.conv1(x))
        x = self.relu(self.conv2(x))
        x = self.relu(self.conv3(x))
        return self.pixel_shuffle(self.conv4(x))


class EnhancedResidual(nn.Module):
    """EDSR with PReLU, residuals scaled, an L1 loss inside."""

    def __init__(self, width=48, depth=4):
        super().__init__()
        self.head = nn.Conv2d(3, width, 3, padding=1)
        self.body = nn.ModuleList(nn.Sequential(nn.Conv2d(width, width, 3, padding=1), nn.PReLU(), nn.Conv2d(width, width, 3, padding=1)) for _ in range(depth))
        self.tail = nn.Sequential(nn.Conv2d(width, 4 * width, 3, padding=1), nn.PixelShuffle(2), nn.PReLU(width), nn.Conv2d(width, 3, 3, padding=1))

    def forward(self, low, high):
        x = self.head(low)
        y = x
        for block in self.body:
            y = y + block(y).mul(0.1)
        return (self.tail(x + y) - high).abs().mean()


class SpatialTransformer(nn.Module):
    """The tutorial's spatial transformer: affine_grid and grid_sample."""

    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 10, kernel_size=5)
        self.conv2 = nn.Conv2d(10, 20, kernel_size=5)
        self.conv2_drop = nn.Dropout2d()
        self.fc1 = nn.Linear(320, 50)
        self.fc2 = nn.Linear(50, 10)
        self.localization = nn.Sequential(
            nn.Conv2d(1, 8, kernel_size=7), nn.MaxPool2d(2, stride=2), nn.ReLU(True),
            nn.Conv2d(8, 10, kernel_size=5), nn.MaxPool2d(2, stride=2), nn.ReLU(True))
        self.fc_loc = nn.Sequential(nn.Linear(10 * 3 * 3, 32), nn.ReLU(True), nn.Linear(32, 3 * 2))
        self.fc_loc[2].weight.data.zero_()

    def stn(self, x):
        xs = self.localization(x)
        xs = xs.view(-1, 10 * 3 * 3)
        theta = self.fc_loc(xs)
        theta = theta.view(-1, 2, 3)
        grid = F.affine_grid(theta, x.size(), align_corners=False)
        x = F.grid_sample(x, grid, align_corners=False)
        return x

    def forward(self, x):
        x = self.stn(x)
        x = F.relu(F.max_pool2d(self.conv1(x), 2))
        x = F.relu(F.max_pool2d(self.conv2_drop(self.conv2(x)), 2))
        x = x.view(-1, 320)
        x = F.relu(self.fc1(x))
        x = F.dropout(x, training=self.training)
        x = self.fc2(x)
        return F.log_softmax(x, dim=1)


class TutorialNet(nn.Module):
    """The MNIST example's network."""

    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 32, 3, 1)
        self.conv2 = nn.Conv2d(32, 64, 3, 1)
        self.dropout1 = nn.Dropout(0.25)
        self.dropout2 = nn.Dropout(0.5)
        self.fc1 = nn.Linear(9216, 128)
        self.fc2 = nn.Linear(128, 10)

    def forward(self, x):
        x = self.conv1(x)
        x = F.relu(x)
        x = self.conv2(x)
        x = F.relu(x)
        x = F.max_pool2d(x, 2)
        x = self.dropout1(x)
        x = torch.flatten(x, 1)
        x = self.fc1(x)
        x = F.relu(x)
        x = self.dropout2(x)
        x = self.fc2(x)
        output = F.log_softmax(x, dim=1)
        return output


class PaddedShortcut(nn.Module):
    """A residual network for CIFAR whose shortcuts skip pixels and pad channels."""

    class Block(nn.Module):
        def __init__(self, i, o, stride):
            super().__init__()
            self.conv1 = nn.Conv2d(i, o, 3, stride, 1, bias=False)
            self.bn1 = nn.BatchNorm2d(o)
            self.conv2 = nn.Conv2d(o, o, 3, 1, 1, bias=False)
            self.bn2 = nn.BatchNorm2d(o)
            self.more, self.stride = o - i, stride

        def forward(self, x):
            out = F.relu(self.bn1(self.conv1(x)))
            out = self.bn2(self.conv2(out))
            if self.stride > 1:
                x = F.pad(x[:, :, ::2, ::2], (0, 0, 0, 0, self.more // 2, self.more // 2), "constant", 0)
            out += x
            return F.relu(out)

    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 16, 3, 1, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(16)
        self.layers = nn.Sequential(self.Block(16, 16, 1), self.Block(16, 32, 2), self.Block(32, 32, 1), self.Block(32, 64, 2))
        self.linear = nn.Linear(64, 10)

    def forward(self, x):
        out = F.relu(self.bn1(self.conv1(x)))
        out = self.layers(out)
        out = F.avg_pool2d(out, out.size()[3])
        return self.linear(out.view(out.size(0), -1))


class DenseByHand(nn.Module):
    """Dense blocks by hand, all earlier maps joined each time."""

    def __init__(self, growth=16, depth=5, classes=10):
        super().__init__()
        self.stem = nn.Conv2d(3, 2 * growth, 3, padding=1, bias=False)
        self.layers = nn.ModuleList()
        width = 2 * growth
        for _ in range(depth):
            self.layers.append(nn.Sequential(nn.BatchNorm2d(width), nn.ReLU(), nn.Conv2d(width, growth, 3, padding=1, bias=False), nn.Dropout2d(0.1)))
            width += growth
        self.fc = nn.Linear(width, classes)

    def forward(self, x):
        x = self.stem(x)
        for layer in self.layers:
            x = torch.cat([x, layer(x)], 1)
        x = F.adaptive_avg_pool2d(F.relu(x), (1, 1)).squeeze(-1).squeeze(-1)
        return self.fc(x)


class SqueezeExcite(nn.Module):
    """Inverted residuals by hand with squeeze and excitation, drop path and hard swish."""

    class Block(nn.Module):
        def __init__(self, width):
            super().__init__()
            self.expand = nn.Sequential(nn.Conv2d(width, 4 * width, 1, bias=False), nn.BatchNorm2d(4 * width), nn.Hardswish())
            self.depth = nn.Sequential(nn.Conv2d(4 * width, 4 * width, 5, 1, 2, groups=4 * width, bias=False), nn.BatchNorm2d(4 * width), nn.Hardswish())
            self.se = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Conv2d(4 * width, width, 1), nn.ReLU(), nn.Conv2d(width, 4 * width, 1), nn.Hardsigmoid())
            self.project = nn.Sequential(nn.Conv2d(4 * width, width, 1, bias=False), nn.BatchNorm2d(width))

        def drop_path(self, x, p=0.1):
            keep = 1 - p
            mask = x.new_empty((x.shape[0],) + (1,) * (x.ndim - 1)).bernoulli_(keep)
            return x * mask.div_(keep)

        def forward(self, x):
            y = self.depth(self.expand(x))
            y = y * self.se(y)
            return x + self.drop_path(self.project(y))

    def __init__(self, width=24, classes=100):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, width, 3, 2, 1, bias=False), nn.BatchNorm2d(width), nn.Hardswish(inplace=True))
        self.blocks = nn.Sequential(*[self.Block(width) for _ in range(3)])
        self.classifier = nn.Linear(width, classes)

    def forward(self, x):
        return self.classifier(self.blocks(self.stem(x)).mean([2, 3]))


class PatchTransformer(nn.Module):
    """A vision transformer by hand, patches by unfold, a class token."""

    def __init__(self, width=192, heads=3, depth=3, patch=16, size=128, classes=100):
        super().__init__()
        self.patch = patch
        self.to_patch = nn.Sequential(nn.LayerNorm(3 * patch * patch), nn.Linear(3 * patch * patch, width), nn.LayerNorm(width))
        self.cls_token = nn.Parameter(torch.randn(1, 1, width))
        self.pos_embedding = nn.Parameter(torch.randn(1, (size // patch) ** 2 + 1, width))
        layer = nn.TransformerEncoderLayer(width, heads, 4 * width, 0.0, F.gelu, batch_first=True, norm_first=True)
        self.transformer = nn.TransformerEncoder(layer, depth, norm=nn.LayerNorm(width), enable_nested_tensor=False)
        self.mlp_head = nn.Linear(width, classes)

    def forward(self, img):
        p = self.patch
        x = img.unfold(2, p, p).unfold(3, p, p).permute(0, 2, 3, 1, 4, 5).flatten(3).flatten(1, 2)
        x = self.to_patch(x)
        x = torch.cat((self.cls_token.expand(x.shape[0], -1, -1), x), dim=1)
        x = x + self.pos_embedding[:, :x.shape[1]]
        return self.mlp_head(self.transformer(x)[:, 0])


class ShiftedWindows(nn.Module):
    """Attention in windows by hand: rolled, with a table of relative biases."""

    def __init__(self, width=96, heads=3, window=7, size=56, classes=10):
        super().__init__()
        self.window, self.heads = window, heads
        self.embed = nn.Conv2d(3, width, 4, 4)
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.qkv, self.proj = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.table = nn.Parameter(torch.zeros((2 * window - 1) ** 2, heads))
        c = torch.stack(torch.meshgrid(torch.arange(window), torch.arange(window), indexing="ij")).flatten(1)
        r = (c[:, :, None] - c[:, None]).permute(1, 2, 0) + window - 1
        self.register_buffer("index", r[..., 0] * (2 * window - 1) + r[..., 1])
        self.mlp = nn.Sequential(nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width))
        self.head = nn.Linear(width, classes)

    def attend(self, x):
        b, n, c = x.shape
        q, k, v = self.qkv(x).reshape(b, n, 3, self.heads, c // self.heads).permute(2, 0, 3, 1, 4).unbind(0)
        attn = (q * (c // self.heads) ** -0.5) @ k.transpose(-2, -1)
        bias = self.table[self.index.view(-1)].view(n, n, -1).permute(2, 0, 1).contiguous()
        attn = (attn + bias.unsqueeze(0)).softmax(-1)
        return self.proj((attn @ v).transpose(1, 2).reshape(b, n, c))

    def forward(self, image):
        x = self.embed(image).permute(0, 2, 3, 1)
        b, h, w, c = x.shape
        s = self.window
        for shift in (0, s // 2):
            y = self.norm1(x)
            if shift:
                y = torch.roll(y, (-shift, -shift), (1, 2))
            y = y.view(b, h // s, s, w // s, s, c).transpose(2, 3).reshape(-1, s * s, c)
            y = self.attend(y).view(b, h // s, w // s, s, s, c).transpose(2, 3).reshape(b, h, w, c)
            if shift:
                y = torch.roll(y, (shift, shift), (1, 2))
            x = x + y
            x = x + self.mlp(self.norm2(x))
        return self.head(x.mean((1, 2)))


class MaskedAutoencoder(nn.Module):
    """Patches shuffled, most of them left out, put back in order, predicted."""

    def __init__(self, width=128, patch=16, size=128):
        super().__init__()
        self.patch = patch
        n = (size // patch) ** 2
        self.embed = nn.Linear(3 * patch * patch, width)
        self.position = nn.Parameter(torch.zeros(1, n, width), requires_grad=False)
        layer = lambda: nn.TransformerEncoderLayer(width, 4, 4 * width, 0.0, "gelu", batch_first=True, norm_first=True)
        self.encoder = nn.ModuleList(layer() for _ in range(2))
        self.mask_token = nn.Parameter(torch.zeros(1, 1, width))
        self.decoder = layer()
        self.pred = nn.Linear(width, 3 * patch * patch)

    def patches(self, image):
        b, c, h, w = image.shape
        p = self.patch
        x = image.reshape(b, c, h // p, p, w // p, p)
        return torch.einsum("nchpwq->nhwpqc", x).reshape(b, (h // p) * (w // p), p * p * c)

    def forward(self, image):
        target = self.patches(image)
        x = self.embed(target) + self.position
        b, n, d = x.shape
        keep = n // 4
        noise = torch.rand(b, n, device=x.device)
        shuffle = torch.argsort(noise, dim=1)
        restore = torch.argsort(shuffle, dim=1)
        kept = shuffle[:, :keep]
        x = torch.gather(x, dim=1, index=kept.unsqueeze(-1).repeat(1, 1, d))
        mask = torch.ones([b, n], device=x.device)
        mask[:, :keep] = 0
        mask = torch.gather(mask, dim=1, index=restore)
        for layer in self.encoder:
            x = layer(x)
        tokens = self.mask_token.repeat(b, n - keep, 1)
        x = torch.gather(torch.cat([x, tokens], dim=1), dim=1, index=restore.unsqueeze(-1).repeat(1, 1, d)) + self.position
        pred = self.pred(self.decoder(x))
        loss = ((pred - target) ** 2).mean(dim=-1)
        return (loss * mask).sum() / mask.sum()


class ModulatedConvolution(nn.Module):
    """StyleGAN2's convolutions: weights for every example, the batch as groups, noise by a learned strength."""

    def __init__(self, width=32, style=64):
        super().__init__()
        self.width = width
        self.const = nn.Parameter(torch.randn(1, width, 16, 16))
        self.mapping = nn.Sequential(nn.Linear(style, style), nn.LeakyReLU(0.2), nn.Linear(style, style), nn.LeakyReLU(0.2))
        self.affine = nn.Linear(style, width)
        self.weight = nn.Parameter(torch.randn(width, width, 3, 3))
        self.strength = nn.Parameter(torch.zeros(1))
        self.rgb = nn.Conv2d(width, 3, 1)

    def forward(self, z):
        w = self.mapping(F.normalize(z, dim=1))
        b = w.shape[0]
        x = self.const.repeat(b, 1, 1, 1)
        for _ in range(2):
            s = self.affine(w).view(b, 1, -1, 1, 1)
            weight = self.weight[None] * (s + 1)
            weight = weight * torch.rsqrt(weight.pow(2).sum([2, 3, 4], keepdim=True) + 1e-8)
            x = F.interpolate(x, scale_factor=2, mode="bilinear", align_corners=False)
            _, c, h, ww = x.shape
            x = F.conv2d(x.reshape(1, -1, h, ww), weight.view(-1, c, 3, 3), padding=1, groups=b).view(b, self.width, h, ww)
            x = x + self.strength * torch.randn(b, 1, h, ww, device=x.device)
            x = F.leaky_relu(x, 0.2) * math.sqrt(2)
        return F.softplus(-self.rgb(x).mean((1, 2, 3))).mean()


class StyleTransfer(nn.Module):
    """The fast style transfer network of PyTorch's examples: reflection padding, instance norm, nearest upsampling."""

    class ConvLayer(nn.Module):
        def __init__(self, i, o, k, s, upsample=None):
            super().__init__()
            self.upsample = upsample
            self.reflection_pad = nn.ReflectionPad2d(k // 2)
            self.conv2d = nn.Conv2d(i, o, k, s)

        def forward(self, x):
            if self.upsample:
                x = F.interpolate(x, mode="nearest", scale_factor=self.upsample)
            return self.conv2d(self.reflection_pad(x))

    def __init__(self, width=16):
        super().__init__()
        C, w = self.ConvLayer, width
        self.conv1, self.in1 = C(3, w, 9, 1), nn.InstanceNorm2d(w, affine=True)
        self.conv2, self.in2 = C(w, 2 * w, 3, 2), nn.InstanceNorm2d(2 * w, affine=True)
        self.conv3, self.in3 = C(2 * w, 2 * w, 3, 1), nn.InstanceNorm2d(2 * w)
        self.deconv1, self.in4 = C(2 * w, w, 3, 1, 2), nn.InstanceNorm2d(w, affine=True)
        self.deconv2 = C(w, 3, 9, 1)
        self.relu = nn.ReLU()

    def forward(self, X):
        y = self.relu(self.in1(self.conv1(X)))
        y = self.relu(self.in2(self.conv2(y)))
        residual = y
        out = self.in3(self.conv3(y))
        y = self.relu(self.in4(self.deconv1(out + residual)))
        y = self.deconv2(y)
        variation = (y[:, :, 1:] - y[:, :, :-1]).abs().mean() + (y[:, :, :, 1:] - y[:, :, :, :-1]).abs().mean()
        gram = y.view(y.size(0), 3, -1)
        gram = gram.bmm(gram.transpose(1, 2)) / gram.size(2)
        return F.mse_loss(y, X) + variation + gram.pow(2).mean()


class DetectionHead(nn.Module):
    """A small detector: a pyramid, anchors' classes by the focal loss, boxes by smooth L1."""

    def __init__(self, classes=20, anchors=9, width=64):
        super().__init__()
        self.classes = classes
        self.c3 = nn.Sequential(nn.Conv2d(3, width, 3, 4, 1), nn.BatchNorm2d(width), nn.SiLU())
        self.c4 = nn.Sequential(nn.Conv2d(width, 2 * width, 3, 2, 1), nn.BatchNorm2d(2 * width), nn.SiLU())
        self.l3, self.l4 = nn.Conv2d(width, width, 1), nn.Conv2d(2 * width, width, 1)
        self.cls = nn.Sequential(nn.Conv2d(width, width, 3, padding=1), nn.ReLU(), nn.Conv2d(width, anchors * classes, 3, padding=1))
        self.box = nn.Sequential(nn.Conv2d(width, width, 3, padding=1), nn.ReLU(), nn.Conv2d(width, anchors * 4, 3, padding=1))

    def forward(self, image, classes, boxes):
        c3 = self.c3(image)
        c4 = self.c4(c3)
        p4 = self.l4(c4)
        p3 = self.l3(c3) + F.interpolate(p4, size=c3.shape[-2:], mode="nearest")
        b = image.shape[0]
        scores = torch.cat([self.cls(p).permute(0, 2, 3, 1).reshape(b, -1, self.classes) for p in (p3, p4)], 1)
        places = torch.cat([self.box(p).permute(0, 2, 3, 1).reshape(b, -1, 4) for p in (p3, p4)], 1)
        p = scores.sigmoid()
        ce = F.binary_cross_entropy_with_logits(scores, classes, reduction="none")
        p_t = p * classes + (1 - p) * (1 - classes)
        focal = (0.25 * classes + 0.75 * (1 - classes)) * ce * (1 - p_t) ** 2
        return focal.sum() / b + F.smooth_l1_loss(places, boxes, reduction="sum") / b


class GridYolo(nn.Module):
    """A YOLO of one grid: the loss of boxes by their overlap."""

    def __init__(self, classes=4, width=32):
        super().__init__()
        conv = lambda i, o, s: nn.Sequential(nn.Conv2d(i, o, 3, s, 1, bias=False), nn.BatchNorm2d(o), nn.LeakyReLU(0.1, inplace=True))
        self.net = nn.Sequential(conv(3, width, 2), conv(width, 2 * width, 2), conv(2 * width, 4 * width, 2), nn.Conv2d(4 * width, 5 + classes, 1))

    def forward(self, image, target):
        y = self.net(image).permute(0, 2, 3, 1)
        xy, wh = torch.sigmoid(y[..., 0:2]), torch.exp(y[..., 2:4].clamp(max=4))
        a1, a2 = xy - wh / 2, xy + wh / 2
        b1, b2 = target[..., 0:2] - target[..., 2:4] / 2, target[..., 0:2] + target[..., 2:4] / 2
        inter = (torch.min(a2, b2) - torch.max(a1, b1)).clamp(min=0).prod(-1)
        union = wh.prod(-1) + target[..., 2:4].prod(-1) - inter + 1e-7
        giou = inter / union
        objectness = F.binary_cross_entropy_with_logits(y[..., 4], target[..., 4])
        return (1 - giou).mean() + objectness + F.binary_cross_entropy_with_logits(y[..., 5:], target[..., 5:])


# MARK: Pairs, contrasts and teachers


class SmallEncoder(nn.Module):
    def __init__(self, width=32, out=128):
        super().__init__()
        self.conv = nn.Sequential(
            nn.Conv2d(3, width, 3, 2, 1), nn.BatchNorm2d(width), nn.ReLU(), nn.Conv2d(width, 2 * width, 3, 2, 1), nn.BatchNorm2d(2 * width), nn.ReLU(),
            nn.AdaptiveAvgPool2d(1), nn.Flatten())
        self.fc = nn.Linear(2 * width, out)

    def forward(self, x):
        return self.fc(self.conv(x))


class ContrastiveViews(nn.Module):
    """SimCLR: two views, normalized, all against all."""

    def __init__(self):
        super().__init__()
        self.encoder = SmallEncoder()
        self.projector = nn.Sequential(nn.Linear(128, 128), nn.BatchNorm1d(128), nn.ReLU(inplace=True), nn.Linear(128, 64, bias=False))

    def forward(self, a, b):
        z = F.normalize(self.projector(self.encoder(torch.cat([a, b], dim=0))), dim=1)
        n = a.shape[0]
        similarity = torch.matmul(z, z.T) / 0.5
        labels = torch.cat([torch.arange(n, 2 * n), torch.arange(n)]).to(a.device)
        similarity = similarity.masked_fill(torch.eye(2 * n, dtype=torch.bool, device=a.device), -9e15)
        return F.cross_entropy(similarity, labels)


class MomentumTeacher(nn.Module):
    """BYOL: a teacher without gradients, cosine similarity."""

    def __init__(self):
        super().__init__()
        self.student, self.teacher = SmallEncoder(), SmallEncoder()
        self.predictor = nn.Sequential(nn.Linear(128, 256), nn.BatchNorm1d(256), nn.ReLU(), nn.Linear(256, 128))
        for parameter in self.teacher.parameters():
            parameter.requires_grad = False

    def forward(self, a, b):
        p1, p2 = self.predictor(self.student(a)), self.predictor(self.student(b))
        with torch.no_grad():
            t1, t2 = self.teacher(a), self.teacher(b)
        return 2 - F.cosine_similarity(p1, t2.detach(), dim=-1).mean() - F.cosine_similarity(p2, t1.detach(), dim=-1).mean()


class Siamese(nn.Module):
    """Three images, the triplet margin loss."""

    def __init__(self):
        super().__init__()
        self.encoder = SmallEncoder()
        self.loss = nn.TripletMarginLoss(margin=1.0)

    def forward(self, anchor, positive, negative):
        return self.loss(self.encoder(anchor), self.encoder(positive), self.encoder(negative))


class TwoTowers(nn.Module):
    """CLIP by hand: an image tower and a text tower, a learned temperature."""

    def __init__(self, vocabulary=4000, width=128):
        super().__init__()
        self.image = SmallEncoder(out=width)
        self.table = nn.Embedding(vocabulary, width)
        self.positions = nn.Parameter(torch.empty(32, width).normal_(std=0.01))
        self.text = nn.TransformerEncoder(nn.TransformerEncoderLayer(width, 4, 4 * width, batch_first=True, activation="gelu"), 2)
        self.ln_final = nn.LayerNorm(width)
        self.text_projection = nn.Parameter(torch.empty(width, width).normal_(std=width ** -0.5))
        self.logit_scale = nn.Parameter(torch.ones([]) * math.log(1 / 0.07))

    def forward(self, image, text):
        i = self.image(image)
        x = self.table(text) + self.positions
        x = self.ln_final(self.text(x))
        t = x[torch.arange(x.shape[0], device=x.device), text.argmax(dim=-1)] @ self.text_projection
        i = i / i.norm(dim=-1, keepdim=True)
        t = t / t.norm(dim=-1, keepdim=True)
        logits = self.logit_scale.exp() * i @ t.t()
        labels = torch.arange(len(logits), device=logits.device)
        return (F.cross_entropy(logits, labels) + F.cross_entropy(logits.t(), labels)) / 2


class Distillation(nn.Module):
    """A student and a teacher that is not trained, soft and hard targets."""

    def __init__(self, classes=100):
        super().__init__()
        self.teacher = nn.Sequential(SmallEncoder(64, 256), nn.ReLU(), nn.Linear(256, classes))
        self.student = nn.Sequential(SmallEncoder(16, 64), nn.ReLU(), nn.Linear(64, classes))
        self.teacher.requires_grad_(False)

    def forward(self, x, labels):
        with torch.no_grad():
            teacher_logits = self.teacher(x)
        student_logits = self.student(x)
        T = 4
        soft_targets = F.softmax(teacher_logits / T, dim=-1)
        soft_prob = F.log_softmax(student_logits / T, dim=-1)
        soft_loss = torch.sum(soft_targets * (soft_targets.log() - soft_prob)) / soft_prob.size()[0] * (T ** 2)
        return 0.25 * soft_loss + 0.75 * F.cross_entropy(student_logits, labels)


class AngularMargin(nn.Module):
    """ArcFace: cosines of normalized weights, a margin for the right class."""

    def __init__(self, classes=1000, width=128):
        super().__init__()
        self.backbone = SmallEncoder(out=width)
        self.weight = nn.Parameter(torch.randn(classes, width))
        self.cos_m, self.sin_m = math.cos(0.5), math.sin(0.5)

    def forward(self, x, label):
        cosine = F.linear(F.normalize(self.backbone(x)), F.normalize(self.weight))
        sine = torch.sqrt((1.0 - torch.pow(cosine, 2)).clamp(0, 1))
        phi = cosine * self.cos_m - sine * self.sin_m
        phi = torch.where(cosine > 0, phi, cosine)
        one_hot = torch.zeros(cosine.size(), device=x.device)
        one_hot.scatter_(1, label.view(-1, 1).long(), 1)
        output = (one_hot * phi) + ((1.0 - one_hot) * cosine)
        output *= 30.0
        return F.cross_entropy(output, label)


# MARK: Sound and series


class Chomp(nn.Module):
    def __init__(self, size):
        super().__init__()
        self.size = size

    def forward(self, x):
        return x[:, :, :-self.size].contiguous()


class TemporalBlock(nn.Module):
    def __init__(self, i, o, k, d, dropout=0.2):
        super().__init__()
        pad = (k - 1) * d
        self.conv1 = parametrizations.weight_norm(nn.Conv1d(i, o, k, padding=pad, dilation=d))
        self.chomp1, self.relu1, self.dropout1 = Chomp(pad), nn.ReLU(), nn.Dropout(dropout)
        self.conv2 = parametrizations.weight_norm(nn.Conv1d(o, o, k, padding=pad, dilation=d))
        self.chomp2, self.relu2, self.dropout2 = Chomp(pad), nn.ReLU(), nn.Dropout(dropout)
        self.net = nn.Sequential(self.conv1, self.chomp1, self.relu1, self.dropout1, self.conv2, self.chomp2, self.relu2, self.dropout2)
        self.downsample = nn.Conv1d(i, o, 1) if i != o else None
        self.relu = nn.ReLU()

    def forward(self, x):
        out = self.net(x)
        res = x if self.downsample is None else self.downsample(x)
        return self.relu(out + res)


class TemporalConvolutions(nn.Module):
    """A TCN with weight normalization."""

    def __init__(self, features=16, width=48, classes=10):
        super().__init__()
        self.tcn = nn.Sequential(*[TemporalBlock(features if i == 0 else width, width, 7, 2 ** i) for i in range(4)])
        self.linear = nn.Linear(width, classes)

    def forward(self, x):
        return self.linear(self.tcn(x)[:, :, -1])


class WaveNet(nn.Module):
    """Gated dilated convolutions with skips, 256 values predicted."""

    def __init__(self, residual=32, skip=64, layers=6):
        super().__init__()
        self.embed = nn.Embedding(256, residual)
        self.filters = nn.ModuleList(nn.Conv1d(residual, residual, 2, dilation=2 ** i) for i in range(layers))
        self.gates = nn.ModuleList(nn.Conv1d(residual, residual, 2, dilation=2 ** i) for i in range(layers))
        self.residuals = nn.ModuleList(nn.Conv1d(residual, residual, 1) for _ in range(layers))
        self.skips = nn.ModuleList(nn.Conv1d(residual, skip, 1) for _ in range(layers))
        self.end1, self.end2 = nn.Conv1d(skip, skip, 1), nn.Conv1d(skip, 256, 1)

    def forward(self, wave):
        x = self.embed(wave).transpose(1, 2)
        skip = 0
        for i in range(len(self.filters)):
            padded = F.pad(x, (2 ** i, 0))
            y = torch.tanh(self.filters[i](padded)) * torch.sigmoid(self.gates[i](padded))
            skip = skip + self.skips[i](y)
            x = x + self.residuals[i](y)
        y = self.end2(F.relu(self.end1(F.relu(skip))))
        return F.cross_entropy(y[:, :, :-1], wave[:, 1:])


class SpeechByCTC(nn.Module):
    """Deep Speech's shape: convolutions over a spectrogram, recurrent layers, log-probabilities for CTC."""

    def __init__(self, mels=64, hidden=128, classes=29):
        super().__init__()
        self.cnn = nn.Sequential(nn.Conv2d(1, 32, 3, 2, 1), nn.GELU(), nn.Dropout(0.1), nn.Conv2d(32, 32, 3, 1, 1), nn.GELU())
        self.fc = nn.Linear(32 * mels // 2, hidden)
        self.birnn = nn.GRU(hidden, hidden, 2, batch_first=True, bidirectional=True)
        self.classifier = nn.Sequential(nn.Linear(2 * hidden, hidden), nn.GELU(), nn.Dropout(0.1), nn.Linear(hidden, classes))

    def forward(self, x):
        x = self.cnn(x)
        b, c, m, t = x.size()
        x = x.view(b, c * m, t).transpose(1, 2)
        x, _ = self.birnn(self.fc(x))
        return self.classifier(x)


class NormalizedSeries(nn.Module):
    """DLinear with reversible normalization: a moving average, a trend and a season."""

    def __init__(self, length=96, horizon=24, kernel=25):
        super().__init__()
        self.kernel = kernel
        self.avg = nn.AvgPool1d(kernel, 1, 0)
        self.seasonal, self.trend = nn.Linear(length, horizon), nn.Linear(length, horizon)

    def forward(self, x):
        mean = x.mean(1, keepdim=True).detach()
        std = torch.sqrt(x.var(1, keepdim=True, unbiased=False) + 1e-5).detach()
        x = (x - mean) / std
        front = x[:, 0:1].repeat(1, (self.kernel - 1) // 2, 1)
        end = x[:, -1:].repeat(1, (self.kernel - 1) // 2, 1)
        trend = self.avg(torch.cat([front, x, end], dim=1).permute(0, 2, 1)).permute(0, 2, 1)
        y = self.seasonal((x - trend).permute(0, 2, 1)) + self.trend(trend.permute(0, 2, 1))
        return y.permute(0, 2, 1) * std + mean


class FrequencyFilters(nn.Module):
    """Global filters of a Fourier transform, complex weights as pairs of numbers (GFNet)."""

    def __init__(self, width=64, size=16, classes=10):
        super().__init__()
        self.embed = nn.Conv2d(3, width, 4, 4)
        self.complex_weight = nn.Parameter(torch.randn(size, size // 2 + 1, width, 2) * 0.02)
        self.norm = nn.LayerNorm(width)
        self.mlp = nn.Sequential(nn.Linear(width, 2 * width), nn.GELU(), nn.Linear(2 * width, width))
        self.head = nn.Linear(width, classes)

    def forward(self, x):
        x = self.embed(x).permute(0, 2, 3, 1)
        y = torch.fft.rfft2(self.norm(x).float(), dim=(1, 2), norm="ortho")
        y = y * torch.view_as_complex(self.complex_weight.float())
        y = torch.fft.irfft2(y, s=x.shape[1:3], dim=(1, 2), norm="ortho")
        return self.head(self.mlp(x + y).mean((1, 2)))


class ConvolutionalLSTM(nn.Module):
    """ConvLSTM over frames, the last state decoded."""

    def __init__(self, width=24):
        super().__init__()
        self.width = width
        self.gates = nn.Conv2d(1 + width, 4 * width, 3, padding=1)
        self.out = nn.Conv2d(width, 1, 1)

    def forward(self, frames, following):
        b, t, _, h, w = frames.shape
        hidden = frames.new_zeros(b, self.width, h, w)
        cell = frames.new_zeros(b, self.width, h, w)
        for i in range(t):
            cc = self.gates(torch.cat([frames[:, i], hidden], dim=1))
            cc_i, cc_f, cc_o, cc_g = torch.split(cc, self.width, dim=1)
            i_, f, o, g = torch.sigmoid(cc_i), torch.sigmoid(cc_f), torch.sigmoid(cc_o), torch.tanh(cc_g)
            cell = f * cell + i_ * g
            hidden = o * torch.tanh(cell)
        return F.mse_loss(torch.sigmoid(self.out(hidden)), following)


# MARK: Graphs, points and tables


class GraphConvolution(nn.Module):
    """Messages along edges, summed by index_add, degrees by scatter_add."""

    def __init__(self, features=64, width=128, classes=7):
        super().__init__()
        self.l1, self.l2 = nn.Linear(features, width), nn.Linear(width, classes)

    def propagate(self, x, source, target):
        degree = torch.zeros(x.size(0), device=x.device).scatter_add_(0, target, torch.ones_like(target, dtype=torch.float))
        norm = degree.clamp(min=1).pow(-0.5)
        messages = x[source] * (norm[source] * norm[target]).unsqueeze(-1)
        return torch.zeros_like(x).index_add_(0, target, messages)

    def forward(self, x, edges, labels):
        source, target = edges[0], edges[1]
        x = F.relu(self.propagate(self.l1(x), source, target))
        x = F.dropout(x, 0.5, self.training)
        x = self.propagate(self.l2(x), source, target)
        return F.nll_loss(F.log_softmax(x, dim=1), labels)


class GraphAttention(nn.Module):
    """GAT over a dense adjacency, as in a popular repository."""

    def __init__(self, features=32, width=16, heads=4, classes=7):
        super().__init__()
        self.W = nn.ParameterList([nn.Parameter(torch.empty(features, width)) for _ in range(heads)])
        self.a = nn.ParameterList([nn.Parameter(torch.empty(2 * width, 1)) for _ in range(heads)])
        for parameter in self.parameters():
            nn.init.xavier_uniform_(parameter.data, gain=1.414)
        self.out = nn.Linear(heads * width, classes)
        self.leakyrelu = nn.LeakyReLU(0.2)

    def head(self, h, adj, W, a):
        Wh = torch.mm(h, W)
        width = W.shape[1]
        Wh1, Wh2 = torch.matmul(Wh, a[:width, :]), torch.matmul(Wh, a[width:, :])
        e = self.leakyrelu(Wh1 + Wh2.T)
        zero_vec = -9e15 * torch.ones_like(e)
        attention = torch.where(adj > 0, e, zero_vec)
        attention = F.softmax(attention, dim=1)
        attention = F.dropout(attention, 0.6, training=self.training)
        return F.elu(torch.matmul(attention, Wh))

    def forward(self, x, adj, labels):
        x = F.dropout(x, 0.6, training=self.training)
        x = torch.cat([self.head(x, adj, W, a) for W, a in zip(self.W, self.a)], dim=1)
        return F.nll_loss(F.log_softmax(F.elu(self.out(x)), dim=1), labels)


class MessagePassing(nn.Module):
    """Edges through an MLP, softmax over each node's edges by scatter_reduce, a GRU cell for the nodes."""

    def __init__(self, width=64):
        super().__init__()
        self.edge = nn.Sequential(nn.Linear(2 * width + 8, width), nn.SiLU(), nn.Linear(width, width))
        self.score = nn.Linear(width, 1)
        self.cell = nn.GRUCell(width, width)
        self.out = nn.Linear(width, 1)

    def forward(self, x, source, target, attributes, wanted):
        n = x.size(0)
        for _ in range(2):
            m = self.edge(torch.cat([x[source], x[target], attributes], dim=-1))
            s = self.score(m).squeeze(-1)
            top = torch.full((n,), -1e9, device=x.device).scatter_reduce(0, target, s, "amax")
            e = (s - top[target]).exp()
            a = e / (torch.zeros(n, device=x.device).scatter_add(0, target, e)[target] + 1e-9)
            total = torch.zeros_like(x).scatter_add(0, target.unsqueeze(-1).expand_as(m), a.unsqueeze(-1) * m)
            x = self.cell(total, x)
        return F.l1_loss(self.out(x).squeeze(-1), wanted)


class PointNet(nn.Module):
    """Points through shared layers, a learned transformation, the greatest of each feature."""

    class TNet(nn.Module):
        def __init__(self, k):
            super().__init__()
            self.k = k
            self.conv1, self.conv2 = nn.Conv1d(k, 64, 1), nn.Conv1d(64, 256, 1)
            self.fc1, self.fc2 = nn.Linear(256, 128), nn.Linear(128, k * k)
            self.bn1, self.bn2, self.bn3 = nn.BatchNorm1d(64), nn.BatchNorm1d(256), nn.BatchNorm1d(128)

        def forward(self, x):
            b = x.size(0)
            x = F.relu(self.bn1(self.conv1(x)))
            x = F.relu(self.bn2(self.conv2(x)))
            x = torch.max(x, 2, keepdim=True)[0].view(-1, 256)
            x = F.relu(self.bn3(self.fc1(x)))
            identity = torch.eye(self.k, device=x.device).flatten().view(1, -1).repeat(b, 1)
            return (self.fc2(x) + identity).view(-1, self.k, self.k)

    def __init__(self, classes=10):
        super().__init__()
        self.t3, self.t64 = self.TNet(3), self.TNet(64)
        self.conv1, self.conv2 = nn.Conv1d(3, 64, 1), nn.Conv1d(64, 256, 1)
        self.bn1, self.bn2 = nn.BatchNorm1d(64), nn.BatchNorm1d(256)
        self.fc = nn.Sequential(nn.Linear(256, 128), nn.BatchNorm1d(128), nn.ReLU(), nn.Dropout(0.3), nn.Linear(128, classes))

    def forward(self, x, labels):
        x = torch.bmm(x.transpose(2, 1), self.t3(x)).transpose(2, 1)
        x = F.relu(self.bn1(self.conv1(x)))
        t = self.t64(x)
        x = torch.bmm(x.transpose(2, 1), t).transpose(2, 1)
        x = torch.max(self.bn2(self.conv2(x)), 2)[0]
        identity = torch.eye(64, device=x.device)[None]
        regular = torch.mean(torch.norm(torch.bmm(t, t.transpose(2, 1)) - identity, dim=(1, 2)))
        return F.nll_loss(F.log_softmax(self.fc(x), dim=1), labels) + 0.001 * regular


class NearestNeighbours(nn.Module):
    """EdgeConv (DGCNN): the nearest points by distances, their differences joined."""

    def __init__(self, k=16, classes=10):
        super().__init__()
        self.k = k
        self.conv = nn.Sequential(nn.Conv2d(6, 64, 1, bias=False), nn.BatchNorm2d(64), nn.LeakyReLU(0.2))
        self.fc = nn.Linear(64, classes)

    def forward(self, x):
        b, c, n = x.shape
        inner = -2 * torch.matmul(x.transpose(2, 1), x)
        xx = torch.sum(x ** 2, dim=1, keepdim=True)
        pairwise = -xx - inner - xx.transpose(2, 1)
        idx = pairwise.topk(k=self.k, dim=-1)[1]
        idx = (idx + torch.arange(0, b, device=x.device).view(-1, 1, 1) * n).view(-1)
        x = x.transpose(2, 1).contiguous()
        feature = x.view(b * n, -1)[idx, :].view(b, n, self.k, c)
        x = x.view(b, n, 1, c).repeat(1, 1, self.k, 1)
        feature = torch.cat((feature - x, x), dim=3).permute(0, 3, 1, 2).contiguous()
        y = self.conv(feature).max(dim=-1, keepdim=False)[0]
        return self.fc(y.max(dim=-1)[0])


class RadianceField(nn.Module):
    """NeRF: positions encoded, an MLP with a skip, samples blended along rays."""

    def __init__(self, width=128):
        super().__init__()
        self.register_buffer("bands", 2.0 ** torch.arange(6).float())
        self.first = nn.Linear(39, width)
        self.layers = nn.ModuleList(nn.Linear(width + (39 if i == 2 else 0), width) for i in range(4))
        self.sigma, self.rgb = nn.Linear(width, 1), nn.Linear(width, 3)

    def encode(self, x):
        y = (x[..., None, :] * self.bands[:, None]).flatten(-2)
        return torch.cat([x, y.sin(), y.cos()], -1)

    def forward(self, origins, directions, colours):
        t = torch.linspace(2.0, 6.0, 32, device=origins.device)
        t = t + torch.rand(origins.shape[0], 32, device=origins.device) * (4.0 / 32)
        points = origins[:, None] + directions[:, None] * t[..., None]
        e = self.encode(points)
        h = F.relu(self.first(e))
        for i, layer in enumerate(self.layers):
            if i == 2:
                h = torch.cat([e, h], -1)
            h = F.relu(layer(h))
        sigma, rgb = F.relu(self.sigma(h)).squeeze(-1), torch.sigmoid(self.rgb(h))
        dists = torch.cat([t[:, 1:] - t[:, :-1], torch.full_like(t[:, :1], 1e10)], -1)
        alpha = 1.0 - torch.exp(-sigma * dists)
        clear = torch.cumprod(torch.cat([torch.ones_like(alpha[:, :1]), 1.0 - alpha + 1e-10], -1), -1)[:, :-1]
        weights = alpha * clear
        return F.mse_loss((weights[..., None] * rgb).sum(1), colours)


class Factorization(nn.Module):
    """DeepFM: tables for every field, products of pairs, an MLP beside."""

    def __init__(self, fields=16, sizes=1000, width=16):
        super().__init__()
        self.register_buffer("offsets", torch.arange(fields) * sizes)
        self.linear, self.table = nn.Embedding(fields * sizes, 1), nn.Embedding(fields * sizes, width)
        self.bias = nn.Parameter(torch.zeros(1))
        self.mlp = nn.Sequential(nn.Linear(fields * width, 128), nn.BatchNorm1d(128), nn.ReLU(), nn.Dropout(0.2), nn.Linear(128, 1))

    def forward(self, x, clicked):
        x = x + self.offsets
        e = self.table(x)
        square = e.sum(1) ** 2
        pairs = 0.5 * (square - (e ** 2).sum(1)).sum(1, keepdim=True)
        y = self.linear(x).sum(1) + self.bias + pairs + self.mlp(e.flatten(1))
        return F.binary_cross_entropy(torch.sigmoid(y.squeeze(1)), clicked)


class CrossNetwork(nn.Module):
    """DLRM: an MLP of numbers, tables, all products of pairs below the diagonal."""

    def __init__(self, tables=8, sizes=2000, width=32):
        super().__init__()
        self.bottom = nn.Sequential(nn.Linear(13, 64), nn.ReLU(), nn.Linear(64, width), nn.ReLU())
        self.tables = nn.ModuleList(nn.EmbeddingBag(sizes, width, mode="sum") for _ in range(tables))
        n = tables + 1
        self.register_buffer("rows", torch.tril_indices(n, n, -1)[0])
        self.register_buffer("columns", torch.tril_indices(n, n, -1)[1])
        self.top = nn.Sequential(nn.Linear(width + n * (n - 1) // 2, 64), nn.ReLU(), nn.Linear(64, 1))

    def forward(self, dense, sparse):
        x = self.bottom(dense)
        ly = [table(sparse[:, i:i + 1]) for i, table in enumerate(self.tables)]
        T = torch.cat([x] + ly, dim=1).view(x.shape[0], -1, x.shape[1])
        Z = torch.bmm(T, T.transpose(1, 2))
        R = torch.cat([x, Z[:, self.rows, self.columns]], dim=1)
        return self.top(R)


class TabularTransformer(nn.Module):
    """FT-Transformer: every feature a token, gated feed-forward layers."""

    def __init__(self, numbers=12, kinds=6, sizes=50, width=64):
        super().__init__()
        self.weight, self.bias = nn.Parameter(torch.randn(numbers, width)), nn.Parameter(torch.zeros(numbers, width))
        self.tables = nn.ModuleList(nn.Embedding(sizes, width) for _ in range(kinds))
        self.cls = nn.Parameter(torch.zeros(width))
        self.attention = nn.MultiheadAttention(width, 8, dropout=0.2, batch_first=True)
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.up, self.down = nn.Linear(width, 4 * width), nn.Linear(2 * width, width)
        self.head = nn.Linear(width, 1)

    def forward(self, numbers, kinds):
        x = numbers[:, :, None] * self.weight[None] + self.bias[None]
        c = torch.stack([table(kinds[:, i]) for i, table in enumerate(self.tables)], dim=1)
        x = torch.cat([self.cls.expand(len(x), 1, -1), x, c], dim=1)
        y = self.norm1(x)
        x = x + self.attention(y, y, y, need_weights=False)[0]
        a, b = self.up(self.norm2(x)).chunk(2, dim=-1)
        x = x + self.down(a * F.gelu(b))
        return self.head(F.relu(x[:, 0]))


class BilinearPairs(nn.Module):
    """nn.Bilinear, a margin ranking loss."""

    def __init__(self, width=96):
        super().__init__()
        self.left, self.right = nn.Linear(128, width), nn.Linear(128, width)
        self.bilinear = nn.Bilinear(width, width, 16)
        self.score = nn.Linear(16, 1)

    def forward(self, a, b, c):
        x = torch.tanh(self.left(a))
        good = self.score(torch.relu(self.bilinear(x, torch.tanh(self.right(b))))).squeeze(1)
        bad = self.score(torch.relu(self.bilinear(x, torch.tanh(self.right(c))))).squeeze(1)
        return F.margin_ranking_loss(good, bad, torch.ones_like(good), margin=0.5)


class PlainMLP(nn.Module):
    """Linear layers with batch normalization and dropout."""

    def __init__(self, features=784, width=1024, classes=10):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Flatten(), nn.Linear(features, width), nn.BatchNorm1d(width), nn.ReLU(), nn.Dropout(0.5),
            nn.Linear(width, width), nn.BatchNorm1d(width), nn.ReLU(inplace=True), nn.Dropout(0.5), nn.Linear(width, classes))

    def forward(self, x):
        return self.layers(x)


# MARK: Policies and densities


class DuelingQ(nn.Module):
    """DQN with two streams; a frozen target network; the Huber loss of what was chosen."""

    class Net(nn.Module):
        def __init__(self, actions):
            super().__init__()
            self.conv = nn.Sequential(nn.Conv2d(4, 32, 8, 4), nn.ReLU(), nn.Conv2d(32, 64, 4, 2), nn.ReLU(), nn.Conv2d(64, 64, 3, 1), nn.ReLU(), nn.Flatten())
            self.value = nn.Sequential(nn.Linear(3136, 256), nn.ReLU(), nn.Linear(256, 1))
            self.advantage = nn.Sequential(nn.Linear(3136, 256), nn.ReLU(), nn.Linear(256, actions))

        def forward(self, x):
            x = self.conv(x)
            v, a = self.value(x), self.advantage(x)
            return v + a - a.mean(1, keepdim=True)

    def __init__(self, actions=6):
        super().__init__()
        self.online, self.target = self.Net(actions), self.Net(actions)
        self.target.requires_grad_(False)

    def forward(self, state, following, action, reward, done):
        q = self.online(state / 255.0).gather(1, action.unsqueeze(1)).squeeze(1)
        with torch.no_grad():
            best = self.online(following / 255.0).argmax(1, keepdim=True)
            wanted = reward + 0.99 * self.target(following / 255.0).gather(1, best).squeeze(1) * (1 - done)
        return F.smooth_l1_loss(q, wanted)


class ActorCritic(nn.Module):
    """PPO's clipped loss, entropy and value."""

    def __init__(self, features=24, actions=6, width=256):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(features, width), nn.Tanh(), nn.Linear(width, width), nn.Tanh())
        self.actor, self.critic = nn.Linear(width, actions), nn.Linear(width, 1)

    def forward(self, state, action, old, advantage, returns):
        h = self.body(state)
        logits = self.actor(h)
        log = logits - logits.logsumexp(dim=-1, keepdim=True)
        chosen = log.gather(-1, action.unsqueeze(-1)).squeeze(-1)
        entropy = -(log.exp() * log).sum(-1).mean()
        ratio = (chosen - old).exp()
        advantage = (advantage - advantage.mean()) / (advantage.std() + 1e-8)
        clipped = torch.clamp(ratio, 0.8, 1.2) * advantage
        policy = -torch.min(ratio * advantage, clipped).mean()
        value = 0.5 * (returns - self.critic(h).squeeze(-1)).pow(2).mean()
        return policy + value - 0.01 * entropy


class GaussianActor(nn.Module):
    """SAC's actor: a squashed normal sample, two critics, the lesser."""

    def __init__(self, features=17, actions=6, width=256):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(features, width), nn.ReLU(), nn.Linear(width, width), nn.ReLU())
        self.mu, self.log_std = nn.Linear(width, actions), nn.Linear(width, actions)
        critic = lambda: nn.Sequential(nn.Linear(features + actions, width), nn.ReLU(), nn.Linear(width, width), nn.ReLU(), nn.Linear(width, 1))
        self.q1, self.q2 = critic(), critic()

    def forward(self, state):
        h = self.net(state)
        mu, log_std = self.mu(h), torch.clamp(self.log_std(h), -20, 2)
        std = log_std.exp()
        u = mu + std * torch.randn_like(std)
        log_prob = (-((u - mu) ** 2) / (2 * std ** 2) - log_std - math.log(math.sqrt(2 * math.pi))).sum(-1)
        log_prob -= (2 * (math.log(2) - u - F.softplus(-2 * u))).sum(-1)
        both = torch.cat([state, torch.tanh(u)], dim=-1)
        q = torch.min(self.q1(both), self.q2(both)).squeeze(-1)
        return (0.2 * log_prob - q).mean()


class CouplingFlow(nn.Module):
    """RealNVP: affine couplings with masks, the log-likelihood."""

    def __init__(self, width=64, depth=4):
        super().__init__()
        mask = (torch.arange(width) % 2).float()
        self.register_buffer("masks", torch.stack([mask if i % 2 else 1 - mask for i in range(depth)]))
        net = lambda: nn.Sequential(nn.Linear(width, 256), nn.LeakyReLU(), nn.Linear(256, 256), nn.LeakyReLU(), nn.Linear(256, width))
        self.s = nn.ModuleList(nn.Sequential(net(), nn.Tanh()) for _ in range(depth))
        self.t = nn.ModuleList(net() for _ in range(depth))

    def forward(self, x):
        log_det, z = x.new_zeros(x.shape[0]), x
        for i in reversed(range(len(self.t))):
            z_ = self.masks[i] * z
            s = self.s[i](z_) * (1 - self.masks[i])
            t = self.t[i](z_) * (1 - self.masks[i])
            z = (1 - self.masks[i]) * (z - t) * torch.exp(-s) + z_
            log_det -= s.sum(dim=1)
        log_prob = -0.5 * (z ** 2 + math.log(2 * math.pi)).sum(1)
        return -(log_prob + log_det).mean()


class MixtureDensity(nn.Module):
    """A mixture of normals, logsumexp of its parts."""

    def __init__(self, features=32, parts=8, out=4):
        super().__init__()
        self.parts, self.out = parts, out
        self.hidden = nn.Sequential(nn.Linear(features, 128), nn.Tanh(), nn.Linear(128, 128), nn.Tanh())
        self.pi, self.mu, self.sigma = nn.Linear(128, parts), nn.Linear(128, parts * out), nn.Linear(128, parts * out)

    def forward(self, x, y):
        h = self.hidden(x)
        pi = F.log_softmax(self.pi(h), -1)
        mu = self.mu(h).view(-1, self.parts, self.out)
        sigma = torch.exp(self.sigma(h)).view(-1, self.parts, self.out)
        log = -0.5 * ((y.unsqueeze(1) - mu) / sigma) ** 2 - sigma.log() - 0.5 * math.log(2 * math.pi)
        return -torch.logsumexp(pi + log.sum(-1), dim=-1).mean()


class EulerODE(nn.Module):
    """A neural ordinary differential equation by Runge-Kutta's steps, weights shared."""

    def __init__(self, width=64):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(width + 1, 128), nn.Softplus(), nn.Linear(128, width))
        self.out = nn.Linear(width, 5)

    def f(self, t, x):
        return self.net(torch.cat([x, torch.full_like(x[:, :1], t)], dim=1))

    def forward(self, x):
        dt = 0.25
        for i in range(4):
            t = i * dt
            k1 = self.f(t, x)
            k2 = self.f(t + dt / 2, x + dt / 2 * k1)
            k3 = self.f(t + dt / 2, x + dt / 2 * k2)
            k4 = self.f(t + dt, x + dt * k3)
            x = x + dt / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
        return self.out(x)


class SetAttention(nn.Module):
    """Perceiver: learned latents attend to inputs, weights shared over rounds."""

    def __init__(self, features=32, width=128, latents=32, classes=10):
        super().__init__()
        self.latents = nn.Parameter(torch.randn(latents, width))
        self.norm, self.context = nn.LayerNorm(width), nn.LayerNorm(features)
        self.to_q, self.to_kv, self.to_out = nn.Linear(width, width, bias=False), nn.Linear(features, 2 * width, bias=False), nn.Linear(width, width)
        self.ff = nn.Sequential(nn.LayerNorm(width), nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width))
        self.head = nn.Sequential(nn.LayerNorm(width), nn.Linear(width, classes))

    def forward(self, data):
        x = self.latents.unsqueeze(0).repeat(data.shape[0], 1, 1)
        for _ in range(2):
            q = self.to_q(self.norm(x))
            k, v = self.to_kv(self.context(data)).chunk(2, dim=-1)
            sim = torch.bmm(q, k.transpose(1, 2)) * q.shape[-1] ** -0.5
            x = x + self.to_out(torch.bmm(sim.softmax(-1), v))
            x = x + self.ff(x)
        return self.head(x.mean(dim=-2))


class ConditionalField(nn.Module):
    """A linear-chain CRF over nn.LSTM's scores: the forward algorithm, step by step."""

    def __init__(self, vocabulary=3000, width=96, tags=9):
        super().__init__()
        self.embed = nn.Embedding(vocabulary, width)
        self.lstm = nn.LSTM(width, width, batch_first=True, bidirectional=True)
        self.emit = nn.Linear(2 * width, tags)
        self.transitions = nn.Parameter(torch.randn(tags, tags))

    def forward(self, words, tags):
        emissions = self.emit(self.lstm(self.embed(words))[0])
        score = emissions[:, 0]
        for t in range(1, words.size(1)):
            score = torch.logsumexp(score.unsqueeze(2) + self.transitions.unsqueeze(0) + emissions[:, t].unsqueeze(1), dim=1)
        total = torch.logsumexp(score, dim=1)
        gold = emissions.gather(2, tags.unsqueeze(2)).squeeze(2).sum(1) + self.transitions[tags[:, :-1], tags[:, 1:]].sum(1)
        return (total - gold).mean()


class HyperNetwork(nn.Module):
    """A network that makes another's weights."""

    def __init__(self, code=16, width=32):
        super().__init__()
        self.width = width
        self.hyper = nn.Sequential(nn.Linear(code, 64), nn.ReLU(), nn.Linear(64, width * width * 9 + width))
        self.stem = nn.Conv2d(3, width, 3, 2, 1)
        self.code = nn.Parameter(torch.randn(code))
        self.head = nn.Linear(width, 10)

    def forward(self, x):
        made = self.hyper(self.code)
        w, b = made[:-self.width].view(self.width, self.width, 3, 3), made[-self.width:]
        y = F.relu(F.conv2d(F.relu(self.stem(x)), w, b, padding=1))
        return self.head(F.adaptive_max_pool2d(y, 1).flatten(1))


class AdaptiveTransformer(nn.Module):
    """DiT: layers modulated by time and class, patches put together again."""

    class Block(nn.Module):
        def __init__(self, width, heads):
            super().__init__()
            self.norm1, self.norm2 = (nn.LayerNorm(width, elementwise_affine=False, eps=1e-6) for _ in range(2))
            self.heads = heads
            self.qkv, self.proj = nn.Linear(width, 3 * width), nn.Linear(width, width)
            self.mlp = nn.Sequential(nn.Linear(width, 4 * width), nn.GELU(approximate="tanh"), nn.Linear(4 * width, width))
            self.adaLN_modulation = nn.Sequential(nn.SiLU(), nn.Linear(width, 6 * width))

        def attend(self, x):
            b, n, c = x.shape
            q, k, v = self.qkv(x).reshape(b, n, 3, self.heads, c // self.heads).permute(2, 0, 3, 1, 4).unbind(0)
            return self.proj(F.scaled_dot_product_attention(q, k, v).transpose(1, 2).reshape(b, n, c))

        def forward(self, x, c):
            shift_a, scale_a, gate_a, shift_m, scale_m, gate_m = self.adaLN_modulation(c).chunk(6, dim=1)
            x = x + gate_a.unsqueeze(1) * self.attend(modulate(self.norm1(x), shift_a, scale_a))
            x = x + gate_m.unsqueeze(1) * self.mlp(modulate(self.norm2(x), shift_m, scale_m))
            return x

    def __init__(self, width=192, heads=6, depth=3, size=32, patch=2, channels=4, classes=1000):
        super().__init__()
        self.patch, self.channels = patch, channels
        self.embed = nn.Conv2d(channels, width, patch, patch)
        self.pos = nn.Parameter(torch.zeros(1, (size // patch) ** 2, width), requires_grad=False)
        self.time = nn.Sequential(nn.Linear(256, width), nn.SiLU(), nn.Linear(width, width))
        self.label = nn.Embedding(classes + 1, width)
        self.blocks = nn.ModuleList(self.Block(width, heads) for _ in range(depth))
        self.norm = nn.LayerNorm(width, elementwise_affine=False, eps=1e-6)
        self.linear = nn.Linear(width, patch * patch * channels)
        self.final = nn.Sequential(nn.SiLU(), nn.Linear(width, 2 * width))

    def times(self, t):
        freqs = torch.exp(-math.log(10000) * torch.arange(0, 128, dtype=torch.float32) / 128).to(t.device)
        args = t[:, None].float() * freqs[None]
        return self.time(torch.cat([torch.cos(args), torch.sin(args)], dim=-1))

    def forward(self, latent, noise, t, y):
        b, c, h, w = latent.shape
        part = (t.float() / 1000)[:, None, None, None]
        x = (1 - part) * latent + part * noise
        x = self.embed(x).flatten(2).transpose(1, 2) + self.pos
        cond = self.times(t) + self.label(y)
        for block in self.blocks:
            x = block(x, cond)
        shift, scale = self.final(cond).chunk(2, dim=1)
        x = self.linear(modulate(self.norm(x), shift, scale))
        p, side = self.patch, h // self.patch
        x = x.reshape(b, side, side, p, p, c)
        x = torch.einsum("nhwpqc->nchpwq", x).reshape(b, c, h, w)
        return F.mse_loss(x, noise - latent)


def modulate(x, shift, scale):
    return x * (1 + scale.unsqueeze(1)) + shift.unsqueeze(1)


T, N, C, M = "tokens", "numbers", "classes", "flags"
TEXT = {"tokens": (T, 0, 128), "targets": (T, 0, 128)}

# Class, arguments, inputs, loss, batch.
OWN = [
    (TransformerEncoderClassifier, {}, {"tokens": (T, 0, 128), "labels": (C, 0)}, None, 16),
    (TransformerEncoderClassifier, {"norm_first": True}, {"tokens": (T, 0, 128), "labels": (C, 0)}, None, 16),
    (TutorialLanguageModel, {}, {"src": (T, 35, 0), "target": (T, 35, 0)}, None, 20),
    (Translator, {}, {"src": (T, 0, 48), "tgt": (T, 0, 48)}, None, 16),
    (MinGPT, {}, {"idx": (T, 0, 128), "targets": (T, 0, 128)}, None, 8),
    (LlamaByHand, {}, TEXT, None, 8),
    (ComplexRotations, {}, TEXT, None, 8),
    (LSTMLanguageModel, {}, {"input": (T, 35, 0), "target": (T, 35, 0)}, None, 20),
    (BidirectionalTagger, {}, {"words": (T, 0, 64), "tags": (T, 0, 64)}, None, 16),
    (GRUClassifier, {}, {"x": (N, 0, 100, 40)}, "cross-entropy", 16),
    (AttentionDecoder, {}, {"source": (T, 0, 20), "target": (T, 0, 20)}, None, 16),
    (CellByHand, {}, {"x": (N, 0, 28, 64)}, "cross-entropy", 32),
    (TextCNN, {}, {"x": (T, 0, 64)}, "cross-entropy", 16),
    (BagOfWords, {}, {"text": (T, 4096), "offsets": (T, 0)}, "cross-entropy", 64),
    (SkipGram, {}, {"center": (T, 0), "context": (T, 0), "negative": (T, 0, 10)}, None, 256),
    (LectureGPT, {}, {"idx": (T, 0, 128), "targets": (T, 0, 128)}, None, 16),
    (ALiBiEncoder, {}, TEXT, None, 8),
    (RelativeBias, {}, TEXT, None, 8),
    (WeightsOfAttention, {}, {"x": (N, 0, 64, 128), "memory": (N, 0, 32, 64), "mask": (M, 0, 64), "labels": (C, 0)}, None, 16),
    (MixtureOfExperts, {}, TEXT, None, 8),
    (StackedExperts, {}, {"x": (N, 0, 64, 128)}, "cross-entropy", 16),
    (LoRAByHand, {}, {"tokens": (T, 0, 128), "labels": (C, 0)}, None, 16),
    (LinearAttention, {}, TEXT, None, 8),
    (SelectiveScan, {}, {"tokens": (T, 0, 32), "targets": (T, 0, 32)}, None, 4),
    (UNetByHand, {}, {"image": (N, 0, 3, 100, 100), "masks": (C, 0, 100, 100)}, None, 4),
    (UNetByHand, {"bilinear": True}, {"image": (N, 0, 3, 96, 96), "masks": (C, 0, 96, 96)}, None, 4),
    (DiffusionUNet, {}, {"image": (N, 0, 3, 64, 64), "time": (C, 0)}, None, 8),
    (ConvolutionalVAE, {}, {"x": (N, 0, 3, 64, 64)}, None, 16),
    (TutorialVAE, {}, {"x": (N, 0, 1, 28, 28)}, None, 128),
    (VectorQuantizer, {}, {"x": (N, 0, 3, 64, 64)}, None, 16),
    (Generator, {}, {"noise": (N, 0, 100, 1, 1)}, None, 32),
    (SpectralDiscriminator, {}, {"real": (N, 0, 3, 32, 32), "fake": (N, 0, 3, 32, 32)}, None, 16),
    (SuperResolution, {}, {"x": (N, 0, 1, 72, 72)}, "mse", 16),
    (EnhancedResidual, {}, {"low": (N, 0, 3, 48, 48), "high": (N, 0, 3, 96, 96)}, None, 8),
    (SpatialTransformer, {}, {"x": (N, 0, 1, 28, 28)}, "nll", 64),
    (TutorialNet, {}, {"x": (N, 0, 1, 28, 28)}, "nll", 64),
    (PaddedShortcut, {}, {"x": (N, 0, 3, 32, 32)}, "cross-entropy", 64),
    (DenseByHand, {}, {"x": (N, 0, 3, 32, 32)}, "cross-entropy", 32),
    (SqueezeExcite, {}, {"x": (N, 0, 3, 96, 96)}, "cross-entropy", 16),
    (PatchTransformer, {}, {"img": (N, 0, 3, 128, 128)}, "cross-entropy", 16),
    (ShiftedWindows, {}, {"image": (N, 0, 3, 224, 224)}, "cross-entropy", 4),
    (MaskedAutoencoder, {}, {"image": (N, 0, 3, 128, 128)}, None, 16),
    (ModulatedConvolution, {}, {"z": (N, 0, 64)}, None, 8),
    (StyleTransfer, {}, {"X": (N, 0, 3, 96, 96)}, None, 4),
    (DetectionHead, {}, {"image": (N, 0, 3, 128, 128), "classes": (N, 0, 11520, 20), "boxes": (N, 0, 11520, 4)}, None, 4),
    (GridYolo, {}, {"image": (N, 0, 3, 128, 128), "target": (N, 0, 16, 16, 9)}, None, 8),
    (ContrastiveViews, {}, {"a": (N, 0, 3, 64, 64), "b": (N, 0, 3, 64, 64)}, None, 32),
    (MomentumTeacher, {}, {"a": (N, 0, 3, 64, 64), "b": (N, 0, 3, 64, 64)}, None, 16),
    (Siamese, {}, {"anchor": (N, 0, 3, 64, 64), "positive": (N, 0, 3, 64, 64), "negative": (N, 0, 3, 64, 64)}, None, 16),
    (TwoTowers, {}, {"image": (N, 0, 3, 64, 64), "text": (T, 0, 32)}, None, 32),
    (Distillation, {}, {"x": (N, 0, 3, 64, 64), "labels": (C, 0)}, None, 32),
    (AngularMargin, {}, {"x": (N, 0, 3, 64, 64), "label": (C, 0)}, None, 32),
    (TemporalConvolutions, {}, {"x": (N, 0, 16, 200)}, "cross-entropy", 32),
    (WaveNet, {}, {"wave": (C, 0, 2048)}, None, 4),
    (SpeechByCTC, {}, {"x": (N, 0, 1, 64, 200)}, "mse", 8),
    (NormalizedSeries, {}, {"x": (N, 0, 96, 7)}, "mse", 64),
    (FrequencyFilters, {}, {"x": (N, 0, 3, 64, 64)}, "cross-entropy", 16),
    (ConvolutionalLSTM, {}, {"frames": (N, 0, 8, 1, 32, 32), "following": (N, 0, 1, 32, 32)}, None, 8),
    (GraphConvolution, {}, {"x": (N, 2708, 64), "edges": (C, 2, 10556), "labels": (C, 2708)}, None, 1),
    (GraphAttention, {}, {"x": (N, 500, 32), "adj": (N, 500, 500), "labels": (C, 500)}, None, 1),
    (MessagePassing, {}, {"x": (N, 600, 64), "source": (C, 3000), "target": (C, 3000), "attributes": (N, 3000, 8), "wanted": (N, 600)}, None, 1),
    (PointNet, {}, {"x": (N, 0, 3, 512), "labels": (C, 0)}, None, 16),
    (NearestNeighbours, {}, {"x": (N, 0, 3, 256)}, "cross-entropy", 8),
    (RadianceField, {}, {"origins": (N, 0, 3), "directions": (N, 0, 3), "colours": (N, 0, 3)}, None, 256),
    (Factorization, {}, {"x": (C, 0, 16), "clicked": (N, 0)}, None, 512),
    (CrossNetwork, {}, {"dense": (N, 0, 13), "sparse": (C, 0, 8)}, "bce-with-logits", 256),
    (TabularTransformer, {}, {"numbers": (N, 0, 12), "kinds": (C, 0, 6)}, "mse", 128),
    (BilinearPairs, {}, {"a": (N, 0, 128), "b": (N, 0, 128), "c": (N, 0, 128)}, None, 64),
    (PlainMLP, {}, {"x": (N, 0, 1, 28, 28)}, "cross-entropy", 128),
    (DuelingQ, {}, {"state": (N, 0, 4, 84, 84), "following": (N, 0, 4, 84, 84), "action": (C, 0), "reward": (N, 0), "done": (N, 0)}, None, 32),
    (ActorCritic, {}, {"state": (N, 0, 24), "action": (C, 0), "old": (N, 0), "advantage": (N, 0), "returns": (N, 0)}, None, 256),
    (GaussianActor, {}, {"state": (N, 0, 17)}, None, 256),
    (CouplingFlow, {}, {"x": (N, 0, 64)}, None, 256),
    (MixtureDensity, {}, {"x": (N, 0, 32), "y": (N, 0, 4)}, None, 256),
    (EulerODE, {}, {"x": (N, 0, 64)}, "cross-entropy", 128),
    (SetAttention, {}, {"data": (N, 0, 256, 32)}, "cross-entropy", 16),
    (ConditionalField, {}, {"words": (T, 0, 32), "tags": (C, 0, 32)}, None, 16),
    (HyperNetwork, {}, {"x": (N, 0, 3, 64, 64)}, "cross-entropy", 16),
    (AdaptiveTransformer, {}, {"latent": (N, 0, 4, 32, 32), "noise": (N, 0, 4, 32, 32), "t": (C, 0), "y": (C, 0)}, None, 8),
]


# Those that came later.
OWN_LATER = MORE + WRAPPED
MODULES = {kind.__name__: kind for kind, *_ in OWN + OWN_LATER}
