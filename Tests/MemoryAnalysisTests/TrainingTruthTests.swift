import Foundation
@testable import MemoryAnalysis
import ModelGraph
import TestSupport
import Testing

/// The training step against PyTorch's own figures.
@Suite struct TrainingTruthTests {
  @Test func `every recorded run is told with its error`() throws {
    for run in try TrainingTruth.load().runs {
      guard let trace = try run.trace() else {
        print("\(run.name): not modelled")
        continue
      }
      let measured = try TrainingMeasurement(
        trace, allocator: .init(expandableSegments: run.expandable))
      print(Self.line(run, measured, trace))
    }
  }

  private static func line(
    _ run: TrainingTruth.Run, _ ours: TrainingMeasurement, _ trace: TrainingTrace
  ) -> String {
    func error(_ value: ByteCount, _ truth: Int) -> String {
      value.value == truth
        ? "=" : String(format: "%+d (%+.3f%%)", value.value - truth, 100 * Double(value.value - truth) / Double(truth))
    }
    let op = trace.operatorName(at: ours.steady.peakEvent)
    return "\(run.name): saved \(error(ours.savedActivations, run.saved))"
      + " | requested \(error(ours.first.requested, run.first.requested))"
      + " \(error(ours.steady.requested, run.steady.requested))"
      + " | allocated \(error(ours.first.allocated, run.first.allocated))"
      + " \(error(ours.steady.allocated, run.steady.allocated))"
      + " | reserved \(error(ours.first.reserved, run.first.reserved))"
      + " \(error(ours.steady.reserved, run.steady.reserved))"
      + " | \(op == run.op ? "=" : "\(op) for \(run.op)")"
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
