import ModelGraph

/// A convolution in groups by a kernel that knows none: each group by itself, from a copy of its channels,
/// and the results joined.
///
/// Source: `_convolution` and `convolution_backward` of `ATen/native/Convolution.cpp`, PyTorch 2.15.
struct GroupedConvolution {
  private let input: DispatchedTensor
  private let weight: DispatchedTensor
  private let bias: DispatchedTensor?
  private let groups: Int

  /// Whether the windows are the pixels themselves.
  private let isPointwise: Bool

  /// Whether the kernel is that of windows with gaps.
  private let isDilated: Bool

  init(
    _ input: DispatchedTensor, _ weight: DispatchedTensor, _ bias: DispatchedTensor?,
    _ groups: Int, isPointwise: Bool, isDilated: Bool
  ) {
    (self.input, self.weight, self.bias) = (input, weight, bias)
    (self.groups, self.isDilated) = (groups, isDilated)
    self.isPointwise = isPointwise && !isDilated
  }

  func convolved(to shape: Shape, by dispatcher: inout Dispatcher) -> DispatchedTensor {
    let kernel = isDilated ? Dispatcher.dilatedKernel(shape) : "_slow_conv2d_forward"
    let copies = dispatcher.rowMajor([input, weight])
    let type = part(of: TensorType(input.dataType, shape), axis: 1)
    let columns = dispatcher.columnType(weight.shape.dropFirst(), shape, input.dataType)
    let parts = (0..<groups).map { _ in
      let copy = partOfInput(by: &dispatcher)
      let part = dispatcher.make(type, by: kernel)
      let unfolded = isPointwise ? nil : dispatcher.make(columns, by: kernel)
      dispatcher.takeWorkspace(by: kernel)
      if let unfolded { dispatcher.release(unfolded) }
      if let copy { dispatcher.release(copy) }
      return part
    }
    let y = dispatcher.make(TensorType(input.dataType, shape), by: "cat")
    for part in parts { dispatcher.release(part) }
    dispatcher.release(copies)
    dispatcher.record(
      "ConvolutionBackward0", from: [input, weight, bias], to: [y], saving: [input, weight]
    ) { gradients(&$0, $1, columns) }
    return y
  }

  private func gradients(
    _ dispatcher: inout Dispatcher, _ call: BackwardCall, _ columns: TensorType
  ) -> [DispatchedTensor?] {
    guard let incoming = call.gradient else { return [nil, nil, nil] }
    let copies = dispatcher.rowMajor(call.saved)
    defer { dispatcher.release(copies) }
    var parts: [[DispatchedTensor?]] = []
    let window = TensorLayout(part(of: weight.layout.type, axis: 0))
    for _ in 0..<groups {
      let view = dispatcher.share(
        incoming,
        as: incoming.layout.narrowed(axis: 1, to: incoming.shape[1] / groups))
      let gradient = dispatcher.temporarilyDense(view, as: incoming.layout)
      let copy = partOfInput(by: &dispatcher)
      let one = BackwardCall(gradients: [gradient], saved: [], needs: call.needs)
      let source = TensorLayout(part(of: input.layout.type, axis: 1))
      parts.append(
        isDilated
          ? dispatcher.dilatedGradients(one, source, window, columns)
          : dispatcher.unfoldedGradients(one, source, window, columns, isPointwise: isPointwise))
      if let copy { dispatcher.release(copy) }
      dispatcher.drop(gradient, ifCopyOf: view)
      dispatcher.release(view)
    }
    let joined = zip([input, weight, bias], call.needs).map { tensor, need in
      need ? tensor.map { dispatcher.make($0.layout.type, by: "cat") } : nil
    }
    for place in [2, 1, 0] {
      for part in parts { part[place].map { dispatcher.release($0) } }
    }
    return joined
  }

  /// A copy of one group's channels of the row-major input; none of a single image, where they lie together.
  private func partOfInput(by dispatcher: inout Dispatcher) -> DispatchedTensor? {
    let layout = TensorLayout(input.layout.type)
    let part = layout.narrowed(axis: 1, to: input.shape[1] / groups)
    return part.isContiguous ? nil : dispatcher.make(part.type, by: "clone")
  }

  /// The type of one group's share of an axis.
  private func part(of type: TensorType, axis: Int) -> TensorType {
    var type = type
    type.shape[axis] /= groups
    return type
  }
}
