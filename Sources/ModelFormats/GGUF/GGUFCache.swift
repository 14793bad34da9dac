import ModelGraph

extension DecoderCache {
  /// What llama.cpp keeps for a model, by the metadata of its file; `nil` if that is no decoder's.
  ///
  /// Keys: <https://github.com/ggml-org/ggml/blob/master/docs/gguf.md>
  init?(gguf metadata: Attributes) {
    guard let sizes = GGUFDecoderSizes(metadata) else { return nil }
    self.init(
      layers: (0..<sizes.depth).map(sizes.layer), maximumContext: sizes.context,
      dataType: .float16)
  }
}

/// The sizes of a decoder as a GGUF file says them, under the name of its architecture.
private struct GGUFDecoderSizes {
  let depth: Int
  let context: Int?
  private let keyHeads: [Int]
  private let keyWidth: Int
  private let valueWidth: Int
  private let window: Int?

  /// Every how many layers one sees everything; `nil` if no layer has a window.
  private let pattern: Int?
  private let latent: (rank: Int, rotary: Int)?

  /// Architectures with states that do not grow, of which the metadata says too little here.
  private static let recurrent: Set<String> = [
    "mamba", "mamba2", "rwkv6", "rwkv6qwen2", "rwkv7", "arwkv7", "jamba", "falcon-h1", "nemotron_h",
    "nemotron_h_moe", "granitehybrid", "lfm2", "lfm2moe", "plamo2", "qwen3next", "kimi-linear",
    "qwen35", "qwen35moe",
  ]

  /// How often a layer sees everything where the file gives a window and no pattern.
  ///
  /// Source: `set_swa_pattern` in llama.cpp, src/llama-model.cpp.
  private static let patterns = [
    "gemma2": 2, "gemma3": 6, "gemma3n": 5, "cohere2": 4, "gpt-oss": 2, "llama4": 4, "olmo2": 4,
  ]

  init?(_ metadata: Attributes) {
    guard let name = metadata.string("general.architecture"), !Self.recurrent.contains(name),
      let depth = metadata.integer("\(name).block_count"), 0...65536 ~= depth,
      let features = metadata.integer("\(name).embedding_length"), 1...(1 << 26) ~= features
    else { return nil }
    let heads = Self.list(metadata, "\(name).attention.head_count", count: depth)
    guard let heads, let first = heads.first(where: { $0 > 0 }) else { return nil }
    self.depth = depth
    let limit = 1...(1 << 40)
    context = metadata.integer("\(name).context_length").flatMap { limit ~= $0 ? $0 : nil }
    keyHeads = Self.list(metadata, "\(name).attention.head_count_kv", count: depth) ?? heads
    keyWidth = Self.size(metadata, "\(name).attention.key_length") ?? features / first
    valueWidth = Self.size(metadata, "\(name).attention.value_length") ?? features / first
    window = Self.size(metadata, "\(name).attention.sliding_window")
    pattern = Self.patterns[name]
    if let rank = Self.size(metadata, "\(name).attention.kv_lora_rank"),
      let rotary = Self.size(metadata, "\(name).rope.dimension_count")
    {
      latent = (rank, rotary)
    } else {
      latent = nil
    }
  }

  private static func size(_ metadata: Attributes, _ key: String) -> Int? {
    metadata.integer(key).flatMap { 1...(1 << 26) ~= $0 ? $0 : nil }
  }

  /// One number for all layers, or a list of one for each.
  private static func list(_ metadata: Attributes, _ key: String, count: Int) -> [Int]? {
    if let one = metadata.integer(key), 0...(1 << 20) ~= one {
      return Array(repeating: one, count: count)
    }
    guard let all = metadata.integers(key), all.count >= count,
      all.allSatisfy({ 0...(1 << 20) ~= $0 })
    else { return nil }
    return all
  }

  func layer(_ index: Int) -> CacheLayer {
    if let latent { return .latent(rank: latent.rank, rotaryWidth: latent.rotary) }
    guard keyHeads.indices.contains(index), keyHeads[index] > 0 else { return CacheLayer() }
    return .attention(
      heads: keyHeads[index], width: keyWidth, valueWidth: valueWidth,
      window: isFull(index) ? nil : window)
  }

  /// Whether a layer sees everything; without a pattern a window holds for no layer.
  private func isFull(_ index: Int) -> Bool {
    guard let pattern else { return true }
    // Where every second layer has a window, the first one has.
    return (index + 1) % pattern == 0
  }
}
