import ModelGraph

/// What the operators of a subgraph use a tensor as.
enum TFLiteTensorUse {
  /// A trained weight of a layer.
  case weight

  /// A shape, an axis, an operand of arithmetic, or nothing.
  case other

  /// The use of each tensor of a subgraph.
  static func uses(
    in subgraph: TFLiteFile.Subgraph, _ codes: [TFLiteFile.Code]
  ) -> [TFLiteTensorUse] {
    var uses = [TFLiteTensorUse](repeating: .other, count: subgraph.tensors.count)
    for node in subgraph.nodes {
      guard let weights = weightInputs[OperatorName(codes[node.code]).name] else { continue }
      for (position, input) in node.inputs.enumerated()
      where weights.contains(position) && input >= 0 {
        uses[input] = .weight
      }
    }
    return uses
  }

  /// The operands that are weights, by operator.
  private static let weightInputs: [String: ClosedRange<Int>] = [
    "CONV_2D": 1...2, "DEPTHWISE_CONV_2D": 1...2, "CONV_3D": 1...2, "CONV_3D_TRANSPOSE": 1...3,
    "TRANSPOSE_CONV": 1...3, "FULLY_CONNECTED": 1...2, "BATCH_MATMUL": 0...1, "SVDF": 1...3,
    "LSTM": 1...23, "UNIDIRECTIONAL_SEQUENCE_LSTM": 1...23, "RNN": 1...3,
    "UNIDIRECTIONAL_SEQUENCE_RNN": 1...3, "BIDIRECTIONAL_SEQUENCE_RNN": 1...11,
    "BIDIRECTIONAL_SEQUENCE_LSTM": 1...47, "EMBEDDING_LOOKUP": 1...1, "GATHER": 0...0,
    "PRELU": 1...1, "DEQUANTIZE": 0...0, "DENSIFY": 0...0,
  ]
}

extension Tensor.Role {
  /// The role of a constant, told by its type and by what reads it.
  ///
  /// Whole numbers of 32 bits and more are parameters where a layer takes its weights, as biases are;
  /// elsewhere they are shapes and axes. Single numbers are operands, not weights.
  init(_ type: TensorType, use: TFLiteTensorUse) {
    if use == .weight, type.rank > 0 {
      self = .parameter
    } else if type.dataType == .string || type.dataType == .bool || type.elementCount <= 1 {
      self = .constant
    } else {
      let isWide = type.dataType.isInteger && type.dataType.layout.bytes >= 4
      self = isWide ? .constant : .parameter
    }
  }
}
