// "Seamless: Multilingual Expressive and Streaming Speech Translation", 2023.
// <https://arxiv.org/abs/2312.05187>

import ModelGraph

/// Conformer's blocks over bands of frequencies, two frames at a time.
enum Wav2Vec2BERT {
  static func model(_ c: Configuration) throws(ConfigurationError) -> Blueprint {
    var standard = SpeechSizes()
    standard.features = 1024
    standard.inner = 4096
    standard.depth = 24
    standard.heads = 16
    standard.activation = "swish"
    standard.dropout = 0
    standard.attentionDropout = 0
    standard.projected = 768
    var sizes = try SpeechSizes(c, standard)
    sizes.adapter?.depth = try c.depth("num_adapter_layers", default: 1)
    var block = try ConformerBlock(c, sizes, positions: "relative_key")
    block.normalizesBatch = false
    let stack = Stack(
      sizes: sizes, block: block, context: try c.size("max_source_positions", default: 5000),
      bands: try c.size("feature_projection_input_dim", default: 160),
      adapterActivation: try c.text("adapter_act", default: "relu"),
      hasNetwork: try c.flag("use_intermediate_ffn_before_adapter", default: false))
    return Blueprint(
      network: SpeechModel(base: "wav2vec2_bert", sizes: sizes, stack: stack),
      input: .spectrum(
        .init(bands: stack.bands, frames: 500, target: nil, isBandsFirst: false)))
  }

  private struct Stack: Layer {
    var sizes: SpeechSizes
    var block: ConformerBlock
    var context: Int
    var bands: Int
    var adapterActivation: String
    var hasNetwork: Bool

    func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
      let projected = Sequential {
        LayerNorm(bands, epsilon: sizes.epsilon).named("layer_norm")
        Linear(bands, sizes.features).named("projection")
      }.named("feature_projection")(x, in: &graph)
      if sizes.hasMask { _ = graph.parameter("masked_spec_embed", [sizes.features]) }
      let hidden = graph.scoped("encoder") { graph in
        block.positions.declare(block, context: context, in: &graph)
        return Repeat(sizes.depth) { _ in block }.named("layers")(projected, in: &graph)
      }
      return adapted(network(hidden, in: &graph), in: &graph)
    }

    private func network(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
      guard hasNetwork else { return x }
      let fed = feedForward(sizes.features, "relu").named("intermediate_ffn")(x, in: &graph)
      return graph.add(x, graph.scale(fed, by: 0.5))
    }

    private func feedForward(_ features: Int, _ activation: String) -> PlainFeedForward {
      PlainFeedForward(
        features: features, inner: sizes.inner, activation: activation,
        up: "intermediate_dense", down: "output_dense")
    }

    private func adapted(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
      guard let adapter = sizes.adapter else { return x }
      let features = adapter.features
      return graph.scoped("adapter") { graph in
        var hidden = x
        if features != sizes.features {
          hidden = Sequential {
            Linear(sizes.features, features).named("proj")
            LayerNorm(features, epsilon: sizes.epsilon).named("proj_layer_norm")
          }(hidden, in: &graph)
        }
        for index in 0..<adapter.depth {
          hidden = graph.scoped("layers.\(index)") { shorten(hidden, adapter, in: &$0) }
        }
        return hidden
      }
    }

    /// Attention over fewer frames, and a network.
    private func shorten(
      _ x: Variable, _ adapter: SpeechSizes.Adapter, in graph: inout GraphBuilder
    ) -> Variable {
      let features = adapter.features
      func norm(_ name: String) -> some Layer {
        LayerNorm(features, epsilon: sizes.epsilon).named(name)
      }
      let straight = pooled(
        norm("residual_layer_norm")(x, in: &graph), adapter, "residual_conv", in: &graph)
      let short = pooled(
        norm("self_attn_layer_norm")(x, in: &graph), adapter, "self_attn_conv", in: &graph)
      var plain = block
      plain.features = features
      plain.positions = .none
      let attended = graph.scoped("self_attn") { plain.attend(short, in: &$0) }
      let sum = graph.add(attended, straight)
      let fed = Sequential {
        norm("ffn_layer_norm")
        feedForward(features, adapterActivation).named("ffn")
      }(sum, in: &graph)
      return graph.add(fed, sum)
    }

    private func pooled(
      _ x: Variable, _ adapter: SpeechSizes.Adapter, _ name: String, in graph: inout GraphBuilder
    ) -> Variable {
      let both = Conv1d(
        adapter.features, 2 * adapter.features, kernel: adapter.kernel, stride: adapter.stride,
        padding: adapter.stride / 2
      ).named(name)(graph.transpose(x, 1, 2), in: &graph)
      return graph.transpose(gatedLinear(both, axis: 1, in: &graph), 1, 2)
    }
  }
}
