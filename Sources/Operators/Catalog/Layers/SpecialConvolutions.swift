// Convolutions with learned offsets, with a carried state, and the fold that undoes patches.

import ModelGraph

extension OperatorDefinition {
  static let specialConvolutions: [OperatorDefinition] = [
    deformableConvolution, causalConvolution, col2Im,
  ]

  /// A convolution whose window samples at learned offsets.
  ///
  /// <https://arxiv.org/abs/1811.11168>
  public static let deformableConvolution = OperatorDefinition(
    "DeformConv",
    shape: .convolution,
    gradients: [
      .of(0, reads: .input(0), .input(1), .input(2), .input(4)),
      .of(1, reads: .input(0), .input(1), .input(2), .input(4)),
      .of(2, reads: .input(0), .input(1), .input(2), .input(4)),
      .of(3),
      .of(4, reads: .input(0), .input(1), .input(2), .input(4)),
    ],
    work: .convolution,
    layer: .convolution,
    example: .float32(
      [1, 64, 28, 28], [64, 64, 3, 3], [1, 18, 28, 28],
      attributes: ["pads": .integers([1, 1, 1, 1])], gives: [1, 64, 28, 28]))

  /// A depthwise convolution along time that sees the past only, and carries its last inputs on.
  public static let causalConvolution = OperatorDefinition(
    "CausalConvWithState",
    shape: .causalConvolution,
    gradients: [.of(0, reads: .input(0), .input(1)), .of(1, reads: .input(0)), .of(2)],
    work: .convolution,
    layer: .always(.depthwiseConvolution),
    example: Example(
      OperatorCall(
        [.tensor(.float32, [2, 1024, 128]), .tensor(.float32, [1024, 1, 4])], outputCount: 2),
      [.tensor(.float32, [2, 1024, 128]), .tensor(.float32, [2, 1024, 3])]))

  /// Adds up patches at the places they were cut from.
  public static let col2Im = OperatorDefinition(
    "Col2Im",
    shape: .fold,
    gradients: [.of(0)],
    work: .perInputElement(1),
    example: Example(
      OperatorCall(
        [.tensor(.float32, [1, 5, 5]), .tensor(.int64, [2]), .tensor(.int64, [2])],
        values: [nil, TensorValue([5, 5]), TensorValue([1, 5])]),
      [.tensor(.float32, [1, 1, 5, 5])]))
}

extension ShapeRule {
  /// Input `[N, C, length]` and weight `[C, 1, k]`: the same, and a state of `k − 1` positions.
  static let causalConvolution = ShapeRule { call throws(ShapeError) in
    let input = try call.tensor(0)
    let weight = try call.shape(1)
    guard input.rank == 3, weight.count == 3, input.shape[1] == weight[0], weight[2] >= 1 else {
      throw .incompatible(
        rule: "the weight is [channels, 1, k] for an input [samples, channels, length]",
        shapes: [input.shape, weight])
    }
    let state = TensorType(input.dataType, [input.shape[0], input.shape[1], weight[2] - 1])
    return Array([.tensor(input), .tensor(state)].prefix(max(1, call.outputCount)))
  }

  /// Patches `[N, C · block, L]` give images `[N, C, …image]`.
  static let fold = ShapeRule.tensor { call throws(ShapeError) in
    let input = try call.tensor(0)
    let image = try call.integers(1) ?? []
    let block = try call.integers(2) ?? []
    guard input.rank >= 2 else { throw .rank(input: 0, expected: "rank 3", found: input.shape) }
    let size = block.contains { $0 < 1 } ? 0 : Shape(block).elementCount
    guard size > 0, block.count == image.count, input.shape[1] % size == 0 else {
      throw .incompatible(
        rule: "the second axis is a multiple of the block's size", shapes: [input.shape, block])
    }
    return TensorType(input.dataType, [input.shape[0], input.shape[1] / size] + image)
  }
}
