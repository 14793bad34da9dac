// "LLaMA: Open and Efficient Foundation Language Models", Touvron et al., 2023.
// <https://arxiv.org/abs/2302.13971>

import ModelGraph

/// A decoder with rotary positions, root-mean-square normalization and a gated network, as Hugging
/// Face's `LlamaForCausalLM` runs it; many later families differ in a detail or two.
enum Llama {
  static func decoder(_ c: Configuration) throws(ConfigurationError) -> DecoderBlueprint {
    let sizes = try DecoderSizes(
      c,
      .init(
        vocabulary: 32000, features: 4096, inner: 11008, depth: 32, heads: 32, context: 2048))
    var stack = LlamaStack(sizes)
    stack.rotaryWidth = try c.scaledRotaryWidth(sizes.width)
    stack.bias = try c.flag("attention_bias", default: false)
    stack.outputBias = stack.bias
    stack.feedForwardBias = try c.flag("mlp_bias", default: false)
    stack.dropout = try c.number("attention_dropout", default: 0)
    return stack.blueprint
  }
}

/// The parts in which the descendants of Llama differ.
struct LlamaStack: Sendable {
  var sizes: DecoderSizes
  var bias = false
  var outputBias = false
  var feedForwardBias = false
  var headNorm: GroupedAttention.HeadNorm?
  var dropout = 0.0

  /// The features of a head that are turned, in the one rotary module.
  var rotaryWidth: Int
  var normKind = FeatureNormalization.Kind.rootMeanSquare
  var arrangement = DecoderBlock.Arrangement.normalizedFirst
  var names = DecoderBlock.Names()

  /// The window of each layer; `nil` for layers that see everything.
  var windows: [Int?]
  var residualFactor: Double?
  var hasSinks = false
  var experts: ExpertRouting?

  /// The layer's network where it is not the gated one.
  var feedForward: (@Sendable (Int) -> any Layer)?

  init(_ sizes: DecoderSizes) {
    self.sizes = sizes
    rotaryWidth = sizes.width
    windows = Array(repeating: nil, count: sizes.depth)
  }

  var norm: FeatureNormalization {
    FeatureNormalization(kind: normKind, features: sizes.features, epsilon: sizes.epsilon)
  }

  var decoder: Decoder {
    Decoder(
      vocabulary: sizes.vocabulary, features: sizes.features, depth: sizes.depth, head: sizes.head,
      isTied: sizes.isTied, norm: norm,
      rotary: [.init(embedding: RotaryEmbedding(width: rotaryWidth))]
    ) { [self] index, tables in block(index, tables.first) }
  }

  var blueprint: DecoderBlueprint {
    let attention = attention(nil)
    return DecoderBlueprint(
      decoder: decoder, cache: windows.map { attention.cache(window: $0) }, context: sizes.context,
      experts: experts)
  }

  func block(_ index: Int, _ tables: RotaryTables?) -> DecoderBlock {
    DecoderBlock(
      attention: attention(tables), feedForward: feedForward?(index) ?? gated(sizes.inner),
      norm: norm, arrangement: arrangement, names: names, residualFactor: residualFactor)
  }

  func gated(_ inner: Int) -> GatedFeedForward {
    GatedFeedForward(
      features: sizes.features, inner: inner, activation: sizes.activation, bias: feedForwardBias)
  }

  func attention(_ tables: RotaryTables?) -> GroupedAttention {
    GroupedAttention(
      features: sizes.features, heads: sizes.heads, keyHeads: sizes.keyHeads, width: sizes.width,
      bias: bias, outputBias: outputBias, norm: headNorm, rotary: tables ?? RotaryTables(width: 0),
      dropout: dropout, hasSinks: hasSinks)
  }
}
