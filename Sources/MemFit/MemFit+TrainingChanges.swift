import MemoryAnalysis
import ModelGraph

extension MemFit {
  /// What the usual remedies would each give, by the same executor.
  static func trainingChanges(
    _ model: Model, _ graph: Graph, _ request: Request, insteadOf current: TrainingFootprint
  ) -> [TrainingChange] {
    let base = FitOutcome(
      amounts: [.init(needed: current.total, available: current.available)], fits: current.fits,
      seconds: current.seconds?.upperBound, recomputed: current.recomputedMultiplyAccumulates)
    let search = FitSearch(model, request, .train, base: base) { trainingOutcome(of: model, $0) }
    let remedies = TrainingRemedies(request: request, graph: graph, device: current.device)
    return remedies.usual.compactMap { search.change($0) }.map { change in
      TrainingChange(
        flags: change.flags, title: change.title, total: change.needed, gain: change.gain,
        fits: change.fits, time: change.time)
    }
  }
}
