// "Hunyuan-Large: An Open-Source MoE Model", Tencent, 2024. <https://arxiv.org/abs/2411.02265>

import ByteFormats
import ModelGraph

/// Llama with normalized queries and keys.
enum HunYuan {
  static func decoder(_ c: Configuration) throws(ConfigurationError) -> DecoderBlueprint {
    try stack(c).blueprint
  }

  /// Mixtures of experts beside a network that every token goes through, in all layers.
  static func mixture(_ c: Configuration) throws(ConfigurationError) -> DecoderBlueprint {
    var stack = try stack(c)
    let sizes = stack.sizes
    var mixture = MixtureOfExperts(
      features: sizes.features, inner: sizes.inner,
      routing: ExpertRouting(
        count: try c.one("num_experts", "num_local_experts", default: 1),
        used: try c.one("moe_topk", "num_experts_per_tok", default: 1)),
      shared: stack.gated(sizes.inner), sharedName: "shared_mlp")
    mixture.router = "gate.wg"
    stack.use(mixture, where: { _ in true })
    return stack.blueprint
  }

  private static func stack(_ c: Configuration) throws(ConfigurationError) -> LlamaStack {
    let sizes = try DecoderSizes(
      c,
      .init(
        vocabulary: 290_943, features: 4096, inner: 11008, depth: 32, heads: 32, context: 2048,
        epsilon: 1e-5))
    var stack = LlamaStack(sizes)
    stack.rotaryWidth = try c.scaledRotaryWidth(sizes.width)
    stack.bias = try c.flag("attention_bias", default: false)
    stack.outputBias = stack.bias
    stack.dropout = try c.number("attention_dropout", default: 0)
    stack.headNorm = .init(
      kind: .rootMeanSquare, epsilon: sizes.epsilon, queryName: "query_layernorm",
      keyName: "key_layernorm")
    return stack
  }
}

extension Configuration {
  /// A size that may be written once for all layers or once for each, equal ones only.
  fileprivate func one(_ keys: String..., default standard: Int) throws(ConfigurationError) -> Int {
    guard let (key, value) = entry(keys) else { return standard }
    let name = String(key.dropFirst(path.count))
    guard case .array = value else { return try size(name, default: standard) }
    let all = Set(try sizes(name, in: 1...Self.maximumSize) ?? [])
    guard all.count == 1, let only = all.first else {
      throw .contradiction("\(key) differs from layer to layer, which no tensor of all experts can")
    }
    return only
  }
}
