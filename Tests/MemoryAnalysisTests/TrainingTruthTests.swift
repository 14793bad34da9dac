import Foundation
@testable import MemoryAnalysis
import ModelGraph
import TestSupport
import Testing

/// The training step against PyTorch's own figures, run by run.
///
/// Set `MEMFIT_TRAINING_TABLE` to see every run with its errors.
@Suite struct TrainingTruthTests {
  @Test func `the training step takes what PyTorch takes`() throws {
    let isTold = ProcessInfo.processInfo.environment["MEMFIT_TRAINING_TABLE"] != nil
    var exact: Set<String> = []
    var allocatedErrors: [Double] = []
    for run in try TrainingTruth.load().runs {
      guard let trace = try run.trace() else {
        Issue.record("\(run.name) is not modelled")
        continue
      }
      let ours = try TrainingMeasurement(
        trace, allocator: .init(expandableSegments: run.expandable))
      let error = RunError(run, ours, trace)
      if isTold { print("\(run.name): \(error)") }
      if error.isZero { exact.insert(run.name) }
      allocatedErrors.append(error.allocated)
      #expect(error.saved == 0, "\(run.name): saved")
      #expect(error.requested == 0, "\(run.name): requested")
      #expect(error.allocated <= 0.005, "\(run.name): allocated")
      #expect(error.reserved <= 0.02, "\(run.name): reserved")
      #expect(error.hasRightOperator, "\(run.name): operator of the peak")
    }
    let middle = allocatedErrors.sorted()[allocatedErrors.count / 2]
    #expect(middle <= 0.0005)
    #expect(Set(Self.exactRuns).subtracting(exact).isEmpty, "runs that were exact")
  }

  @Test func `a decoder takes what PyTorch takes to train`() throws {
    let isTold = ProcessInfo.processInfo.environment["MEMFIT_TRAINING_TABLE"] != nil
    for run in try TrainingTruth.load("decoder_truth").runs {
      let trace = try #require(try run.trace(), "\(run.name)")
      let error = RunError(run, try TrainingMeasurement(trace), trace)
      if isTold { print("\(run.name): \(error)") }
      #expect(error.hasRightOperator, "\(run.name): operator of the peak")
      // Numbers of positions read as zeros on the pretended GPU, which looks like packed sequences: the
      // module makes a mask for them, which it does not for one sequence.
      guard !run.model.hasSuffix("sdpa") else { continue }
      #expect(error.saved == 0, "\(run.name): saved")
      #expect(error.requested == 0, "\(run.name): requested")
      #expect(error.allocated <= 0.005, "\(run.name): allocated")
      #expect(error.reserved <= 0.02, "\(run.name): reserved")
    }
  }
}

/// How far a run is from the truth, in the worse of its two steps, as shares of the truth.
private struct RunError: CustomStringConvertible {
  let saved: Double
  let requested: Double
  let allocated: Double
  let reserved: Double
  let hasRightOperator: Bool

  init(_ run: TrainingTruth.Run, _ ours: TrainingMeasurement, _ trace: TrainingTrace) {
    func share(_ value: ByteCount, _ truth: Int) -> Double {
      abs(Double(value.value - truth)) / Double(truth)
    }
    let (first, steady) = (ours.first, ours.steady)
    saved = share(ours.savedActivations, run.saved)
    requested = max(
      share(first.requested, run.first.requested), share(steady.requested, run.steady.requested))
    allocated = max(
      share(first.allocated, run.first.allocated), share(steady.allocated, run.steady.allocated))
    reserved = max(
      share(first.reserved, run.first.reserved), share(steady.reserved, run.steady.reserved))
    let phases = [
      "fwd": TrainingTrace.Phase.forward, "bwd": .backward, "opt": .optimizer,
    ]
    hasRightOperator =
      phases[run.phase] == steady.peakPhase
      && trace.operatorName(at: steady.peakEvent) == run.op
  }

  var isZero: Bool { [saved, requested, allocated, reserved].allSatisfy { $0 == 0 } }

  var description: String {
    [("saved", saved), ("requested", requested), ("allocated", allocated), ("reserved", reserved)]
      .map { "\($0) \($1 == 0 ? "exact" : String(format: "%.4f %%", 100 * $1))" }
      .joined(separator: ", ") + (hasRightOperator ? "" : ", operator differs")
  }
}

extension TrainingTrace {
  /// The kernel that runs at an event.
  func operatorName(at event: Int) -> String {
    for index in stride(from: min(event, trace.events.count - 1), through: 0, by: -1) {
      if case .begin(let step) = trace.events[index] {
        return trace.steps[Int(step)].operatorName.name
      }
    }
    return ""
  }
}
