import MemoryAnalysis
import Testing

@Suite struct LargestSizeTests {
  /// Asks for sizes whose bytes grow as a function says, and counts the questions.
  private func search(
    from start: Int, reaching amount: Int, _ bytes: (Int) -> Int
  ) -> (size: Int?, questions: Int) {
    var questions = 0
    let size = LargestSize.find(from: start, reaching: amount) { size in
      questions += 1
      return .init(bytes: bytes(size), fits: bytes(size) <= amount)
    }
    return (size, questions)
  }

  @Test func `the largest size is found from wherever the search begins`() {
    for limit in [1, 2, 31, 32, 33, 185, 4097, 1_000_003] {
      for start in [1, 32, 500, 10_000_000] {
        let line = search(from: start, reaching: 70_000_000 + 900 * limit) { 70_000_000 + 900 * $0 }
        #expect(line.size == limit)
        #expect(line.questions <= 5)
        let square = search(from: start, reaching: limit * limit) { $0 * $0 }
        #expect(square.size == limit)
        #expect(square.questions <= 50)
      }
    }
  }

  @Test func `blocks of two mebibytes cost few more questions`() {
    func bytes(_ size: Int) -> Int { (700_000_000 + 13_500_000 * size) & ~0x1F_FFFF }
    for start in [1, 8, 32, 64, 300] {
      let found = search(from: start, reaching: 17_000_000_000, bytes)
      #expect(found.size.map(bytes) ?? 0 <= 17_000_000_000)
      #expect(found.size.map { bytes($0 + 1) } ?? 0 > 17_000_000_000)
      #expect(found.questions <= 7)
    }
  }

  @Test func `sizes that the model cannot have end the search`() {
    let found = LargestSize.find(from: 32, reaching: 1_000_000) { size in
      size <= 77 ? .init(bytes: size, fits: true) : nil
    }
    #expect(found == 77)
    #expect(LargestSize.find(from: 32, reaching: 1) { _ in nil } == nil)
  }

  @Test func `there is none if not one sample fits or any number does`() {
    #expect(LargestSize.find(from: 32, reaching: 5) { .init(bytes: $0 + 5, fits: false) } == nil)
    let flat = search(from: 32, reaching: 6) { _ in 5 }
    #expect(flat.size == nil)
    #expect(flat.questions <= 3)
  }
}
