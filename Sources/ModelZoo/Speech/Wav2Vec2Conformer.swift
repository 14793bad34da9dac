// "fairseq S2T", Wang et al., 2020. <https://arxiv.org/abs/2010.05171>
// "Conformer: Convolution-augmented Transformer for Speech Recognition", Gulati et al., 2020.
// <https://arxiv.org/abs/2005.08100>

import ModelGraph

/// wav2vec 2.0 with convolutions between attention and the second half of each network.
enum Wav2Vec2Conformer {
  static func model(_ c: Configuration) throws(ConfigurationError) -> Blueprint {
    let sizes = try SpeechSizes(c)
    let block = try ConformerBlock(c, sizes, positions: "relative")
    let context = try c.size("max_source_positions", default: 5000)
    let stack = Stack(sizes: sizes, block: block, context: context)
    return Wav2Vec2.blueprint(
      SpeechModel(base: "wav2vec2_conformer", sizes: sizes, stack: stack))
  }

  private struct Stack: Layer {
    var sizes: SpeechSizes
    var block: ConformerBlock
    var context: Int

    func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
      let waves = graph.view(graph.cast(x, to: graph.floatingType), [x.size(0), 1, x.size(1)])
      let frames = SampleConvolutions(sizes: sizes).named("feature_extractor")(waves, in: &graph)
      let projected = SpeechProjection(sizes: sizes)(graph.transpose(frames, 1, 2), in: &graph)
      if sizes.hasMask { _ = graph.parameter("masked_spec_embed", [sizes.features]) }
      let hidden = graph.scoped("encoder") { encode(projected, in: &$0) }
      return SpeechStack(sizes: sizes).adapted(hidden, in: &graph)
    }

    private func encode(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
      block.positions.declare(block, context: context, in: &graph)
      graph.scoped("pos_conv_embed") { graph in
        graph.parametersOnly { ConvolvedPositions(sizes: sizes)(x, in: &$0) }
      }
      return Sequential {
        Repeat(sizes.depth) { _ in block }.named("layers")
        sizes.norm.named("layer_norm")
      }(x, in: &graph)
    }
  }
}

/// Half a network, attention, a convolution and the other half, each added back.
struct ConformerBlock: Layer {
  var features: Int
  var inner: Int
  var heads: Int
  var kernel: Int
  var activation: String
  var epsilon: Double
  var positions: Positions

  /// Whether the convolution is normalized over the batch and not over the features.
  var normalizesBatch = true

  /// How frames know of their distances.
  enum Positions: Hashable, Sendable {
    case none

    /// By sines of all distances, and two learned offsets of the queries.
    case relative

    /// By turning queries and keys.
    case rotary

    /// By a table of distances in both directions.
    case table(Int)
  }

  init(
    _ c: Configuration, _ sizes: SpeechSizes, positions standard: String, kernel: Int = 31
  ) throws(ConfigurationError) {
    features = sizes.features
    inner = sizes.inner
    heads = sizes.heads
    self.kernel = try c.size("conv_depthwise_kernel_size", default: kernel)
    activation = sizes.activation
    epsilon = sizes.epsilon
    let name =
      c.isNull("position_embeddings_type")
      ? "none" : try c.text("position_embeddings_type", default: standard)
    let rows =
      try c.count("left_max_position_embeddings", default: 64)
      + c.count("right_max_position_embeddings", default: 8) + 1
    positions =
      switch name {
      case "relative": .relative
      case "rotary": .rotary
      case "relative_key": .table(rows)
      default: .none
      }
  }

  func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    var hidden = half(x, "ffn1", in: &graph)
    let attended = norm("self_attn_layer_norm")(hidden, in: &graph)
    hidden = graph.add(graph.scoped("self_attn") { attend(attended, in: &$0) }, hidden)
    hidden = graph.add(graph.scoped("conv_module") { convolve(hidden, in: &$0) }, hidden)
    hidden = half(hidden, "ffn2", in: &graph)
    return norm("final_layer_norm")(hidden, in: &graph)
  }

  private func norm(_ name: String) -> some Layer {
    LayerNorm(features, epsilon: epsilon).named(name)
  }

  private func half(
    _ x: Variable, _ name: String, in graph: inout GraphBuilder
  ) -> Variable {
    let fed = Sequential {
      norm("\(name)_layer_norm")
      PlainFeedForward(
        features: features, inner: inner, activation: activation, up: "intermediate_dense",
        down: "output_dense"
      ).named(name)
    }(x, in: &graph)
    return graph.add(graph.scale(fed, by: 0.5), x)
  }

  func attend(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    let width = max(1, features / heads)
    var parts = ["q", "k", "v"].map {
      Linear(features, features).named("linear_\($0)")(x, in: &graph)
    }
    switch positions {
    case .none, .rotary: break
    case .relative:
      parts.append(Linear(features, features, bias: false).named("linear_pos")(x, in: &graph))
      parts.append(graph.parameter("pos_bias_u", [heads, width]))
      parts.append(graph.parameter("pos_bias_v", [heads, width]))
    case .table(let rows):
      parts.append(graph.table(graph.parameter("distance_embedding.weight", [rows, width])))
    }
    let mixed = graph.opaque(
      "AttentionByDistance", parts, gives: [x.type], layer: .attention)[0]
    return Linear(features, features).named("linear_out")(mixed, in: &graph)
  }

  private func convolve(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    let first = graph.transpose(
      LayerNorm(features, epsilon: epsilon).named("layer_norm")(x, in: &graph), 1, 2)
    let both = Conv1d(features, 2 * features, kernel: 1, bias: false).named("pointwise_conv1")(
      first, in: &graph)
    let gated = gatedLinear(both, axis: 1, in: &graph)
    let mixed = Conv1d(
      features, features, kernel: kernel, padding: (kernel - 1) / 2, groups: features, bias: false
    ).named("depthwise_conv")(gated, in: &graph)
    let normalized = normalize(mixed, in: &graph)
    let active = NamedActivation(name: activation)(normalized, in: &graph)
    let last = Conv1d(features, features, kernel: 1, bias: false).named("pointwise_conv2")(
      active, in: &graph)
    return graph.transpose(last, 1, 2)
  }

  private func normalize(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    if normalizesBatch { return BatchNorm2d(features).named("batch_norm")(x, in: &graph) }
    let rows = LayerNorm(features, epsilon: epsilon).named("depthwise_layer_norm")(
      graph.transpose(x, 1, 2), in: &graph)
    return graph.transpose(rows, 1, 2)
  }
}

extension ConformerBlock.Positions {
  /// The tables beside the blocks.
  func declare(
    _ block: ConformerBlock, context: Int, in graph: inout GraphBuilder
  ) {
    switch self {
    case .none, .table: break
    case .relative:
      _ = graph.state("embed_positions.pe", .float32, [1, 2 * context - 1, block.features])
    case .rotary:
      let width = max(1, block.features / block.heads)
      _ = graph.state("embed_positions.inv_freq", .float32, [width.dividedRoundingUp(by: 2)])
    }
  }
}
