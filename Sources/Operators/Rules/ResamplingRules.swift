import ModelGraph

extension ShapeRule {
  /// Sizes are stated, or scaled and rounded down.
  ///
  /// <https://onnx.ai/onnx/operators/onnx__Resize.html>
  static let resize = ShapeRule.tensor { call throws(ShapeError) in
    let input = try call.tensor(0)
    return TensorType(input.dataType, try Resampling(call, shape: input.shape).shape)
  }

  /// Scales stand in attributes before version 9 and in an operand since.
  static let upsample = ShapeRule.tensor { call throws(ShapeError) in
    let input = try call.tensor(0)
    let scales = try upsamplingScales(call, rank: input.rank)
    guard scales.count == input.rank else {
      throw .incompatible(rule: "one scale for each axis", shapes: [input.shape, [scales.count]])
    }
    return TensorType(input.dataType, zip(input.shape, scales).map(scaledSize))
  }
}

private func upsamplingScales(_ call: OperatorCall, rank: Int) throws(ShapeError) -> [Double] {
  if let scales = try call.numbers(1) ?? call.attributes.floats("scales") { return scales }
  guard let height = call.attributes.float("height_scale"),
    let width = call.attributes.float("width_scale"), rank == 4
  else { throw .missingAttribute("scales") }
  return [1, 1, height, width]
}

/// The product rounded down, computed in 32 bits as the runtimes do.
private func scaledSize(_ size: Int, _ scale: Double) -> Int {
  Int(clamping: Double((Float(size) * Float(scale)).rounded(.down)))
}

/// The sizes that a `Resize` gives.
private struct Resampling {
  private(set) var shape: Shape
  private let axes: [Int]

  init(_ call: OperatorCall, shape: Shape) throws(ShapeError) {
    self.shape = shape
    axes = try OperatorCall.axes(
      call.attributes.integers("axes") ?? Array(shape.indices), rank: shape.count)
    if Self.isGiven(3, in: call), let sizes = try call.integers(3) {
      try set(sizes, policy: call.attributes.string("keep_aspect_ratio_policy"))
    } else {
      try scale(by: try Self.scales(call))
    }
  }

  /// The scales, which are the second operand in version 10 and the third since.
  private static func scales(_ call: OperatorCall) throws(ShapeError) -> [Double] {
    let index = call.version < 11 ? 1 : 2
    guard var scales = try call.numbers(index) else { throw .missingInput(index) }
    if call.attributes.string("coordinate_transformation_mode") == "tf_crop_and_resize" {
      try crop(&scales, call)
    }
    return scales
  }

  /// Whether an operand is there and not empty, which older exporters write for left out.
  private static func isGiven(_ index: Int, in call: OperatorCall) -> Bool {
    call.has(index) && (try? call.shape(index))?.elementCount != 0
  }

  private mutating func scale(by scales: [Double]) throws(ShapeError) {
    try check(scales.count)
    for (axis, scale) in zip(axes, scales) { shape[axis] = scaledSize(shape[axis], scale) }
  }

  private mutating func set(_ sizes: [Int], policy: String?) throws(ShapeError) {
    try check(sizes.count)
    let ratios = zip(axes, sizes).map { Double($1) / Double(max(1, shape[$0])) }
    let common = policy == "not_larger" ? ratios.min() : ratios.max()
    let keepsRatio = policy == "not_larger" || policy == "not_smaller"
    for (axis, size) in zip(axes, sizes) {
      let scaled = (Double(shape[axis]) * (common ?? 1) + 0.5).rounded(.down)
      shape[axis] = keepsRatio ? Int(clamping: scaled) : size
    }
  }

  /// Multiplies the scales by the part of each axis that the region of interest covers.
  private static func crop(_ scales: inout [Double], _ call: OperatorCall) throws(ShapeError) {
    guard isGiven(1, in: call), let region = try call.numbers(1) else { return }
    guard region.count == scales.count * 2 else {
      throw .incompatible(rule: "two numbers for each axis", shapes: [[region.count]])
    }
    for index in scales.indices {
      scales[index] *= region[index + scales.count] - region[index]
    }
  }

  private func check(_ count: Int) throws(ShapeError) {
    guard count == axes.count else {
      throw .incompatible(rule: "one number for each of \(axes.count) axes", shapes: [[count]])
    }
  }
}

extension Int {
  /// The integer part of a number, the nearest integer there is if it is out of range.
  init(clamping number: Double) {
    if number.isNaN {
      self = 0
    } else if number >= 0x1p63 {
      self = .max
    } else {
      self = number < -0x1p63 ? .min : Int(number)
    }
  }
}
