// "The Llama 3 Herd of Models", 2024. <https://arxiv.org/abs/2407.21783>

import ByteFormats
import ModelGraph

/// Llama 3.2's encoder of images, which come cut into tiles of one size.
struct MllamaVision: Layer {
  var sizes: VisionSizes
  var globalDepth: Int
  var tiles: Int
  var ratios: Int
  var taps: [Int]

  /// The features of a token that comes out, of the last layer and the tapped ones.
  var outputs: Int { sizes.features * (1 + taps.count) }

  private var length: Int { sizes.images.patches + 1 }

  /// The tokens of an image, of all tiles.
  var tokens: Int { tiles * length }

  /// Takes `[batch × tiles, channels, height, width]`.
  func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    let features = sizes.features
    let patches = sizes.images.patches(
      of: x, features, bias: false, named: "patch_embedding", in: &graph)
    let first = tile(patches, "pre_tile_positional_embedding", in: &graph)
    let learned = graph.parameter("class_embedding", [features])
    let token = graph.expand(
      graph.view(learned, [1, 1, features]), to: [x.size(0), 1, features])
    let all = place(graph.concatenate([token, first], axis: 1), in: &graph)
    let norm = LayerNorm(features)
    // Rows are filled up to a multiple of eight.
    let padded = graph.pad(
      norm.named("layernorm_pre")(all, in: &graph), before: [0, 0, 0],
      after: [0, (8 - length % 8) % 8, 0])
    let images = max(1, x.size(0) / tiles)
    let flat = graph.view(padded, [images, tiles * padded.size(1), features])
    let stack = TokenStack(depth: sizes.depth, name: "transformer.layers", taps: taps) {
      _ in block(isGated: false)
    }
    let states = stack.run(flat, in: &graph)
    let closed = norm.named("layernorm_post")(states.last ?? flat, in: &graph)
    let apart = graph.view(closed, padded.shape)
    let tiled = tile(apart, "post_tile_positional_embedding", in: &graph)
    let global = TokenStack(depth: globalDepth, name: "global_transformer.layers") { _ in
      block(isGated: true)
    }(graph.view(tiled, flat.shape), in: &graph)
    let joined = graph.concatenate([global] + stack.tapped(states), axis: 2)
    let split = graph.view(joined, [images, tiles, padded.size(1), outputs])
    let kept = graph.contiguous(graph.narrow(split, axis: 2, from: 0, to: length))
    return graph.view(kept, [images, tokens, outputs])
  }

  /// Adds a vector for each tile of an image of a certain form.
  private func tile(
    _ x: Variable, _ name: String, in graph: inout GraphBuilder
  ) -> Variable {
    graph.scoped(name) { graph in
      let table = graph.parameter("embedding.weight", [ratios + 1, tiles * sizes.features])
      let gate = graph.parameter("gate", [1])
      let rows = graph.opaque(
        "RowsOfTiles", [table],
        gives: [TensorType(x.type.dataType, [x.size(0), 1, sizes.features])],
        layer: .embedding)[0]
      return graph.add(x, graph.multiply(rows, graph.apply("Tanh", gate)))
    }
  }

  private func place(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    graph.scoped("gated_positional_embedding") { graph in
      let gate = graph.parameter("gate", [1])
      let places = graph.parameter("embedding", [length, sizes.features])
      let placed = graph.add(x, graph.multiply(places, graph.apply("Tanh", gate)))
      let rows = graph.scoped("tile_embedding") { graph in
        let table = graph.parameter("weight", [ratios + 1, tiles * length * sizes.features])
        return graph.opaque("RowsOfTiles", [table], gives: [x.type], layer: .embedding)[0]
      }
      return graph.add(placed, graph.multiply(rows, graph.apply("Tanh", gate)))
    }
  }

  private func block(isGated: Bool) -> TokenBlock {
    var attention = sizes.attention
    attention.names = .short
    attention.biases = .none
    var block = TokenBlock(
      attention: attention, feedForward: sizes.feedForward, norm: sizes.norm,
      names: .init(firstNorm: "input_layernorm", secondNorm: "post_attention_layernorm"))
    if isGated { block.gates = .init(first: "gate_attn", second: "gate_ffn") }
    return block
  }

  init(_ c: Configuration) throws(ConfigurationError) {
    sizes = try VisionSizes(
      c,
      .init(
        image: 448, patch: 14, features: 1280, inner: 5120, depth: 32, heads: 16, epsilon: 1e-5))
    sizes.heads = try c.size("attention_heads", "num_attention_heads", default: 16)
    sizes.epsilon = try c.number("norm_eps", default: 1e-5)
    globalDepth = try c.depth("num_global_layers", default: 8)
    tiles = try c.size("max_num_tiles", default: 4, in: 1...64)
    taps = try c.sizes("intermediate_layers_indices") ?? [3, 7, 15, 23, 30]
    ratios = 8
    if let listed = c.entry(["supported_aspect_ratios"])?.value.elements { ratios = listed.count }
    guard sizes.features % sizes.heads == 0, taps.allSatisfy({ $0 <= sizes.depth }) else {
      throw .contradiction("\(c.path)heads or layers do not fit the encoder's sizes")
    }
  }
}

