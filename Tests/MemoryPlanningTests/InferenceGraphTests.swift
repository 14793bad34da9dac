import ByteFormats
import TestSupport
import Testing

@testable import MemoryPlanning

/// Graphs of networks in their own order, an output beside its inputs.
@Suite(.enabled(if: TestFiles.corpus != nil)) struct InferenceGraphTests {
  static let folder = TestFiles.corpus.map { "\($0)/../reference/planners/order" } ?? ""

  @Test func `the arena is proven the smallest, and greedy planners alone prove nearly all`() throws
  {
    var unproven: [String] = []
    var count = 0
    let names = try #require(try Folder(path: Self.folder)).names
    for name in names where name.hasSuffix(".json") && name != "results.json" {
      let buffers = try Self.buffers(name)
      let bound = peakByteCount(of: buffers)
      let placement = BestOf.standard.place(buffers)
      #expect(placement.conflicts.isEmpty)
      if placement.arenaByteCount != bound { unproven.append(name) }
      let solution = ArenaSolver(stepLimit: 200_000).solve(ArenaProblem(buffers))
      #expect(solution.status == .optimal, "\(name)")
      count += 1
    }
    #expect(count >= 18)
    #expect(unproven.count <= 1, "\(unproven)")
  }

  private static func buffers(_ name: String) throws -> [Buffer] {
    let graph = try JSONValue(MappedFile(path: "\(folder)/\(name)"))
    let sizes = (graph["size"]?.elements ?? []).compactMap(\.integer)
    var ends = sizes.indices.map { $0 + 1 }
    for (node, predecessors) in (graph["preds"]?.elements ?? []).enumerated() {
      for case let predecessor? in predecessors.elements.map(\.integer) {
        ends[predecessor] = max(ends[predecessor], node + 1)
      }
    }
    return sizes.indices.map { Buffer(sizes[$0], live: $0..<ends[$0]) }
  }
}
