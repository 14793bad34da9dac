import ModelGraph

/// How calls of one of PyTorch's operators are written in ours.
struct AtenRule: Sendable {
  /// Adds the nodes of a call; `false` if the call is of a kind that the rule does not know.
  let lower: @Sendable (AtenCall, inout ProgramLowering) -> Bool

  init(_ lower: @escaping @Sendable (AtenCall, inout ProgramLowering) -> Bool) {
    self.lower = lower
  }

  /// One node that reads all tensors given.
  static func node(
    _ name: OperatorName, _ attributes: @escaping @Sendable (AtenCall) -> Attributes = { _ in [:] }
  ) -> AtenRule {
    AtenRule { call, graph in
      graph.emit(name, call.operands, call.marked(attributes(call)), of: call)
      return true
    }
  }

  /// One node that reads the first tensor alone.
  static func unary(
    _ name: OperatorName, _ attributes: @escaping @Sendable (AtenCall) -> Attributes = { _ in [:] }
  ) -> AtenRule {
    AtenRule { call, graph in
      guard let input = call.first else { return false }
      graph.emit(name, [input], call.marked(attributes(call)), of: call)
      return true
    }
  }

  /// One node that reads the first tensor and is told the shape of the result.
  static func shaped(_ name: OperatorName) -> AtenRule {
    AtenRule { call, graph in
      guard let input = call.first, let shape = call.output?.shape else { return false }
      graph.emit(name, [input], ["shape": .integers(shape)], of: call)
      return true
    }
  }

  /// The first tensor itself.
  static let same = AtenRule { call, graph in
    guard let input = call.first else { return false }
    return graph.alias(call, to: input)
  }
}
