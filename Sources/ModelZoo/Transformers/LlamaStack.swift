import ModelGraph

/// A stack like Llama's, with the parts in which its descendants differ.
struct LlamaStack: Sendable {
  var sizes: DecoderSizes

  // MARK: Attention
  var bias = false
  var outputBias = false
  var attentionNames = GroupedAttention.Names()
  var packedAttention: String?
  var headNorm: GroupedAttention.HeadNorm?
  var dropout = 0.0
  var hasSinks = false
  var hasGatedOutput = false
  var outputGate: String?
  var outputNorm: (name: String, layer: FeatureNormalization)?

  /// Tensors of each attention that are kept but not trained.
  var attentionState: [StateTensor] = []

  /// The window of each layer; `nil` for layers that see everything.
  var windows: [Int?]

  // MARK: Positions

  /// The features of a head that are turned; none where positions are told otherwise.
  var rotaryWidth: Int
  var rotaryName = "rotary_emb"

  /// Whether the tables of positions are used where they are made.
  var turnsHeads = true

  /// The features turned by kind of layer, where layers with a window have tables of their own.
  var tablesByKind: (windows: Int, everything: Int)?

  /// The layers that count as such with a window, also where none is stated.
  var slidingLayers: [Bool] = []

  // MARK: Blocks
  var normKind = FeatureNormalization.Kind.rootMeanSquare
  var arrangement = DecoderBlock.Arrangement.normalizedFirst
  var names = DecoderBlock.Names()
  var residualDropout = 0.0
  var residualFactor: Double?
  var feedForwardBias = false
  var experts: ExpertRouting?

  /// The network of a layer where it is not the gated one.
  var feedForward: (@Sendable (Int) -> any Layer)?

  // MARK: Around the blocks
  var decoderNames = Decoder.Names()
  var bareStack = ""
  var answeringStack = "transformer"
  var answers = 2
  var embeddingFeatures: Int?
  var hasFinalNorm = true
  var headBias = false
  var tokenHead = "score"
  var textHead = "score"
  var stackState: [StateTensor] = []
  var opening: @Sendable (Variable, inout GraphBuilder) -> Variable = { x, _ in x }
  var closing: @Sendable (Variable, inout GraphBuilder) -> Variable = { x, _ in x }

  init(_ sizes: DecoderSizes) {
    self.sizes = sizes
    rotaryWidth = sizes.width
    windows = Array(repeating: nil, count: sizes.depth)
  }
}

/// A tensor that is kept but not trained, by its name in its module.
struct StateTensor: Hashable, Sendable {
  var name: String
  var type: TensorType

  init(name: String, _ dataType: DataType, _ shape: Shape) {
    self.name = name
    type = TensorType(dataType, shape)
  }

  func declare(in graph: inout GraphBuilder) { _ = graph.state(name, type.dataType, type.shape) }
}

extension LlamaStack {
  var norm: FeatureNormalization {
    FeatureNormalization(kind: normKind, features: sizes.features, epsilon: sizes.epsilon)
  }

  /// Puts a mixture of experts in the place of the network in some layers.
  mutating func use(_ mixture: MixtureOfExperts, where isSparse: @escaping @Sendable (Int) -> Bool)
  {
    experts = mixture.routing
    let dense = gated(sizes.inner)
    feedForward = { index -> any Layer in
      if isSparse(index) { return mixture }
      return dense
    }
  }

  /// Gives layers with a window and layers without one tables of their own in one module.
  mutating func useTablesByKind(of c: Configuration, where slides: (Int) -> Bool)
    throws(ConfigurationError)
  {
    tablesByKind = (sizes.width, sizes.width)
    slidingLayers = try c.windows(depth: sizes.depth, size: 1, kinds: slides).map { $0 != nil }
  }

  var blueprint: DecoderBlueprint {
    let attention = attention(nil)
    return DecoderBlueprint(
      decoder: decoder,
      cache: windows.map { attention.cache(window: $0, turned: rotaryWidth) },
      context: sizes.context,
      experts: experts)
  }

  var decoder: Decoder {
    var decoder = Decoder(
      vocabulary: sizes.vocabulary, features: sizes.features, depth: sizes.depth, head: sizes.head,
      isTied: sizes.isTied, norm: hasFinalNorm ? norm : nil, rotary: rotaryModules,
      names: decoderNames
    ) { [self] index, tables in block(index, self.tables(of: index, among: tables)) }
    decoder.bareStack = bareStack
    decoder.answeringStack = answeringStack
    decoder.answers = answers
    decoder.embeddingFeatures = embeddingFeatures
    decoder.headBias = headBias
    decoder.tokenHead = tokenHead
    decoder.textHead = textHead
    decoder.state = stackState
    decoder.opening = opening
    decoder.closing = closing
    return decoder
  }

  func block(_ index: Int, _ tables: RotaryTables?) -> DecoderBlock {
    DecoderBlock(
      attention: attention(tables), feedForward: feedForward?(index) ?? gated(sizes.inner),
      norm: norm, arrangement: arrangement, names: names, dropout: residualDropout,
      residualFactor: residualFactor)
  }

  func gated(_ inner: Int) -> GatedFeedForward {
    GatedFeedForward(
      features: sizes.features, inner: inner, activation: sizes.activation, bias: feedForwardBias)
  }

  func attention(_ tables: RotaryTables?) -> GroupedAttention {
    GroupedAttention(
      features: sizes.features, heads: sizes.heads, keyHeads: sizes.keyHeads, width: sizes.width,
      bias: bias, outputBias: outputBias, names: attentionNames, packed: packedAttention,
      norm: headNorm, rotary: tables ?? RotaryTables(width: 0), dropout: dropout,
      hasSinks: hasSinks, hasGatedOutput: hasGatedOutput, outputGate: outputGate,
      outputNorm: outputNorm,
      state: attentionState)
  }
}

// MARK: Tables of positions

extension LlamaStack {
  private var rotaryModules: [Decoder.RotaryModule] {
    guard let tablesByKind else {
      return rotaryWidth > 0
        ? [.init(name: rotaryName, embedding: RotaryEmbedding(width: rotaryWidth))] : []
    }
    var modules: [Decoder.RotaryModule] = []
    if slidingLayers.contains(false) {
      modules.append(module("full_attention", tablesByKind.everything))
    }
    if slidingLayers.contains(true) {
      modules.append(module("sliding_attention", tablesByKind.windows))
    }
    return modules
  }

  private func module(_ kind: String, _ width: Int) -> Decoder.RotaryModule {
    .init(
      embedding: RotaryEmbedding(
        width: width, tables: ["\(kind)_inv_freq", "\(kind)_original_inv_freq"]))
  }

  private func tables(of index: Int, among all: [RotaryTables]) -> RotaryTables? {
    guard turnsHeads else { return nil }
    guard slidingLayers.indices.contains(index), slidingLayers[index] else { return all.first }
    return all.last
  }
}
