import ModelGraph

extension TrainingRule {
  /// The windows of an image as columns.
  static let unfolding = windows("im2col", backward: "col2im")

  /// Columns summed into the windows of an image.
  static let folding = windows("col2im", backward: "im2col")

  private static func windows(_ kernel: String, backward: String) -> TrainingRule {
    TrainingRule { dispatcher, call in
      guard let x = call.input(0), let type = call.outputs.first else { return [] }
      let y = dispatcher.rearrange(x, as: TensorType(x.dataType, type.shape), by: kernel)
      dispatcher.record("\(kernel)Backward", from: [x], to: [y]) { dispatcher, call in
        [call.gradient.map { dispatcher.rearrange($0, as: x.layout.type, by: backward) }]
      }
      return [y]
    }
  }
}

extension Dispatcher {
  /// Windows as columns or columns as windows: the result begins as large as the operand, and gets
  /// bytes of its own only where those do not suffice.
  ///
  /// Source: `ATen/native/cuda/Im2Col.cu` and `Col2Im.cu`, PyTorch 2.15.
  fileprivate mutating func rearrange(
    _ x: DispatchedTensor, as type: TensorType, by kernel: String
  ) -> DispatchedTensor {
    let first = make(x.layout.densified(), by: kernel)
    let dense = x.layout.isContiguous ? x : make(TensorLayout(x.layout.type), by: "clone")
    defer { drop(dense, ifCopyOf: x) }
    guard type.byteCount > first.layout.type.byteCount else {
      let result = share(first, as: TensorLayout(type))
      release(first)
      return result
    }
    let result = make(type, by: kernel)
    release(first)
    return result
  }
}
