public import ModelGraph

extension Graph {
  /// The same graph with its floating-point inputs and activations in another type, as a converted model has
  /// them; weights, indices and masks keep theirs.
  public func computing(in dataType: DataType?) -> Graph {
    guard let dataType else { return self }
    var graph = self
    for index in graph.values.indices where graph.values[index].role.isComputed {
      guard let type = graph.values[index].type.tensorType, type.dataType.isComputable else {
        continue
      }
      graph.values[index].type = .tensor(TensorType(dataType, type.shape))
    }
    graph.bodies = bodies.map { $0.computing(in: dataType) }
    return graph
  }
}

extension ValueRole {
  fileprivate var isComputed: Bool {
    switch self {
    case .input, .activation, .captured: true
    case .parameter, .state, .constant: false
    }
  }
}

extension DataType {
  /// Whether networks compute in the type unless they are quantized.
  fileprivate var isComputable: Bool {
    [.float32, .float16, .bfloat16, .float64].contains(self)
  }
}
