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
  /// The gradients of input, weight and bias, in this order; the bias's is a sum of all but
  /// the channels.
  fileprivate mutating func convolutionGradients(
    _ input: TensorLayout, _ weight: TensorLayout, _ bias: TensorLayout?, _ call: BackwardCall
  ) -> [DispatchedTensor?] {
    guard let incoming = call.gradient else { return [nil, nil, nil] }
    let gradient = contiguous(incoming)
    let kernel = "convolution_backward"
    let ofInput = call.needs(0) ? make(input.type, by: kernel) : nil
    let ofWeight = call.needs(1) ? make(weight.type, by: kernel) : nil
    let channels = Set(gradient.shape.indices).subtracting([1])
    let ofBias = call.needs(2) ? sum(gradient, over: channels, keepsAxes: false) : nil
    return [ofInput, ofWeight, ofBias]
  }
}
