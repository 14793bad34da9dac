import ModelGraph

extension AtenRule {
  /// The product with the weight, and the bias in the same kernel where PyTorch can.
  ///
  /// A stack of matrices that do not lie in one run is copied first, and the bias is added after.
  /// <https://github.com/pytorch/pytorch/blob/main/aten/src/ATen/native/Linear.cpp>
  static let linear = AtenRule { call, graph in
    guard let input = call.tensor("input"), let weight = call.tensor("weight") else {
      return false
    }
    graph.emit("Linear", [input, weight] + (call.tensor("bias").map { [$0] } ?? []), of: call)
    return true
  }

  static let convolution = AtenRule { call, graph in
    guard let input = call.tensor("input"), let weight = call.tensor("weight"),
      let kernel = weight.shape?.dropFirst(2), !kernel.isEmpty
    else { return false }
    if call.flag("transposed") { return transposedConvolution.lower(call, &graph) }
    graph.emit(
      "Conv", [input, weight] + [call.tensor("bias")],
      call.window(kernel: Array(kernel)).adding("group", call.integer("groups") ?? 1), of: call)
    return true
  }

  static let transposedConvolution = AtenRule { call, graph in
    guard let input = call.tensor("input"), let weight = call.tensor("weight"),
      let kernel = weight.shape?.dropFirst(2), !kernel.isEmpty
    else { return false }
    var attributes = call.window(kernel: Array(kernel))
    attributes["group"] = .integer(call.integer("groups") ?? 1)
    let extra = call.spread("output_padding", over: kernel.count, default: 0)
    if extra.contains(where: { $0 != 0 }) { attributes["output_padding"] = .integers(extra) }
    graph.emit("ConvTranspose", [input, weight] + [call.tensor("bias")], attributes, of: call)
    return true
  }

  static let batchNormalization = AtenRule { call, graph in
    guard call.outputs.count == 1, let input = call.tensor("input") else { return false }
    let operands = ["weight", "bias", "running_mean", "running_var"].map { call.tensor($0) }
    let attributes = call.markedInEvaluation(["epsilon": .float(call.number("eps") ?? 1e-5)])
    graph.emit("BatchNormalization", [input] + operands, attributes, of: call)
    return true
  }

  static let layerNormalization = AtenRule { call, graph in
    guard let input = call.tensor("input"), let normalized = call.integers("normalized_shape")
    else { return false }
    graph.emit(
      "LayerNormalization", [input, call.tensor("weight"), call.tensor("bias")],
      ["axis": .integer(-normalized.count), "epsilon": .float(call.number("eps") ?? 1e-5)],
      of: call)
    return true
  }

  static let rootMeanSquareNormalization = AtenRule { call, graph in
    guard let input = call.tensor("input"), let normalized = call.integers("normalized_shape"),
      case let weight = call.tensor("weight").map({ [$0] }) ?? []
    else { return false }
    graph.emit(
      "RMSNormalization", [input] + weight, ["axis": .integer(-normalized.count)], of: call)
    return true
  }

  static let groupNormalization = AtenRule { call, graph in
    guard let input = call.tensor("input"), let groups = call.integer("num_groups") else {
      return false
    }
    graph.emit(
      "GroupNormalization", [input, call.tensor("weight"), call.tensor("bias")],
      ["num_groups": .integer(groups), "epsilon": .float(call.number("eps") ?? 1e-5)], of: call)
    return true
  }

  static let instanceNormalization = AtenRule { call, graph in
    guard let input = call.tensor("input") else { return false }
    graph.emit(
      "InstanceNormalization", [input, call.tensor("weight"), call.tensor("bias")], of: call)
    return true
  }

  /// Samples at the places of a grid; simple ones are bilinear between the centres of the corners, with nothing outside.
  static let gridSampling = AtenRule { call, graph in
    guard let input = call.tensor("input"), let grid = call.tensor("grid") else { return false }
    let isSimple =
      call.integer("interpolation_mode") == 0 && call.integer("padding_mode") == 0
      && call.flag("align_corners")
    graph.emit("GridSample", [input, grid], ["simple": .integer(isSimple ? 1 : 0)], of: call)
    return true
  }

