import MemoryAnalysis
import Testing

@Suite struct LargestSizeTests {
  @Test func `the largest size is found from wherever the search begins`() {
    for limit in [1, 2, 31, 32, 33, 185, 4097] {
      for start in [1, 32, 500] {
        #expect(LargestSize.find(near: start) { $0 <= limit } == limit)
      }
    }
  }

  @Test func `there is none if not one sample fits or any number does`() {
    #expect(LargestSize.find(near: 32) { _ in false } == nil)
    #expect(LargestSize.find(near: 32) { _ in true } == nil)
  }
}
