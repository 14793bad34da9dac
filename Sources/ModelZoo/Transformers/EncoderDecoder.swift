import ModelGraph

/// An encoder of a source, a decoder that attends to it, and a head.
struct EncoderDecoder: Layer {
  /// The name of both stacks in models with a head; nothing in some families.
  var base = ""

  /// What both stacks share, such as a table of embeddings.
  var shared: @Sendable (inout GraphBuilder) -> Void = { _ in }

  /// The encoder; `nil` where the decoder stands alone.
  var encoder: (any Layer)?

  /// The decoder of what the encoder gives; `nil` where the encoder stands alone.
  var decoder: (@Sendable (_ source: Variable?) -> any Layer)?

  /// What a task adds.
  var head: (any Layer)?

  func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    let hidden = graph.scoped(base) { graph in
      shared(&graph)
      var source: Variable?
      if let encoder { source = encoder(x, in: &graph) }
      return decoded(x, source, in: &graph)
    }
    guard let head else { return hidden }
    return head(hidden, in: &graph)
  }

  private func decoded(
    _ x: Variable, _ source: Variable?, in graph: inout GraphBuilder
  ) -> Variable {
    guard let decoder else { return source ?? x }
    var tokens = x
    if source != nil {
      // The network's input says how many; one where it says nothing.
      tokens = graph.input("decoder_input_ids", TensorType(.int64, [x.size(0), 1]))
    }
    let stack = decoder(source)
    return stack(tokens, in: &graph)
  }
}

/// What stands on top of an encoder with a decoder, as the end of the class's name says.
enum EncoderDecoderTask: Hashable, Sendable {
  /// Both stacks alone, without their own name before the parameters.
  case none
  case generation

  /// The encoder alone.
  case encoder

  /// The decoder alone, with its own name and a head.
  case nextToken
  case sequenceClassification
  case tokenClassification
  case questionAnswering

  /// Whether the decoder is left out.
  var isEncoderAlone: Bool { self == .encoder || self == .tokenClassification }

  init?(className name: String) {
    guard let (_, task) = Self.ends.first(where: { name.hasSuffix($0.end) }) else { return nil }
    self = task
  }

  // The longer of two ends of the same letters comes first.
  private static let ends: [(end: String, task: EncoderDecoderTask)] = [
    ("ForConditionalGeneration", .generation), ("MTModel", .generation),
    ("LMHeadModel", .generation),
    ("ForCausalLM", .nextToken),
    ("ForSequenceClassification", .sequenceClassification),
    ("ForAudioClassification", .sequenceClassification),
    ("ForTokenClassification", .tokenClassification),
    ("ForQuestionAnswering", .questionAnswering), ("EncoderModel", .encoder), ("Encoder", .encoder),
    ("Model", .none),
  ]
}

extension Configuration {
  /// The task of the first class that is named; generation if there is none.
  var encoderDecoderTask: EncoderDecoderTask {
    get throws(ConfigurationError) {
      EncoderDecoderTask(className: try className(default: "")) ?? .generation
    }
  }
}

extension DecoderCache {
  /// What a decoder keeps of its own tokens and, once for all, of the source.
  static func attending(
    depth: Int, heads: Int, width: Int, source: Int, of axis: Source = Source(axis: "sequence"),
    context: Int?
  ) -> DecoderCache {
    let layer = CacheLayer([
      CachedTensor("keys", [heads, width]), CachedTensor("values", [heads, width]),
      CachedTensor("cross keys", [heads, width], .source(source)),
      CachedTensor("cross values", [heads, width], .source(source)),
    ])
    var cache = DecoderCache(layers: Array(repeating: layer, count: depth), maximumContext: context)
    cache.source = axis
    return cache
  }
}