  static let embedding = AtenRule { call, graph in
    guard let weight = call.tensor("weight"), let indices = call.tensor("indices") else {
      return false
    }
    let isWatchable = call.node.isOfTransformers && graph.isOfInput(indices, named: "input_ids")
    graph.emit(
      "Embedding", [weight, indices],
      isWatchable ? [Node.watchableAttribute: .integer(1)] : [:], of: call)
    return true
  }

  /// Without a chance to drop PyTorch returns the input; at inference too, but the node is kept for
  /// the sake of training.
  static let dropout = AtenRule { call, graph in
    guard call.outputs.count == 1, let input = call.first else { return false }
    let ratio = call.number("p") ?? 0.5
    guard ratio > 0 else { return graph.alias(call, to: input) }
    let attributes = call.markedInEvaluation(["ratio": .float(ratio)])
    graph.emit("Dropout", [input], call.marked(attributes), of: call)
    return true
  }

  /// Drops whole channels; at inference nothing.
  static let featureDropout = AtenRule { call, graph in
    guard let input = call.first else { return false }
    let ratio = call.number("p") ?? 0.5
    guard ratio > 0 else { return graph.alias(call, to: input) }
    let attributes = call.markedInEvaluation(["ratio": .float(ratio)])
    graph.emit("FeatureDropout", [input], call.marked(attributes), of: call)
    return true
  }

  static let attention = AtenRule { call, graph in
    guard let query = call.tensor("query"), let key = call.tensor("key"),
      let value = call.tensor("value")
    else { return false }
    let causal = graph.isCausal(insteadOf: call.name(of: "attn_mask"))
    let mask = causal == nil ? call.tensor("attn_mask").map { [$0] } ?? [] : []
    graph.emit(
      "ScaledDotProductAttention", [query, key, value] + mask,
      [
        "dropout": .float(call.number("dropout_p") ?? 0),
        "is_causal": .integer(causal ?? call.flag("is_causal") ? 1 : 0),
        "grouped": .integer(call.flag("enable_gqa") ? 1 : 0),
      ], of: call)
    // The kernels write the heads of a token side by side: `[batch, length, heads, depth]`.
    if let shape = call.output?.shape, shape.count == 4 {
      let strides = denseStrides([shape[0], shape[2], shape[1], shape[3]])
      graph.setStrides([strides[0], strides[2], strides[1], strides[3]], of: call)
    } else if let shape = call.output?.shape, shape.count == 3 {
      let strides = denseStrides([shape[1], shape[0], shape[2]])
      graph.setStrides([strides[1], strides[0], strides[2]], of: call)
    }
    return true
  }
}

// MARK: Pooling

extension AtenRule {
  static let maxPool = AtenRule { call, graph in
    guard let input = call.first, let kernel = call.kernel else { return false }
    graph.emit(
      "MaxPool", [input],
      call.window(kernel: kernel, usualStrides: kernel)
        .adding("ceil_mode", call.flag("ceil_mode") ? 1 : 0), of: call)
    return true
  }

  static let averagePool = AtenRule { call, graph in
    guard let input = call.first, let kernel = call.kernel else { return false }
    let countsPadding = call.integer("count_include_pad") ?? 1
    graph.emit(
      "AveragePool", [input],
      call.window(kernel: kernel, usualStrides: kernel)
        .adding("ceil_mode", call.flag("ceil_mode") ? 1 : 0)
        .adding("count_include_pad", countsPadding), of: call)
    return true
  }

