import TestSupport
import Testing

@testable import MemoryPlanning

/// Checkmate's experiment: the largest batch in 16 GB with at most one extra forward pass.
///
/// <https://github.com/parasj/checkmate>, branch `mlsys20_artifact`; graphs rebuilt from Keras.
@Suite(.enabled(if: TestFiles.corpus != nil)) struct CheckmateTests {
  private func graph(_ name: String) throws -> PlanningTruth.TrainingGraph {
    let folder = try #require(PlanningTruth.folder("recomputation"))
    return try PlanningTruth.read(
      PlanningTruth.TrainingGraph.self, "\(folder)/checkmate_\(name)_b1.json")
  }

  private func largestBatch(_ name: String, levels: Int) throws -> Int {
    let graph = try graph(name)
    let problem = graph.problem
    let plans = RecomputationSolver(trials: 0, levels: levels)
      .frontier(problem, searchedBudgets: 0)
    let limit = problem.forwardCost / problem.idealCost
    let plan = try #require(plans.last { $0.overhead <= limit })
    #expect(problem.replay(plan.schedule)?.peak == plan.peak)
    return (16_000_000_000 - graph.fixed_bytes) / plan.peak
  }

  @Test(arguments: [("VGG19", 289), ("vgg_unet", 61), ("fcn_8_vgg", 57), ("segnet", 61)])
  func `the largest batch is that of the working set`(name: String, batch: Int) throws {
    #expect(try largestBatch(name, levels: 300) == batch)
  }

  /// A second in a release build, a minute in a debug build: set `MEMFIT_SLOW_TESTS` to run it.
  @Test(.enabled(if: TestFiles.runsSlowTests), arguments: [("MobileNet", 1231), ("ResNet50", 702)])
  func `long chains reach the batch too`(name: String, batch: Int) throws {
    #expect(try largestBatch(name, levels: 1000) >= batch)
  }

  /// The networks with optima, and the trials of the search that reaches them.
  ///
  /// SegNet's and U-Net's long skips take as many as the command makes, minutes in a debug build: set
  /// `MEMFIT_SLOW_TESTS` to run them.
  private static let networks: [(name: String, trials: Int?)] =
    [("VGG16", 2000), ("VGG19", 2000), ("fcn_8_vgg", 2000)]
    + (TestFiles.runsSlowTests ? [("segnet", nil), ("vgg_unet", nil)] : [])

  @Test(arguments: networks)
  func `proven optima are reached within one percent of their overhead`(
    name: String, trials: Int?
  ) throws {
    let folder = try #require(PlanningTruth.folder("recomputation"))
    let optima = try PlanningTruth.read(
      [PlanningTruth.Optimum].self, "\(folder)/pareto_cpsat_\(name).json")
    let problem = try graph(name).problem
    for optimum in optima {
      // Of SegNet there is none at the working set if a value may be made twice only.
      guard let least = optimum.overhead else { continue }
      let plan = RecomputationSolver(trials: trials, levels: 500)
        .plan(problem, within: optimum.budget_bytes_per_sample)
      let found = try #require(plan)
      #expect(found.peak <= optimum.budget_bytes_per_sample)
      #expect(found.overhead <= 1.01 * least + 4e-5)
      #expect(found.overheadBound <= least + 1e-9)
    }
  }
}
