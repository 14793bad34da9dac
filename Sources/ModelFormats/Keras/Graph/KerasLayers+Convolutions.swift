import ModelGraph

extension KerasLayerTable {
  static let convolutions: [String: KerasLayerRule] = [
    "Conv1D": { call, lowering in lowering.convolution(call, axes: 1) },
    "Conv2D": { call, lowering in lowering.convolution(call, axes: 2) },
    "Conv3D": { call, lowering in lowering.convolution(call, axes: 3) },
    "Convolution1D": { call, lowering in lowering.convolution(call, axes: 1) },
    "Convolution2D": { call, lowering in lowering.convolution(call, axes: 2) },
    "Conv1DTranspose": { call, lowering in lowering.transposedConvolution(call, axes: 1) },
    "Conv2DTranspose": { call, lowering in lowering.transposedConvolution(call, axes: 2) },
    "Conv3DTranspose": { call, lowering in lowering.transposedConvolution(call, axes: 3) },
    "DepthwiseConv1D": { call, lowering in lowering.depthwiseConvolution(call, axes: 1) },
    "DepthwiseConv2D": { call, lowering in lowering.depthwiseConvolution(call, axes: 2) },
    "SeparableConv1D": { call, lowering in lowering.separableConvolution(call, axes: 1) },
    "SeparableConv2D": { call, lowering in lowering.separableConvolution(call, axes: 2) },
  ]
}

extension KerasLowering {
  fileprivate mutating func convolution(_ call: KerasCall, axes: Int) -> [KerasOperand]? {
    guard call.input.rank == axes + 2, let kernel = variable("kernel", of: call),
      kernel.shape.count == axes + 2, let window = window(kernel, axes, call)
    else { return nil }
    var attributes = window
    attributes["group"] = .integer(call.integer("groups") ?? 1)
    let result = convolved(call.input, turned(kernel, call), attributes, call)
    return [activated(channelBiased(result, call), of: call)]
  }

  fileprivate mutating func depthwiseConvolution(
    _ call: KerasCall, axes: Int
  ) -> [KerasOperand]? {
    let kernel =
      variable("depthwise_kernel", of: call) ?? variable("kernel", of: call)
    guard let kernel, let result = depthwise(kernel, call, axes: axes) else { return nil }
    return [activated(channelBiased(result, call), of: call)]
  }

  fileprivate mutating func separableConvolution(
    _ call: KerasCall, axes: Int
  ) -> [KerasOperand]? {
    guard let depth = variable("depthwise_kernel", of: call),
      let point = variable("pointwise_kernel", of: call), point.rank == axes + 2,
      let inner = depthwise(depth, call, axes: axes)
    else { return nil }
    let result = convolved(inner, turned(point, call), [:], call)
    return [activated(channelBiased(result, call), of: call)]
  }

  /// Every channel on its own: kernels `[…, channels, multiplier]` as `[channels · multiplier, 1, …]`.
  private mutating func depthwise(
    _ kernel: KerasOperand, _ call: KerasCall, axes: Int
  ) -> KerasOperand? {
    guard call.input.rank == axes + 2, kernel.shape.count == axes + 2,
      let window = window(kernel, axes, call)
    else { return nil }
    let channels = kernel.shape[axes]
    let filters = [channels, kernel.shape[axes + 1]].elementCount
    let flat = reshape(kernel, Array(kernel.shape.prefix(axes)) + [1, filters], of: call)
    var attributes = window
    attributes["group"] = .integer(channels)
    return convolved(call.input, turned(flat, call), attributes, call)
  }

  fileprivate mutating func transposedConvolution(
    _ call: KerasCall, axes: Int
  ) -> [KerasOperand]? {
    guard call.input.rank == axes + 2, let kernel = variable("kernel", of: call),
      kernel.shape.count == axes + 2, let window = window(kernel, axes, call)
    else { return nil }
    var attributes = window
    if call.padding == "valid" {
      let strides = call.sizes("strides", axes: axes) ?? Array(repeating: 1, count: axes)
      // A stride that is longer than the kernel leaves a gap at the end too.
      let gaps = zip(strides, kernel.shape).map { max(0, $0 - $1) }
      if gaps.contains(where: { $0 > 0 }) { attributes["output_padding"] = .integers(gaps) }
    }
    let first = channelsFirst(call.input, call)
    let made = emit(
      "ConvTranspose", [first, turned(kernel, call)], attributes, of: call)
    return [activated(channelBiased(channelsBack(made, call), call), of: call)]
  }
}

// MARK: Windows and layouts

extension KerasLowering {
  private mutating func convolved(
    _ input: KerasOperand, _ kernel: KerasOperand, _ attributes: Attributes, _ call: KerasCall
  ) -> KerasOperand {
    let first = channelsFirst(input, call)
    return channelsBack(emit("Conv", [first, kernel], attributes, of: call), call)
  }

  /// Strides, dilations and padding; the kernel's own sizes stand in its shape.
  private func window(_ kernel: KerasOperand, _ axes: Int, _ call: KerasCall) -> Attributes? {
    var attributes: Attributes = [:]
    let strides = call.sizes("strides", axes: axes) ?? call.sizes("subsample", axes: axes)
    let dilations = call.sizes("dilation_rate", axes: axes)
    if let strides { attributes["strides"] = .integers(strides) }
    if let dilations { attributes["dilations"] = .integers(dilations) }
    switch call.padding {
    case "same": attributes["auto_pad"] = .string("SAME_UPPER")
    case "valid": break
    case "causal":
      let reach = (dilations?.first ?? 1).multipliedReportingOverflow(by: kernel.shape[0] - 1)
      guard axes == 1, !reach.overflow else { return nil }
      attributes["pads"] = .integers([reach.partialValue, 0])
    default: return nil
    }
    return attributes
  }

  /// The kernel `[…, in, out]` seen as `[out, in, …]`.
  private mutating func turned(_ kernel: KerasOperand, _ call: KerasCall) -> KerasOperand {
    let axes = kernel.rank - 2
    return transpose(kernel, [axes + 1, axes] + Array(0..<axes), of: call)
  }

  /// Images as PyTorch's kernels want them.
  mutating func channelsFirst(_ image: KerasOperand, _ call: KerasCall) -> KerasOperand {
    guard call.isChannelsLast else { return image }
    return transpose(image, [0, image.rank - 1] + Array(1..<image.rank - 1), of: call)
  }

  /// Images as Keras wants them.
  mutating func channelsBack(_ image: KerasOperand, _ call: KerasCall) -> KerasOperand {
    guard call.isChannelsLast else { return image }
    return transpose(image, [0] + Array(2..<image.rank) + [1], of: call)
  }

  private mutating func channelBiased(
    _ value: KerasOperand, _ call: KerasCall
  ) -> KerasOperand {
    guard !call.isChannelsLast, call.flag("use_bias", default: true),
      let bias = variable("bias", of: call)
    else { return biased(value, of: call) }
    let shape = [1, -1] + Array(repeating: 1, count: value.rank - 2)
    return emit("Add", [value, reshape(bias, shape, of: call)], of: call)
  }
}
