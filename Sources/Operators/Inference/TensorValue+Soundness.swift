import ModelGraph

extension TensorValue {
  /// Whether the elements are as many as the type says, and not too many.
  var isSound: Bool {
    let count =
      switch contents {
      case .integers(let elements): elements.count
      case .floats(let elements): elements.count
      case .strings(let elements): elements.count
      }
    return type.shape.isPlausible && count == type.elementCount
      && count <= Self.maximumElementCount
  }
}
