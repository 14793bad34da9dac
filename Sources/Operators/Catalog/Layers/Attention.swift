// Attention of queries to keys and values, and what belongs to it.

import ModelGraph

extension OperatorDefinition {
  static let attentions: [OperatorDefinition] = [
    attention, flexAttention, linearAttention, rotaryEmbedding,
  ]

  /// Scaled dot-product attention, with a cache of past keys and values.
  ///
  /// <https://arxiv.org/abs/1706.03762>
  public static let attention = OperatorDefinition(
    "Attention",
    shape: .attention,
    gradients: Gradient.attention(),
    auxiliaries: Auxiliary.attentionStatistics { call throws(ShapeError) in
      try AttentionSizes(call)
    },
    work: .attention,
    layer: .always(.attention),
    example: .float32(
      [2, 12, 128, 64], [2, 12, 128, 64], [2, 12, 128, 64], gives: [2, 12, 128, 64]))

  /// Attention whose scores and probabilities bodies may change.
  public static let flexAttention = OperatorDefinition(
    OperatorName("FlexAttention", domain: "ai.onnx.preview"),
    shape: .attention,
    gradients: Gradient.attention(mask: nil),
    auxiliaries: Auxiliary.attentionStatistics { call throws(ShapeError) in
      try AttentionSizes(call)
    },
    work: .attention,
    layer: .always(.attention),
    example: .float32(
      [2, 12, 128, 64], [2, 4, 128, 64], [2, 4, 128, 64], gives: [2, 12, 128, 64]))

  /// Attention as a recurrence with a state of one matrix per head.
  ///
  /// <https://arxiv.org/abs/2412.06464>
  public static let linearAttention = OperatorDefinition(
    "LinearAttention",
    shape: .linearAttention,
    gradients: [0, 1, 2, 4, 5].map {
      Gradient(
        input: $0,
        reads: [.input(0), .input(1), .input(2), .input(3), .input(4), .input(5)])
    },
    work: .linearAttention,
    layer: .always(.attention),
    example: Example(
      OperatorCall(
        [
          .tensor(.float32, [2, 16, 512]), .tensor(.float32, [2, 16, 256]),
          .tensor(.float32, [2, 16, 512]),
        ],
        attributes: ["q_num_heads": .integer(8), "kv_num_heads": .integer(4)], outputCount: 2),
      [.tensor(.float32, [2, 16, 1024]), .tensor(.float32, [2, 4, 64, 128])]))

  /// Rotates pairs of features by an angle that grows with the position.
  ///
  /// <https://arxiv.org/abs/2104.09864>
  public static let rotaryEmbedding = OperatorDefinition(
    "RotaryEmbedding",
    shape: .sameAsInput,
    gradients: [.of(0, reads: .input(1), .input(2), .input(3))],
    overwrites: [0],
    work: .perOutputElement(3),
    layer: .always(.positionEmbedding),
    example: .float32([2, 12, 128, 64], [2, 128, 32], [2, 128, 32], gives: [2, 12, 128, 64]))
}

/// The sizes of attention as a recurrence.
private struct LinearAttentionSizes {
  var queryHeads: Int
  var keyHeads: Int
  var headSize: Int
  var valueHeadSize: Int
  var query: Shape

  init(_ call: OperatorCall) throws(ShapeError) {
    query = try call.shape(0)
    queryHeads = try call.positive("q_num_heads", default: 1)
    keyHeads = try call.positive("kv_num_heads", default: 1)
    let key = try call.shape(1)
    let value = try call.shape(2)
    guard query.count == 3, key.count == 3, value.count == 3, query[2] % queryHeads == 0,
      key[2] % keyHeads == 0, value[2] % keyHeads == 0
    else {
      throw .incompatible(
        rule: "the widths are no multiples of \(queryHeads) and \(keyHeads) heads",
        shapes: [query, key, value])
    }
    headSize = key[2] / keyHeads
    valueHeadSize = value[2] / keyHeads
  }
}

extension ShapeRule {
  /// The weighted values `[B, T, heads · size]` and the state `[B, heads, key size, value size]`.
  fileprivate static let linearAttention = ShapeRule { call throws(ShapeError) in
    let sizes = try LinearAttentionSizes(call)
    let type = try call.dataType(0)
    let width = try sizes.queryHeads.times(sizes.valueHeadSize)
    let output = ValueType.tensor(type, [sizes.query[0], sizes.query[1], width])
    let state = ValueType.tensor(
      call.has(3) ? try call.dataType(3) : type,
      [sizes.query[0], sizes.keyHeads, sizes.headSize, sizes.valueHeadSize])
    return Array([output, state].prefix(max(1, call.outputCount)))
  }
}

extension WorkRule {
  /// Every position updates the state of each key head and reads it for each query head.
  fileprivate static let linearAttention = WorkRule { call, _ in
    guard let sizes = try? LinearAttentionSizes(call) else { return .zero }
    return Work(
      multiplyAccumulates: saturatingProduct(
        sizes.query[0], sizes.query[1], saturatingSum(sizes.queryHeads, sizes.keyHeads),
        sizes.headSize, sizes.valueHeadSize))
  }
}
