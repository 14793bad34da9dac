import MemoryAnalysis
import ModelGraph
import Reports

/// Finds the most that one size of a request may be, by asking the executor.
struct SizeLimits {
  let request: MemFit.Request

  /// The size of each axis as it is; `nil` for axes that the model does not have.
  let sizes: [FitAnswer.Limit.Axis: Int]

  /// What a request takes; `nil` if the model cannot take it.
  let evaluate: (MemFit.Request) -> FitOutcome?

  init(
    _ model: Model, _ graph: Graph?, _ request: MemFit.Request, _ goal: FitAnswer.Goal,
    evaluate: @escaping (MemFit.Request) -> FitOutcome?
  ) {
    self.request = request
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
    guard let current = sizes[axis] else { return nil }
    let unit = unit(axis, current)
    let units = max(1, current / unit)
    func outcome(_ count: Int) -> FitOutcome? { evaluate(resized(axis, to: count * unit)) }
    let other = units == 1 ? 8 : units * 2
    let base = outcome(units)
    guard let first = base ?? outcome(1) else { return nil }
    let guess = outcome(other).map { second in
      LargestSize.guess(
        (units, first.needed.value), (other, second.needed.value), reaching: first.available.value)
    }
    guard let most = LargestSize.find(near: guess ?? units, fits: { outcome($0)?.fits ?? false })
    else {
      return outcome(1)?.fits == true ? nil : FitAnswer.Limit(axis: axis, size: nil)
    }
    // Models that take few sizes can refuse a smaller one than they have.
    let size = max(most, base?.fits == true ? units : 0)
    return FitAnswer.Limit(
      axis: axis, size: size * unit, isOfModel: outcome(size + 1) == nil)
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
