// "Nemotron-H", NVIDIA, 2025. <https://arxiv.org/abs/2504.03624>

import ByteFormats
import ModelGraph

/// Layers of one mixer each: a state space, attention, a plain network or a mixture of experts.
enum NemotronH {
  static func decoder(_ c: Configuration) throws(ConfigurationError) -> DecoderBlueprint {
    let sizes = try Sizes(c)
    let kinds = sizes.kinds
    let norm = FeatureNormalization(
      kind: .rootMeanSquare, features: sizes.features,
      epsilon: try c.number("layer_norm_epsilon", default: 1e-5))
    let decoder = Decoder(
      vocabulary: try c.size("vocab_size", default: 131072), features: sizes.features,
      depth: kinds.count, head: try c.head(),
      isTied: false, norm: norm,
      names: .init(stack: "model", embedding: "embeddings", layers: "layers", norm: "norm_f")
    ) { index, _ in
      Residual {
        norm.named("norm")
        AnyLayer(sizes.mixer(kinds[index])).named("mixer")
      }
    }
    return DecoderBlueprint(
      decoder: decoder, cache: kinds.map(sizes.cache),
      context: try c.size("max_position_embeddings", default: 4096, in: 1...(1 << 40)),
      experts: kinds.contains(.mixture) ? sizes.mixture.routing : nil)
  }

  enum Kind: Hashable, Sendable {
    case stateSpace, attention, network, mixture
  }
}

/// A layer whose type is known only when it is applied.
struct AnyLayer: Layer {
  let layer: any Layer

  init(_ layer: any Layer) { self.layer = layer }

  func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    layer(x, in: &graph)
  }
}

extension NemotronH {
  /// The four mixers and which layer has which.
  struct Sizes: Sendable {
    let features: Int
    let kinds: [Kind]
    let stateSpace: Mamba2Mixer
    let attention: GroupedAttention
    let network: PlainFeedForward
    let mixture: MixtureOfExperts

    init(_ c: Configuration) throws(ConfigurationError) {
      features = try c.size("hidden_size", default: 4096)
      kinds = try c.nemotronKinds
      let heads = try c.size("mamba_num_heads", default: 128)
      let width = try c.size("mamba_head_dim", default: 64)
      stateSpace = Mamba2Mixer(
        features: features, inner: heads * width, heads: heads, width: width,
        states: try c.size("ssm_state_size", default: 128),
        groups: try c.size("n_groups", "mamba_n_groups", default: 8),
        kernel: try c.size("conv_kernel", "mamba_d_conv", default: 4),
        bias: try c.flag("use_bias", default: false),
        convolutionBias: try c.flag("use_conv_bias", "mamba_conv_bias", default: true))
      attention = GroupedAttention(
        features: features, heads: try c.size("num_attention_heads", default: 32),
        keyHeads: try c.size("num_key_value_heads", default: 8),
        width: try c.size("head_dim", "attention_head_dim", default: 128))
      let activation = try c.text("mlp_hidden_act", default: "relu2")
      let plainBias = try c.flag("mlp_bias", default: false)
      network = PlainFeedForward(
        features: features, inner: try c.size("intermediate_size", default: 21504),
        activation: activation, bias: plainBias, up: "up_proj", down: "down_proj")
      var shared = network
      shared.inner = try c.size("moe_shared_expert_intermediate_size", default: 7688)
      let count = try c.size("n_routed_experts", "num_local_experts", default: 8)
      mixture = MixtureOfExperts(
        features: features, inner: try c.size("moe_intermediate_size", default: 7688),
        routing: ExpertRouting(
          count: count, used: try c.size("num_experts_per_tok", default: 2)),
        correction: .init(name: "e_score_correction_bias", shape: [count]), isGated: false,
        latent: try c.size(ifAny: "moe_latent_size").map { .init(features: $0, bias: plainBias) },
        shared: shared, sharedName: "shared_experts")
    }

    func mixer(_ kind: Kind) -> any Layer {
      switch kind {
      case .stateSpace: stateSpace
      case .attention: attention
      case .network: network
      case .mixture: mixture
      }
    }

    func cache(_ kind: Kind) -> CacheLayer {
      switch kind {
      case .stateSpace: stateSpace.cache
      case .attention: attention.cache()
      case .network, .mixture: CacheLayer()
      }
    }
  }
}

extension Configuration {
  /// The kinds of layers, as a list or as a pattern of letters.
  fileprivate var nemotronKinds: [NemotronH.Kind] {
    get throws(ConfigurationError) {
      if let names = try texts("layers_block_type", "layer_types") {
        var kinds: [NemotronH.Kind] = []
        for name in names { kinds.append(try kind(name)) }
        return kinds
      }
      let pattern = try text("hybrid_override_pattern", default: "")
      guard !pattern.isEmpty else { return [.stateSpace, .mixture, .attention, .network] }
      guard pattern.utf8.count <= Self.maximumDepth else {
        throw .outOfRange(
          key: "hybrid_override_pattern", found: "\(pattern.utf8.count) letters",
          range: 0...Self.maximumDepth)
      }
      var kinds: [NemotronH.Kind] = []
      for letter in pattern { kinds.append(try kind(String(letter))) }
      return kinds
    }
  }

  private func kind(_ name: String) throws(ConfigurationError) -> NemotronH.Kind {
    switch name {
    case "M", "mamba", "linear_attention", "mamba2": return .stateSpace
    case "*", "attention", "full_attention": return .attention
    case "-", "mlp": return .network
    case "E", "moe": return .mixture
    default:
      throw .unknownChoice(
        key: "\(path)layers_block_type", found: String(name.prefix(40)),
        known: ["mamba", "attention", "mlp", "moe"])
    }
  }
}
