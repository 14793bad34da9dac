import MemoryAnalysis
import ModelGraph
import Reports

/// Finds the most that one size of a request may be, by asking the executor.
struct SizeLimits: Sendable {
  let request: MemFit.Request

  /// The size of each axis as it is; `nil` for axes that the model does not have.
  let sizes: [FitAnswer.Limit.Axis: Int]

  /// What the request takes as it is.
  let current: FitOutcome

  /// What a request takes; `nil` if the model cannot take it.
  let evaluate: @Sendable (MemFit.Request) -> FitOutcome?

  init(
    _ model: Model, _ graph: Graph?, _ request: MemFit.Request, _ goal: FitAnswer.Goal,
    current: FitOutcome, evaluate: @escaping @Sendable (MemFit.Request) -> FitOutcome?
  ) {
    self.request = request
    self.current = current
    self.evaluate = evaluate
    var sizes: [FitAnswer.Limit.Axis: Int] = [:]
    sizes[.batch] = request.batchSize(of: graph)
    sizes[.sequence] = request.bindings.sequence ?? graph?.sequenceLength
    sizes[.image] = request.imageSize(of: graph)?.height
    // A context is what running keeps, not training.
    if goal == .run { sizes[.context] = model.cache.map { request.contextSize(of: $0) } }
    self.sizes = sizes
  }

  /// The most of a size; `nil` if the model has no such size, or memory does not depend on it.
  func limit(_ axis: FitAnswer.Limit.Axis) -> FitAnswer.Limit? {
    guard let size = sizes[axis] else { return nil }
    let unit = unit(axis, size)
    var known: [Int: FitOutcome?] = size % unit == 0 ? [size / unit: current] : [:]
    func outcome(_ count: Int) -> FitOutcome? {
      if let outcome = known[count] { return outcome }
      let outcome = evaluate(resized(axis, to: count * unit))
      known[count] = outcome
      return outcome
    }
    let start = max(1, size / unit)
    guard let first = outcome(start) ?? outcome(1) else { return nil }
    let most = LargestSize.find(from: start, reaching: first.available.value) { count in
      outcome(count).map { .init(bytes: $0.needed.value, least: $0.least?.value, fits: $0.fits) }
    }
    guard let most else {
      return outcome(1)?.fits == true ? nil : FitAnswer.Limit(axis: axis, size: nil)
    }
    return FitAnswer.Limit(
      axis: axis, size: most * unit, isOfModel: outcome(most + 1) == nil)
  }

  /// Images grow by what networks halve five times.
  private func unit(_ axis: FitAnswer.Limit.Axis, _ size: Int) -> Int {
    axis == .image && size % 32 == 0 ? 32 : 1
  }

  private func resized(_ axis: FitAnswer.Limit.Axis, to size: Int) -> MemFit.Request {
    var changed = request
    switch axis {
    case .batch: changed.bindings.setBatch(size)
    case .sequence: changed.bindings.sequence = size
    case .image: changed.bindings.image = Bindings.ImageSize(height: size, width: size)
    case .context: changed.cache.context = size
    }
    return changed
  }
}
