/// How ONNX Runtime chooses the order of a file's nodes: `SessionOptions.execution_order`.
public enum ExecutionOrderOption: String, Hashable, Sendable, CaseIterable {
  /// Depth first, back from the nodes that no one reads.
  case `default`

  /// As the nodes stand in the file: `PRIORITY_BASED`.
  case priorityBased = "priority-based"
}
