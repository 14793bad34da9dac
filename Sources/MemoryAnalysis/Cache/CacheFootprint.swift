public import ModelGraph

/// What a decoder keeps of the tokens it has seen, in bytes.
public struct CacheFootprint: Hashable, Sendable {
  /// The sequences kept at the same time.
  public var batch: Int

  /// The tokens of each sequence.
  public var context: Int

  /// The type of what grows with the tokens.
  public var dataType: DataType

  /// Whether nothing said which type that is.
  public var isTypeAssumed: Bool

  /// What one more token adds to a sequence while no window is full.
  public var perToken: ByteCount

  /// What one more token adds once every window is full.
  public var perTokenBeyondWindows: ByteCount

  /// What does not grow with the tokens, for one sequence.
  public var state: ByteCount

  /// What one sequence needs at the context.
  public var perSequence: ByteCount

  /// What all sequences need.
  public var needed: ByteCount

  /// Equal layers together, in order of appearance.
  public var groups: [Group]

  /// What runtimes set aside for it, each by its own rule.
  public var reservations: [Reservation]

  /// Layers that keep the same.
  public struct Group: Hashable, Sendable {
    public var layers: Int

    /// The tensors of one layer at the context and the batch.
    public var tensors: [NamedTensor]

    /// The bytes of all these layers for all sequences.
    public var bytes: ByteCount

    /// The tokens that are seen; `nil` if all are, or the state does not grow.
    public var window: Int?
  }

  /// A tensor that a layer keeps.
  public struct NamedTensor: Hashable, Sendable {
    public var name: String
    public var type: TensorType
  }

  /// What a runtime sets aside.
  public struct Reservation: Hashable, Sendable {
    /// A name for programs, such as `vllm`.
    public var key: String
    public var title: String

    /// `nil` where the runtime does not have the type.
    public var bytes: ByteCount?
    public var rule: String
    public var source: String
  }
}

/// How a cache is asked about.
public struct CacheRequest: Hashable, Sendable {
  /// The tokens of each sequence; the longest context of the model if `nil`.
  public var context: Int?

  /// The type of what grows; that of the model if `nil`.
  public var dataType: DataType?

  public init(context: Int? = nil, dataType: DataType? = nil) {
    self.context = context
    self.dataType = dataType
  }
}

extension CacheFootprint {
  /// The context where neither the user nor the model says.
  public static let assumedContext = 4096

  /// Counts what a decoder keeps.
  public init(of cache: DecoderCache, batch: Int, _ request: CacheRequest) {
    let context = max(0, request.context ?? cache.maximumContext ?? Self.assumedContext)
    let dataType = request.dataType ?? cache.dataType ?? .float16
    let sizes = CacheSizes(batch: 1, dataType: dataType, stateType: cache.dataType ?? .float16)
    let growing = cache.layers.map { $0.growingBytes(sizes) }.total()
    let windowed = cache.layers.map { $0.growingBytes(sizes, isBeyondWindows: true) }.total()
    let one = cache.layers.map { $0.bytes(sizes) { $0.entryCount(ofTokens: context) } }.total()
    let state = cache.layers.map { $0.stateBytes(sizes) }.total()
    self.init(
      batch: batch, context: context, dataType: dataType,
      isTypeAssumed: request.dataType == nil && cache.dataType == nil, perToken: growing,
      perTokenBeyondWindows: windowed, state: state, perSequence: one, needed: one * batch,
      groups: Self.groups(cache, batch: batch, context: context, sizes),
      reservations: ReservationRule.all.map {
        $0.reservation(cache, batch: batch, context: context, sizes)
      })
  }

  private static func groups(
    _ cache: DecoderCache, batch: Int, context: Int, _ sizes: CacheSizes
  ) -> [Group] {
    var positions: [CacheLayer: Int] = [:]
    var groups: [Group] = []
    for layer in cache.layers where !layer.tensors.isEmpty {
      let bytes = layer.bytes(sizes) { $0.entryCount(ofTokens: context) } * batch
      if let position = positions[layer] {
        groups[position].layers += 1
        groups[position].bytes += bytes
        continue
      }
      positions[layer] = groups.count
      groups.append(
        Group(
          layers: 1, tensors: layer.tensors.map { $0.named(batch, context, sizes) }, bytes: bytes,
          window: layer.window))
    }
    return groups
  }
}

/// The sizes by which the tensors of a cache are counted.
struct CacheSizes {
  var batch: Int
  var dataType: DataType

  /// The type of states that do not grow, where they have none of their own.
  var stateType: DataType
}

extension CacheLayer {
  /// The tokens that the layer sees; `nil` if it sees all.
  var window: Int? {
    for case .window(let size) in tensors.map(\.growth) { return size }
    return nil
  }

  /// The bytes of the layer for one sequence, given the entries that each kind of growth has.
  func bytes(_ sizes: CacheSizes, entries: (CachedTensor.Growth) -> Int) -> ByteCount {
    tensors.map { $0.entryBytes(sizes) * entries($0.growth) }.total()
  }

  /// What a token adds, now or when all windows are full.
  func growingBytes(_ sizes: CacheSizes, isBeyondWindows: Bool = false) -> ByteCount {
    tensors.map { tensor in
      switch tensor.growth {
      case .perToken: tensor.entryBytes(sizes)
      case .window: isBeyondWindows ? .zero : tensor.entryBytes(sizes)
      case .perTokens(let step): ByteCount(tensor.entryBytes(sizes).value / max(1, step))
      case .source, .rest, .fixed: .zero
      }
    }.total()
  }

  func stateBytes(_ sizes: CacheSizes) -> ByteCount {
    tensors.map { tensor in
      switch tensor.growth {
      case .source(let count): tensor.entryBytes(sizes) * count
      case .fixed: tensor.entryBytes(sizes)
      case .perToken, .window, .perTokens, .rest: .zero
      }
    }.total()
  }
}

extension CachedTensor {
  private func type(_ sizes: CacheSizes) -> DataType {
    dataType ?? (growth == .fixed ? sizes.stateType : sizes.dataType)
  }

  /// The bytes of one entry, blocks of quantised types filled up.
  func entryBytes(_ sizes: CacheSizes) -> ByteCount {
    isShared ? .zero : type(sizes).byteCount(ofElements: shape.elementCount)
  }

  /// The tensor for all sequences, `[batch, heads, entries, features]` where it grows.
  fileprivate func named(
    _ batch: Int, _ context: Int, _ sizes: CacheSizes
  ) -> CacheFootprint.NamedTensor {
    var full = [batch] + shape
    if growth != .fixed {
      full.insert(growth.entryCount(ofTokens: context), at: max(1, full.count - 1))
    }
    return CacheFootprint.NamedTensor(name: name, type: TensorType(type(sizes), full))
  }
}
