import Testing

@testable import MemoryPlanning

/// The rules of runtimes, worked out by hand.
@Suite struct RuntimeRuleTests {
  @Test func `TensorFlow Lite Micro places the last of equal buffers first`() {
    let buffers = [Buffer(8, live: 0..<2), Buffer(8, live: 1..<3), Buffer(8, live: 2..<4)]
    #expect(TFLiteMicroGreedy().place(buffers).offsets == [0, 8, 0])
    #expect(TFLiteArena().place(buffers).offsets == [0, 8, 0])
    let pair = [Buffer(8, live: 0..<2), Buffer(8, live: 0..<2)]
    #expect(TFLiteMicroGreedy().place(pair).offsets == [8, 0])
    #expect(TFLiteArena().place(pair).offsets == [0, 8])
  }

  /// Below the fixed buffer at 32 there are gaps of 32 bytes and, above it, of 16.
  @Test func `one takes the lowest gap, the other the smallest`() {
    let items = [
      ArenaItem(Buffer(16, live: 0..<9), fixedOffset: 32),
      ArenaItem(Buffer(16, live: 0..<9), fixedOffset: 64), ArenaItem(Buffer(10, live: 0..<9)),
    ]
    #expect(TFLiteMicroGreedy().place(items).offsets[2] == 0)
    #expect(TFLiteArena().place(items).offsets[2] == 48)
  }

  @Test func `buffers of the whole run come first in TensorFlow Lite`() {
    let buffers = [Buffer(100, live: 1..<2), Buffer(4, live: 0..<3)]
    #expect(TFLiteArena().place(buffers).offsets == [4, 0])
    #expect(TFLiteMicroGreedy().place(buffers).offsets == [0, 100])
  }

  @Test func `offsets are aligned, sizes are not`() {
    let items = [
      ArenaItem(Buffer(70, live: 0..<2), alignment: 64),
      ArenaItem(Buffer(60, live: 1..<3), alignment: 64),
    ]
    #expect(TFLiteArena().place(items).offsets == [0, 128])
    #expect(TFLiteArena().place(items).arenaByteCount == 188)
  }

  @Test func `both are sound`() {
    for seed in UInt64(0)..<200 {
      let buffers = randomBuffers(count: 40, seed: seed)
      #expect(TFLiteMicroGreedy().place(buffers).conflicts.isEmpty)
      #expect(TFLiteArena().place(buffers).conflicts.isEmpty)
    }
  }
}
