// Attention in ONNX Runtime's own set, with its several layouts of queries, keys and values.

import ModelGraph

extension OperatorDefinition {
  static let contributedAttentions: [OperatorDefinition] = [
    contributedAttention, quantizedAttention, multiHeadAttention, decoderMaskedAttention,
    groupQueryAttention, sparseAttention, contributedRotaryEmbedding,
    contributedLinearAttention,
  ]

  /// The projection to queries, keys and values, and the attention itself.
  public static let contributedAttention = OperatorDefinition(
    .contributed("Attention"),
    shape: .projectedAttention(past: 4) { call throws(ShapeError) in try call.dataType(0) },
    work: .projectedAttention(past: 4),
    layer: .always(.attention),
    example: .float32(
      [2, 128, 768], [768, 2304], [2304], attributes: ["num_heads": .integer(12)],
      gives: [2, 128, 768]))

  /// ``contributedAttention`` with quantised input and weight.
  public static let quantizedAttention = OperatorDefinition(
    .contributed("QAttention"),
    shape: .projectedAttention(past: 8) { call throws(ShapeError) in try call.dataType(3) },
    work: .projectedAttention(past: 8),
    layer: .always(.attention),
    example: Example(
      OperatorCall(
        [
          .tensor(.uint8, [2, 128, 768]), .tensor(.int8, [768, 2304]), .tensor(.float32, [2304]),
          .tensor(.float32, []), .tensor(.float32, []),
        ], attributes: ["num_heads": .integer(12)]),
      [.tensor(.float32, [2, 128, 768])]))

  public static let multiHeadAttention = OperatorDefinition(
    .contributed("MultiHeadAttention"),
    shape: .packedAttention(past: 6),
    work: .packedAttention(past: 6),
    layer: .always(.attention),
    example: .float32(
      [2, 128, 768], [2, 128, 768], [2, 128, 768], attributes: ["num_heads": .integer(12)],
      gives: [2, 128, 768]))

  /// ``multiHeadAttention`` of one new position to all past ones.
  public static let decoderMaskedAttention = OperatorDefinition(
    .contributed("DecoderMaskedMultiHeadAttention"),
    shape: .packedAttention(past: 5),
    work: .packedAttention(past: 5),
    layer: .always(.attention),
    example: .float32(
      [2, 1, 768], [2, 1, 768], [2, 1, 768], attributes: ["num_heads": .integer(12)],
      gives: [2, 1, 768]))

  /// Attention whose key heads serve several query heads each, with a cache.
  ///
  /// <https://arxiv.org/abs/2305.13245>
  public static let groupQueryAttention = groupQuery("GroupQueryAttention", total: 6)

  /// ``groupQueryAttention`` to blocks of positions.
  public static let sparseAttention = groupQuery("SparseAttention", total: 7)

  public static let contributedRotaryEmbedding = OperatorDefinition(
    .contributed("RotaryEmbedding"),
    shape: .sameAsInput,
    gradients: [.of(0, reads: .input(1), .input(2), .input(3))],
    overwrites: [0],
    work: .perOutputElement(3),
    layer: .always(.positionEmbedding),
    example: Example(
      OperatorCall([
        .tensor(.float32, [2, 128, 768]), .tensor(.int64, [2, 128]),
        .tensor(.float32, [2048, 32]), .tensor(.float32, [2048, 32]),
      ]),
      [.tensor(.float32, [2, 128, 768])]))

  public static let contributedLinearAttention = OperatorDefinition(
    .contributed("LinearAttention"),
    shape: linearAttention.shape,
    work: linearAttention.work,
    layer: .always(.attention),
    example: linearAttention.example)

  private static func groupQuery(_ name: String, total: Int) -> OperatorDefinition {
    OperatorDefinition(
      .contributed(name),
      shape: .groupQueryAttention(total: total),
      work: .groupQueryAttention(total: total),
      layer: .always(.attention),
      example: Example(
        OperatorCall(
          [
            .tensor(.float32, [2, 1, 2048]), .tensor(.float32, [2, 1, 512]),
            .tensor(.float32, [2, 1, 512]), .tensor(.float32, [2, 8, 100, 64]),
            .tensor(.float32, [2, 8, 100, 64]),
          ] + Array(repeating: .tensor(.int32, []), count: total - 4),
          values: Array(repeating: nil, count: total) + [TensorValue(scalar: 101)],
          attributes: ["num_heads": .integer(32), "kv_num_heads": .integer(8)], outputCount: 3),
        [
          .tensor(.float32, [2, 1, 2048]), .tensor(.float32, [2, 8, 101, 64]),
          .tensor(.float32, [2, 8, 101, 64]),
        ]))
  }
}
