import MemoryAnalysis
import ModelGraph

extension MemFit {
  /// What the usual remedies would each give, by the same executor.
  static func trainingChanges(
    _ model: Model, _ graph: Graph, _ request: Request, on device: Device,
    insteadOf current: FitOutcome
  ) -> [TrainingChange] {
    let search = FitSearch(model, request, .train, base: current) {
      trainingOutcome(of: model, $0, given: (request.bindings, graph))
    }
    let remedies = TrainingRemedies(request: request, graph: graph, device: device)
    return remedies.usual.compactMap { search.change($0) }.map { change in
      TrainingChange(
        flags: change.flags, title: change.title, total: change.needed, gain: change.gain,
        fits: change.fits, time: change.time)
    }
  }
}
