/// What a decoder keeps of the tokens it has seen, layer by layer.
public struct DecoderCache: Hashable, Sendable {
  public var layers: [CacheLayer]

  /// The longest context that the model was made for; `nil` if nothing says.
  public var maximumContext: Int?

  /// The type it is kept in where nobody chooses one; `nil` if nothing says.
  public var dataType: DataType?

  /// What a decoder attends to beside its own tokens; `nil` if there is nothing else.
  public var source: Source?

  /// The axis of the source in the model's input, and how much of it makes one entry.
  public struct Source: Hashable, Sendable {
    public var axis: String
    public var sizePerEntry: Int

    public init(axis: String, sizePerEntry: Int = 1) {
      self.axis = axis
      self.sizePerEntry = sizePerEntry
    }
  }

  public init(layers: [CacheLayer], maximumContext: Int? = nil, dataType: DataType? = nil) {
    self.layers = layers
    self.maximumContext = maximumContext
    self.dataType = dataType
  }
}

/// What one layer of a decoder keeps; layers that mix no tokens keep nothing.
public struct CacheLayer: Hashable, Sendable {
  public var tensors: [CachedTensor]

  public init(_ tensors: [CachedTensor] = []) { self.tensors = tensors }
}

/// A tensor that a layer keeps for each sequence, such as its keys.
public struct CachedTensor: Hashable, Sendable {
  public var name: String

  /// The sizes of one entry, such as heads and features; of all of it where it does not grow.
  public var shape: Shape
  public var growth: Growth

  /// The type it has whatever the cache is kept in; `nil` if it is kept as the user chooses.
  public var dataType: DataType?

  /// Whether it is another tensor of the layer under one more name, and takes nothing.
  public var isShared: Bool

  /// How the number of entries follows from the number of tokens.
  public enum Growth: Hashable, Sendable {
    /// One entry for every token.
    case perToken

    /// The entries of the last tokens only, as many as a window has.
    case window(Int)

    /// One entry for as many tokens as are compressed into one, the unfinished rest not counted.
    case perTokens(Int)

    /// So many entries for the source that a decoder attends to, made once.
    case source(Int)

    /// One entry for each token that is not yet compressed with so many into one.
    case rest(Int)

    /// A state that does not grow.
    case fixed
  }

  public init(
    _ name: String, _ shape: Shape, _ growth: Growth = .perToken, dataType: DataType? = nil,
    isShared: Bool = false
  ) {
    self.name = name
    self.shape = shape
    self.growth = growth
    self.dataType = dataType
    self.isShared = isShared
  }
}

extension CachedTensor.Growth {
  /// The entries after a number of tokens; one for a state that does not grow.
  public func entryCount(ofTokens tokens: Int) -> Int {
    switch self {
    case .perToken: tokens
    case .window(let size): Swift.min(tokens, size)
    case .perTokens(let step): tokens / Swift.max(1, step)
    case .source(let count): count
    case .rest(let step): tokens % Swift.max(1, step)
    case .fixed: 1
    }
  }
}

extension DecoderCache {
  /// The cache for a source of the size that its axis has; as it is where nothing says.
  public func forSource(_ sizes: [String: Int]) -> DecoderCache {
    guard let source, let size = sizes[source.axis], size > 0 else { return self }
    let step = Swift.max(1, source.sizePerEntry)
    let count = size.dividedRoundingUp(by: step)
    var cache = self
    for layer in layers.indices {
      for tensor in layers[layer].tensors.indices {
        guard case .source = layers[layer].tensors[tensor].growth else { continue }
        cache.layers[layer].tensors[tensor].growth = .source(count)
      }
    }
    return cache
  }
}

extension CacheLayer {
  /// Keys and values of every token, or of those in a window.
  public static func attention(
    heads: Int, width: Int, valueWidth: Int? = nil, window: Int? = nil
  ) -> CacheLayer {
    let growth = window.map { CachedTensor.Growth.window($0) } ?? .perToken
    return CacheLayer([
      CachedTensor("keys", [heads, width], growth),
      CachedTensor("values", [heads, valueWidth ?? width], growth),
    ])
  }

  /// What attention over a compressed form keeps: the form itself, and the part with positions.
  ///
  /// DeepSeek-AI, "DeepSeek-V2", 2024. <https://arxiv.org/abs/2405.04434>
  public static func latent(rank: Int, rotaryWidth: Int) -> CacheLayer {
    CacheLayer([
      CachedTensor("keys", [1, rank]), CachedTensor("values", [1, rotaryWidth]),
    ])
  }
}

/// How a mixture of experts chooses among them for each token.
public struct ExpertRouting: Hashable, Sendable {
  /// The experts of a layer among which the router chooses.
  public var count: Int

  /// The experts that each token goes through.
  public var used: Int

  public init(count: Int, used: Int) {
    self.count = count
    self.used = used
  }
}
