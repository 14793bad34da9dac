// Attention as one kernel, and what trains beside it.

import ModelGraph

extension OperatorDefinition {
  static let pyTorchTraining: [OperatorDefinition] = [
    scaledDotProductAttention, attentionMask, stochasticDepth,
  ]

  /// Attention without the matrix of scores: `softmax(q · kᵀ / √d + mask) · v`.
  ///
  /// Queries are `[batch, heads, length, d]`; groups of their heads may share keys and values. Single precision runs the memory-efficient kernel,
  /// half precision FlashAttention; both keep the logarithm of each row's sum.
  /// <https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.scaled_dot_product_attention.html>
  public static let scaledDotProductAttention = OperatorDefinition(
    "ScaledDotProductAttention",
    shape: .headedAttention,
    gradients: (0..<3).map { input in
      .of(
        input, reads: .input(0), .input(1), .input(2), .input(3), .output(0), .auxiliary(0),
        .auxiliary(1), .auxiliary(2))
    },
    auxiliaries: [.logSumExp, .randomState("seed"), .randomState("offset")],
    work: .headedAttention,
    training: .attention,
    layer: .always(.attention),
    example: .float32(
      [32, 12, 197, 64], [32, 12, 197, 64], [32, 12, 197, 64], gives: [32, 12, 197, 64]))

  /// Which keys each query of each sequence may see, of tokens `[batch, length]`.
  public static let attentionMask = OperatorDefinition(
    "AttentionMask",
    shape: .tensor { call throws(ShapeError) in
      let tokens = try call.shape(0)
      guard tokens.count == 2 else {
        throw .rank(input: 0, expected: "tokens of sequences", found: tokens)
      }
      return TensorType(.bool, [tokens[0], 1, tokens[1], tokens[1]])
    },
    training: .attentionMask,
    example: Example(
      OperatorCall([.tensor(.int64, [8, 512])]), [.tensor(.bool, [8, 1, 512, 512])]))

  /// Zeroes whole samples at random and scales the others; nothing at inference.
  ///
  /// Huang et al., "Deep Networks with Stochastic Depth", 2016. <https://arxiv.org/abs/1603.09382>
  public static let stochasticDepth = OperatorDefinition(
    "StochasticDepth",
    shape: .sameAsInput,
    gradients: [.of(0, reads: .auxiliary(0))],
    auxiliaries: [.sampleNoise],
    isIdentityAtInference: true,
    overwrites: [0],
    work: .perOutputElement(1),
    training: .stochasticDepth,
    example: .float32([32, 96, 56, 56], attributes: ["p": .float(0.1)], gives: [32, 96, 56, 56]))
}

extension ShapeRule {
  /// The queries' shape, with the last axis of the values.
  fileprivate static let headedAttention = ShapeRule.tensor { call throws(ShapeError) in
    var type = try call.tensor(0)
    let (keys, values) = (try call.shape(1), try call.shape(2))
    guard type.rank >= 2, keys.count == type.rank, values.count == type.rank,
      keys.last == type.shape.last, keys.dropLast() == values.dropLast(),
      keys.dropLast(2).elementsEqual(type.shape.dropLast(2), by: divides)
    else {
      throw .incompatible(
        rule: "queries, keys and values do not go together", shapes: [type.shape, keys, values])
    }
    type.shape[type.rank - 1] = values[values.count - 1]
    return type
  }
}

/// Whether queries come in whole groups that share a key.
private func divides(_ keys: Int, _ queries: Int) -> Bool {
  keys == queries || keys > 0 && queries % keys == 0
}

extension WorkRule {
  /// Two products for each pair of a query and a key, one along the keys, one along the values.
  fileprivate static let headedAttention = WorkRule { call, outputs in
    guard let query = try? call.shape(0), let key = try? call.shape(1), query.count >= 2,
      key.count >= 2, let depth = query.last
    else { return .zero }
    let length = key[key.count - 2]
    let scores = saturatingProduct(Shape(query.dropLast()).elementCount, length, depth)
    let mix = saturatingProduct(outputs.first?.elementCount ?? 0, length)
    return Work(multiplyAccumulates: saturatingSum(scores, mix))
  }
}

extension Auxiliary {
  /// One number a query, rows padded to 32 by the memory-efficient kernel.
  fileprivate static let logSumExp = Auxiliary("logsumexp") { call in
    guard let query = try? call.tensor(0), query.rank >= 2 else { return nil }
    var shape = Shape(query.shape.dropLast())
    if query.dataType == .float32 {
      shape[shape.count - 1] = shape[shape.count - 1].dividedRoundingUp(by: 32) * 32
    }
    return TensorType(.float32, shape)
  }

  fileprivate static func randomState(_ name: String) -> Auxiliary {
    Auxiliary(name) { _ in TensorType(.int64, []) }
  }

  /// One number a sample.
  fileprivate static let sampleNoise = Auxiliary("noise", isMadeAtInference: false) { call in
    guard let type = try? call.tensor(0), let batch = type.shape.first else { return nil }
    return TensorType(type.dataType, [batch] + Array(repeating: 1, count: type.rank - 1))
  }
}
