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

  init(
    _ input: DispatchedTensor, _ weight: DispatchedTensor, _ bias: DispatchedTensor?,
    _ groups: Int, isPointwise: Bool
  ) {
    (self.input, self.weight, self.bias) = (input, weight, bias)
    (self.groups, self.isPointwise) = (groups, isPointwise)
  }

  func convolved(to shape: Shape, by dispatcher: inout Dispatcher) -> DispatchedTensor {
    let kernel = "_slow_conv2d_forward"
    let x = dispatcher.temporarilyDense(input, as: TensorLayout(input.layout.type))
    let type = part(of: TensorType(input.dataType, shape), axis: 1)
    let columns = dispatcher.columnType(weight.shape.dropFirst(), shape, input.dataType)
    let parts = (0..<groups).map { _ in
      let copy = dispatcher.make(part(of: input.layout.type, axis: 1), by: "clone")
      let part = dispatcher.make(type, by: kernel)
      let unfolded = isPointwise ? nil : dispatcher.make(columns, by: kernel)
      dispatcher.takeWorkspace(by: kernel)
      if let unfolded { dispatcher.release(unfolded) }
      dispatcher.release(copy)
      return part
    }
    let y = dispatcher.make(TensorType(input.dataType, shape), by: "cat")
    for part in parts { dispatcher.release(part) }
    dispatcher.drop(x, ifCopyOf: input)
    dispatcher.record(
      "ConvolutionBackward0", from: [input, weight, bias], to: [y], saving: [input, weight]
    ) { gradients(&$0, $1, columns) }
    return y
  }

  private func gradients(
    _ dispatcher: inout Dispatcher, _ call: BackwardCall, _ columns: TensorType
  ) -> [DispatchedTensor?] {
    guard let incoming = call.gradient else { return [nil, nil, nil] }
    var parts: [[DispatchedTensor?]] = []
    let window = TensorLayout(part(of: weight.layout.type, axis: 0))
    for _ in 0..<groups {
      let gradient = dispatcher.make(part(of: incoming.layout.type, axis: 1), by: "clone")
      let copy = dispatcher.make(part(of: input.layout.type, axis: 1), by: "clone")
      let one = BackwardCall(gradients: [gradient], saved: [copy], needs: call.needs)
      parts.append(
        dispatcher.unfoldedGradients(one, copy.layout, window, columns, isPointwise: isPointwise))
      dispatcher.release(copy)
      dispatcher.release(gradient)
    }
    let joined = zip([input, weight, bias], call.needs).map { tensor, need in
      need ? tensor.map { dispatcher.make($0.layout.type, by: "cat") } : nil
    }
    for place in [2, 1, 0] {
      for part in parts { part[place].map { dispatcher.release($0) } }
    }
    return joined
  }

  /// The type of one group's share of an axis.
  private func part(of type: TensorType, axis: Int) -> TensorType {
    var type = type
    type.shape[axis] /= groups
    return type
  }
}
