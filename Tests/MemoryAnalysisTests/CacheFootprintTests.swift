import MemoryAnalysis
import ModelGraph
import Testing

@Suite struct CacheFootprintTests {
  /// The published figures: 61 layers with 512 + 64 numbers a token.
  @Test func `a latent cache of DeepSeek-V3 takes 8.58 GiB`() {
    let cache = DecoderCache(
      layers: Array(repeating: .latent(rank: 512, rotaryWidth: 64), count: 61),
      maximumContext: 163840, dataType: .bfloat16)
    let footprint = CacheFootprint(of: cache, batch: 1, CacheRequest(context: 131072))
    #expect(footprint.needed == ByteCount(9_210_691_584))
    #expect(footprint.perToken == ByteCount(61 * 576 * 2))
  }

  /// The shape of Gemma-3-27B: 10 layers see everything, 52 the last 1,024 tokens.
  @Test func `windows bound what a cache needs`() {
    let full = CacheLayer.attention(heads: 16, width: 128)
    let local = CacheLayer.attention(heads: 16, width: 128, window: 1024)
    let layers = (1...62).map { $0 % 6 == 0 ? full : local }
    let footprint = CacheFootprint(
      of: DecoderCache(layers: layers), batch: 1,
      CacheRequest(context: 131072, dataType: .float16))
    #expect(footprint.needed == ByteCount((10 * 131072 + 52 * 1024) * 2 * 16 * 128 * 2))
    #expect(footprint.perTokenBeyondWindows == ByteCount(10 * 2 * 16 * 128 * 2))
    let llama = footprint.reservations.first { $0.key == "llama.cpp" }
    #expect(llama?.bytes == ByteCount((10 * 131072 + 52 * 1536) * 2 * 16 * 128 * 2))
  }

  @Test func `a quantised cache has the blocks of llama cpp`() {
    let cache = DecoderCache(layers: [.attention(heads: 8, width: 128)])
    let request = CacheRequest(context: 100, dataType: .q8_0)
    let footprint = CacheFootprint(of: cache, batch: 2, request)
    #expect(footprint.needed == ByteCount(2 * 100 * 2 * (8 * 128 / 32 * 34)))
    #expect(footprint.reservations.first { $0.key == "vllm" }?.bytes == nil)
  }
}
