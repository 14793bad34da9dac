import ModelGraph
import Reports
import Synchronization
import Testing

@testable import MemFit

@Suite struct SizeLimitsTests {
  /// MaxViT-T with Adam on 80 GB: from 252 samples on the allocator gives blocks back, from 272 on that does not do.
  @Test func `what tensors take at least is told to the search, which asks few questions then`() {
    let questions = Mutex(0)
    let limits = SizeLimits(
      model, nil, MemFit.Request(sections: [.train]), .train, current: outcome(ofBatch: 1)
    ) { request in
      questions.withLock { $0 += 1 }
      return outcome(ofBatch: request.batchSize(of: nil))
    }
    #expect(limits.limit(.batch)?.size == 271)
    #expect(questions.withLock { $0 } <= 9)
  }

  private let model = Model(
    name: "maxvit_t", source: "", format: "", fileByteCount: .zero, tensors: [], graph: nil)

  private func outcome(ofBatch size: Int) -> FitOutcome {
    let least = 962_000_000 + 310_400_000 * size
    let bytes = size < 252 ? 870_000_000 + 335_200_000 * size : 84_600_000_000
    return FitOutcome(
      amounts: [
        .init(
          needed: ByteCount(size < 272 ? bytes : least * 108 / 100), available: 85_100_068_864)
      ], least: ByteCount(least), fits: size < 272)
  }
}
