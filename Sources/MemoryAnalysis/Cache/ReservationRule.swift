import ModelGraph

/// How a runtime sets memory aside for a cache.
struct ReservationRule: Sendable {
  let key: String
  let title: String
  let rule: String
  let source: String

  /// The types of keys and values that the runtime knows; all if `nil`.
  var types: Set<DataType>?

  /// The entries of each growing tensor for one of so many sequences.
  let entries: @Sendable (CachedTensor.Growth, _ context: Int, _ batch: Int) -> Int

  func reservation(
    _ cache: DecoderCache, batch: Int, context: Int, _ sizes: CacheSizes
  ) -> CacheFootprint.Reservation {
    var bytes: ByteCount? =
      cache.layers.map { $0.bytes(sizes) { entries($0, context, batch) } }.total() * batch
    if let types, !types.contains(sizes.dataType) { bytes = nil }
    return CacheFootprint.Reservation(
      key: key, title: title, bytes: bytes, rule: rule, source: source)
  }

  /// Every rule; a new runtime is one more line.
  static let all = [transformers, transformersStatic, vLLM, llamaCpp, mlx]

  /// The cache that grows by concatenation.
  static let transformers = ReservationRule(
    key: "transformers", title: "transformers, dynamic",
    rule: "an entry for each token, in windows of all but one; growing copies a tensor at a time",
    source: "transformers 5.23, cache_utils.py, DynamicLayer and DynamicSlidingWindowLayer",
    types: plainTypes
  ) { growth, context, _ in
    // The last entry of a window is that of the token that comes next.
    guard case .window(let size) = growth else { return growth.entryCount(ofTokens: context) }
    return min(context, max(0, size - 1))
  }

  /// The cache that is made once for the longest sequence.
  static let transformersStatic = ReservationRule(
    key: "transformersStatic", title: "transformers, static",
    rule: "all entries of the context from the first token on",
    source: "transformers 5.23, cache_utils.py, StaticLayer and StaticSlidingWindowLayer",
    types: plainTypes
  ) { growth, context, _ in growth.entryCount(ofTokens: context) }

  /// Pages of 16 tokens; a window holds a batch of new tokens too.
  static let vLLM = ReservationRule(
    key: "vllm", title: "vLLM, pages of 16",
    rule:
      "⌈tokens or source / 16⌉ pages a layer; in windows ⌈min(window − 1 + 2,048, tokens) / 16⌉ + 1",
    source:
      "vLLM, v1/kv_cache_interface.py, FullAttentionSpec, SlidingWindowSpec, CrossAttentionSpec",
    types: [.float32, .float16, .bfloat16, .float8E4M3FN, .float8E5M2]
  ) { growth, context, _ in
    switch growth {
    case .window(let size):
      (min(size - 1 + 2048, context).dividedRoundingUp(by: 16) + 1) * 16
    case .perToken: context.dividedRoundingUp(by: 16) * 16
    case .source(let count): count.dividedRoundingUp(by: 16) * 16
    case .perTokens, .rest, .fixed: growth.entryCount(ofTokens: context)
    }
  }

  /// Contexts padded to 256; a window holds a micro-batch of new tokens too.
  static let llamaCpp = ReservationRule(
    key: "llama.cpp", title: "llama.cpp, padded to 256",
    rule: "tokens rounded up to 256; in windows min(tokens, window + 512) rounded up to 256",
    source: "llama.cpp, llama-context.cpp (GGML_PAD) and llama-kv-cache-iswa.cpp, n_ubatch 512",
    types: [
      .float32, .float16, .bfloat16, .q8_0, .q4_0, .q4_1, .iq4_NL, .q5_0, .q5_1,
    ]
  ) { growth, context, _ in
    let padded = context.dividedRoundingUp(by: 256) * 256
    return switch growth {
    case .window(let size): min(padded, size + 512).dividedRoundingUp(by: 256) * 256
    case .perToken: padded
    case .perTokens, .source, .rest, .fixed: growth.entryCount(ofTokens: context)
    }
  }

  /// Steps of 256 tokens; windows turn in place.
  static let mlx = ReservationRule(
    key: "mlx", title: "MLX, steps of 256",
    rule: "tokens rounded up to 256, in windows at most the window",
    source: "mlx-lm, models/cache.py, KVCache.step and RotatingKVCache", types: plainTypes
  ) { growth, context, _ in
    let stepped = context.dividedRoundingUp(by: 256) * 256
    return switch growth {
    case .window(let size): min(stepped, size)
    case .perToken: stepped
    case .perTokens, .source, .rest, .fixed: growth.entryCount(ofTokens: context)
    }
  }

  private static let plainTypes: Set<DataType> = [.float32, .float16, .bfloat16]
}
