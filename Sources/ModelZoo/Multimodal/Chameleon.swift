// "Chameleon: Mixed-Modal Early-Fusion Foundation Models", Chameleon Team, 2024.
// <https://arxiv.org/abs/2405.09818>

import ModelGraph

/// Llama with normalized queries and keys, over tokens of texts and of images.
enum Chameleon {
  static func model(_ c: Configuration) throws(ConfigurationError) -> Blueprint {
    try c.requireClass(
      try c.className(default: "ChameleonForConditionalGeneration"),
      endingIn: ["ForConditionalGeneration", "ChameleonModel"])
    let sizes = try DecoderSizes(
      c,
      .init(
        vocabulary: 65536, features: 4096, inner: 11008, depth: 32, heads: 32, keyHeads: 32,
        context: 4096, epsilon: 1e-5))
    var stack = LlamaStack(sizes)
    stack.rotaryWidth = try c.scaledRotaryWidth(sizes.width)
    stack.bias = try c.flag("attention_bias", default: false)
    stack.outputBias = stack.bias
    stack.feedForwardBias = try c.flag("mlp_bias", default: false)
    stack.dropout = try c.number("attention_dropout", default: 0)
    stack.headNorm = .init(kind: .layer(bias: true), epsilon: 1e-5, span: .headsApart)
    if try c.flag("swin_norm", default: false) {
      stack.arrangement = .normalizedLast
      stack.names.afterAttention = "input_layernorm"
      stack.names.afterFeedForward = "post_attention_layernorm"
    }
    let tokenizer = try ImageTokens(try c.part("vq_config"))
    let side = tokenizer.resolution
    stack.opening = { x, graph in
      // Images come as tokens; where they come as pixels, this makes them before.
      graph.parametersOnly { graph in
        let pixels = graph.input(
          "pixel_values", TensorType(.float32, [1, tokenizer.inputs, side, side]))
        return tokenizer.named("vqmodel")(pixels, in: &graph)
      }
      return x
    }
    return stack.blueprint.blueprint
  }
}

extension Chameleon {
  /// Maps of an image by convolutions, each cell of which becomes the number of a learned vector.
  ///
  /// Esser, Rombach and Ommer, "Taming Transformers", 2021. <https://arxiv.org/abs/2012.09841>
  struct ImageTokens: Layer {
    var resolution: Int
    var inputs: Int
    var channels: Int
    var multipliers: [Int]
    var blocks: Int

    /// The sides of maps over which there is attention too.
    var attended: Set<Int>
    var attends: Bool
    var latent: Int
    var isDouble: Bool
    var features: Int
    var words: Int

    func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
      let map = graph.scoped("encoder") { encode(x, in: &$0) }
      let codes = graph.parameter("quantize.embedding.weight", [words, features])
      let narrow = Conv2d(latent, features, kernel: 1).named("quant_conv")(
        isDouble ? graph.narrow(map, axis: 1, from: 0, to: latent) : map, in: &graph)
      let chosen = graph.opaque(
        "NearestVector", [narrow, codes], gives: [narrow.type], layer: .embedding)[0]
      return Conv2d(features, latent, kernel: 1).named("post_quant_conv")(chosen, in: &graph)
    }

    private func encode(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
      var map = Conv2d(inputs, channels, kernel: 3, padding: 1).named("conv_in")(x, in: &graph)
      var (width, side) = (channels, resolution)
      for (level, factor) in multipliers.enumerated() {
        for index in 0..<blocks {
          let block = Block(inputs: width, outputs: channels * factor)
          map = block.named("down.\(level).block.\(index)")(map, in: &graph)
          width = channels * factor
          if attends, attended.contains(side) {
            map = MapAttention(features: width).named("down.\(level).attn.\(index)")(
              map, in: &graph)
          }
        }
        guard level < multipliers.count - 1 else { continue }
        let padded = graph.pad(map, before: [0, 0, 0, 0], after: [0, 0, 1, 1])
        map = Conv2d(width, width, kernel: 3, stride: 2).named("down.\(level).downsample.conv")(
          padded, in: &graph)
        side /= 2
      }
      return Sequential {
        Block(inputs: width, outputs: width).named("mid.block_1")
        if attends { MapAttention(features: width).named("mid.attn_1") }
        Block(inputs: width, outputs: width).named("mid.block_2")
        GroupNorm(width, groups: 32).named("norm_out")
        NamedActivation(name: "silu")
        Conv2d(width, isDouble ? 2 * latent : latent, kernel: 3, padding: 1).named("conv_out")
      }(map, in: &graph)
    }
  }

  /// Two convolutions, added to the map or to a map of it.
  private struct Block: Layer {
    var inputs: Int
    var outputs: Int

    func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
      let y = Sequential {
        GroupNorm(inputs, groups: 32).named("norm1")
        NamedActivation(name: "silu")
        Conv2d(inputs, outputs, kernel: 3, padding: 1).named("conv1")
        GroupNorm(outputs, groups: 32).named("norm2")
        NamedActivation(name: "silu")
        Conv2d(outputs, outputs, kernel: 3, padding: 1).named("conv2")
      }(x, in: &graph)
      guard inputs != outputs else { return graph.add(x, y) }
      return graph.add(
        Conv2d(inputs, outputs, kernel: 1).named("nin_shortcut")(x, in: &graph), y)
    }
  }

  /// Attention of each cell of a map to all.
  private struct MapAttention: Layer {
    var features: Int

    func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
      let normalized = GroupNorm(features, groups: 32).named("norm")(x, in: &graph)
      let parts = ["q", "k", "v"].map { name in
        let map = Conv2d(features, features, kernel: 1).named(name)(normalized, in: &graph)
        return graph.tokens(of: map)
      }
      let scores = graph.matrixProduct(parts[0], graph.transpose(parts[1], 1, 2))
      let mixed = graph.matrixProduct(graph.softmax(scores), parts[2])
      let map = graph.map(of: mixed, Extent(x.size(2), x.size(3)))
      return graph.add(
        x, Conv2d(features, features, kernel: 1).named("proj_out")(map, in: &graph))
    }
  }
}

extension Chameleon.ImageTokens {
  init(_ c: Configuration) throws(ConfigurationError) {
    resolution = try c.size("resolution", default: 512, in: 1...4096)
    inputs = try c.size("in_channels", default: 3, in: 1...1024)
    channels = try c.size("base_channels", default: 128, in: 1...(1 << 16))
    multipliers = try c.sizes("channel_multiplier", in: 1...1024) ?? [1, 1, 2, 2, 4]
    blocks = try c.size("num_res_blocks", default: 2, in: 1...256)
    attended = Set(try c.sizes("attn_resolutions") ?? [])
    attends = try c.text("attn_type", default: "vanilla") == "vanilla"
    latent = try c.size("latent_channels", default: 256, in: 1...(1 << 16))
    isDouble = try c.flag("double_latent", default: false)
    features = try c.size("embed_dim", default: 256, in: 1...(1 << 16))
    words = try c.size("num_embeddings", default: 8192)
    guard 1...16 ~= multipliers.count, channels % 32 == 0 else {
      throw .contradiction(
        "\(c.path)channel_multiplier must have from 1 to 16 numbers, and base_channels be a "
          + "multiple of 32, found \(channels)")
    }
  }
}