/// Llama 3, some of whose layers look at an image and not at the text before.
struct Mllama: Layer {
  var vision: MllamaVision
  var projector: any Layer
  var language: Decoder
  var stack: LlamaStack
  var crossing: Set<Int>

  func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    let images = vision.sizes.images
    let pixels = graph.input("pixel_values", images.type(batch: x.size(0) * vision.tiles))
    let seen = graph.scoped(language.head == .none ? "" : "model") { graph in
      let tokens = graph.scoped("vision_model") { vision(pixels, in: &$0) }
      return projector(tokens, in: &graph)
    }
    var reader = language
    reader.block = Self.blocks(stack, crossing, seen: seen, plain: language.block)
    return reader(x, in: &graph)
  }

  /// The block of each layer, given the features of an image's tokens if there are any.
  static func blocks(
    _ stack: LlamaStack, _ crossing: Set<Int>, seen: Variable?,
    plain: @escaping @Sendable (Int, [RotaryTables]) -> any Layer
  ) -> @Sendable (Int, [RotaryTables]) -> any Layer {
    { index, tables -> any Layer in
      crossing.contains(index)
        ? CrossingBlock(stack: stack, seen: seen) : plain(index, tables)
    }
  }
}

/// A layer that looks at an image, by as much as two learned numbers say.
struct CrossingBlock: Layer {
  var stack: LlamaStack

  /// The features of an image's tokens; the layer is left out without them.
  var seen: Variable?

  func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    if let seen { return run(x, seen, in: &graph) }
    let sizes = stack.sizes
    graph.parametersOnly { graph in
      let type = TensorType(graph.floatingType, [1, 1, sizes.features])
      return run(x, graph.input("image", type), in: &graph)
    }
    return x
  }

  private func run(
    _ x: Variable, _ seen: Variable, in graph: inout GraphBuilder
  ) -> Variable {
    let normalized = stack.norm.named("input_layernorm")(x, in: &graph)
    let looked = graph.scoped("cross_attn") { attend(normalized, seen, in: &$0) }
    let sum = graph.add(x, gated(looked, "cross_attn_attn_gate", in: &graph))
    let network = stack.gated(stack.sizes.inner)
    let fed = network.named("mlp")(
      stack.norm.named("post_attention_layernorm")(sum, in: &graph), in: &graph)
    return graph.add(sum, gated(fed, "cross_attn_mlp_gate", in: &graph))
  }

  private func gated(
    _ x: Variable, _ name: String, in graph: inout GraphBuilder
  ) -> Variable {
    graph.multiply(graph.apply("Tanh", graph.parameter(name, [1])), x)
  }

  private func attend(
    _ x: Variable, _ seen: Variable, in graph: inout GraphBuilder
  ) -> Variable {
    let sizes = stack.sizes
    let norm = FeatureNormalization(
      kind: .rootMeanSquare, features: sizes.width, epsilon: sizes.epsilon)
    func heads(
      _ name: String, _ source: Variable, _ count: Int, _ normName: String?,
      _ graph: inout GraphBuilder
    ) -> Variable {
      let product = Linear(sizes.features, count * sizes.width, bias: false).named(name)(
        source, in: &graph)
      let split = graph.transpose(
        graph.view(product, [source.size(0), source.size(1), count, sizes.width]), 1, 2)
      return normName.map { norm.named($0)(split, in: &graph) } ?? split
    }
    let queries = heads("q_proj", x, sizes.heads, "q_norm", &graph)
    let keys = heads("k_proj", seen, sizes.keyHeads, "k_norm", &graph)
    let values = heads("v_proj", seen, sizes.keyHeads, nil, &graph)
    let mixed = graph.attention([queries, keys, values], dropout: 0, isCausal: false)
    let joined = graph.view(
      graph.transpose(mixed, 1, 2), [x.size(0), x.size(1), sizes.heads * sizes.width])
    return Linear(sizes.heads * sizes.width, sizes.features, bias: false).named("o_proj")(
      joined, in: &graph)
  }
}

