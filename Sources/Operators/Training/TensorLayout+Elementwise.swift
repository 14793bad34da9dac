import ModelGraph

extension TensorLayout {
  /// Makes the layout of the result of an elementwise kernel: dense, its axes ordered as the operands'.
  ///
  /// The first operand that tells two axes apart decides their order; axes that are broadcast tell
  /// nothing.
  /// Source: `TensorIteratorBase::reorder_dimensions`, PyTorch 2.15.
  init(ofElementwise operands: [TensorLayout], _ type: TensorType) {
    let strides = operands.map { $0.broadcastStrides(to: type.shape) }
    var order = Array(type.shape.indices.reversed())
    for start in order.indices.dropFirst() {
      var moving = start
      for other in (0..<start).reversed() {
        let comparison = Self.compare(order[other], order[moving], strides, type.shape)
        if comparison < 0 { break }
        guard comparison > 0 else { continue }
        order.swapAt(other, moving)
        moving = other
      }
    }
    var made = type.shape
    var stride = 1
    for axis in order {
      made[axis] = stride
      stride = saturatingProduct(stride, max(1, type.shape[axis]))
    }
    self.init(type, strides: made)
  }

  /// The layout of the result of a kernel that reads this tensor alone: what has no gaps in row-major
  /// order gives the usual strides, along axes of size one too.
  ///
  /// Source: `TensorIteratorBase::compute_fast_setup_type`, PyTorch 2.15.
  func mapped(as dataType: DataType? = nil) -> TensorLayout {
    isContiguous
      ? TensorLayout(TensorType(dataType ?? self.dataType, shape)) : densified(as: dataType)
  }

  private static func compare(_ a: Int, _ b: Int, _ operands: [[Int]], _ shape: Shape) -> Int {
    for strides in operands where strides[a] != 0 && strides[b] != 0 {
      if strides[a] != strides[b] { return strides[a] < strides[b] ? -1 : 1 }
      if shape[a] > shape[b] { return 1 }
    }
    return 0
  }

  /// The strides under a larger shape: zero along axes that are added or repeated.
  private func broadcastStrides(to target: Shape) -> [Int] {
    let added = target.count - rank
    return target.indices.map { axis in
      guard axis >= added, shape[axis - added] == target[axis], target[axis] != 1 else { return 0 }
      return strides[axis - added]
    }
  }
}
