import ModelGraph

/// A one-dimensional convolution.
///
/// The weight is `[output, input / groups, length]`.
/// <https://docs.pytorch.org/docs/stable/generated/torch.nn.Conv1d.html>
struct Conv1d: Layer {
  let inputChannels: Int
  let outputChannels: Int
  let kernel: Int
  var stride = 1
  var padding = 0
  var dilation = 1
  var groups = 1
  var bias = true

  init(
    _ inputChannels: Int, _ outputChannels: Int, kernel: Int, stride: Int = 1, padding: Int = 0,
    dilation: Int = 1, groups: Int = 1, bias: Bool = true
  ) {
    self.inputChannels = inputChannels
    self.outputChannels = outputChannels
    self.kernel = kernel
    self.stride = stride
    self.padding = padding
    self.dilation = dilation
    self.groups = groups
    self.bias = bias
  }

  func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    let weight = graph.parameter(
      "weight", [outputChannels, inputChannels / max(1, groups), kernel])
    return convolve(x, weight, bias ? graph.parameter("bias", [outputChannels]) : nil, in: &graph)
  }

  /// Convolves with a weight that was made elsewhere.
  func convolve(
    _ x: Variable, _ weight: Variable, _ offset: Variable?, in graph: inout GraphBuilder
  ) -> Variable {
    graph.call(
      "Conv", x, weight, offset,
      attributes: [
        "kernel_shape": .integers([kernel]), "strides": .integers([stride]),
        "pads": .integers([padding, padding]), "dilations": .integers([dilation]),
        "group": .integer(groups),
      ])
  }
}
