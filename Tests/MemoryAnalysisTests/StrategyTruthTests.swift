import Foundation
import MemoryAnalysis
import ModelGraph
import Testing

/// Strategies of training against PyTorch's own figures, run by run.
///
/// `MEMFIT_TRAINING_TABLE` shows each with its errors, `MEMFIT_EVENTS` the events of the one that it names.
@Suite struct StrategyTruthTests {
  /// The runs with regions that keep nothing, whose inputs the measurement itself held.
  private static let heldByMeasurement = [
    "resnet18_sgdm_8_blocks_late", "bert-sdpa_adamw_2_blocks_late",
  ]

  @Test func `strategies take what PyTorch takes`() throws {
    let environment = ProcessInfo.processInfo.environment
    let isTold = environment["MEMFIT_TRAINING_TABLE"] != nil
    var exact = 0
    for run in try StrategyTruth.load().runs {
      let trace = try #require(try run.trace(), "\(run.name)")
      let ours = try TrainingMeasurement(trace)
      if environment["MEMFIT_EVENTS"] == run.name { tell(trace) }
      let errors = Self.errors(run, ours)
      if isTold {
        print(
          run.name, errors.isEmpty ? "exact" : errors.map(\.description).joined(separator: "; "))
      }
      if errors.isEmpty { exact += 1 }
      for error in errors {
        let isHeld = error.kind == .saved && Self.heldByMeasurement.contains(run.name)
        #expect(isHeld || error.share <= error.kind.limit, "\(run.name): \(error)")
      }
      #expect(try Set(run.regionNames()) == Set(run.regions), "\(run.name): regions")
      let phases = ["fwd": TrainingTrace.Phase.forward, "bwd": .backward, "opt": .optimizer]
      #expect(ours.steady.peakPhase == phases[run.phase], "\(run.name): phase of the peak")
      let kernel = trace.operatorName(at: ours.steady.peakEvent)
      // The one calls the other, whose name stands beside the allocation.
      let aliases = ["_to_copy": "to_dtype_layout", "new_empty_strided": "empty_strided"]
      let isRight = run.op.hasPrefix(kernel) || aliases[kernel] == run.op
      #expect(isRight, "\(run.name): \(kernel), not \(run.op)")
    }
    #expect(exact >= 57, "runs that are exact in every figure")
  }

  /// A figure that differs from PyTorch's.
  private struct FigureError: CustomStringConvertible {
    var kind: Kind
    var step: String
    var ours: Int
    var truth: Int

    enum Kind: String {
      case saved, requested, allocated, reserved

      /// The largest error allowed, as a share: what tensors ask for is exact.
      ///
      /// Of Swin's recomputed blocks one segment of 20 MiB is missed.
      var limit: Double {
        switch self {
        case .saved, .requested: 0
        case .allocated: 0.005
        case .reserved: 0.03
        }
      }
    }

    var share: Double { abs(Double(ours - truth)) / Double(truth) }
    var description: String { "\(step) \(kind) \(ours) for \(truth), off by \(ours - truth)" }
  }

  private static func errors(
    _ run: StrategyTruth.Run, _ ours: TrainingMeasurement
  ) -> [FigureError] {
    func error(
      _ kind: FigureError.Kind, _ step: String, _ ours: ByteCount, _ truth: Int
    ) -> FigureError { FigureError(kind: kind, step: step, ours: ours.value, truth: truth) }
    let steps = [("first", run.first, ours.first), ("steady", run.steady, ours.steady)]
    let all =
      [error(.saved, "steady", ours.savedActivations, run.saved)]
      + steps.flatMap { name, truth, ours in
        [
          error(.requested, name, ours.requested, truth.requested),
          error(.allocated, name, ours.allocated, truth.allocated),
          error(.reserved, name, ours.reserved, truth.reserved),
        ]
      }
    return all.filter { $0.ours != $0.truth }
  }

  /// Prints the steady step as `measure_strategies.py --events` does.
  private func tell(_ trace: TrainingTrace) {
    var numbers: [Int32: Int] = [:]
    var names: [Substring] = []
    for event in trace.trace.events[trace.events(ofStep: 1)] {
      switch event {
      case .begin(let step):
        let begun = trace.trace.steps[Int(step)]
        names = ["\(begun.operatorName.name)", "\(begun.node)", "\(begun.phase.rawValue)"]
      case .allocate(let index):
        numbers[index] = numbers.count + 1
        let bytes = trace.trace.allocations[Int(index)].bytes.value
        print("a", numbers.count, bytes, names.joined(separator: " "))
      case .free(let index):
        let bytes = trace.trace.allocations[Int(index)].bytes.value
        print(numbers[index].map { "f \($0)" } ?? "x \(bytes)")
      }
    }
  }
}
