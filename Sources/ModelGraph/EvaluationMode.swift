/// Layers that work otherwise in training, exported from a module in evaluation.
extension Node {
  /// The attribute of a layer whose module was in evaluation.
  public static let evaluatesAttribute = "evaluates"

  /// Whether autograd watches it and it works otherwise in training.
  fileprivate var tellsOfTraining: Bool {
    Self.changingWithTraining.contains(operatorName.name) && !attributes.flag("detached")
  }

  private static let changingWithTraining: Set = [
    "BatchNormalization", "Dropout", "FeatureDropout", "ShiftedDropout", "StochasticDepth",
  ]
}

extension Graph {
  /// Whether the model was in evaluation as a whole when it was exported: some layers show that, and none trains.
  ///
  /// A module that trains with all its normalizations in evaluation and without dropout looks the same.
  public var wasExportedInEvaluation: Bool {
    var isTold = false
    for index in nodes.indices where nodes[index].tellsOfTraining {
      guard nodes[index].attributes.flag(Node.evaluatesAttribute) else { return false }
      isTold = true
    }
    return isTold
  }

  /// The graph as `train()` would have it.
  public func leavingEvaluation() -> Graph {
    var graph = self
    for index in graph.nodes.indices {
      graph.nodes[index].attributes[Node.evaluatesAttribute] = nil
    }
    return graph
  }
}
