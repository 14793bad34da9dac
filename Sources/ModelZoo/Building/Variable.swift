import ModelGraph

/// A value of the graph that is being built: what layers take and give.
struct Variable: Hashable, Sendable {
  let id: ValueID
  let type: TensorType

  var shape: Shape { type.shape }

  /// The size of an axis, counted from the end if negative; 1 where there is no such axis.
  func size(_ axis: Int) -> Int {
    let index = axis < 0 ? axis + shape.count : axis
    return shape.indices.contains(index) ? shape[index] : 1
  }
}
