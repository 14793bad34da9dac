import ModelGraph

/// Training whose first step is done: the second can be taken again and again, each time with other regions.
///
/// After a step nothing is left of what was computed again, so the first may do without.
struct SteadyTraining {
  private let session: TrainingSession

  init(_ settings: TrainingSettings, graph: Graph, tensors: [Tensor]) {
    var settings = settings
    settings.strategy.recomputation = .none
    var session = TrainingSession(graph.inTraining(), settings)
    session.build(tensors)
    session.step(0)
    self.session = session
  }

  func trace(_ recomputation: Recomputation = .none) -> TrainingTrace {
    var session = session
    session.settings.strategy.recomputation = recomputation
    session.step(1)
    return session.result
  }
}
