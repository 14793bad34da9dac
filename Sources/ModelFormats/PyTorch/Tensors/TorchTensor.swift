import ModelGraph

/// A tensor as a pickle describes it.
struct TorchTensor: Hashable {
  var type: TensorType

  /// Where its elements lie; `nil` if they lie in ``parts``, in the pickle or nowhere.
  var view: View?

  /// Tensors that it is made of: indices and values of a sparse one, scales, what a subclass wraps.
  var parts: [TorchTensor] = []
  var kind = Kind.dense

  /// Whether the file says that it is trained; `nil` if it does not say.
  var isParameter: Bool?

  enum Kind: Hashable {
    case dense, sparse, wrapper

    /// On the device `meta`, without data.
    case meta
  }

  /// A part of a storage.
  struct View: Hashable {
    var storage: StorageReference

    /// The position of the first element, in elements of the tensor's type.
    var offset: Int
    var strides: [Int]
  }
}

extension TorchTensor {
  /// The tensors that it is made of, and those that these are made of.
  var partCount: Int { parts.count + parts.map(\.partCount).reduce(0, +) }

  /// The elements from the first to the last one, both included; `nil` if that is out of range.
  var extent: Int? {
    guard let view, type.shape.isPlausible else { return nil }
    guard type.elementCount > 0 else { return 0 }
    var last = 0
    for (size, stride) in zip(type.shape, view.strides) where size > 1 {
      let (reach, overflow) = (size - 1).multipliedReportingOverflow(by: stride)
      guard !overflow, reach <= Shape.maximumElementCount else { return nil }
      last += reach
      guard last < Shape.maximumElementCount else { return nil }
    }
    return last + 1
  }

  /// The elements that have bytes of their own: an axis of stride zero repeats the same.
  var distinctElementCount: Int {
    guard let view else { return type.elementCount }
    let sizes = zip(type.shape, view.strides).filter { $0.0 == 0 || $0.1 != 0 }.map(\.0)
    return min(sizes.elementCount, extent ?? .max)
  }
}
