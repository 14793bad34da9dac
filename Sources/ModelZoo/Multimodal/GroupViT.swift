// "GroupViT: Semantic Segmentation Emerges from Text Supervision", Xu et al., 2022.
// <https://arxiv.org/abs/2202.11094>

import ModelGraph

/// CLIP whose image encoder gathers patches into ever fewer groups.
struct GroupViT: Layer {
  var sizes: VisionSizes
  var stages: [Stage]

  /// The features inside the networks over groups and over features.
  var inner: (groups: Int, features: Int)

  struct Stage: Hashable, Sendable {
    var depth: Int

    /// The tokens that gather, and the groups that they make.
    var tokens: Int
    var groups: Int
  }

  func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    var hidden = graph.scoped("embeddings") { embed(x, in: &$0) }
    var gathered: Variable?
    for index in stages.indices {
      let input = (hidden, gathered)
      (hidden, gathered) = graph.scoped("encoder.stages.\(index)") { graph in
        stage(index, input.0, input.1, in: &graph)
      }
    }
    return TokenMean()(sizes.norm.named("layernorm")(hidden, in: &graph), in: &graph)
  }

  private func embed(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    let (features, images) = (sizes.features, sizes.images)
    let patches = images.patches(
      of: x, features, bias: true, named: "patch_embeddings.projection", in: &graph)
    let normalized = sizes.norm.named("layernorm")(patches, in: &graph)
    return graph.add(
      normalized, graph.parameter("position_embeddings", [1, images.patches, features]))
  }

  private func stage(
    _ index: Int, _ x: Variable, _ gathered: Variable?, in graph: inout GraphBuilder
  ) -> (Variable, Variable?) {
    let (stage, count) = (stages[index], x.size(1))
    let tokens = stage.tokens > 0 ? gathering(index, gathered, x.size(0), in: &graph) : nil
    var all = tokens.map { graph.concatenate([x, $0], axis: 1) } ?? x
    let block = sizes.clipBlock
    all = Repeat(stage.depth) { _ in block }.named("layers")(all, in: &graph)
    guard tokens != nil else { return (all, nil) }
    let patches = graph.narrow(all, axis: 1, from: 0, to: count)
    let groups = graph.narrow(all, axis: 1, from: count, to: count + stage.tokens)
    let assigned = graph.scoped("downsample") { assign(patches, groups, stage, in: &$0) }
    return (assigned, groups)
  }

  /// The tokens that gather, with what those of the stage before have.
  private func gathering(
    _ index: Int, _ gathered: Variable?, _ batch: Int, in graph: inout GraphBuilder
  ) -> Variable {
    let (features, tokens) = (sizes.features, stages[index].tokens)
    let own = graph.expand(
      graph.parameter("group_token", [1, tokens, features]), to: [batch, tokens, features])
    guard index > 0, stages[index - 1].groups > 0, let gathered else { return own }
    let before = Numbered {
      sizes.norm
      Mixer(
        inputs: stages[index - 1].groups, inner: max(1, features / 2), outputs: tokens,
        activation: sizes.activation)
    }.named("group_projector")(gathered, in: &graph)
    return graph.add(own, before)
  }

  private func assign(
    _ patches: Variable, _ tokens: Variable, _ stage: Stage, in graph: inout GraphBuilder
  ) -> Variable {
    let norm = sizes.norm
    let asked = norm.named("norm_tokens")(tokens, in: &graph)
    let seen = norm.named("norm_x")(patches, in: &graph)
    let mixed = Mixer(
      inputs: stage.tokens, inner: inner.groups, outputs: stage.groups,
      activation: sizes.activation
    ).named("mlp_inter")(asked, in: &graph)
    let groups = norm.named("norm_post_tokens")(mixed, in: &graph)
    let read = graph.scoped("pre_assign_attn") { look(groups, seen, in: &$0) }
    let sum = graph.add(graph.scoped("assign") { gather(read, seen, in: &$0) }, read)
    let network = PlainFeedForward(
      features: sizes.features, inner: inner.features, activation: sizes.activation)
    let fed = network.named("mlp_channels")(norm.named("norm_new_x")(sum, in: &graph), in: &graph)
    return graph.add(sum, fed)
  }

  private func look(
    _ query: Variable, _ seen: Variable, in graph: inout GraphBuilder
  ) -> Variable {
    let attended = graph.add(
      query, graph.scoped("attn") { sizes.attention(query, memory: seen, in: &$0) })
    let fed = sizes.feedForward.named("mlp")(
      sizes.norm.named("norm2")(attended, in: &graph), in: &graph)
    return sizes.norm.named("norm_post")(graph.add(attended, fed), in: &graph)
  }

  /// The mean of the patches of each group; each patch belongs to one.
  private func gather(
    _ groups: Variable, _ patches: Variable, in graph: inout GraphBuilder
  ) -> Variable {
    let parts = [("q_proj", groups), ("k_proj", patches), ("v_proj", patches)].map { name, x in
      Linear(sizes.features, sizes.features).named(name)(x, in: &graph)
    }
    let scores = graph.matrixProduct(parts[0], graph.transpose(parts[1], 1, 2))
    let mixed = graph.matrixProduct(graph.softmax(scores), parts[2])
    return Linear(sizes.features, sizes.features).named("proj")(mixed, in: &graph)
  }

  /// A network over the tokens in the place of their features.
  private struct Mixer: Layer {
    var inputs: Int
    var inner: Int
    var outputs: Int
    var activation: String

    func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
      let mixed = Sequential {
        Linear(inputs, inner).named("fc1")
        NamedActivation(name: activation)
        Linear(inner, outputs).named("fc2")
      }(graph.transpose(x, 1, 2), in: &graph)
      return graph.transpose(mixed, 1, 2)
    }
  }
}

