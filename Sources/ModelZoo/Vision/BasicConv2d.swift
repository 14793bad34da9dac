/// The unit of GoogLeNet and Inception: a convolution without bias, normalization, rectification.
struct BasicConv2d: CompositeLayer {
  let convolution: Conv2d

  init(_ inputs: Int, _ outputs: Int, kernel: Extent, stride: Extent = 1, padding: Extent = 0) {
    convolution = Conv2d(
      inputs, outputs, kernel: kernel, stride: stride, padding: padding, bias: false)
  }

  var body: some Layer {
    convolution.named("conv")
    BatchNorm2d(convolution.outputChannels, epsilon: 1e-3).named("bn")
    Activation.relu(inPlace: true)
  }
}
