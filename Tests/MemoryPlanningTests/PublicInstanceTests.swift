import TestSupport
import Testing

@testable import MemoryPlanning

/// The “challenging” instances of MiniMalloc (Apache-2.0), where greedy planners waste a lot.
@Suite struct PublicInstanceTests {
  static var folder: String? { TestFiles.corpus.map { "\($0)/../reference/planners/offsets" } }

  /// Height over lower bound that each rule reaches on the eleven instances, on average, and that
  /// an independent implementation reached (`heuristics.json`).
  @Test(
    .enabled(if: TestFiles.corpus != nil),
    arguments: [
      ("first", 1.342), ("best", 1.355),
    ])
  func `greedy by size is as good as elsewhere`(gap: String, published: Double) throws {
    let choice = try #require(GapChoice(rawValue: gap))
    let ratios = try Self.instances().map { buffers in
      let placement = GreedyBySize(gap: choice).place(buffers)
      #expect(placement.conflicts.isEmpty)
      return Double(placement.arenaByteCount) / Double(peakByteCount(of: buffers))
    }
    #expect(abs(ratios.reduce(0, +) / 11 - published) < 0.02)
  }

  @Test(.enabled(if: TestFiles.corpus != nil))
  func `every planner is sound on the hard instances`() throws {
    for buffers in try Self.instances() {
      for planner in PlannerTests.planners {
        #expect(planner.place(buffers).conflicts.isEmpty, "\(planner.name)")
      }
    }
  }

  @Test(.enabled(if: TestFiles.corpus != nil))
  func `the exact search fits all eleven into their capacity`() throws {
    for buffers in try Self.instances() {
      let problem = ArenaProblem(buffers)
      let solution = ArenaSolver(capacity: 1_048_576).solve(problem)
      #expect(solution.status != .notFound)
      #expect(solution.arenaByteCount <= 1_048_576)
      #expect(problem.violations(of: solution.placement).isEmpty)
    }
  }

  @Test(.enabled(if: TestFiles.corpus != nil))
  func `C is proven at its bound`() throws {
    let solution = ArenaSolver().solve(ArenaProblem(try Self.instances()[2]))
    #expect(solution.status == .optimal)
    #expect(solution.arenaByteCount == 1_039_360)
  }

  static func instances() throws -> [[Buffer]] {
    let folder = try #require(folder)
    return try "ABCDEFGHIJK".map { letter in
      let bytes = try TestFiles.bytes(of: "\(folder)/\(letter).1048576.csv")
      let lines = String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline)
      return try lines.dropFirst().map { line in
        let fields = line.split(separator: ",").dropFirst().compactMap { Int($0) }
        try #require(fields.count == 3)
        return Buffer(fields[2], live: fields[0]..<fields[1])
      }
    }
  }
}