// MARK: - Configurations

extension GroupViT {
  init(_ c: Configuration) throws(ConfigurationError) {
    sizes = try VisionSizes(
      c, .init(features: 384, inner: 1536, heads: 6, epsilon: 1e-5))
    let depths = try c.sizes("depths", in: 0...Configuration.maximumDepth) ?? [6, 3, 3]
    let tokens = try c.sizes("num_group_tokens", in: 0...(1 << 16)) ?? [64, 8, 0]
    let groups = try c.sizes("num_output_groups", in: 0...(1 << 16)) ?? [64, 8, 8]
    try c.requireDepth(depths)
    guard tokens.count >= depths.count, groups.count >= depths.count else {
      throw .contradiction(
        "\(c.path)num_group_tokens and num_output_groups must have \(depths.count) numbers")
    }
    stages = depths.indices.map { Stage(depth: depths[$0], tokens: tokens[$0], groups: groups[$0]) }
    let ratios = try c.numbers("assign_mlp_ratio") ?? [0.5, 4]
    guard ratios.count == 2, ratios.allSatisfy({ $0 > 0 && $0 <= 1024 }) else {
      throw .contradiction("\(c.path)assign_mlp_ratio must be two numbers from 0 to 1024")
    }
    let features = Double(sizes.features)
    inner = (max(1, Int(ratios[0] * features)), max(1, Int(ratios[1] * features)))
  }

  static func model(_ c: Configuration) throws(ConfigurationError) -> Blueprint {
    let name = try c.className(default: "GroupViTModel")
    try c.requireClass(name, endingIn: ["GroupViTModel", "VisionModel", "TextModel"])
    if name.hasSuffix("VisionModel") { return try vision(try c.part("vision_config")) }
    if name.hasSuffix("TextModel") { return try text(try c.part("text_config")) }
    let vision = try GroupViT(try c.part("vision_config"))
    let encoder = try CLIPText(
      try c.part("text_config"), .init(features: 256, inner: 1024, heads: 4))
    let shared = try c.size("projection_dim", default: 256)
    let inner = try c.size("projection_intermediate_dim", default: 4096)
    return Blueprint(
      network: ImageTextPair(
        text: Projected(
          encoder: encoder, name: "text_model", features: encoder.features, inner: inner,
          outputs: shared, projection: "text_projection"), textName: "",
        image: Projected(
          encoder: vision, name: "vision_model", features: vision.sizes.features, inner: inner,
          outputs: shared, projection: "visual_projection"), imageName: "",
        images: vision.sizes.images), input: encoder.input)
  }

  static func vision(_ c: Configuration) throws(ConfigurationError) -> Blueprint {
    let vision = try GroupViT(c)
    return Blueprint(
      network: vision.named("vision_model"), input: vision.sizes.images.input)
  }

  static func text(_ c: Configuration) throws(ConfigurationError) -> Blueprint {
    let encoder = try CLIPText(c, .init(features: 256, inner: 1024, heads: 4))
    return Blueprint(network: encoder.named("text_model"), input: encoder.input)
  }

  /// An encoder whose vector goes through a network with a normalization of the batch.
  private struct Projected: Layer {
    var encoder: any Layer
    var name: String
    var features: Int
    var inner: Int
    var outputs: Int
    var projection: String

    func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
      let pooled = graph.scoped(name) { encoder(x, in: &$0) }
      return Numbered {
        Linear(features, inner)
        BatchNorm2d(inner)
        Activation.relu()
        Linear(inner, outputs)
      }.named(projection)(pooled, in: &graph)
    }
  }
}
