public import ModelGraph

extension Dispatcher {
  /// The sum over axes, which stay with size one or go.
  mutating func sum(
    _ x: DispatchedTensor, over axes: Set<Int>, keepsAxes: Bool, kernel: String = "sum_dim_IntList",
    as dataType: DataType? = nil
  ) -> DispatchedTensor {
    let shape = reducedShape(x.shape, axes: axes, keepsAxes: keepsAxes)
    let y = make(TensorType(dataType ?? x.dataType, shape), by: kernel)
    let scratch = ReductionScratch(x.layout, over: axes, on: environment)
    self.scratch(scratch.stagingByteCount, scratch.semaphoreByteCount, by: kernel)
    return y
  }

  /// The sum over the axes along which a smaller shape was broadcast: `sum_to`.
  public mutating func sum(_ x: DispatchedTensor, to shape: Shape) -> DispatchedTensor {
    guard x.shape != shape else { return x }
    let added = x.shape.count - shape.count
    guard added >= 0 else { return x }
    guard !shape.isEmpty else {
      return sum(x, over: Set(x.shape.indices), keepsAxes: false, kernel: "sum")
    }
    let axes = x.shape.indices.filter { axis in
      axis < added || (shape[axis - added] == 1 && x.shape[axis] != 1)
    }
    let reduced = axes.isEmpty ? x : sum(x, over: Set(axes), keepsAxes: true)
    guard added > 0 else { return reduced }
    let made = share(reduced, as: TensorLayout(TensorType(x.dataType, shape)))
    if !axes.isEmpty { release(reduced) }
    return made
  }

  /// The mean over axes.
  mutating func mean(
    _ x: DispatchedTensor, over axes: Set<Int>, keepsAxes: Bool
  ) -> DispatchedTensor {
    let y = sum(x, over: axes, keepsAxes: keepsAxes, kernel: "mean_dim")
    record("MeanBackward1", from: [x], to: [y]) { dispatcher, call in
      guard var spread = call.gradient?.layout else { return [nil] }
      if !keepsAxes {
        for axis in axes.sorted() { spread = spread.unsqueezed(at: axis) ?? spread }
      }
      // Axes that were summed over tell nothing of the order in which the input lay.
      let expanded = spread.expanded(to: x.shape)
      let layout = TensorLayout(ofElementwise: [expanded], TensorType(spread.dataType, x.shape))
      return [dispatcher.make(layout, by: "div_Tensor")]
    }
    return y
  }
}
