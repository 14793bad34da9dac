import ModelGraph

// Views, and the copies that PyTorch makes where a view is not possible.

extension Dispatcher {
  /// The same bytes under another layout; the gradient is seen through the inverse.
  mutating func view(
    _ x: DispatchedTensor, as layout: TensorLayout, _ name: String, isView: Bool = true,
    backward: @escaping Backward
  ) -> DispatchedTensor {
    let y = share(x, as: layout)
    record(name, from: [x], to: [y], isView: isView, backward: backward)
    return y
  }

  /// The same elements in another shape, as a view where the strides allow it.
  mutating func reshape(_ x: DispatchedTensor, _ shape: Shape) -> DispatchedTensor {
    guard x.shape != shape else { return x }
    guard let layout = x.layout.viewed(as: shape) else {
      let dense = clone(x, isContiguous: true)
      defer { release(dense) }
      return unsafeView(dense, as: TensorLayout(TensorType(x.dataType, shape)))
    }
    return view(x, as: layout, "ViewBackward0", backward: Self.reshapeGradient(to: x.shape))
  }

  /// What a product has made in another shape, which autograd does not know as a view.
  mutating func reshapeOwn(_ product: DispatchedTensor, _ shape: Shape) -> DispatchedTensor {
    guard product.shape != shape, let layout = product.layout.viewed(as: shape) else {
      return reshape(product, shape)
    }
    return unsafeView(product, as: layout)
  }

  /// What was just made in another shape, which autograd does not know as a view of anything.
  private mutating func unsafeView(
    _ made: DispatchedTensor, as layout: TensorLayout
  ) -> DispatchedTensor {
    view(
      made, as: layout, "UnsafeViewBackward0", isView: false,
      backward: Self.reshapeGradient(to: made.shape))
  }

  /// The same elements seen with an axis of size one more or less.
  mutating func reshape(
    _ x: DispatchedTensor, as layout: TensorLayout, _ name: String
  ) -> DispatchedTensor {
    view(x, as: layout, name, backward: Self.reshapeGradient(to: x.shape))
  }

  private static func reshapeGradient(to shape: Shape) -> Backward {
    { dispatcher, call in
      [call.gradient.map { dispatcher.reshape($0, shape) }]
    }
  }

  mutating func permute(_ x: DispatchedTensor, _ axes: [Int]) -> DispatchedTensor {
    var inverse = axes
    for (position, axis) in axes.enumerated() { inverse[axis] = position }
    let order = inverse
    return view(x, as: x.layout.permuted(axes), "PermuteBackward0") { dispatcher, call in
      [call.gradient.map { dispatcher.share($0, as: $0.layout.permuted(order)) }]
    }
  }

  /// Exchanges two axes; negative ones count from the end.
  mutating func transpose(
    _ x: DispatchedTensor, _ a: Int = -2, _ b: Int = -1
  ) -> DispatchedTensor {
    view(x, as: x.layout.transposed(a, b), "TransposeBackward0") { dispatcher, call in
      [call.gradient.map { dispatcher.share($0, as: $0.layout.transposed(a, b)) }]
    }
  }

  mutating func expand(_ x: DispatchedTensor, to shape: Shape) -> DispatchedTensor {
    guard x.shape != shape else { return x }
    return view(x, as: x.layout.expanded(to: shape), "ExpandBackward0") { dispatcher, call in
      [call.gradient.map { dispatcher.sum($0, to: x.shape) }]
    }
  }

  /// A part of a tensor; its gradient is put into zeros of the whole size.
  mutating func part(
    _ x: DispatchedTensor, as layout: TensorLayout, gradientBy kernel: String
  ) -> DispatchedTensor {
    let whole = x.layout.type
    return view(x, as: layout, kernel) { dispatcher, call in
      [call.gradient.map { _ in dispatcher.make(whole, by: kernel) }]
    }
  }
}

extension Dispatcher {
  /// A copy, dense in the same order of axes or in row-major order.
  mutating func clone(_ x: DispatchedTensor, isContiguous: Bool = false) -> DispatchedTensor {
    let y = make(isContiguous ? TensorLayout(x.layout.type) : x.layout.densified(), by: "clone")
    record("CloneBackward0", from: [x], to: [y], backward: Self.passGradient)
    return y
  }

  /// The tensor itself if it lies in row-major order, else a copy.
  mutating func contiguous(_ x: DispatchedTensor) -> DispatchedTensor {
    x.layout.isContiguous ? x : clone(x, isContiguous: true)
  }

  /// The tensor itself if it is dense in the order of axes that a layout suggests, else a copy.
  mutating func dense(
    _ x: DispatchedTensor, as model: TensorLayout
  ) -> DispatchedTensor {
    guard model.suggestsChannelsLast else { return contiguous(x) }
    guard !x.layout.isChannelsLast else { return x }
    let y = make(TensorLayout(channelsLast: x.layout.type), by: "clone")
    record("CloneBackward0", from: [x], to: [y], backward: Self.passGradient)
    return y
  }

  /// The tensor or a dense copy of it that a kernel makes for itself, unseen by autograd.
  mutating func temporarilyDense(
    _ x: DispatchedTensor, as model: TensorLayout
  ) -> DispatchedTensor {
    guard model.suggestsChannelsLast ? !x.layout.isChannelsLast : !x.layout.isContiguous else {
      return x
    }
    return make(model.suggested(x.layout.type), by: "clone")
  }

  /// Drops a tensor if it is a copy of another.
  mutating func drop(_ copy: DispatchedTensor, ifCopyOf tensor: DispatchedTensor) {
    if copy != tensor { release(copy) }
  }

  /// The gradient of the output is that of every input.
  static let passGradient: Backward = { _, call in
    call.needs.map { $0 ? call.gradient : nil }
  }
}
