import ModelGraph

// Losses that a model computes itself.

extension AtenRule {
  static let crossEntropy = AtenRule { call, graph in
    guard let scores = call.first, let target = call.tensor("target") else { return false }
    var attributes = call.reduction
    if let smoothing = call.number("label_smoothing"), smoothing > 0 {
      attributes["label_smoothing"] = .float(smoothing)
    }
    graph.emit(
      "SoftmaxCrossEntropyLoss", [scores, target] + (call.tensor("weight").map { [$0] } ?? []),
      attributes, of: call)
    return true
  }

  static let connectionistLoss = AtenRule { call, graph in
    guard let input = call.tensor("log_probs"), let targets = call.tensor("targets") else {
      return false
    }
    let lengths = ["input_lengths", "target_lengths"].map { call.tensor($0) }
    graph.emit(
      "ConnectionistLoss", [input, targets] + lengths,
      call.reduction, of: call)
    return true
  }

  /// A loss of numbers; one that weighs them is another kernel.
  static func elementLoss(_ name: OperatorName) -> AtenRule {
    AtenRule { call, graph in
      guard let input = call.first, let target = call.tensor("target"),
        call.tensor("weight") == nil, call.tensor("pos_weight") == nil
      else { return false }
      graph.emit(name, [input, target], call.reduction, of: call)
      return true
    }
  }
}

extension AtenCall {
  /// What becomes of the losses of the elements.
  fileprivate var reduction: Attributes {
    switch integer("reduction") {
    case 0: ["reduction": .string("none")]
    case 2: ["reduction": .string("sum")]
    default: ["reduction": .string("mean")]
    }
  }
}
