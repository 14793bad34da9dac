public import ModelGraph

/// A tensor as kernels see it: its type, and how far apart in memory its elements lie.
///
/// Tensors are handed on by the ten thousand, so that one reference stands for all of it.
public struct TensorLayout: Sendable {
  @usableFromInline let storage: Storage

  @usableFromInline final class Storage: Sendable {
    @usableFromInline let type: TensorType
    @usableFromInline let strides: [Int]

    init(_ type: TensorType, _ strides: [Int]) { (self.type, self.strides) = (type, strides) }
  }

  public init(_ type: TensorType, strides: [Int]) { storage = Storage(type, strides) }

  @inlinable public var type: TensorType { storage.type }

  /// The distance between neighbours along each axis, in elements.
  @inlinable public var strides: [Int] { storage.strides }

  /// Makes the layout of a dense tensor in row-major order.
  public init(_ type: TensorType) {
    self.init(type, strides: Self.rowMajorStrides(of: type.shape))
  }

  public var shape: Shape { type.shape }
  public var dataType: DataType { type.dataType }
  public var rank: Int { type.rank }
  public var elementCount: Int { type.elementCount }

  static func rowMajorStrides(of shape: Shape) -> [Int] {
    var strides = shape.map { _ in 1 }
    for axis in shape.indices.dropLast().reversed() {
      strides[axis] = saturatingProduct(strides[axis + 1], max(1, shape[axis + 1]))
    }
    return strides
  }
}

extension TensorLayout: Hashable {
  public static func == (a: TensorLayout, b: TensorLayout) -> Bool {
    a.storage === b.storage || a.type == b.type && a.strides == b.strides
  }

  public func hash(into hasher: inout Hasher) {
    hasher.combine(type)
    hasher.combine(strides)
  }
}

extension TensorLayout {
  /// Whether the elements lie in row-major order without gaps.
  public var isContiguous: Bool {
    var expected = 1
    for axis in shape.indices.reversed() where shape[axis] != 1 {
      if strides[axis] != expected { return false }
      expected = saturatingProduct(expected, shape[axis])
    }
    return true
  }

  /// Whether the elements fill a run of memory, in whatever order of axes.
  public var isDense: Bool {
    var expected = 1
    for axis in axesByStride where shape[axis] != 1 {
      if strides[axis] != expected { return false }
      expected = saturatingProduct(expected, shape[axis])
    }
    return true
  }

  /// The axes from the fastest to the slowest.
  private var axesByStride: [Int] {
    shape.indices.sorted { a, b in
      strides[a] == strides[b] ? a > b : strides[a] < strides[b]
    }
  }

  /// A dense tensor of the same shape whose axes lie in the same order.
  public func densified(as dataType: DataType? = nil) -> TensorLayout {
    let type = TensorType(dataType ?? self.dataType, shape)
    guard !isDense else { return TensorLayout(type, strides: strides) }
    return TensorLayout(ofElementwise: [self], type)
  }
}

extension TensorLayout {
  /// Makes the layout of a batch of images whose channels lie next to each other.
  public init(channelsLast type: TensorType) {
    guard type.rank == 4 else {
      self.init(type)
      return
    }
    let (channels, width) = (type.shape[1], type.shape[3])
    let row = saturatingProduct(channels, width)
    self.init(type, strides: [saturatingProduct(row, type.shape[2]), 1, row, channels])
  }

  /// Whether kernels take the tensor for one whose channels lie next to each other.
  ///
  /// Source: `is_channels_last_strides_2d_s4` of `c10/core/MemoryFormat.h`.
  public var suggestsChannelsLast: Bool {
    guard rank == 4, strides[1] != 0 else { return false }
    var least = 0
    for axis in [1, 3, 2, 0] {
      guard shape[axis] != 0, strides[axis] >= least else { return false }
      if axis == 0, least == strides[1] { return false }
      least = strides[axis]
      if shape[axis] > 1 { least = saturatingProduct(least, shape[axis]) }
    }
    return true
  }

  /// Whether the channels lie next to each other, without gaps.
  public var isChannelsLast: Bool {
    guard rank == 4 else { return false }
    let expected = TensorLayout(channelsLast: type).strides
    return shape.indices.allSatisfy { shape[$0] == 1 || strides[$0] == expected[$0] }
  }

