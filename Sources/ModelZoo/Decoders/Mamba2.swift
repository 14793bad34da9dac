// "Transformers are SSMs", Dao and Gu, 2024. <https://arxiv.org/abs/2405.21060>

import ByteFormats
import ModelGraph

/// Mamba with a state for every head.
enum Mamba2 {
  static func decoder(_ c: Configuration) throws(ConfigurationError) -> DecoderBlueprint {
    let features = try c.size("hidden_size", default: 4096)
    let expand = try c.number("expand", default: 2)
    guard 0.001...1024 ~= expand else {
      throw .contradiction("expand must be from 0.001 to 1024, found \(expand)")
    }
    let mixer = Mamba2Mixer(
      features: features, inner: max(1, Int(expand * Double(features))),
      heads: try c.size("num_heads", default: 128), width: try c.size("head_dim", default: 64),
      states: try c.size("state_size", default: 128), groups: try c.size("n_groups", default: 8),
      kernel: try c.size("conv_kernel", default: 4), bias: try c.flag("use_bias", default: false),
      convolutionBias: try c.flag("use_conv_bias", default: true))
    let norm = FeatureNormalization(
      kind: .rootMeanSquare, features: features,
      epsilon: try c.number("layer_norm_epsilon", default: 1e-5))
    let depth = try c.depth("num_hidden_layers", "n_layer", default: 64)
    let decoder = Decoder(
      vocabulary: try c.size("vocab_size", default: 32768), features: features, depth: depth,
      head: try c.head(), isTied: try c.flag("tie_word_embeddings", default: false), norm: norm,
      names: .init(stack: "backbone", embedding: "embeddings", layers: "layers", norm: "norm_f")
    ) { _, _ in
      Residual {
        norm.named("norm")
        mixer.named("mixer")
      }
    }
    return DecoderBlueprint(
      decoder: decoder, cache: Array(repeating: mixer.cache, count: depth), context: 2048)
  }
}

/// The mixer of a Mamba 2 block.
struct Mamba2Mixer: Layer {
  var features: Int
  var inner: Int
  var heads: Int
  var width: Int
  var states: Int
  var groups: Int
  var kernel: Int
  var bias: Bool
  var convolutionBias: Bool

  /// Whether the map back has a bias; as the map in if `nil`.
  var outputBias: Bool?

  /// Whether the recurrence's output is normalized.
  var isNormalized = true
  var state: [StateTensor] = []

  private var convolved: Int { inner + 2 * groups * states }

  func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    let projected = Linear(features, inner + convolved + heads, bias: bias).named("in_proj")(
      x, in: &graph)
    let filters = graph.scoped("conv1d") { graph in
      [graph.parameter("weight", [convolved, 1, kernel])]
        + (convolutionBias ? [graph.parameter("bias", [convolved])] : [])
    }
    for tensor in state { tensor.declare(in: &graph) }
    let norm = isNormalized ? [graph.parameter("norm.weight", [inner])] : []
    let type = TensorType(x.type.dataType, [x.size(0), x.size(1), inner])
    let scanned = graph.opaque(
      "StateSpaceScan",
      [projected] + filters + [
        graph.parameter("dt_bias", [heads]), graph.parameter("A_log", [heads]),
        graph.parameter("D", [heads]),
      ] + norm, gives: [type])[0]
    return Linear(inner, features, bias: outputBias ?? bias).named("out_proj")(scanned, in: &graph)
  }

  /// The last inputs of the convolution and the state of the recurrence.
  var cache: CacheLayer {
    CacheLayer([
      CachedTensor("conv_states", [convolved, kernel], .fixed),
      CachedTensor("recurrent_states", [heads, width, states], .fixed, dataType: .float32),
    ])
  }
}

extension Mamba2Mixer {
  /// Reads the sizes under the keys that hybrid decoders have.
  init(
    hybrid c: Configuration, features: Int, inner: Int? = nil, heads: Int = 128, states: Int = 256
  ) throws(ConfigurationError) {
    let expand = try c.size("mamba_expand", default: 2, in: 1...1024)
    let heads = try c.size("mamba_n_heads", default: heads)
    let inner = inner ?? expand * features
    let isAutomatic = c.entry(["mamba_d_head"])?.value.string == "auto" || !c.has("mamba_d_head")
    let each = max(1, inner / heads)
    self.init(
      features: features, inner: inner, heads: heads,
      width: isAutomatic ? each : try c.size("mamba_d_head", default: each),
      states: try c.size("mamba_d_state", default: states),
      groups: try c.size("mamba_n_groups", default: 1),
      kernel: try c.size("mamba_d_conv", default: 4),
      bias: try c.flag("mamba_proj_bias", default: false),
      convolutionBias: try c.flag("mamba_conv_bias", default: true))
  }
}
