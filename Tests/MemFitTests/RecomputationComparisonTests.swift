import Foundation
import TestSupport
import Testing

@testable import MemFit

/// Plans that PyTorch's own CUDA build has run, beside its `activation_memory_budget`.
///
/// `Validation/compare_recomputation.py` made the plans' rows. PyTorch's are of its partitioner (2.15), with the
/// gradients of parameters: peaks of its graphs in their order.
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
  }

  private func tables() throws -> [Table] {
    let bytes = try TestFiles.bytes(of: TestFiles.fixture("PyTorch/recomputation.json"))
    return try JSONDecoder().decode([Table].self, from: Data(bytes))
  }

  /// Budgets at which PyTorch's peak is lower, by at most a tenth (of VGG16, 8 bytes and 0.9 %): it computes again what lies
  /// between modules too.
  private static let lost: [String: Set<Double>] = [
    "resnet50": [0.5, 0.6, 0.8], "mobilenet_v2": [0.3, 0.4, 0.5, 0.6, 0.8], "vgg16": [0.6, 0.8],
  ]

  @Test func `the peaks that PyTorch measures are the planned ones, and fall from plan to plan`()
    throws
  {
    for table in try tables() {
      #expect(table.plans.count >= 3)
      for (plan, next) in zip(table.plans, table.plans.dropFirst()) {
        #expect(next.peak < plan.peak, "\(table.model)")
      }
      for plan in table.plans { #expect(plan.peak == plan.planned, "\(table.model)") }
    }
  }

  @Test func `at equal overhead the peak is below that of PyTorch's budget`() throws {
    for table in try tables() {
      for other in table.pytorch {
        let own = table.plans.filter { $0.overhead <= other.overhead + 1e-4 }.map(\.peak).min()
        let best = try #require(own)
        let isLost = Self.lost[table.model]?.contains(other.budget ?? 0) ?? false
        let limit = isLost ? other.peak + other.peak / 10 : other.peak
        #expect(best <= limit, "\(table.model) at \(other.budget ?? 0): \(best), \(other.peak)")
      }
      // PyTorch's peak rises again, whatever the budget; below its least only plans go.
      guard let least = table.pytorch.map(\.peak).min() else { continue }
      #expect((table.plans.last?.peak ?? .max) < least, "\(table.model)")
    }
  }

  @Test func `the plans are those of today`() throws {
    for table in try tables() where table.model == "resnet50" {
      let model = try MemFit.open(table.model)
      var training = TrainingRequest()
      training.optimizer = "none"
      training.hasWorkspace = false
      let request = MemFit.Request(bindings: Bindings(batch: table.batch), training: training)
      let plans = try MemFit.recomputation(on: model, request, price: .macs).plans
      let first = try #require(plans.first?.peakBytes)
      let found = plans.map { first - $0.peakBytes }
      #expect(found == table.plans.map { (table.plans[0].planned ?? 0) - ($0.planned ?? 0) })
    }
  }
}
