import TestSupport
import Testing

@testable import MemoryPlanning

/// Graphs of published networks, whose optima another implementation proved.
@Suite(.enabled(if: TestFiles.corpus != nil)) struct PublicOrderTests {
  @Test func `proven optima are proven here too, the open one within its interval`() throws {
    let folder = try #require(PlanningTruth.folder("order"))
    let results = try PlanningTruth.read(
      [String: PlanningTruth.OrderResult].self, "\(folder)/results.json")
    for (name, known) in results.sorted(by: { $0.key < $1.key }) {
      let graph = try PlanningTruth.read(
        PlanningTruth.OrderGraph.self, "\(folder)/\(name).json")
      let limit = known.proven ? 50_000 : 500
      let solution = OrderSolver(stateLimit: limit).solve(graph.problem)
      #expect(graph.problem.peak(of: solution.order) == solution.peak)
      #expect(solution.lowerBound <= known.exact)
      if known.proven {
        #expect(solution.status == .optimal && solution.peak == known.exact, "\(name)")
      } else {
        #expect(solution.peak <= known.exact, "\(name)")
      }
    }
  }
}
