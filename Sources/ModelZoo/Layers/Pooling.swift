import ModelGraph

/// The largest element of each window.
struct MaxPool2d: Layer {
  let kernel: Int
  let stride: Int
  var padding = 0

  /// Whether a last window that hangs over the edge counts.
  var roundsUp = false

  func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    graph.call(
      "MaxPool", x,
      attributes: [
        "kernel_shape": Extent(kernel).attribute, "strides": Extent(stride).attribute,
        "pads": Extent(padding).padsAttribute, "ceil_mode": .integer(roundsUp ? 1 : 0),
      ])
  }
}

/// The mean of each window, padding included.
struct AvgPool2d: Layer {
  let kernel: Int
  let stride: Int
  var padding = 0

  func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    graph.call(
      "AveragePool", x,
      attributes: [
        "kernel_shape": Extent(kernel).attribute, "strides": Extent(stride).attribute,
        "pads": Extent(padding).padsAttribute, "count_include_pad": .integer(1),
      ])
  }
}

/// The mean of as many windows as the output has cells.
///
/// With one cell PyTorch takes the mean of the whole image, of which the gradient reads nothing.
/// <https://docs.pytorch.org/docs/stable/generated/torch.nn.AdaptiveAvgPool2d.html>
struct AdaptiveAvgPool2d: Layer {
  let output: Extent

  init(_ output: Extent) { self.output = output }

  func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    if output == 1 { return graph.call("GlobalAveragePool", x) }
    return graph.call(
      "AdaptiveAveragePool", x, attributes: ["output_size": output.attribute])
  }
}

/// The mean over height and width, which go away.
struct ImageMean: Layer {
  func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    graph.call(
      "ReduceMean", x, attributes: ["axes": .integers([2, 3]), "keepdims": .integer(0)])
  }
}
