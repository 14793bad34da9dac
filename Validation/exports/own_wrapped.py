"""Modules that people write around networks of torchvision, timm and transformers: heads, losses, pairs, adapters."""

import math

import timm
import torch
import torch.nn.functional as F
import torchvision
import transformers
from torch import nn

T, N, C, M = "tokens", "numbers", "classes", "flags"


def bert(layers=3, **more):
    return transformers.BertModel(transformers.BertConfig(num_hidden_layers=layers, hidden_size=256, num_attention_heads=4, intermediate_size=1024,
                                                          vocab_size=8192, **more))


class TextClassifier(nn.Module):
    """BERT's first token, dropout and two linear layers."""

    def __init__(self, classes=6):
        super().__init__()
        self.bert = bert()
        self.dropout = nn.Dropout(0.3)
        self.fc1, self.fc2 = nn.Linear(256, 128), nn.Linear(128, classes)

    def forward(self, input_ids, attention_mask, labels):
        outputs = self.bert(input_ids=input_ids, attention_mask=attention_mask)
        x = self.dropout(outputs.last_hidden_state[:, 0, :])
        x = F.relu(self.fc1(x))
        logits = self.fc2(self.dropout(x))
        return F.cross_entropy(logits, labels)


class PooledClassifier(nn.Module):
    """The pooler's output, several labels at once."""

    def __init__(self, classes=12):
        super().__init__()
        self.bert = bert(2)
        self.classifier = nn.Linear(256, classes)

    def forward(self, input_ids, labels):
        pooled = self.bert(input_ids).pooler_output
        return F.binary_cross_entropy_with_logits(self.classifier(pooled), labels)


class SentencePairs(nn.Module):
    """Sentence embeddings by the mean of tokens under a mask, in-batch negatives."""

    def __init__(self):
        super().__init__()
        self.encoder = bert(2)

    def embed(self, ids, mask):
        hidden = self.encoder(input_ids=ids, attention_mask=mask).last_hidden_state
        expanded = mask.unsqueeze(-1).expand(hidden.size()).float()
        return torch.sum(hidden * expanded, 1) / torch.clamp(expanded.sum(1), min=1e-9)

    def forward(self, a_ids, a_mask, b_ids, b_mask):
        a, b = self.embed(a_ids, a_mask), self.embed(b_ids, b_mask)
        scores = F.normalize(a, dim=1) @ F.normalize(b, dim=1).T * 20.0
        labels = torch.arange(scores.size(0), device=scores.device)
        return F.cross_entropy(scores, labels)


class TokenTagger(nn.Module):
    """DistilBERT with the last four layers summed and weighed, for tags."""

    def __init__(self, tags=9):
        super().__init__()
        self.encoder = transformers.DistilBertModel(transformers.DistilBertConfig(n_layers=4, dim=256, hidden_dim=512, n_heads=4, vocab_size=8192))
        self.weights = nn.Parameter(torch.zeros(4))
        self.drop = nn.Dropout(0.1)
        self.out = nn.Linear(256, tags)

    def forward(self, input_ids, labels):
        states = self.encoder(input_ids, output_hidden_states=True).hidden_states[-4:]
        w = torch.softmax(self.weights, 0)
        x = sum(w[i] * s for i, s in enumerate(states))
        return F.cross_entropy(self.out(self.drop(x)).view(-1, 9), labels.view(-1), ignore_index=-100)


class LowRank(nn.Module):
    def __init__(self, linear, rank=4):
        super().__init__()
        self.linear = linear
        self.a = nn.Linear(linear.in_features, rank, bias=False)
        self.b = nn.Linear(rank, linear.out_features, bias=False)
        nn.init.zeros_(self.b.weight)

    def forward(self, x):
        return self.linear(x) + self.b(self.a(x)) * 2.0


class AdaptedBert(nn.Module):
    """BERT frozen but for low-rank adapters put into its queries and values."""

    def __init__(self, classes=4):
        super().__init__()
        self.bert = bert()
        self.bert.requires_grad_(False)
        for layer in self.bert.encoder.layer:
            attention = layer.attention.self
            attention.query, attention.value = LowRank(attention.query), LowRank(attention.value)
        self.head = nn.Linear(256, classes)

    def forward(self, input_ids, labels):
        return F.cross_entropy(self.head(self.bert(input_ids).last_hidden_state.mean(1)), labels)


