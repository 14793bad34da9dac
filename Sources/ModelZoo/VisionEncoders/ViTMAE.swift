// "Masked Autoencoders Are Scalable Vision Learners", He et al., 2021. <https://arxiv.org/abs/2111.06377>

import ModelGraph

/// A vision transformer over a few of the patches, and a narrower one that paints the others.
struct ViTMAE: Layer {
  var sizes: VisionSizes
  var qkvBias: Bool

  /// The share of patches that the encoder does not see.
  var hidden: Double

  /// The second transformer; none where only the encoder is wanted.
  var painter: VisionSizes?

  private var kept: Int { Int(Double(sizes.images.patches) * (1 - hidden)) }

  func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    guard let painter else { return encode(x, in: &graph) }
    let tokens = graph.scoped("vit") { encode(x, in: &$0) }
    return graph.scoped("decoder") { paint(tokens, painter, in: &$0) }
  }

  private func encode(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    let embedded = graph.scoped("embeddings") { embed(x, in: &$0) }
    let block = block(sizes)
    let tokens = TokenStack(depth: sizes.depth, name: "layers") { _ in block }(
      embedded, in: &graph)
    return sizes.norm.named("layernorm")(tokens, in: &graph)
  }

  private func block(_ sizes: VisionSizes) -> TokenBlock {
    var attention = sizes.attention
    attention.names = .short
    attention.biases = .init(query: qkvBias, key: qkvBias, value: qkvBias)
    return TokenBlock(
      attention: attention, feedForward: sizes.feedForward, norm: sizes.norm, names: .vit,
      dropout: sizes.dropout)
  }

  private func embed(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    let (features, images) = (sizes.features, sizes.images)
    images.check(x, in: &graph)
    let patches = images.patches(
      of: x, features, bias: true, named: "patch_embeddings.projection", in: &graph)
    let places = graph.parameter("position_embeddings", [1, images.patches + 1, features])
    let placed = graph.add(
      patches, graph.narrow(places, axis: 1, from: 1, to: images.patches + 1))
    let chosen = graph.opaque(
      "RandomPatches", [placed],
      gives: [TensorType(placed.type.dataType, [x.size(0), max(1, kept), features])])[0]
    let token = graph.add(
      graph.parameter("cls_token", [1, 1, features]),
      graph.narrow(places, axis: 1, from: 0, to: 1))
    return graph.concatenate(
      [graph.expand(token, to: [x.size(0), 1, features]), chosen], axis: 1)
  }

  private func paint(
    _ x: Variable, _ painter: VisionSizes, in graph: inout GraphBuilder
  ) -> Variable {
    let (features, images) = (painter.features, sizes.images)
    let narrow = Linear(sizes.features, features).named("decoder_embed")(x, in: &graph)
    let mask = graph.parameter("mask_token", [1, 1, features])
    let all = graph.opaque(
      "PatchesInOrder", [narrow, mask],
      gives: [TensorType(narrow.type.dataType, [x.size(0), images.patches + 1, features])])[0]
    let placed = graph.add(
      all, graph.parameter("decoder_pos_embed", [1, images.patches + 1, features]))
    let block = block(painter)
    let tokens = TokenStack(depth: painter.depth, name: "decoder_layers") { _ in block }(
      placed, in: &graph)
    let normalized = painter.norm.named("decoder_norm")(tokens, in: &graph)
    let area = images.patch.height * images.patch.width * images.channels
    let pixels = Linear(features, area).named("decoder_pred")(normalized, in: &graph)
    return graph.narrow(pixels, axis: 1, from: 1, to: pixels.size(1))
  }
}

extension ViTMAE {
  static func model(_ c: Configuration) throws(ConfigurationError) -> Blueprint {
    let sizes = try VisionSizes(c, .init())
    let hidden = try c.number("mask_ratio", default: 0.75)
    guard 0..<1 ~= hidden else {
      throw .contradiction("\(c.path)mask_ratio must be from 0 to below 1, found \(hidden)")
    }
    let task = try c.className(default: "ViTMAEForPreTraining")
    try c.requireClass(task, endingIn: ["ForPreTraining", "Model"])
    var model = ViTMAE(
      sizes: sizes, qkvBias: try c.flag("qkv_bias", default: true), hidden: hidden)
    if task.hasSuffix("ForPreTraining") {
      var painter = sizes
      painter.features = try c.size("decoder_hidden_size", default: 512)
      painter.depth = try c.depth("decoder_num_hidden_layers", default: 8)
      painter.heads = try c.size("decoder_num_attention_heads", default: 16)
      painter.inner = try c.size("decoder_intermediate_size", default: 2048)
      guard painter.features % painter.heads == 0 else {
        throw .contradiction(
          "\(painter.features) features cannot be split into \(painter.heads) heads")
      }
      model.painter = painter
    }
    return Blueprint(network: model, input: sizes.images.input)
  }
}