  /// Rows are images of one line.
  ///
  /// Source: `avg_pool1d` of `ATen/native/Pooling.cpp`, PyTorch 2.15.
  static let averagePoolOfRows = AtenRule { call, graph in
    guard let input = call.first, var type = input.type, type.rank == 3, let kernel = call.kernel,
      kernel.count == 1, var made = call.output, made.rank == 3
    else { return averagePool.lower(call, &graph) }
    let shape = made.shape
    type.shape.insert(1, at: 2)
    made.shape.insert(1, at: 2)
    let image = graph.intermediate(
      "View", [input], ["shape": .integers(type.shape), "unsqueezed": .integer(2)], type: type,
      of: call)
    let row = call.window(kernel: kernel, usualStrides: kernel)
    var window: Attributes = [:]
    for key in ["kernel_shape", "strides", "dilations"] {
      window[key] = .integers([1] + (row.integers(key) ?? [1]))
    }
    window["pads"] = .integers((row.integers("pads") ?? [0, 0]).flatMap { [0, $0] })
    let pooled = graph.intermediate(
      "AveragePool", [image],
      window.adding("ceil_mode", call.flag("ceil_mode") ? 1 : 0)
        .adding("count_include_pad", call.integer("count_include_pad") ?? 1), type: made, of: call)
    graph.emit(
      "View", [pooled], ["shape": .integers(shape), "squeezed": .integer(2)], of: call)
    return true
  }

  /// One cell is the mean of the whole image.
  static let adaptiveAveragePool = AtenRule { call, graph in
    guard let input = call.first, let sizes = call.integers("output_size") else { return false }
    if sizes.allSatisfy({ $0 == 1 }) {
      graph.emit("GlobalAveragePool", [input], of: call)
    } else {
      graph.emit("AdaptiveAveragePool", [input], ["output_size": .integers(sizes)], of: call)
    }
    return true
  }

  static let adaptiveMaxPool = AtenRule { call, graph in
    guard let input = call.first, let sizes = call.integers("output_size") else { return false }
    graph.emit("AdaptiveMaxPool", [input], ["output_size": .integers(sizes)], of: call)
    return true
  }
}

extension AtenCall {
  /// The window of a pooling, one size for each spatial axis.
  fileprivate var kernel: [Int]? {
    guard let sizes = integers("kernel_size"), let rank = first?.rank else { return nil }
    let name = node.target.name
    let axes = name.containsBytes(of: "1d") ? 1 : name.containsBytes(of: "3d") ? 3 : 2
    guard rank >= axes else { return nil }
    return sizes.count == 1 ? Array(repeating: sizes[0], count: axes) : sizes
  }

  /// A list argument, one number of which stands for all axes.
  fileprivate func spread(_ name: String, over count: Int, default usual: Int) -> [Int] {
    let given = integers(name) ?? []
    if given.count == count { return given }
    return Array(repeating: given.first ?? usual, count: count)
  }

  /// The attributes of a window that slides.
  fileprivate func window(kernel: [Int], usualStrides: [Int]? = nil) -> Attributes {
    let count = kernel.count
    let dilations = spread("dilation", over: count, default: 1)
    let strides = spread("stride", over: count, default: 1)
    let hasStrides = !(integers("stride") ?? []).isEmpty
    let pads = self.pads(kernel: kernel, dilations: dilations)
    return [
      "kernel_shape": .integers(kernel),
      "strides": .integers(hasStrides ? strides : usualStrides ?? strides),
      "pads": .integers(pads), "dilations": .integers(dilations),
    ]
  }

  /// The padding before all axes, then after all; `same` puts the odd one after.
  private func pads(kernel: [Int], dilations: [Int]) -> [Int] {
    guard string("padding") == "same" else {
      let pads = spread("padding", over: kernel.count, default: 0)
      return pads + pads
    }
    let totals = zip(kernel, dilations).map {
      ($0 - 1).multipliedReportingOverflow(by: $1).partialValue
    }
    return totals.map { $0 / 2 } + totals.map { $0 - $0 / 2 }
  }
}

extension Attributes {
  fileprivate func adding(_ name: String, _ value: Int) -> Attributes {
    var attributes = self
    attributes[name] = .integer(value)
    return attributes
  }
}