class SoftPrompts(nn.Module):
    """GPT-2 frozen, trained prompts before its embeddings."""

    def __init__(self, prompts=16):
        super().__init__()
        self.lm = transformers.GPT2LMHeadModel(transformers.GPT2Config(n_layer=3, n_embd=192, n_head=4, vocab_size=8192, use_cache=False))
        self.lm.requires_grad_(False)
        self.prompts = nn.Parameter(torch.randn(prompts, 192) * 0.02)

    def forward(self, input_ids):
        x = self.lm.transformer.wte(input_ids)
        p = self.prompts.unsqueeze(0).expand(x.size(0), -1, -1)
        logits = self.lm(inputs_embeds=torch.cat([p, x], dim=1)).logits[:, self.prompts.size(0):-1]
        return F.cross_entropy(logits.reshape(-1, logits.size(-1)), input_ids[:, 1:].reshape(-1))


class RewardModel(nn.Module):
    """GPT-2 with a scalar head: the better answer should score more."""

    def __init__(self):
        super().__init__()
        self.model = transformers.GPT2Model(transformers.GPT2Config(n_layer=2, n_embd=192, n_head=4, vocab_size=8192, use_cache=False))
        self.v_head = nn.Linear(192, 1, bias=False)

    def forward(self, chosen, rejected):
        c = self.v_head(self.model(chosen).last_hidden_state)[:, -1, 0]
        r = self.v_head(self.model(rejected).last_hidden_state)[:, -1, 0]
        return -F.logsigmoid(c - r).mean()


class FineTunedResNet(nn.Module):
    """torchvision's ResNet-50 with its first layers frozen and another head."""

    def __init__(self, classes=30):
        super().__init__()
        self.net = torchvision.models.resnet50(weights=None)
        for name, parameter in self.net.named_parameters():
            if name.startswith(("conv1", "bn1", "layer1", "layer2")):
                parameter.requires_grad = False
        self.net.fc = nn.Sequential(nn.Dropout(0.5), nn.Linear(2048, 512), nn.ReLU(inplace=True), nn.BatchNorm1d(512), nn.Linear(512, classes))

    def forward(self, x):
        return self.net(x)


class FaceEmbedder(nn.Module):
    """A timm backbone without its head, an embedding and a cosine margin loss."""

    def __init__(self, identities=500, width=128):
        super().__init__()
        self.backbone = timm.create_model("efficientnet_b0", num_classes=0)
        self.neck = nn.Sequential(nn.BatchNorm1d(1280), nn.Dropout(0.4), nn.Linear(1280, width), nn.BatchNorm1d(width))
        self.W = nn.Parameter(torch.empty(identities, width))
        nn.init.xavier_normal_(self.W)

    def forward(self, x, labels):
        cosine = F.linear(F.normalize(self.neck(self.backbone(x))), F.normalize(self.W))
        one_hot = F.one_hot(labels, cosine.size(1)).to(cosine.dtype)
        return F.cross_entropy(64.0 * (cosine - one_hot * 0.35), labels)


class EncoderDecoder(nn.Module):
    """A U-Net on features of a timm ResNet-34, as segmentation libraries have it."""

    class Up(nn.Module):
        def __init__(self, i, s, o):
            super().__init__()
            self.conv1 = nn.Sequential(nn.Conv2d(i + s, o, 3, padding=1, bias=False), nn.BatchNorm2d(o), nn.ReLU(inplace=True))
            self.conv2 = nn.Sequential(nn.Conv2d(o, o, 3, padding=1, bias=False), nn.BatchNorm2d(o), nn.ReLU(inplace=True))

        def forward(self, x, skip=None):
            x = F.interpolate(x, scale_factor=2, mode="nearest")
            if skip is not None:
                x = torch.cat([x, skip], dim=1)
            return self.conv2(self.conv1(x))

    def __init__(self, classes=4):
        super().__init__()
        self.encoder = timm.create_model("resnet34", features_only=True)
        c = self.encoder.feature_info.channels()
        o = [128, 64, 48, 32]
        self.ups = nn.ModuleList([self.Up(c[4], c[3], o[0]), self.Up(o[0], c[2], o[1]), self.Up(o[1], c[1], o[2]), self.Up(o[2], c[0], o[3])])
        self.last = self.Up(o[3], 0, 16)
        self.head = nn.Conv2d(16, classes, 3, padding=1)

    def forward(self, image, mask):
        features = self.encoder(image)
        x = features[-1]
        for up, skip in zip(self.ups, reversed(features[:-1])):
            x = up(x, skip)
        logits = self.head(self.last(x))
        ce = F.cross_entropy(logits, mask)
        p = logits.softmax(1)
        t = F.one_hot(mask, logits.shape[1]).movedim(-1, 1).to(p.dtype)
        dice = 1 - (2 * (p * t).sum((0, 2, 3)) + 1) / (p.sum((0, 2, 3)) + t.sum((0, 2, 3)) + 1)
        return 0.5 * ce + 0.5 * dice.mean()


