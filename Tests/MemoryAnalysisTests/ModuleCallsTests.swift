import ModelGraph
import Testing

@testable import MemoryAnalysis

@Suite struct ModuleCallsTests {
  private let calls = ModuleCalls(
    ["", "a.0", "a.1.x", "a.1.y", "a.1", "b"].map { Node("Relu", module: $0) })

  @Test(arguments: [
    // Read by the first node of `a`, made before: held while all of `a` runs.
    (producer: 0, consumer: 1, end: 4),
    // Handed from one child of `a` to the next: held by the next.
    (producer: 1, consumer: 2, end: 4),
    // Made and read in the same call of `a.1`.
    (producer: 2, consumer: 3, end: 3),
    (producer: 3, consumer: 4, end: 4),
    (producer: 4, consumer: 5, end: 5),
    (producer: -1, consumer: 0, end: 0),
  ])
  func `a module's arguments live until its call returns`(producer: Int, consumer: Int, end: Int) {
    #expect(calls.hold(ofValueMadeAt: producer, readAt: consumer).step == end)
  }

  @Test(arguments: [".", ".a", "..", "a.", "a..b", ""], [".", ".a", "..", "a.", "a..b", ""])
  func `parts of a path may be empty`(first: String, second: String) {
    let calls = ModuleCalls(["", first, second].map { Node("Relu", module: $0) })
    #expect(calls.hold(ofValueMadeAt: 1, readAt: 2).step == 2)
  }
}
