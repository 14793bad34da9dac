import ModelGraph

extension TrainingRule {
  /// A convolution by cuDNN, whose workspace cannot be known here.
  static let convolution = convolution(kernel: "cudnn_convolution")
  static let transposedConvolution = convolution(kernel: "cudnn_convolution_transpose")

  private static func convolution(kernel: String) -> TrainingRule {
    TrainingRule { dispatcher, call in
      guard let input = call.input(0), let weight = call.input(1), let type = call.outputs.first
      else { return [] }
      let bias = call.input(2)
      let x = dispatcher.contiguous(input)
      let y = dispatcher.make(type, by: kernel)
      let inputs = [input, weight, bias]
      dispatcher.record("ConvolutionBackward0", from: inputs, to: [y], saving: [x, weight]) {
        $0.convolutionGradients(x.layout, weight.layout, bias?.layout, $1)
      }
      return [y]
    }
  }
}

extension Dispatcher {
  /// The gradients of input, weight and bias.
  ///
  /// cuDNN's functions take a dense gradient each; the bias's is a sum of all but the channels.
  fileprivate mutating func convolutionGradients(
    _ input: TensorLayout, _ weight: TensorLayout, _ bias: TensorLayout?, _ call: BackwardCall
  ) -> [DispatchedTensor?] {
    guard let gradient = call.gradient else { return [nil, nil, nil] }
    let channels = Set(gradient.shape.indices).subtracting([1])
    var (ofInput, ofWeight): (DispatchedTensor?, DispatchedTensor?)
    if isDepthwise(input, weight) {
      let dense = contiguous(gradient)
      if call.needs(1) { ofWeight = make(weight.type, by: "_conv_depthwise2d_backward") }
      if call.needs(0) { ofInput = make(input.type, by: "_conv_depthwise2d_backward") }
      if dense != gradient { release(dense) }
    } else {
      let kernel = "convolution_backward"
      if call.needs(0) {
        ofInput = make(input.type, by: kernel)
        dropCopy(contiguous(gradient), of: gradient)
      }
      if call.needs(1) {
        let dense = contiguous(gradient)
        ofWeight = make(weight.type, by: kernel)
        dropCopy(dense, of: gradient)
      }
    }
    let ofBias = call.needs(2) ? sum(gradient, over: channels, keepsAxes: false) : nil
    return [ofInput, ofWeight, ofBias]
  }

  private mutating func dropCopy(_ copy: DispatchedTensor, of tensor: DispatchedTensor) {
    if copy != tensor { release(copy) }
  }

  /// Whether PyTorch runs a kernel of its own: one channel a group, in single precision.
  private func isDepthwise(_ input: TensorLayout, _ weight: TensorLayout) -> Bool {
    guard input.rank == 4, input.shape[1] > 1, weight.shape[1] == 1 else { return false }
    return weight.shape[0] % input.shape[1] == 0 && input.dataType == .float32
  }
}