class Pyramid(nn.Module):
    """torchvision's ResNet-18 with a feature pyramid, heads shared by levels."""

    def __init__(self, classes=10, width=64):
        super().__init__()
        r = torchvision.models.resnet18(weights=None)
        self.stem = nn.Sequential(r.conv1, r.bn1, r.relu, r.maxpool)
        self.layers = nn.ModuleList([r.layer1, r.layer2, r.layer3, r.layer4])
        self.fpn = torchvision.ops.FeaturePyramidNetwork([64, 128, 256, 512], width)
        self.cls, self.reg = nn.Conv2d(width, classes, 3, padding=1), nn.Conv2d(width, 4, 3, padding=1)

    def forward(self, x, labels, boxes):
        x = self.stem(x)
        features = {}
        for i, layer in enumerate(self.layers):
            x = layer(x)
            features[str(i)] = x
        out = list(self.fpn(features).values())
        cls = torch.cat([self.cls(f).flatten(2) for f in out], 2).permute(0, 2, 1)
        reg = torch.cat([self.reg(f).flatten(2) for f in out], 2).permute(0, 2, 1)
        return torchvision.ops.sigmoid_focal_loss(cls, labels, reduction="mean") + F.smooth_l1_loss(reg, boxes)


class ImageText(nn.Module):
    """CLIP of a timm vision transformer and DistilBERT, projections and a temperature."""

    class Projection(nn.Module):
        def __init__(self, i, o=128):
            super().__init__()
            self.projection, self.fc, self.gelu = nn.Linear(i, o), nn.Linear(o, o), nn.GELU()
            self.dropout, self.layer_norm = nn.Dropout(0.1), nn.LayerNorm(o)

        def forward(self, x):
            projected = self.projection(x)
            x = self.gelu(projected)
            x = self.fc(x)
            x = self.dropout(x)
            x = x + projected
            return self.layer_norm(x)

    def __init__(self):
        super().__init__()
        self.image = timm.create_model("vit_tiny_patch16_224", num_classes=0, depth=3)
        self.text = transformers.DistilBertModel(transformers.DistilBertConfig(n_layers=2, dim=256, hidden_dim=512, n_heads=4, vocab_size=8192))
        self.i, self.t = self.Projection(192), self.Projection(256)

    def forward(self, image, input_ids, attention_mask):
        i = self.i(self.image(image))
        t = self.t(self.text(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state[:, 0, :])
        logits = (t @ i.T) / 1.0
        targets = F.softmax((i @ i.T + t @ t.T) / 2, dim=-1)
        texts = (-targets * F.log_softmax(logits, dim=-1)).sum(1)
        images = (-targets.T * F.log_softmax(logits.T, dim=-1)).sum(1)
        return ((images + texts) / 2.0).mean()


class Distilled(nn.Module):
    """ResNet-18 taught by a frozen ResNet-50, logits and features."""

    def __init__(self, classes=20):
        super().__init__()
        self.teacher = timm.create_model("resnet50", num_classes=classes).requires_grad_(False)
        self.student = timm.create_model("resnet18", num_classes=classes)
        self.project = nn.Conv2d(512, 2048, 1)

    def forward(self, x, y):
        with torch.no_grad():
            tf = self.teacher.forward_features(x)
            tl = self.teacher.forward_head(tf)
        sf = self.student.forward_features(x)
        sl = self.student.forward_head(sf)
        kd = F.kl_div(F.log_softmax(sl / 4, 1), F.softmax(tl / 4, 1), reduction="batchmean") * 16
        return F.cross_entropy(sl, y) + kd + 0.1 * F.mse_loss(self.project(sf), tf)


class SimpleSiamese(nn.Module):
    """SimSiam on torchvision's ResNet-18: stopped gradients, negative cosines."""

    def __init__(self, width=256):
        super().__init__()
        self.encoder = torchvision.models.resnet18(weights=None, num_classes=width, zero_init_residual=True)
        self.encoder.fc = nn.Sequential(nn.Linear(512, 512, bias=False), nn.BatchNorm1d(512), nn.ReLU(inplace=True), nn.Linear(512, width), nn.BatchNorm1d(width, affine=False))
        self.predictor = nn.Sequential(nn.Linear(width, 64, bias=False), nn.BatchNorm1d(64), nn.ReLU(inplace=True), nn.Linear(64, width))
        self.criterion = nn.CosineSimilarity(dim=1)

    def forward(self, x1, x2):
        z1, z2 = self.encoder(x1), self.encoder(x2)
        p1, p2 = self.predictor(z1), self.predictor(z2)
        z1, z2 = z1.detach(), z2.detach()
        return -(self.criterion(p1, z2).mean() + self.criterion(p2, z1).mean()) * 0.5


class BagOfPatches(nn.Module):
    """Multiple instances: a network on every patch of a bag, gated attention over them."""

    def __init__(self, classes=2):
        super().__init__()
        self.net = timm.create_model("resnet18", num_classes=0)
        self.V, self.U, self.w = nn.Linear(512, 128), nn.Linear(512, 128), nn.Linear(128, 1)
        self.out = nn.Linear(512, classes)

    def forward(self, bags, labels):
        b, n = bags.shape[:2]
        h = self.net(bags.flatten(0, 1)).view(b, n, -1)
        a = self.w(torch.tanh(self.V(h)) * torch.sigmoid(self.U(h)))
        a = torch.softmax(a, dim=1)
        return F.cross_entropy(self.out((a * h).sum(1)), labels)


class FramesThenTime(nn.Module):
    """A 2-D network on every frame, nn.TransformerEncoder over time."""

    def __init__(self, classes=15):
        super().__init__()
        self.frame = timm.create_model("mobilenetv3_small_100", num_classes=0)
        width = 1024
        self.reduce = nn.Linear(width, 128)
        self.cls = nn.Parameter(torch.zeros(1, 1, 128))
        self.time = nn.TransformerEncoder(nn.TransformerEncoderLayer(128, 4, 256, 0.1, batch_first=True), 2)
        self.head = nn.Linear(128, classes)

    def forward(self, clip):
        b, t, c, h, w = clip.shape
        x = self.reduce(self.frame(clip.reshape(b * t, c, h, w))).view(b, t, -1)
        x = torch.cat([self.cls.expand(b, -1, -1), x], dim=1)
        return self.head(self.time(x)[:, 0])


class ImageAndTable(nn.Module):
    """EfficientNet's features beside an MLP of numbers and categories."""

    def __init__(self, classes=8):
        super().__init__()
        self.cnn = torchvision.models.efficientnet_b0(weights=None)
        self.cnn.classifier = nn.Identity()
        self.tables = nn.ModuleList(nn.Embedding(n, 8) for n in (4, 10, 30))
        self.mlp = nn.Sequential(nn.Linear(12 + 24, 64), nn.BatchNorm1d(64), nn.SiLU(), nn.Dropout(0.2))
        self.head = nn.Linear(1280 + 64, classes)

    def forward(self, image, numbers, kinds):
        e = torch.cat([table(kinds[:, i]) for i, table in enumerate(self.tables)], 1)
        return self.head(torch.cat([self.cnn(image), self.mlp(torch.cat([numbers, e], 1))], 1))


class LinearProbe(nn.Module):
    """A frozen DINOv2 and a linear layer on its tokens."""

    def __init__(self, classes=10):
        super().__init__()
        self.backbone = transformers.Dinov2Model(transformers.Dinov2Config(hidden_size=192, num_hidden_layers=3, num_attention_heads=3, image_size=112))
        for parameter in self.backbone.parameters():
            parameter.requires_grad_(False)
        self.classifier = nn.Linear(384, classes)

    def forward(self, pixel_values, labels):
        with torch.no_grad():
            tokens = self.backbone(pixel_values).last_hidden_state
        x = torch.cat([tokens[:, 0], tokens[:, 1:].mean(1)], dim=1)
        return F.cross_entropy(self.classifier(x), labels)


class Captioner(nn.Module):
    """A ViT and GPT-2 with attention to it, labels shifted by hand."""

    def __init__(self):
        super().__init__()
        self.encoder = transformers.ViTModel(transformers.ViTConfig(hidden_size=192, num_hidden_layers=2, num_attention_heads=3, intermediate_size=384, image_size=112))
        self.decoder = transformers.GPT2LMHeadModel(transformers.GPT2Config(n_embd=192, n_layer=2, n_head=3, vocab_size=8192, add_cross_attention=True, use_cache=False))

    def forward(self, image, tokens):
        memory = self.encoder(image).last_hidden_state
        logits = self.decoder(tokens[:, :-1], encoder_hidden_states=memory).logits
        return F.cross_entropy(logits.transpose(1, 2), tokens[:, 1:])


class SoundClassifier(nn.Module):
    """Wav2Vec 2.0's states pooled by attention, its feature extractor frozen."""

    def __init__(self, classes=8):
        super().__init__()
        self.backbone = transformers.Wav2Vec2Model(transformers.Wav2Vec2Config(
            hidden_size=256, num_hidden_layers=2, num_attention_heads=4, intermediate_size=512, apply_spec_augment=False, layerdrop=0.0))
        self.backbone.feature_extractor._freeze_parameters()
        self.attention = nn.Sequential(nn.Linear(256, 64), nn.Tanh(), nn.Linear(64, 1))
        self.head = nn.Linear(256, classes)

    def forward(self, wave, labels):
        x = self.backbone(wave).last_hidden_state
        w = F.softmax(self.attention(x), dim=1)
        return F.cross_entropy(self.head((w * x).sum(1)), labels)


class SetPrediction(nn.Module):
    """DETR by hand: ResNet-18, nn.Transformer, learned queries; assignments are given."""

    def __init__(self, classes=20, width=128, queries=25):
        super().__init__()
        r = torchvision.models.resnet18(weights=None)
        self.backbone = nn.Sequential(*list(r.children())[:-2])
        self.conv = nn.Conv2d(512, width, 1)
        self.transformer = nn.Transformer(width, 4, 2, 2, 256)
        self.linear_class, self.linear_bbox = nn.Linear(width, classes + 1), nn.Linear(width, 4)
        self.query_pos = nn.Parameter(torch.rand(queries, width))
        self.row_embed, self.col_embed = nn.Parameter(torch.rand(50, width // 2)), nn.Parameter(torch.rand(50, width // 2))

    def forward(self, image, labels, boxes):
        h = self.conv(self.backbone(image))
        H, W = h.shape[-2:]
        pos = torch.cat([self.col_embed[:W].unsqueeze(0).repeat(H, 1, 1), self.row_embed[:H].unsqueeze(1).repeat(1, W, 1)], dim=-1).flatten(0, 1).unsqueeze(1)
        h = self.transformer(pos + 0.1 * h.flatten(2).permute(2, 0, 1), self.query_pos.unsqueeze(1).repeat(1, image.size(0), 1)).transpose(0, 1)
        scores, places = self.linear_class(h), self.linear_bbox(h).sigmoid()
        a1, a2 = places[..., :2] - places[..., 2:] / 2, places[..., :2] + places[..., 2:] / 2
        b1, b2 = boxes[..., :2] - boxes[..., 2:] / 2, boxes[..., :2] + boxes[..., 2:] / 2
        inter = (torch.min(a2, b2) - torch.max(a1, b1)).clamp(min=0).prod(-1)
        union = places[..., 2:].prod(-1) + boxes[..., 2:].prod(-1) - inter + 1e-6
        hull = (torch.max(a2, b2) - torch.min(a1, b1)).clamp(min=0).prod(-1) + 1e-6
        giou = inter / union - (hull - union) / hull
        return F.cross_entropy(scores.flatten(0, 1), labels.flatten()) + 5 * F.l1_loss(places, boxes) + 2 * (1 - giou).mean()


class TwoStreams(nn.Module):
    """A T5 encoder's mean and a ConvNeXt's features, fused by bilinear pooling."""

    def __init__(self, classes=30):
        super().__init__()
        self.text = transformers.T5EncoderModel(transformers.T5Config(d_model=128, d_kv=32, d_ff=256, num_layers=2, num_heads=4, vocab_size=8192))
        self.image = timm.create_model("convnext_atto", num_classes=0)
        self.t, self.i = nn.Linear(128, 64), nn.Linear(320, 64)
        self.fuse = nn.Bilinear(64, 64, 32)
        self.out = nn.Linear(32, classes)

    def forward(self, image, input_ids, labels):
        t = torch.tanh(self.t(self.text(input_ids).last_hidden_state.mean(1)))
        i = torch.tanh(self.i(self.image(image)))
        return F.cross_entropy(self.out(F.relu(self.fuse(t, i))), labels)


IDS = {"input_ids": (T, 0, 96), "attention_mask": (C, 0, 96)}

# Class, arguments, inputs, loss, batch.
WRAPPED = [
    (TextClassifier, {}, {**IDS, "labels": (C, 0)}, None, 16),
    (PooledClassifier, {}, {"input_ids": (T, 0, 96), "labels": (N, 0, 12)}, None, 16),
    (SentencePairs, {}, {"a_ids": (T, 0, 48), "a_mask": (C, 0, 48), "b_ids": (T, 0, 48), "b_mask": (C, 0, 48)}, None, 16),
    (TokenTagger, {}, {"input_ids": (T, 0, 96), "labels": (C, 0, 96)}, None, 16),
    (AdaptedBert, {}, {"input_ids": (T, 0, 96), "labels": (C, 0)}, None, 16),
    (SoftPrompts, {}, {"input_ids": (T, 0, 64)}, None, 8),
    (RewardModel, {}, {"chosen": (T, 0, 64), "rejected": (T, 0, 64)}, None, 8),
    (FineTunedResNet, {}, {"x": (N, 0, 3, 160, 160)}, "cross-entropy", 12),
    (FaceEmbedder, {}, {"x": (N, 0, 3, 112, 112), "labels": (C, 0)}, None, 24),
    (EncoderDecoder, {}, {"image": (N, 0, 3, 128, 128), "mask": (C, 0, 128, 128)}, None, 6),
    (Pyramid, {}, {"x": (N, 0, 3, 128, 128), "labels": (N, 0, 1360, 10), "boxes": (N, 0, 1360, 4)}, None, 6),
    (ImageText, {}, {"image": (N, 0, 3, 224, 224), **IDS}, None, 12),
    (Distilled, {}, {"x": (N, 0, 3, 128, 128), "y": (C, 0)}, None, 12),
    (SimpleSiamese, {}, {"x1": (N, 0, 3, 96, 96), "x2": (N, 0, 3, 96, 96)}, None, 16),
    (BagOfPatches, {}, {"bags": (N, 0, 10, 3, 64, 64), "labels": (C, 0)}, None, 4),
    (FramesThenTime, {}, {"clip": (N, 0, 8, 3, 96, 96)}, "cross-entropy", 4),
    (ImageAndTable, {}, {"image": (N, 0, 3, 128, 128), "numbers": (N, 0, 12), "kinds": (C, 0, 3)}, "cross-entropy", 12),
    (LinearProbe, {}, {"pixel_values": (N, 0, 3, 112, 112), "labels": (C, 0)}, None, 16),
    (Captioner, {}, {"image": (N, 0, 3, 112, 112), "tokens": (T, 0, 25)}, None, 8),
    (SoundClassifier, {}, {"wave": (N, 0, 16000), "labels": (C, 0)}, None, 4),
    (SetPrediction, {}, {"image": (N, 0, 3, 160, 160), "labels": (C, 0, 25), "boxes": (N, 0, 25, 4)}, None, 4),
    (TwoStreams, {}, {"image": (N, 0, 3, 96, 96), "input_ids": (T, 0, 40), "labels": (C, 0)}, None, 12),
]
