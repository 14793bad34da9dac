// "Mamba: Linear-Time Sequence Modeling with Selective State Spaces", Gu and Dao, 2023.
// <https://arxiv.org/abs/2312.00752>
// "Falcon Mamba", Zuo et al., 2024. <https://arxiv.org/abs/2410.05355>

import ByteFormats
import ModelGraph

/// A convolution over the last tokens and a state for every feature instead of attention.
enum Mamba {
  static func decoder(_ c: Configuration) throws(ConfigurationError) -> DecoderBlueprint {
    try blueprint(c, normalization: .none)
  }

  /// Mamba with normalized inputs of the recurrence, which learn nothing.
  static func falcon(_ c: Configuration) throws(ConfigurationError) -> DecoderBlueprint {
    try blueprint(c, normalization: .unlearned)
  }

  private static func blueprint(
    _ c: Configuration, normalization: MambaMixer.Normalization
  ) throws(ConfigurationError) -> DecoderBlueprint {
    let features = try c.size("hidden_size", "d_model", default: 768)
    let expand = try c.number("expand", default: 2)
    guard 0.001...1024 ~= expand else {
      throw .contradiction("expand must be from 0.001 to 1024, found \(expand)")
    }
    let mixer = MambaMixer(
      features: features,
      inner: try c.size("intermediate_size", default: max(1, Int(expand * Double(features)))),
      states: try c.size("state_size", default: 16),
      kernel: try c.size("conv_kernel", default: 4),
      rank: try c.timeStepRank(features: features),
      bias: try c.flag("use_bias", default: false),
      convolutionBias: try c.flag("use_conv_bias", default: true), normalization: normalization)
    let norm = FeatureNormalization(
      kind: .rootMeanSquare, features: features,
      epsilon: try c.number("layer_norm_epsilon", default: 1e-5))
    let depth = try c.depth("num_hidden_layers", "n_layer", default: 32)
    let decoder = Decoder(
      vocabulary: try c.size("vocab_size", default: 50280), features: features, depth: depth,
      head: try c.head(), isTied: try c.flag("tie_word_embeddings", default: true), norm: norm,
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

/// The mixer of a Mamba block.
struct MambaMixer: Layer {
  var features: Int
  var inner: Int
  var states: Int
  var kernel: Int
  var rank: Int
  var bias: Bool
  var convolutionBias: Bool
  var normalization: Normalization

  /// What the inputs of the recurrence go through.
  enum Normalization: Hashable, Sendable {
    case none

    /// Normalizations whose weights stay one.
    case unlearned
    case learned
  }

  func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    let both = Linear(features, 2 * inner, bias: bias).named("in_proj")(x, in: &graph)
    let parts = graph.chunk(both, into: 2, axis: 2)
    let filters = graph.scoped("conv1d") { graph in
      [graph.parameter("weight", [inner, 1, kernel])]
        + (convolutionBias ? [graph.parameter("bias", [inner])] : [])
    }
    let mixed = graph.opaque("CausalConvolution", [parts[0]] + filters, gives: [parts[0].type])[0]
    let selected = Linear(inner, rank + 2 * states, bias: false).named("x_proj")(mixed, in: &graph)
    declareNormalizations(in: &graph)
    let step = Linear(rank, inner).named("dt_proj")(
      graph.narrow(selected, axis: 2, from: 0, to: rank), in: &graph)
    let decay = graph.parameter("A_log", [inner, states])
    let skip = graph.parameter("D", [inner])
    let scanned = graph.opaque(
      "SelectiveScan", [mixed, step, selected, decay, skip, parts[1]], gives: [mixed.type])[0]
    return Linear(inner, features, bias: bias).named("out_proj")(scanned, in: &graph)
  }

  /// The weights of the normalizations, which a few fused kernels apply.
  private func declareNormalizations(in graph: inout GraphBuilder) {
    let isLearned = normalization == .learned
    guard normalization != .none else { return }
    let names = [("dt", isLearned ? rank : inner), ("b", states), ("c", states)]
    for (name, count) in names {
      if isLearned {
        _ = graph.parameter("\(name)_layernorm.weight", [count])
      } else {
        _ = graph.state("\(name)_layernorm.weight", .float32, [count])
      }
    }
  }

  /// The last inputs of the convolution and the state of the recurrence, in single precision.
  var cache: CacheLayer {
    CacheLayer([
      CachedTensor("conv_states", [inner, kernel], .fixed),
      CachedTensor("recurrent_states", [inner, states], .fixed, dataType: .float32),
    ])
  }
}

extension Configuration {
  /// The rank of the map to time steps, a sixteenth of the features where it is `auto`.
  func timeStepRank(
    _ key: String = "time_step_rank", features: Int
  ) throws(ConfigurationError) -> Int {
    if let text = entry([key])?.value.string, text == "auto" {
      return features.dividedRoundingUp(by: 16)
    }
    return try size(ifAny: key) ?? features.dividedRoundingUp(by: 16)
  }
}
