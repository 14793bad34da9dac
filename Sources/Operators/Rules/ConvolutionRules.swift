import ModelGraph

extension ShapeRule {
  /// Input `[N, C, …]` and weight `[M, C / group, …]` give `[N, M, …]`.
  static let convolution = ShapeRule.tensor { call throws(ShapeError) in
    try convolutionType(call, weightInput: 1)
  }

  /// Input `[N, C, …]` and weight `[C, M / group, …]` give `[N, M, …]`, larger than the input.
  static let transposedConvolution = ShapeRule.tensor { call throws(ShapeError) in
    let input = try call.tensor(0)
    let weight = try call.shape(1)
    let group = try call.positive("group", default: 1)
    try checkRanks(input.shape, weight)
    guard input.shape[1] == weight[0], input.shape[1] % group == 0 else {
      throw .incompatible(
        rule: "the weight's first axis is the number of channels, a multiple of group \(group)",
        shapes: [input.shape, weight])
    }
    let spatial = try transposedSizes(call, Array(input.shape.dropFirst(2)), weight: weight)
    return TensorType(input.dataType, [input.shape[0], try weight[1].times(group)] + spatial)
  }
}

/// The output's type of a convolution whose weight is a given operand.
func convolutionType(
  _ call: OperatorCall, weightInput: Int
) throws(ShapeError) -> TensorType {
  let input = try call.tensor(0)
  let weight = try call.shape(weightInput)
  let group = try call.positive("group", default: 1)
  try checkRanks(input.shape, weight)
  guard try weight[1].times(group) == input.shape[1], weight[0] % group == 0 else {
    throw .incompatible(
      rule: "channels do not match the weight with group \(group)", shapes: [input.shape, weight])
  }
  let window = try Window(call, kernel: try kernelShape(call, weight: weight))
  let spatial = try window.outputSizes(Array(input.shape.dropFirst(2)))
  return TensorType(input.dataType, [input.shape[0], weight[0]] + spatial)
}

private func checkRanks(_ input: Shape, _ weight: Shape) throws(ShapeError) {
  guard input.count >= 3 else {
    throw .rank(input: 0, expected: "at least one spatial axis", found: input)
  }
  guard weight.count == input.count else {
    throw .rank(input: 1, expected: "rank \(input.count)", found: weight)
  }
}

private func kernelShape(_ call: OperatorCall, weight: Shape) throws(ShapeError) -> [Int] {
  let kernel = Array(weight.dropFirst(2))
  guard let stated = call.attributes.integers("kernel_shape"), !stated.isEmpty else {
    return kernel
  }
  guard stated == kernel else {
    throw .incompatible(rule: "kernel_shape differs from the weight", shapes: [stated, weight])
  }
  return kernel
}

/// `stride · (input − 1) + output_padding + dilation · (kernel − 1) + 1 − pads`, or what is asked for.
///
/// Padding to keep the size gives `stride · input`, or less where no padding is needed for that.
/// <https://onnx.ai/onnx/operators/onnx__ConvTranspose.html>
private func transposedSizes(
  _ call: OperatorCall, _ input: [Int], weight: Shape
) throws(ShapeError) -> [Int] {
  let window = try Window(call, kernel: try kernelShape(call, weight: weight))
  if let sizes = call.attributes.integers("output_shape"), !sizes.isEmpty {
    guard sizes.count == input.count || sizes.count == input.count + 2 else {
      throw .attribute(
        name: "output_shape", expected: "\(input.count) sizes", found: sizes.description)
    }
    return sizes.suffix(input.count)
  }
  let extra = try call.integers("output_padding", count: input.count, default: 0, atLeast: 0)
  var sizes: [Int] = []
  for axis in input.indices {
    let extent = try window.dilations[axis].times(window.kernel[axis] - 1).plus(1)
    let full = try input[axis].minus(1).times(window.strides[axis]).plus(extent).plus(extra[axis])
    switch window.padding {
    case .same: sizes.append(min(full, try input[axis].times(window.strides[axis])))
    case .explicit(let pads):
      sizes.append(try full.minus(pads[axis]).minus(pads[axis + input.count]))
    }
  }
  return sizes
}

extension WorkRule {
  /// Each output element takes one product with each weight of its filter.
  static let convolution = convolution(weightInput: 1)

  static func convolution(weightInput: Int) -> WorkRule {
    WorkRule { call, outputs in
      guard let weight = try? call.shape(weightInput) else { return .zero }
      let filter = Shape(weight.dropFirst()).elementCount
      return Work(
        multiplyAccumulates: saturatingProduct(outputs.first?.elementCount ?? 0, filter))
    }
  }

  /// Each input element takes one product with each weight of its channel.
  static let transposedConvolution = WorkRule { call, _ in
    guard let input = try? call.tensor(0), let weight = try? call.shape(1) else { return .zero }
    let filter = Shape(weight.dropFirst()).elementCount
    return Work(multiplyAccumulates: saturatingProduct(input.elementCount, filter))
  }
}
