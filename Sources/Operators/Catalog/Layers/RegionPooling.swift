// Pooling of regions, and its opposite.

import ModelGraph

extension OperatorDefinition {
  static let regionPooling: [OperatorDefinition] = [maxUnpool, maxRoiPool, roiAlign]

  /// Puts elements back where a max pooling took them from.
  public static let maxUnpool = OperatorDefinition(
    "MaxUnpool",
    shape: .unpooling,
    gradients: [.of(0, reads: .input(1))],
    work: .perOutputElement(1),
    example: Example(
      OperatorCall(
        [.tensor(.float32, [1, 1, 2, 2]), .tensor(.int64, [1, 1, 2, 2])],
        attributes: ["kernel_shape": .integers([2, 2]), "strides": .integers([2, 2])]),
      [.tensor(.float32, [1, 1, 4, 4])]))

  /// The largest element of each cell of each region.
  ///
  /// <https://arxiv.org/abs/1504.08083>
  public static let maxRoiPool = OperatorDefinition(
    "MaxRoiPool",
    shape: .maxRegionPooling,
    gradients: [.of(0, reads: .input(1), .auxiliary(0))],
    auxiliaries: [
      Auxiliary("positions") { call in
        let output = (try? ShapeRule.maxRegionPooling(call))?.first?.tensorType
        return output.map { TensorType(.int32, $0.shape) }
      }
    ],
    work: .perOutputElement(4),
    example: .float32(
      [1, 256, 50, 50], [100, 5], attributes: ["pooled_shape": .integers([7, 7])],
      gives: [100, 256, 7, 7]))

  /// Each region sampled on a grid with bilinear interpolation.
  ///
  /// <https://arxiv.org/abs/1703.06870>
  public static let roiAlign = OperatorDefinition(
    "RoiAlign",
    shape: .regionAlignment,
    gradients: [.of(0, reads: .input(1), .input(2))],
    work: .perOutputElement(16),
    example: Example(
      OperatorCall(
        [
          .tensor(.float32, [1, 256, 50, 50]), .tensor(.float32, [100, 4]),
          .tensor(.int64, [100]),
        ],
        attributes: ["output_height": .integer(7), "output_width": .integer(7)]),
      [.tensor(.float32, [100, 256, 7, 7])]))
}

extension ShapeRule {
  /// `stride · (input − 1) + kernel − pads`, or the size asked for.
  static let unpooling = ShapeRule.tensor { call throws(ShapeError) in
    var type = try call.tensor(0)
    if let sizes = try call.integers(2) {
      type.shape = sizes
      return type
    }
    let axes = type.rank - 2
    guard axes >= 1 else {
      throw .rank(input: 0, expected: "at least one spatial axis", found: type.shape)
    }
    let kernel = try call.integers("kernel_shape", count: axes, default: 1, atLeast: 1)
    let strides = try call.integers("strides", count: axes, default: 1, atLeast: 1)
    let pads = try call.integers("pads", count: 2 * axes, default: 0, atLeast: 0)
    for axis in 0..<axes {
      let full = try type.shape[axis + 2].minus(1).times(strides[axis]).plus(kernel[axis])
      type.shape[axis + 2] = try full.minus(pads[axis]).minus(pads[axis + axes])
    }
    return type
  }

  /// `[N, C, H, W]` and regions `[R, 5]` give `[R, C, …pooled_shape]`.
  static let maxRegionPooling = ShapeRule.tensor { call throws(ShapeError) in
    guard let size = call.attributes.integers("pooled_shape") else {
      throw .missingAttribute("pooled_shape")
    }
    return try regions(call, size: size)
  }

  /// `[N, C, H, W]` and regions `[R, 4]` give `[R, C, output_height, output_width]`.
  static let regionAlignment = ShapeRule.tensor { call throws(ShapeError) in
    let height = try call.positive("output_height", default: 1)
    return try regions(call, size: [height, try call.positive("output_width", default: 1)])
  }

  private static func regions(
    _ call: OperatorCall, size: [Int]
  ) throws(ShapeError) -> TensorType {
    let input = try call.tensor(0)
    let regions = try call.shape(1)
    guard input.rank == 4 else { throw .rank(input: 0, expected: "rank 4", found: input.shape) }
    guard regions.count == 2 else { throw .rank(input: 1, expected: "rank 2", found: regions) }
    return TensorType(input.dataType, [regions[0], input.shape[1]] + size)
  }
}