// MARK: - Configurations

extension Mllama {
  static func model(_ c: Configuration) throws(ConfigurationError) -> Blueprint {
    try c.requireClass(
      try c.className(default: "MllamaForConditionalGeneration"),
      endingIn: ["MllamaForConditionalGeneration", "MllamaModel"])
    let (text, image) = (try c.part("text_config"), try c.part("vision_config"))
    let (stack, crossing) = try stack(text)
    let vision = try MllamaVision(image)
    var language = try c.language(
      decoder(stack, crossing, imageTokens: vision.tokens), ties: .init())
    language.decoder.isTied = false
    let inputs = try image.size("vision_output_dim", default: 7680)
    let projector = Fitted(inputs: inputs, layer: Linear(inputs, stack.sizes.features))
    let model = Mllama(
      vision: vision, projector: projector.named("multi_modal_projector"),
      language: language.decoder, stack: stack, crossing: crossing)
    return language.blueprint(model)
  }

  /// The language part alone, which then looks at nothing.
  static func text(_ c: Configuration) throws(ConfigurationError) -> DecoderBlueprint {
    let (stack, crossing) = try stack(c)
    return decoder(stack, crossing, imageTokens: nil)
  }

  private static func stack(
    _ c: Configuration
  ) throws(ConfigurationError) -> (LlamaStack, Set<Int>) {
    let sizes = try DecoderSizes(
      c,
      .init(
        vocabulary: 128256, features: 4096, inner: 14336, depth: 40, heads: 32, keyHeads: 8,
        context: 131072, epsilon: 1e-5))
    let crossing = try c.sizes("cross_attention_layers") ?? [3, 8, 13, 18, 23, 28, 33, 38]
    return (LlamaStack(sizes), Set(crossing))
  }

  private static func decoder(
    _ stack: LlamaStack, _ crossing: Set<Int>, imageTokens: Int?
  ) -> DecoderBlueprint {
    var blueprint = stack.blueprint
    // Eight rows beyond the vocabulary are for tokens that only come in.
    blueprint.decoder.embeddingRows = stack.sizes.vocabulary + 8
    // The two tables differ in size, so that they are never one.
    blueprint.decoder.isTied = false
    blueprint.decoder.block = blocks(
      stack, crossing, seen: nil, plain: blueprint.decoder.block)
    let shape = [stack.sizes.keyHeads, imageTokens ?? 0, stack.sizes.width]
    let image = CacheLayer(
      imageTokens == nil
        ? [] : [CachedTensor("keys", shape, .fixed), CachedTensor("values", shape, .fixed)])
    for index in crossing where blueprint.cache.indices.contains(index) {
      blueprint.cache[index] = image
    }
    return blueprint
  }
}
