// "DeepSeek-V4", DeepSeek-AI, 2026. <https://huggingface.co/deepseek-ai/DeepSeek-V4-Flash-Base>

import ModelGraph

/// Attention to a window and to compressed stretches before it, over several residual streams.
enum DeepSeekV4 {
  static func decoder(_ c: Configuration) throws(ConfigurationError) -> DecoderBlueprint {
    var sizes = try DecoderSizes(
      c.without("num_key_value_heads"),
      .init(
        vocabulary: 129_280, features: 4096, inner: 2048, depth: 43, heads: 64,
        width: 512, context: 1_048_576))
    sizes.inner = try c.size("moe_intermediate_size", "intermediate_size", default: 2048)
    let attention = try attention(c, sizes)
    let kinds = try kinds(c, depth: sizes.depth)
    let isHashed = try hashed(c, depth: sizes.depth)
    let (chosen, hashed) = try mixtures(c, sizes)
    let streams = try c.size("hc_mult", default: 4, in: 1...1024)
    let norm = LlamaStack(sizes).norm
    let turned = attention.rotaryWidth
    var decoder = Decoder(
      vocabulary: sizes.vocabulary, features: sizes.features, depth: sizes.depth,
      head: sizes.head, isTied: sizes.isTied, norm: nil, rotary: []
    ) { index, _ in
      var attention = attention
      attention.kind = kinds[index]
      return StreamedBlock(
        attention: attention, network: isHashed[index] ? hashed : chosen, norm: norm,
        streams: streams)
    }
    decoder.opening = { x, graph in
      graph.scoped("rotary_emb") { CompressedAttention.declareTables(width: turned, in: &$0) }
      return StreamedBlock.split(x, into: streams, in: &graph)
    }
    decoder.closing = { x, graph in
      let joined = graph.scoped("hc_head") { StreamedBlock.join(x, streams, in: &$0) }
      return norm.named("norm")(joined, in: &graph)
    }
    return DecoderBlueprint(
      decoder: decoder, cache: kinds.map(attention.cache), context: sizes.context,
      experts: chosen.routing)
  }

  private static func attention(
    _ c: Configuration, _ sizes: DecoderSizes
  ) throws(ConfigurationError) -> CompressedAttention {
    let turned = try c.size("qk_rope_head_dim", default: max(1, sizes.width / 8))
    let factor = try c.rotaryFactor(default: Double(turned) / Double(sizes.width))
    let rates = try c.part("compress_rates")
    return CompressedAttention(
      features: sizes.features, heads: sizes.heads, width: sizes.width,
      rank: try c.size("q_lora_rank", default: 1024),
      rotaryWidth: Int(Double(sizes.width) * factor),
      outputGroups: try c.size("o_groups", default: 8),
      outputRank: try c.size("o_lora_rank", default: 1024), epsilon: sizes.epsilon,
      window: try c.size("sliding_window", default: 128),
      sparseRate: try rates.size(
        "compressed_sparse_attention", default: try c.size("compress_rate_csa", default: 4)),
      heavyRate: try rates.size(
        "heavily_compressed_attention", default: try c.size("compress_rate_hca", default: 128)),
      indexHeads: try c.size("index_n_heads", default: 64),
      indexWidth: try c.size("index_head_dim", default: 128))
  }

  private static func kinds(
    _ c: Configuration, depth: Int
  ) throws(ConfigurationError) -> [CompressedAttention.Kind] {
    if let types = try c.layerTypes(depth: depth) {
      var kinds: [CompressedAttention.Kind] = []
      for type in types { kinds.append(try kind(type, c)) }
      return kinds
    }
    if let ratios = try c.sizes("compress_ratios") {
      guard ratios.count >= depth else {
        throw .contradiction("compress_ratios has \(ratios.count) entries for \(depth) layers")
      }
      return ratios.prefix(depth).map { $0 == 0 ? .window : $0 == 4 ? .sparse : .heavy }
    }
    return (0..<depth).map { $0 < 2 || $0 % 2 == 0 ? .heavy : .sparse }
  }

  private static func kind(
    _ name: String, _ c: Configuration
  ) throws(ConfigurationError) -> CompressedAttention.Kind {
    switch name {
    case "sliding_attention": return .window
    case "compressed_sparse_attention": return .sparse
    case "heavily_compressed_attention": return .heavy
    default:
      throw .unknownChoice(
        key: "\(c.path)layer_types", found: String(name.prefix(40)),
        known: [
          "sliding_attention", "compressed_sparse_attention", "heavily_compressed_attention",
        ])
    }
  }

  /// Which layers choose experts by the token alone.
  private static func hashed(_ c: Configuration, depth: Int) throws(ConfigurationError) -> [Bool] {
    if let types = try c.layerTypes("mlp_layer_types", depth: depth) {
      return types.map { $0 == "hash_moe" }
    }
    let count = try c.count("num_hash_layers", default: 3)
    return (0..<depth).map { $0 < count }
  }

  /// The mixtures that choose by what they see and by the token alone.
  private static func mixtures(
    _ c: Configuration, _ sizes: DecoderSizes
  ) throws(ConfigurationError) -> (chosen: MixtureOfExperts, hashed: MixtureOfExperts) {
    let count = try c.size("n_routed_experts", "num_local_experts", default: 256)
    let used = try c.size("num_experts_per_tok", default: 6)
    let bias = try c.flag("mlp_bias", default: false)
    let chosen = MixtureOfExperts(
      features: sizes.features, inner: sizes.inner,
      routing: ExpertRouting(count: count, used: used),
      correction: .init(name: "e_score_correction_bias", shape: [count]),
      shared: GatedFeedForward(
        features: sizes.features, inner: sizes.inner, activation: sizes.activation, bias: bias),
      sharedName: "shared_experts")
    var hashed = chosen
    hashed.correction = nil
    hashed.routerState = [StateTensor(name: "tid2eid", .int64, [sizes.vocabulary, used])]
    return (chosen, hashed)
  }
}
