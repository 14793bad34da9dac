import ModelGraph

extension LitePlan {
  /// Plans a graph as a runtime of TensorFlow Lite does.
  ///
  /// - Parameters:
  ///   - graph: The graph with all sizes known.
  ///   - runtime: One of the two.
  ///   - offlinePlan: The words of the file's `OfflineMemoryAllocation`, which LiteRT does not read.
  init(of graph: Graph, runtime: Runtime, offlinePlan: [Int]? = nil) {
    if runtime == .tfliteMicro {
      self = TFLiteMicroPlanner(graph, offlinePlan: offlinePlan).plan
    } else {
      var planner = LiteRTPlanner(graph)
      self = planner.plan()
    }
  }
}

extension Arena {
  /// The arena of a plan.
  init(_ plan: LitePlan) {
    self.init(bytes: plan.arena, lowerBound: plan.lowerBound, planner: plan.planner)
  }
}
