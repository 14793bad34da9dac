import ModelGraph

extension TensorValue {
  /// The elements at positions in row-major order, as a tensor of a type with as many elements.
  ///
  /// A negative position stands for 0, false or the empty text.
  func picking(_ positions: [Int], as type: TensorType) -> TensorValue {
    switch contents {
    case .integers(let elements):
      TensorValue(type, .integers(positions.map { $0 < 0 ? 0 : elements[$0] }))
    case .floats(let elements):
      TensorValue(type, .floats(positions.map { $0 < 0 ? 0 : elements[$0] }))
    case .strings(let elements):
      TensorValue(type, .strings(positions.map { $0 < 0 ? "" : elements[$0] }))
    }
  }

  /// The elements in the order they have, as a tensor of another shape.
  func reshaped(_ shape: Shape) -> TensorValue {
    TensorValue(TensorType(type.dataType, shape), contents)
  }
}

/// The positions, in row-major order of a shape, of the elements that lie at the given strides.
func positions(_ shape: Shape, strides: [Int]) -> [Int] {
  guard !shape.contains(0) else { return [] }
  return positions(zip(shape, strides).map { size, stride in (0..<size).map { $0 &* stride } })
}

/// All sums of one offset for each axis, in row-major order; negative offsets stay negative.
func positions(_ offsets: [[Int]]) -> [Int] {
  guard offsets.allSatisfy({ !$0.isEmpty }) else { return [] }
  return offsets.reduce([0]) { sums, axis in
    sums.flatMap { sum in axis.map { sum < 0 || $0 < 0 ? -1 : sum + $0 } }
  }
}

extension Shape {
  /// The distance in row-major order between neighbours along each axis; all 0 if it is empty.
  var strides: [Int] {
    guard elementCount > 0 else { return map { _ in 0 } }
    var stride = 1
    var strides: [Int] = []
    for size in reversed() {
      strides.append(stride)
      stride &*= size
    }
    return strides.reversed()
  }
}
