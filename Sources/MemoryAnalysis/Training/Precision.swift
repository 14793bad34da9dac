import ModelGraph

/// The types that a model is trained in.
public enum Precision: String, Hashable, Sendable, CaseIterable {
  case fp32

  /// All parameters, state and activations in a half type.
  case bf16, fp16

  /// Products and convolutions in a half type by autocast, parameters in single precision.
  case autocastBF16 = "amp-bf16"
  case autocastFP16 = "amp-fp16"

  /// The type of the parameters.
  var parameterType: DataType {
    switch self {
    case .fp32, .autocastBF16, .autocastFP16: .float32
    case .bf16: .bfloat16
    case .fp16: .float16
    }
  }

  /// The type that autocast lowers to.
  var autocast: DataType? {
    switch self {
    case .fp32, .bf16, .fp16: nil
    case .autocastBF16: .bfloat16
    case .autocastFP16: .float16
    }
  }

  /// Whether gradients would vanish without a scaled loss.
  var scalesLoss: Bool { self == .autocastFP16 }
}

extension Graph {
  /// The same graph with every single-precision value in another type.
  func casting(to dataType: DataType) -> Graph {
    guard dataType != .float32 else { return self }
    var graph = self
    for index in graph.values.indices {
      guard case .tensor(let type) = graph.values[index].type, type.dataType == .float32,
        !graph.keptSingle.contains(ValueID(index))
      else { continue }
      graph.values[index].type = .tensor(dataType, type.shape)
    }
    return graph
  }
}
