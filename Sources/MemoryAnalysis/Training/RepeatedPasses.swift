import ModelGraph

/// The forward and backward passes of a step, which the next step repeats.
///
/// Both dispatch the same, for they begin with the same tensors and without gradients. What the first makes for
/// good, a workspace of cuBLAS or the numbers of a gradient scaler, the next finds there.
struct RepeatedPasses {
  private let strategy: Strategy
  private let firstEvent: Int
  private let allocations: Range<Int>

  /// Where each pass ended, and what was saved then.
  private let marks: [TrainingTrace.Mark]

  /// The gradients that the passes left, with their allocations and the references to them.
  private let gradients: [LiveTensor?]
  private let origins: [(allocation: Int32, references: Int32)?]

  /// Looks at a session whose step, which began where it is said, has just gone backward.
  init(of session: TrainingSession, firstEvent: Int, firstAllocation: Int, firstMark: Int) {
    let ledger = session.machine.ledger
    strategy = session.settings.strategy
    self.firstEvent = firstEvent
    allocations = firstAllocation..<ledger.trace.allocations.count
    marks = Array(session.marks[firstMark...])
    gradients = session.gradients
    origins = gradients.map { gradient in
      gradient.map { (ledger.allocation(of: $0.storage), ledger.references(to: $0.storage)) }
    }
  }

  /// Writes the passes down as those of another step; `false` if they may be others then.
  func play(as step: Int, in session: inout TrainingSession) -> Bool {
    guard strategy == session.settings.strategy, !strategy.keepsGradients,
      strategy.dataParallelism == nil, let kept = kept(session.machine.ledger.trace)
    else { return false }
    session.machine.ledger.reserveForRepeating(from: firstEvent, allocations.lowerBound)
    var copies = AllocationCopies(of: allocations, kept: kept)
    var event = firstEvent
    for mark in marks {
      session.machine.ledger.repeatEvents(event..<mark.eventCount, &copies)
      session.mark(step, mark.phase, saved: mark.savedBytes)
      event = mark.eventCount
    }
    takeGradients(copies, in: &session)
    return true
  }

  /// Whether the passes made each of their allocations for good; `nil` if they freed or left as gradients what they
  /// did not make, or left what is neither for good nor a gradient.
  private func kept(_ trace: Trace) -> [Bool]? {
    let left = Set(origins.compactMap { $0?.allocation })
    guard left.allSatisfy({ $0 < 0 || allocations.contains(Int($0)) }) else { return nil }
    let end = marks.last?.eventCount ?? firstEvent
    var kept = Array(repeating: true, count: allocations.count)
    for (position, event) in zip(firstEvent..., trace.events[firstEvent...]) {
      guard case .free(let allocation) = event else { continue }
      guard allocations.contains(Int(allocation)) else {
        if position < end { return nil }
        continue
      }
      if position >= end, !left.contains(allocation) { return nil }
      kept[Int(allocation) - allocations.lowerBound] = false
    }
    let areForGood = kept.indices.allSatisfy {
      !kept[$0] || trace.allocations[allocations.lowerBound + $0].category.outlivesSteps
    }
    return areForGood ? kept : nil
  }

  private func takeGradients(
    _ copies: AllocationCopies, in session: inout TrainingSession
  ) {
    var storages: [Int32: Int] = [:]
    for case (let index, (var gradient?, let origin?)) in zip(gradients, origins).enumerated() {
      let storage =
        storages[origin.allocation]
        ?? session.machine.ledger.adopt(copies[origin.allocation], references: origin.references)
      if origin.allocation >= 0 { storages[origin.allocation] = storage }
      gradient.storage = storage
      session.gradients[index] = gradient
    }
  }
}

/// The allocations that stand for those of some events where these are written down once more.
struct AllocationCopies {
  private let first: Int
  private let kept: [Bool]
  private var copies: [Int32]

  init(of allocations: Range<Int>, kept: [Bool]) {
    (first, self.kept) = (allocations.lowerBound, kept)
    copies = Array(repeating: -1, count: allocations.count)
  }

  /// Whether an allocation was made for good, so that it is there.
  func isKept(_ allocation: Int32) -> Bool { kept[Int(allocation) - first] }

  /// The allocation in place of another; that of no bytes for itself.
  subscript(allocation: Int32) -> Int32 {
    get { allocation < 0 ? allocation : copies[Int(allocation) - first] }
    set { copies[Int(allocation) - first] = newValue }
  }
}

extension Trace.Category {
  /// Whether what is made for it in a pass may stay.
  fileprivate var outlivesSteps: Bool { self == .workspace || self == .optimizerState }
}
