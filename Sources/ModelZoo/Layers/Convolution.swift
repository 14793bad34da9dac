import ModelGraph

/// A two-dimensional convolution.
///
/// The weight is `[output, input / groups, height, width]`.
/// <https://docs.pytorch.org/docs/stable/generated/torch.nn.Conv2d.html>
struct Conv2d: Layer {
  let inputChannels: Int
  let outputChannels: Int
  let kernel: Extent
  var stride: Extent = 1
  var padding: Extent = 0
  var groups = 1
  var bias = true

  init(
    _ inputChannels: Int, _ outputChannels: Int, kernel: Extent, stride: Extent = 1,
    padding: Extent = 0, groups: Int = 1, bias: Bool = true
  ) {
    self.inputChannels = inputChannels
    self.outputChannels = outputChannels
    self.kernel = kernel
    self.stride = stride
    self.padding = padding
    self.groups = groups
    self.bias = bias
  }

  func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    let weight = graph.parameter(
      "weight", [outputChannels, inputChannels / groups, kernel.height, kernel.width])
    let offset = bias ? graph.parameter("bias", [outputChannels]) : nil
    return graph.call("Conv", x, weight, offset, attributes: attributes)
  }

  private var attributes: Attributes {
    [
      "kernel_shape": kernel.attribute, "strides": stride.attribute,
      "pads": padding.padsAttribute, "dilations": Extent(1).attribute, "group": .integer(groups),
    ]
  }
}

/// A transposed convolution, which enlarges.
///
/// The weight is `[input, output, height, width]`.
/// <https://docs.pytorch.org/docs/stable/generated/torch.nn.ConvTranspose2d.html>
struct ConvTranspose2d: Layer {
  let inputChannels: Int
  let outputChannels: Int
  let kernel: Extent
  let stride: Extent

  func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    let weight = graph.parameter(
      "weight", [inputChannels, outputChannels, kernel.height, kernel.width])
    let bias = graph.parameter("bias", [outputChannels])
    return graph.call(
      "ConvTranspose", x, weight, bias,
      attributes: [
        "kernel_shape": kernel.attribute, "strides": stride.attribute,
        "pads": Extent(0).padsAttribute, "dilations": Extent(1).attribute, "group": .integer(1),
      ])
  }
}

/// A convolution, batch normalization and an activation function, named `0`, `1`, `2`.
///
/// The padding keeps the size at stride 1. The convolution has a bias only if nothing normalizes it.
/// <https://docs.pytorch.org/vision/stable/generated/torchvision.ops.Conv2dNormActivation.html>
struct ConvNormActivation: Layer {
  let inputChannels: Int
  let outputChannels: Int
  var kernel = 3
  var stride = 1
  var groups = 1
  var epsilon = 1e-5
  var activation: Activation?

  init(
    _ inputChannels: Int, _ outputChannels: Int, kernel: Int = 3, stride: Int = 1,
    groups: Int = 1, epsilon: Double = 1e-5, activation: Activation?
  ) {
    self.inputChannels = inputChannels
    self.outputChannels = outputChannels
    self.kernel = kernel
    self.stride = stride
    self.groups = groups
    self.epsilon = epsilon
    self.activation = activation
  }

  func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    Numbered {
      Conv2d(
        inputChannels, outputChannels, kernel: Extent(kernel), stride: Extent(stride),
        padding: Extent((kernel - 1) / 2), groups: groups, bias: false)
      BatchNorm2d(outputChannels, epsilon: epsilon)
      if let activation { activation }
    }(x, in: &graph)
  }
}
