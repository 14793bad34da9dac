import ModelGraph
import Testing

@Suite struct DataTypeTests {
  @Test func `four-bit elements share bytes`() {
    #expect(DataType.int4.byteCount(ofElements: 7) == 4)
  }

  @Test func `a block type stores its scale`() {
    #expect(DataType.q4_0.byteCount(ofElements: 33) == 36)
  }

  @Test func `absurd sizes saturate`() {
    #expect([1 << 62, 1 << 62].elementCount > Shape.maximumElementCount)
    #expect(ByteCount.maximum + ByteCount.maximum == .maximum)
  }
}