  /// The layout of a tensor of a type in the order of axes that this one suggests.
  func suggested(_ type: TensorType) -> TensorLayout {
    suggestsChannelsLast ? TensorLayout(channelsLast: type) : TensorLayout(type)
  }

  /// The same elements under another shape of as many elements; `nil` if that takes a copy.
  public func viewed(as shape: Shape) -> TensorLayout? {
    let type = TensorType(dataType, shape)
    guard elementCount > 0 else { return TensorLayout(type) }
    var made = [Int](repeating: 1, count: shape.count)
    var axis = shape.count - 1
    var (chunkStride, chunkSize, viewSize) = (strides.last ?? 1, 1, 1)
    for old in self.shape.indices.reversed() {
      chunkSize = saturatingProduct(chunkSize, self.shape[old])
      let ends =
        old == 0
        || (self.shape[old - 1] != 1
          && strides[old - 1] != saturatingProduct(chunkSize, chunkStride))
      guard ends else { continue }
      while axis >= 0, viewSize < chunkSize || shape[axis] == 1 {
        made[axis] = saturatingProduct(viewSize, chunkStride)
        viewSize = saturatingProduct(viewSize, shape[axis])
        axis -= 1
      }
      guard viewSize == chunkSize else { return nil }
      if old > 0 { (chunkStride, chunkSize, viewSize) = (strides[old - 1], 1, 1) }
    }
    return axis < 0 ? TensorLayout(type, strides: made) : nil
  }

  /// The axes in another order.
  ///
  /// A graph that contradicts itself may ask for axes that are not there; the layout then stays as it is, here and below.
  public func permuted(_ axes: [Int]) -> TensorLayout {
    guard axes.allSatisfy(shape.indices.contains) else { return self }
    return TensorLayout(
      TensorType(dataType, axes.map { shape[$0] }), strides: axes.map { strides[$0] })
  }

  /// Two axes exchanged; negative ones count from the end.
  public func transposed(_ a: Int = -2, _ b: Int = -1) -> TensorLayout {
    var axes = Array(0..<rank)
    let (first, second) = (a < 0 ? a + rank : a, b < 0 ? b + rank : b)
    guard axes.indices.contains(first), axes.indices.contains(second) else { return self }
    axes.swapAt(first, second)
    return permuted(axes)
  }

  /// Axes of size one repeated, and new ones put in front, without copying.
  public func expanded(to target: Shape) -> TensorLayout {
    let added = target.count - rank
    let strides = target.indices.map { axis -> Int in
      guard axis >= added, axis - added < rank, shape[axis - added] == target[axis] else {
        return 0
      }
      return self.strides[axis - added]
    }
    return TensorLayout(TensorType(dataType, target), strides: strides)
  }

  /// A range of indices of one axis.
  public func narrowed(axis: Int, to size: Int, step: Int = 1) -> TensorLayout {
    guard shape.indices.contains(axis) else { return self }
    var (shape, strides) = (shape, strides)
    shape[axis] = size
    strides[axis] = saturatingProduct(strides[axis], max(1, step))
    return TensorLayout(TensorType(dataType, shape), strides: strides)
  }

  /// With an axis of size one more; `nil` if it lies beyond the others.
  func unsqueezed(at axis: Int) -> TensorLayout? {
    guard 0...rank ~= axis else { return nil }
    let stride = axis < rank ? saturatingProduct(max(1, shape[axis]), strides[axis]) : 1
    return inserting(stride: stride, at: axis)
  }

  /// With an axis of size one more before an axis or, at the rank, after all, which must be there.
  func inserting(stride: Int, at axis: Int) -> TensorLayout {
    var (shape, strides) = (shape, strides)
    shape.insert(1, at: axis)
    strides.insert(stride, at: axis)
    return TensorLayout(TensorType(dataType, shape), strides: strides)
  }

  /// Without one axis, as one index of it is taken.
  public func selected(axis: Int) -> TensorLayout {
    guard shape.indices.contains(axis) else { return self }
    var (shape, strides) = (shape, strides)
    shape.remove(at: axis)
    strides.remove(at: axis)
    return TensorLayout(TensorType(dataType, shape), strides: strides)
  }
}
