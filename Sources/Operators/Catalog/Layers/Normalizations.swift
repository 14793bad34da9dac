// Normalisations by the statistics of a batch, a sample, a group, or a neighbourhood.

import ModelGraph

extension OperatorDefinition {
  static let normalizations: [OperatorDefinition] = [
    batchNormalization, instanceNormalization, groupNormalization, layerNormalization,
    localResponseNormalization,
  ]

  /// Normalises each channel over the batch, or by running statistics.
  ///
  /// The statistics of the batch are those that training keeps; a file exported for inference is
  /// priced as if trained in training mode.
  /// <https://arxiv.org/abs/1502.03167>
  public static let batchNormalization = OperatorDefinition(
    "BatchNormalization",
    shape: .batchNormalization,
    gradients: [
      .of(0, reads: .input(0), .input(1), .auxiliary(0), .auxiliary(1)),
      .of(1, reads: .input(0), .auxiliary(0), .auxiliary(1)),
      .of(2),
    ],
    auxiliaries: [.perChannel("mean"), .perChannel("inverse deviation")],
    overwrites: [0],
    work: .perOutputElement(4),
    training: .batchNormalization,
    layer: .always(.normalization),
    example: .float32([1, 64, 56, 56], [64], [64], [64], [64], gives: [1, 64, 56, 56]))

  /// Normalises each channel of each sample.
  ///
  /// PyTorch runs it as batch normalisation of one sample with repeated weights.
  /// <https://arxiv.org/abs/1607.08022>
  public static let instanceNormalization = OperatorDefinition(
    "InstanceNormalization",
    shape: .instanceNormalization,
    gradients: [
      .of(0, reads: .input(0), .auxiliary(0), .auxiliary(1), .auxiliary(2)),
      .of(1, reads: .input(0), .auxiliary(0), .auxiliary(1)),
      .of(2),
    ],
    auxiliaries: [
      .perSampleAndChannel("mean"), .perSampleAndChannel("inverse deviation"),
      .perSampleAndChannel("repeated weight"),
    ],
    work: .perOutputElement(6),
    training: .instanceNormalization,
    layer: .always(.normalization),
    example: .float32([2, 64, 56, 56], [64], [64], gives: [2, 64, 56, 56]))

  /// Normalises groups of channels of each sample.
  ///
  /// Scale and bias have one number per group before version 21, then per channel.
  /// <https://arxiv.org/abs/1803.08494>
  public static let groupNormalization = OperatorDefinition(
    "GroupNormalization",
    shape: .groupNormalization,
    gradients: [
      .of(0, reads: .input(0), .input(1), .auxiliary(0), .auxiliary(1)),
      .of(1, reads: .input(0), .auxiliary(0), .auxiliary(1)),
      .of(2),
    ],
    auxiliaries: [.perGroup("mean"), .perGroup("inverse deviation")],
    work: .perOutputElement(6),
    training: .groupNormalization,
    layer: .always(.normalization),
    example: .float32(
      [2, 64, 56, 56], [64], [64], attributes: ["num_groups": .integer(32)],
      gives: [2, 64, 56, 56]))

  /// Normalises the axes from `axis` on, row by row.
  ///
  /// <https://arxiv.org/abs/1607.06450>
  public static let layerNormalization = OperatorDefinition(
    "LayerNormalization",
    shape: .layerNormalization,
    gradients: [
      .of(0, reads: .input(0), .input(1), .auxiliary(0), .auxiliary(1), .output(1), .output(2)),
      .of(1, reads: .input(0), .auxiliary(0), .auxiliary(1), .output(1), .output(2)),
      .of(2),
    ],
    auxiliaries: [
      .perRow("mean", unlessOutput: 1), .perRow("inverse deviation", unlessOutput: 2),
    ],
    work: .perOutputElement(6),
    training: .layerNormalization,
    layer: .always(.normalization),
    example: .float32([2, 128, 768], [768], [768], gives: [2, 128, 768]))

  /// Divides by the energy of neighbouring channels.
  ///
  /// PyTorch composes it: the squares, padded by `size − 1` channels, the scaled sums, and the
  /// divisor outlive the forward pass.
  public static let localResponseNormalization = OperatorDefinition(
    "LRN",
    shape: .sameAsInput,
    gradients: [.of(0, reads: .input(0), .auxiliary(0), .auxiliary(1), .auxiliary(2))],
    auxiliaries: [.paddedSquares, .likeInput("scaled sums"), .likeInput("divisor")],
    work: .perOutputElement(8),
    layer: .always(.normalization),
    example: .float32([1, 96, 55, 55], attributes: ["size": .integer(5)], gives: [1, 96, 55, 55]))
}

extension Auxiliary {
  fileprivate static let paddedSquares = Auxiliary("padded squares") { call in
    guard var type = try? call.tensor(0), type.rank >= 2 else { return nil }
    let size = min(max(call.attributes.integer("size") ?? 1, 1), 1 << 20)
    type.shape[1] += size - 1
    return type.shape.isPlausible ? type : nil
  }
}
