import ModelGraph

/// The strides of a tensor whose elements lie in row-major order without gaps.
func denseStrides(_ shape: Shape) -> [Int] {
  var stride = 1
  var strides: [Int] = []
  for size in shape.reversed() {
    strides.append(stride)
    stride = stride &* max(1, size)
  }
  return strides.reversed()
}

extension AtenOperand {
  /// Whether the elements lie in row-major order without gaps; axes of size one do not matter.
  var isDense: Bool {
    guard let shape, let strides, strides.count == shape.count else { return true }
    return zip(zip(shape, strides), denseStrides(shape)).allSatisfy { axis, dense in
      axis.0 == 1 || axis.1 == dense
    }
  }

  /// Whether the elements can be seen in another shape without a copy, as PyTorch decides it.
  ///
  /// Axes that lie in one run are joined, and the new sizes must divide each run.
  /// <https://github.com/pytorch/pytorch/blob/main/aten/src/ATen/TensorUtils.cpp> `computeStride`
  func isViewable(as target: Shape) -> Bool {
    guard let shape, let strides, strides.count == shape.count, !shape.contains(0) else {
      return true
    }
    guard target.elementCount == shape.elementCount, let last = strides.last else { return true }
    var place = target.count - 1
    var runStride = last
    var run = 1
    var covered = 1
    for axis in shape.indices.reversed() {
      // Sizes of a type are in range; strides may be anything, and are only compared.
      run = run &* shape[axis]
      if axis > 0, shape[axis - 1] == 1 || strides[axis - 1] == run &* runStride { continue }
      while place >= 0, covered < run || target[place] == 1 {
        covered = covered &* target[place]
        place -= 1
      }
      guard covered == run else { return false }
      if axis > 0 { runStride = strides[axis - 1] }
      (run, covered) = (1, 1)
    }
    return place < 0
  }
}
