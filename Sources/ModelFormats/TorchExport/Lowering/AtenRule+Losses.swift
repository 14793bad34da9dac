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

  /// What is said of each class, of which the right one's counts.
  static let likelihood = AtenRule { call, graph in
    guard let scores = call.first, let target = call.tensor("target") else { return false }
    graph.emit(
      "NegativeLogLikelihoodLoss", [scores, target] + (call.tensor("weight").map { [$0] } ?? []),
      call.reduction, of: call)
    return true
  }

  /// A loss of two or three tensors.
  static func pairLoss(_ name: OperatorName) -> AtenRule {
    AtenRule { call, graph in
      guard let shape = call.output?.shape, call.operands.allSatisfy({ $0 != nil }) else {
        return false
      }
      var attributes = call.reduction
      attributes["shape"] = .integers(shape)
      if call.flag("log_target") || call.flag("log_input") {
        attributes["logarithm"] = .integer(1)
      }
      if call.flag("swap") { attributes["swap"] = .integer(1) }
      graph.emit(name, call.operands, attributes, of: call)
      return true
    }
  }

  /// How near two tensors are along an axis.
  static func similarity(_ name: OperatorName) -> AtenRule {
    AtenRule { call, graph in
      guard let shape = call.output?.shape, call.operands.count == 2 else { return false }
      graph.emit(
        name, call.operands,
        ["shape": .integers(shape), "axis": .integer(call.integer("dim") ?? 1)], of: call)
      return true
    }
  }

  /// A loss of numbers; one that weighs them is another kernel.
  static func elementLoss(_ name: OperatorName) -> AtenRule {
    AtenRule { call, graph in
      guard let input = call.first, let target = call.tensor("target"),
        call.tensor("weight") == nil
      else { return false }
      let weight = call.tensor("pos_weight").map { [$0] } ?? []
      graph.emit(name, [input, target] + weight, call.reduction, of: call)
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
