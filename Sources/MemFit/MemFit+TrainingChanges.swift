import MemoryAnalysis
import ModelGraph

extension MemFit {
  /// What the usual remedies would each give, by the same executor.
  static func trainingChanges(
    _ model: Model, _ graph: Graph, _ request: Request, insteadOf current: TrainingFootprint
  ) -> [TrainingChange] {
    guard let device = try? trainingDevice(request) else { return [] }
    return TrainingRemedies(request: request, graph: graph, device: device).usual.compactMap {
      remedy in
      let changed = request.with([remedy])
      guard let outcome = trainingOutcome(of: model, changed) else { return nil }
      let time = outcome.seconds.flatMap { new in
        current.seconds.map { new / $0.upperBound / remedy.samples }
      }
      return TrainingChange(
        flags: changed.flags(.train, insteadOf: request), title: remedy.title,
        total: outcome.needed, gain: current.total - outcome.needed, fits: outcome.fits, time: time)
    }
  }
}
