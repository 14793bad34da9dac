import ModelGraph
import Operators

extension TrainingSession {
  /// Says how much of the figures is an estimate where cuDNN runs recurrent layers.
  var estimatedReserve: Diagnostic? {
    let layers = facts.graph.nodes.filter { $0.operatorName == "StackedRecurrence" }
    guard let first = layers.first else { return nil }
    let bytes = layers.reduce(ByteCount.zero) { sum, node in
      sum + (StackedRecurrence.reserve(facts.call(node)) ?? .zero)
    }
    return Diagnostic(
      .note, "cudnnReserve",
      "recurrent layers run in cuDNN, which does not tell what it keeps for the backward pass: "
        + "\(bytes.value) bytes of these figures are an estimate", at: first.name)
  }
}
