import ModelGraph

// PyTorch's own convolutions, which unfold one image after the other into columns and multiply
// matrices. They run where cuDNN does not take the type.
// Source: `ATen/native/cuda/ConvolutionMM2d.cu` and `NaiveConvolutionTranspose2d.cu`, PyTorch 2.15.

extension Dispatcher {
  /// Whether a convolution of images or sequences in a type runs by unfolding one image at a time, as it does where cuDNN is
  /// used through its older interface; elsewhere cuDNN takes a workspace of its own, which cannot be known.
  func unfolds(_ input: TensorLayout, _ weight: TensorLayout, groups: Int) -> Bool {
    // Of a sequence PyTorch makes an image of one row.
    guard input.dataType == .bfloat16, (3...5).contains(input.rank), weight.rank == input.rank
    else { return false }
    // One channel a group is a kernel of its own.
    return groups == 1 || (2...Self.mostGroups).contains(groups) && groups < input.shape[1]
  }

  /// Each group is followed by itself; no network has as many.
  private static var mostGroups: Int { 1 << 10 }

  /// The convolution of images.
  mutating func unfoldedConvolution(
    _ input: DispatchedTensor, _ weight: DispatchedTensor, _ bias: DispatchedTensor?,
    _ shape: Shape, isPointwise: Bool
  ) -> DispatchedTensor {
    let kernel = "_slow_conv2d_forward"
    let columns = columnType(weight.shape.dropFirst(), shape, input.dataType)
    let copies = rowMajor([input, weight])
    let y = make(TensorType(input.dataType, shape), by: kernel)
    let unfolded = isPointwise ? nil : make(columns, by: kernel)
    takeWorkspace(by: kernel)
    if let unfolded { release(unfolded) }
    release(copies)
    recordRowMajor([input, weight, bias], to: y) { dispatcher, call in
      dispatcher.unfoldedGradients(
        call, input.layout, weight.layout, columns, isPointwise: isPointwise)
    }
    return y
  }

  /// Has autograd note a convolution whose gradients are made of row-major copies of its operands.
  mutating func recordRowMajor(
    _ operands: [DispatchedTensor?], to y: DispatchedTensor, _ gradients: @escaping Backward
  ) {
    record(
      "ConvolutionBackward0", from: operands, to: [y], saving: Array(operands.prefix(2))
    ) { dispatcher, call in
      let copies = dispatcher.rowMajor(call.saved)
      defer { dispatcher.release(copies) }
      return gradients(&dispatcher, call)
    }
  }

  /// Row-major copies of those operands that lie otherwise, unseen by autograd.
  mutating func rowMajor(_ operands: [DispatchedTensor]) -> [DispatchedTensor] {
    operands.filter { !$0.layout.isContiguous }.map { make($0.layout.type, by: "clone") }
  }

  mutating func release(_ copies: [DispatchedTensor]) {
    for copy in copies.reversed() { release(copy) }
  }

  mutating func unfoldedGradients(
    _ call: BackwardCall, _ input: TensorLayout, _ weight: TensorLayout, _ columns: TensorType,
    isPointwise: Bool
  ) -> [DispatchedTensor?] {
    guard let incoming = call.gradient else { return [nil, nil, nil] }
    let kernel = "_slow_conv2d_backward_output_mask"
    let gradient = contiguous(incoming)
    defer { drop(gradient, ifCopyOf: incoming) }
    var unfolded: DispatchedTensor?
    var made: [DispatchedTensor?] = [nil, nil, nil]
    if call.needs(0) {
      made[0] = make(input.type, by: kernel)
      unfolded = make(columns, by: kernel)
      takeWorkspace(by: kernel)
    }
    if call.needs(2) {
      made[2] = sum(
        gradient, over: Set(gradient.shape.indices).subtracting([1]), keepsAxes: false,
        kernel: "sum_IntList_out")
    }
    if call.needs(1) {
      made[1] = make(weight.type, by: kernel)
      if unfolded == nil, !isPointwise { unfolded = make(columns, by: kernel) }
      takeWorkspace(by: kernel)
    }
    if let unfolded { release(unfolded) }
    return made
  }

  /// The transposed convolution of images.
  mutating func unfoldedTransposedConvolution(
    _ input: DispatchedTensor, _ weight: DispatchedTensor, _ bias: DispatchedTensor?,
    _ shape: Shape
  ) -> DispatchedTensor {
    let kernel = "slow_conv_transpose2d"
    let columns = columnType(weight.shape.dropFirst(), input.shape, input.dataType)
    let copies = rowMajor([input, weight])
    let y = make(TensorType(input.dataType, shape), by: kernel)
    let unfolded = make(columns, by: kernel)
    if bias != nil {
      scratch(TensorType(input.dataType, Shape(shape.dropFirst(2))).byteCount.value, by: kernel)
    }
    takeWorkspace(by: kernel)
    release(unfolded)
    release(copies)
    recordRowMajor([input, weight, bias], to: y) { dispatcher, call in
      dispatcher.unfoldedTransposedGradients(call, input.layout, weight.layout, columns)
    }
    return y
  }

  /// The gradients of input, then of weight and bias together, each from a dense copy.
  private mutating func unfoldedTransposedGradients(
    _ call: BackwardCall, _ input: TensorLayout, _ weight: TensorLayout, _ columns: TensorType
  ) -> [DispatchedTensor?] {
    guard let incoming = call.gradient else { return [nil, nil, nil] }
    let kernel = "convolution_backward"
    var made: [DispatchedTensor?] = [nil, nil, nil]
    if call.needs(0) {
      let gradient = contiguous(incoming)
      made[0] = make(input.type, by: kernel)
      scratch(columns.byteCount.value, by: kernel)
      takeWorkspace(by: kernel)
      drop(gradient, ifCopyOf: incoming)
    }
    guard call.needs(1) || call.needs(2) else { return made }
    if call.needs(1) { made[1] = make(weight.type, by: kernel) }
    let channels = TensorType(incoming.dataType, [incoming.shape[1]])
    if call.needs(2) { made[2] = make(channels, by: kernel) }
    let gradient = contiguous(incoming)
    let unfolded = make(columns, by: kernel)
    takeWorkspace(by: kernel)
    if call.needs(2) { sumScratch(of: gradient, by: kernel) }
    release(unfolded)
    drop(gradient, ifCopyOf: incoming)
    return made
  }

  /// What a sum over all but the channels takes beside its result.
  private mutating func sumScratch(of gradient: DispatchedTensor, by kernel: String) {
    let axes = Set(gradient.shape.indices).subtracting([1])
    let needed = ReductionScratch(gradient.layout, over: axes, on: environment)
    scratch(needed.stagingByteCount, needed.semaphoreByteCount, by: kernel)
  }

  /// The window of every channel, for each place of one image.
  func columnType(
    _ window: Shape.SubSequence, _ image: Shape, _ dataType: DataType
  ) -> TensorType {
    TensorType(dataType, [Shape(window).elementCount, Shape(image.dropFirst(2)).elementCount])
  }
}
