import Foundation
import TestSupport
import Testing

@testable import MemFit

/// Plans that PyTorch's own CUDA build has run, beside its `activation_memory_budget`.
///
/// `Validation/compare_recomputation.py` made the rows: peaks of the second step above what lives between steps, of
/// PyTorch's budgets those of its partitioned graphs run by the same kernels, or (`graph`) counted in them.
@Suite struct RecomputationComparisonTests {
  private struct Table: Decodable {
    var model: String
    var batch: Int
    var plans: [Plan]
    var pytorch: [Plan]
  }

  /// A peak, and the work that runs again as a share of a forward pass.
  private struct Plan: Decodable {
    var peak: Int
    var overhead: Double
    var planned: Int?
    var budget: Double?
    var graph: Bool?
  }

  private func tables() throws -> [Table] {
    let bytes = try TestFiles.bytes(of: TestFiles.fixture("PyTorch/recomputation.json"))
    return try JSONDecoder().decode([Table].self, from: Data(bytes))
  }

  @Test func `the peaks that PyTorch measures are the planned ones, and fall from plan to plan`()
    throws
  {
    for table in try tables() {
      #expect(table.plans.count >= 3)
      for (plan, next) in zip(table.plans, table.plans.dropFirst()) {
        #expect(next.peak < plan.peak, "\(table.model)")
      }
      #expect(table.plans.map(\.peak) == table.plans.map(\.planned), "\(table.model)")
    }
  }

  @Test func `at equal overhead the peak is at most that of PyTorch's budget`() throws {
    for table in try tables() {
      for other in table.pytorch {
        let own = table.plans.filter { $0.overhead <= other.overhead + 1e-4 }.map(\.peak).min()
        let best = try #require(own)
        // Graphs do not count the loss and its gradient.
        let bytes = other.peak + (other.graph == true ? 8 : 0)
        #expect(best <= bytes, "\(table.model) at \(other.budget ?? 0): \(best), \(other.peak)")
      }
    }
  }

  @Test func `plans for a budget are as good as those that were run`() throws {
    let table = try #require(try tables().first { $0.model == "resnet50" })
    let model = try MemFit.open(table.model)
    var training = TrainingRequest()
    training.optimizer = "none"
    training.hasWorkspace = false
    let request = MemFit.Request(bindings: Bindings(batch: table.batch), training: training)
    let old = table.plans[table.plans.count * 2 / 3]
    // Parameters, running statistics, a batch and its labels.
    let between = 104_849_512
    let budget = (old.planned ?? 0) + between
    let plan = try #require(
      try MemFit.recomputation(on: model, request, price: .macs, within: budget).plans.first)
    #expect(plan.peakBytes <= budget)
    #expect(3 * plan.extraWork <= old.overhead * 1.05 + 0.001)
  }
}
