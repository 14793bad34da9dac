import ModelGraph

extension TrainingRule {
  /// A convolution by cuDNN, whose workspace cannot be known here.
  static let convolution = convolution(kernel: "cudnn_convolution")
  static let transposedConvolution = convolution(kernel: "cudnn_convolution_transpose")

  private static func convolution(kernel: String) -> TrainingRule {
    TrainingRule { dispatcher, call in
      guard let shape = call.outputs.first?.shape, call.input(0) != nil, call.input(1) != nil
      else { return [] }
      // Arguments are cast from the last to the first.
      let bias = call.input(2).map { dispatcher.lowered($0) }
      guard let weight = call.input(1).map({ dispatcher.lowered($0) }),
        let input = call.input(0).map({ dispatcher.lowered($0) })
      else { return [] }
      let groups = call.attributes.integer("group") ?? 1
      let isTransposed = kernel.hasSuffix("transpose")
      let isDilated = call.isDilated || input.shape.count > 4
      if dispatcher.unfolds(input.layout, weight.layout, groups: groups),
        !isTransposed || groups == 1 && !isDilated
      {
        let isPointwise = call.isPointwise(weight.shape)
        if groups > 1 {
          let parts = GroupedConvolution(
            input, weight, bias, groups, isPointwise: isPointwise, isDilated: isDilated)
          return [parts.convolved(to: shape, by: &dispatcher)]
        }
        let y =
          isTransposed
          ? dispatcher.unfoldedTransposedConvolution(input, weight, bias, shape)
          : isDilated
            ? dispatcher.dilatedConvolution(input, weight, bias, shape)
            : dispatcher.unfoldedConvolution(
              input, weight, bias, shape, isPointwise: isPointwise)
        return [y]
      }
      if weight.layout.suggestsChannelsLastSequence, !isTransposed {
        return [
          dispatcher.channelsLastConvolution(ofSequences: input, weight, bias, shape, by: kernel)
        ]
      }
      // One operand with its channels last is enough for all to have them so.
      let model = weight.layout.suggestsChannelsLast ? weight.layout : input.layout
      // The kernel's own copy of a view is not what autograd keeps.
      let x = dispatcher.temporarilyDense(input, as: model)
      let y = dispatcher.make(model.suggested(TensorType(x.dataType, shape)), by: kernel)
      dispatcher.drop(dispatcher.temporarilyDense(weight, as: model), ifCopyOf: weight)
      dispatcher.drop(x, ifCopyOf: input)
      let inputs = [input, weight, bias]
      let sharesCopy = isTransposed || isDepthwise(x.layout, weight.layout)
      dispatcher.record("ConvolutionBackward0", from: inputs, to: [y], saving: [input, weight]) {
        $0.convolutionGradients(x.layout, weight.layout, $1, model, sharesCopy: sharesCopy)
      }
      return [y]
    }
  }
}

extension TrainingCall {
  /// Whether a convolution's window has gaps.
  fileprivate var isDilated: Bool {
    attributes.integers("dilations")?.contains { $0 != 1 } ?? false
  }

  /// Whether a convolution's windows are the pixels themselves.
  fileprivate func isPointwise(_ weight: Shape) -> Bool {
    weight.dropFirst(2).allSatisfy { $0 == 1 }
      && attributes.integers("pads")?.allSatisfy { $0 == 0 } ?? true
      && attributes.integers("strides")?.allSatisfy { $0 == 1 } ?? true
  }
}

/// Whether PyTorch runs a kernel of its own: one channel a group, in single precision, of sequences also in
/// `bfloat16`.
private func isDepthwise(_ input: TensorLayout, _ weight: TensorLayout) -> Bool {
  guard (3...4).contains(input.rank), input.shape[1] > 1, weight.shape[1] == 1 else { return false }
  let isTaken =
    input.dataType == .float32 || input.rank == 3 && input.dataType == .bfloat16
  return weight.shape[0] % input.shape[1] == 0 && isTaken && !input.suggestsChannelsLast
}

extension Dispatcher {
  /// The gradients of input, weight and bias.
  ///
  /// The kernels take dense operands. What is saved is the operand as it came, so it is copied
  /// once more here. A gradient whose channels lie otherwise than the input's is copied once for all kernels;
  /// of one with gaps cuDNN's kernels of a plain convolution each make their own copy. The bias's gradient is a sum over all but the channels.
  fileprivate mutating func convolutionGradients(
    _ input: TensorLayout, _ weight: TensorLayout, _ call: BackwardCall, _ model: TensorLayout,
    sharesCopy: Bool
  ) -> [DispatchedTensor?] {
    guard let gradient = call.gradient else { return [nil, nil, nil] }
    let kernel = "convolution_backward"
    let isDepthwise = isDepthwise(input, weight)
    // A sequence is copied at once, whatever kernel follows.
    let copiesLater = isDepthwise && input.rank > 3
    let source = copiesLater ? nil : call.saved.first.map { ($0, dense($0, as: model)) }
    let layout = gradient.layout
    let isLast = layout.suggestsChannelsLast || layout.suggestsChannelsLastSequence
    let isOtherwise = isLast != model.suggestsChannelsLast
    let shared = sharesCopy || isOtherwise ? dense(gradient, as: model) : gradient
    var (ofInput, ofWeight): (DispatchedTensor?, DispatchedTensor?)
    if isDepthwise {
      if call.needs(1) {
        let copy = copiesLater ? call.saved.first.map { ($0, dense($0, as: model)) } : nil
        ofWeight = make(weight.type, by: kernel)
        if let copy { drop(copy.1, ifCopyOf: copy.0) }
      }
      if call.needs(0) { ofInput = make(input.type, by: kernel) }
    } else if call.saved.count == 2 {
      let weights = call.saved[1]
      if call.needs(0) {
        ofInput = make(model.suggested(input.type), by: kernel)
        let denseWeights = dense(weights, as: model)
        drop(dense(shared, as: model), ifCopyOf: shared)
        drop(denseWeights, ifCopyOf: weights)
      }
      if call.needs(1) {
        let copy = dense(shared, as: model)
        ofWeight = make(model.suggested(weight.type), by: kernel)
        drop(copy, ifCopyOf: shared)
      }
    }
    drop(shared, ifCopyOf: gradient)
    if let source, input.rank != 3 { drop(source.1, ifCopyOf: source.0) }
    let channels = Set(gradient.shape.indices).subtracting([1])
    let ofBias = call.needs(2) ? sum(gradient, over: channels, keepsAxes: false) : nil
    if let source, input.rank == 3 { drop(source.1, ifCopyOf: source.0) }
    return [ofInput, ofWeight, ofBias]
  }

}
