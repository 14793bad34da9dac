import ModelGraph

extension TensorLayout {
  /// The layout of a batch of sequences whose channels lie next to each other.
  fileprivate init(channelsLastSequence type: TensorType) {
    let channels = type.shape[1]
    self.init(type, strides: [saturatingProduct(channels, type.shape[2]), 1, channels])
  }

  /// The same as images of one row, as kernels see sequences.
  private var asImages: TensorLayout {
    TensorLayout(
      TensorType(dataType, [shape[0], shape[1], 1, shape[2]]),
      strides: [strides[0], strides[1], saturatingProduct(shape[2], strides[2]), strides[2]])
  }

  /// Whether kernels take a weight or a batch of sequences for one whose channels lie next to each other.
  var suggestsChannelsLastSequence: Bool { rank == 3 && asImages.suggestsChannelsLast }
}

extension Dispatcher {
  /// A convolution of sequences whose weight's channels lie next to each other, as in
  /// `F.conv1d(x.transpose(1, 2), linear.weight.view(-1, 3, channels).transpose(1, 2))`.
  ///
  /// The sequences are made contiguous and then put with their channels last.
  /// Source: `_convolution` and `convolution_backward` of `ATen/native/Convolution.cpp`, PyTorch 2.15.
  mutating func channelsLastConvolution(
    ofSequences input: DispatchedTensor, _ weight: DispatchedTensor, _ bias: DispatchedTensor?,
    _ shape: Shape, by kernel: String
  ) -> DispatchedTensor {
    let copies = channelsLastCopies(of: input)
    let y = make(
      TensorLayout(channelsLastSequence: TensorType(input.dataType, shape)), by: kernel)
    release(copies.reversed())
    record("ConvolutionBackward0", from: [input, weight, bias], to: [y], saving: [input, weight]) {
      $0.channelsLastGradients(input.layout.type, weight.layout.type, $1)
    }
    return y
  }

  /// The copies that a kernel makes of sequences, one of the other.
  private mutating func channelsLastCopies(of input: DispatchedTensor) -> [DispatchedTensor] {
    let type = input.layout.type
    let dense = input.layout.isContiguous ? nil : make(TensorLayout(type), by: "clone")
    let last = make(TensorLayout(channelsLastSequence: type), by: "clone")
    return [dense, last].compactMap(\.self)
  }

  private mutating func channelsLastGradients(
    _ input: TensorType, _ weight: TensorType, _ call: BackwardCall
  ) -> [DispatchedTensor?] {
    guard let gradient = call.gradient, let saved = call.saved.first else {
      return [nil, nil, nil]
    }
    let kernel = "convolution_backward"
    let copies = channelsLastCopies(of: saved)
    let last = TensorLayout(channelsLastSequence: gradient.layout.type)
    let copy = gradient.layout.strides == last.strides ? nil : make(last, by: "clone")
    let ofInput =
      call.needs(0) ? make(TensorLayout(channelsLastSequence: input), by: kernel) : nil
    let ofWeight =
      call.needs(1) ? make(TensorLayout(channelsLastSequence: weight), by: kernel) : nil
    if let copy { release(copy) }
    if let made = copies.last { release(made) }
    let ofBias = call.needs(2) ? sum(gradient, over: [0, 2], keepsAxes: false) : nil
    release(Array(copies.dropLast()))
    return [ofInput, ofWeight, ofBias]
  }
}
