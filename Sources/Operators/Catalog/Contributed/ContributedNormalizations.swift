// Normalisations that ONNX Runtime fuses with the sums before them.

import ModelGraph

extension OperatorDefinition {
  static let contributedNormalizations: [OperatorDefinition] = [
    skipLayerNormalization, skipSimplifiedLayerNormalization, embedLayerNormalization,
    contributedGroupNormalization, skipGroupNormalization,
  ]

  /// Layer normalisation of the sum of the input, a skip connection and a bias.
  public static let skipLayerNormalization = skip("SkipLayerNormalization", weights: 2)

  /// Root-mean-square normalisation of the sum of the input, a skip connection and a bias.
  public static let skipSimplifiedLayerNormalization = skip(
    "SkipSimplifiedLayerNormalization", weights: 1)

  /// The normalised sum of word, position and segment embeddings.
  public static let embedLayerNormalization = OperatorDefinition(
    .contributed("EmbedLayerNormalization"),
    shape: .embeddings,
    work: .perOutputElement(8),
    layer: .always(.embedding),
    example: Example(
      OperatorCall(
        [
          .tensor(.int32, [2, 128]), .tensor(.int32, [2, 128]), .tensor(.float32, [30522, 768]),
          .tensor(.float32, [512, 768]), .tensor(.float32, [2, 768]), .tensor(.float32, [768]),
          .tensor(.float32, [768]),
        ], outputCount: 2),
      [.tensor(.float32, [2, 128, 768]), .tensor(.int32, [2])]))

  /// Group normalisation with channels last and an optional activation.
  public static let contributedGroupNormalization = OperatorDefinition(
    .contributed("GroupNorm"),
    shape: .sameAsInput,
    work: .perOutputElement(6),
    layer: .always(.normalization),
    example: .float32([2, 64, 64, 320], [320], [320], gives: [2, 64, 64, 320]))

  /// Group normalisation of the sum of the input, a skip connection and a bias.
  public static let skipGroupNormalization = OperatorDefinition(
    .contributed("SkipGroupNorm"),
    shape: ShapeRule { call throws(ShapeError) in
      let input = ValueType.tensor(try call.tensor(0))
      return Array(repeating: input, count: min(2, max(1, call.outputCount)))
    },
    work: .perOutputElement(8),
    layer: .always(.normalization),
    example: .float32(
      [2, 64, 64, 320], [320], [320], [2, 64, 64, 320], gives: [2, 64, 64, 320]))

  private static func skip(_ name: String, weights: Int) -> OperatorDefinition {
    let input = Shape([2, 128, 768])
    let operands = [input, input] + Array(repeating: [768], count: weights)
    return OperatorDefinition(
      .contributed(name),
      shape: .skipNormalization,
      work: .perOutputElement(8),
      layer: .always(.normalization),
      example: Example(
        OperatorCall(operands.map { .tensor(.float32, $0) }), [.tensor(.float32, input)]))
  }
}

extension ShapeRule {
  /// The type of the input, the two statistics of each row, and the sum that was normalised.
  fileprivate static let skipNormalization = ShapeRule { call throws(ShapeError) in
    let input = try call.tensor(0)
    let statistics = ValueType.tensor(.float32, input.shape.dropLast() + [1])
    let outputs: [ValueType] = [.tensor(input), statistics, statistics, .tensor(input)]
    return Array(outputs.prefix(max(1, call.outputCount)))
  }

  /// `[N, length, width]`, the length of each sample's mask, and the sum of the embeddings.
  fileprivate static let embeddings = ShapeRule { call throws(ShapeError) in
    let words = try call.shape(0)
    let table = try call.tensor(2)
    guard words.count == 2 else { throw .rank(input: 0, expected: "rank 2", found: words) }
    guard table.rank == 2 else { throw .rank(input: 2, expected: "rank 2", found: table.shape) }
    let output = ValueType.tensor(table.dataType, words + [table.shape[1]])
    let outputs: [ValueType] = [output, .tensor(.int32, [words[0]]), output]
    return Array(outputs.prefix(max(1, call.outputCount)))
  }
}
