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

  /// Plans of which PyTorch takes less than was planned, by at most 0.5 %.
  private static let frugal = ["resnet50": 2, "mobilenet_v2": 1]

  @Test func `the peaks that PyTorch measures are the planned ones, and fall from plan to plan`()
    throws
  {
    for table in try tables() {
      #expect(table.plans.count >= 3)
      for (plan, next) in zip(table.plans, table.plans.dropFirst()) {
        #expect(next.peak < plan.peak, "\(table.model)")
      }
      let inexact = table.plans.filter { $0.peak != $0.planned }
      #expect(inexact.count <= Self.frugal[table.model] ?? 0, "\(table.model)")
      for plan in inexact {
        let planned = try #require(plan.planned)
        #expect((plan.peak...(plan.peak + plan.peak / 200)).contains(planned), "\(table.model)")
      }
    }
  }

  /// The budgets at which PyTorch's peak is lower, with the share by which it is; everywhere else ours is.
  ///
  /// At 0.8 nothing is multiplied twice: MobileNetV2's activations in place save a copy of what they overwrite, which
  /// graphs without such operators do not. At 0.5 GPT's least peak is 20 kB above PyTorch's.
  private static let behind = [
    "mobilenet_v2": [0.8: 0.00201], "gpt": [0.8: 0.00337, 0.5: 0.00005],
  ]

  @Test func `at equal overhead the peak is at most that of PyTorch's budget`() throws {
    for table in try tables() {
      for other in table.pytorch {
        let own = table.plans.filter { $0.overhead <= other.overhead + 1e-4 }.map(\.peak).min()
        let best = try #require(own)
        // Graphs do not count the loss and its gradient.
        let bytes = other.peak + (other.graph == true ? 8 : 0)
        let share = Self.behind[table.model]?[other.budget ?? 0] ?? 0
        let limit = Double(bytes) * (1 + share)
        #expect(
          Double(best) <= limit, "\(table.model) at \(other.budget ?? 0): \(best), \(other.peak)")
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
