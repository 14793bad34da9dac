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
        #expect(line.questions <= 6)
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

  @Test func `an allocator that gives back what it keeps costs few more questions`() {
    // DenseNet-121 with Adam on 16 GB: from 114 samples on blocks are given back, from 124 on that does not do.
    func bytes(_ size: Int) -> Int {
      switch size {
      case ..<114: 584_000_000 + 144_000_000 * size
      case ..<124: 16_724_656_128 + [0, 9, -11, 5][size % 4] * 2_097_152
      default: 584_000_000 + 144_300_000 * size
      }
    }
    for start in [1, 8, 32, 100, 120, 130, 500] {
      let found = search(from: start, reaching: 16_945_512_448, bytes)
      #expect(found.size == 123)
      #expect(found.questions <= 12)
    }
  }

  @Test func `what tensors take at least tells how far giving back goes`() {
    // MaxViT-T with Adam on 80 GB: from 252 samples on blocks are given back, from 272 on that does not do.
    func demand(_ size: Int) -> LargestSize.Demand {
      let least = 962_000_000 + 310_400_000 * size
      let bytes = size < 252 ? 870_000_000 + 335_200_000 * size : 84_600_000_000
      return .init(bytes: size < 272 ? bytes : least * 108 / 100, least: least, fits: size < 272)
    }
    for start in [1, 4, 32, 100, 260, 300] {
      var questions = 0
      let found = LargestSize.find(from: start, reaching: 85_100_068_864) { size in
        questions += 1
        return demand(size)
      }
      #expect(found == 271)
      #expect(questions <= 9)
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
