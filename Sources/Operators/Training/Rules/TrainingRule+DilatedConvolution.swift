import ModelGraph

// PyTorch's own convolutions of images whose windows have gaps, and of all volumes. They unfold too, make all gradients first,
// and have no short way for single pixels.
// Source: `ATen/native/cuda/NaiveDilatedConvolution.cu`, PyTorch 2.15.

extension Dispatcher {
  mutating func dilatedConvolution(
    _ input: DispatchedTensor, _ weight: DispatchedTensor, _ bias: DispatchedTensor?,
    _ shape: Shape
  ) -> DispatchedTensor {
    let kernel = Self.dilatedKernel(shape)
    let columns = columnType(weight.shape.dropFirst(), shape, input.dataType)
    let copies = rowMajor([input, weight])
    let y = make(TensorType(input.dataType, shape), by: kernel)
    let unfolded = make(columns, by: kernel)
    takeWorkspace(by: kernel)
    release(unfolded)
    release(copies)
    recordRowMajor([input, weight, bias], to: y) { dispatcher, call in
      dispatcher.dilatedGradients(call, input.layout, weight.layout, columns)
    }
    return y
  }

  /// The kernel that makes a result of a shape.
  static func dilatedKernel(_ shape: Shape) -> String {
    shape.count > 4 ? "slow_conv_dilated3d" : "slow_conv_dilated2d"
  }

  mutating func dilatedGradients(
    _ call: BackwardCall, _ input: TensorLayout, _ weight: TensorLayout, _ columns: TensorType
  ) -> [DispatchedTensor?] {
    guard let incoming = call.gradient else { return [nil, nil, nil] }
    let kernel = "convolution_backward"
    let gradient = contiguous(incoming)
    defer { drop(gradient, ifCopyOf: incoming) }
    let channels = TensorType(incoming.dataType, [incoming.shape[1]])
    let made = zip([input.type, weight.type, channels], call.needs).map { type, isNeeded in
      isNeeded ? make(type, by: kernel) : nil
    }
    guard call.needs(0) || call.needs(1) else { return made }
    let unfolded = make(columns, by: kernel)
    takeWorkspace(by: kernel)
    if call.needs(2) { scratch(channels.byteCount.value, by: "sum_dim_IntList") }
    release(unfolded)
    return made
  }
}
