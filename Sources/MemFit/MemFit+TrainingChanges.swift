import ByteFormats
import MemoryAnalysis
import ModelGraph

extension MemFit {
  /// The largest batch that fits, and what the usual remedies would each give, by the same executor; no more than is
  /// asked for.
  static func trainingAnswers(
    _ model: Model, _ graph: Graph, _ request: Request, on device: Device,
    insteadOf current: FitOutcome
  ) -> (largestBatch: Int?, changes: [TrainingChange]) {
    let evaluate: @Sendable (Request) -> FitOutcome? = {
      trainingOutcome(of: model, $0, given: (request.bindings, graph))
    }
    let search = FitSearch(model, request, .train, base: current, evaluate: evaluate)
    let remedies =
      request.training.findsChanges
      ? TrainingRemedies(request: request, graph: graph, device: device).usual : []
    let (largest, changes) = concurrently(
      {
        request.training.findsLargestBatch
          ? SizeLimits(model, graph, request, .train, current: current, evaluate: evaluate)
            .limit(.batch)?.size : nil
      }, forEachOf: remedies, { search.change($0) })
    return (largest, changes.compactMap(\.self).map(TrainingChange.init))
  }
}

extension TrainingChange {
  fileprivate init(_ change: FitChange) {
    self.init(
      flags: change.flags, title: change.title, total: change.needed, gain: change.gain,
      fits: change.fits, time: change.time)
  }
}
