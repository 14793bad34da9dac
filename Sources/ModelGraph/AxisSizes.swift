/// The size of an axis, which may be a number.
public protocol AxisSize: Hashable, Sendable {
  static func size(_ number: Int) -> Self

  /// The number, if it is one.
  var size: Int? { get }
}

/// The sizes of a tensor's axes: numbers alone where all are known, as they are of most tensors.
@frozen
public struct AxisSizes<Size: AxisSize>: Hashable, Sendable {
  @usableFromInline let sizes: Sizes

  @frozen
  @usableFromInline
  enum Sizes: Hashable, Sendable {
    case known(Shape)

    /// One of them is no number.
    case open([Size])
  }

  @inlinable
  public init(_ shape: Shape) { sizes = .known(shape) }

  @inlinable
  public init(_ list: [Size]) {
    let known = list.compactMap(\.size)
    sizes = known.count == list.count ? .known(known) : .open(list)
  }

  /// The same with others in place of sizes that are no numbers.
  public func replacing<Other>(_ other: (Size) -> Other) -> AxisSizes<Other> {
    shape.map { AxisSizes<Other>($0) } ?? AxisSizes<Other>(map(other))
  }

  /// The numbers, if all are.
  @inlinable
  public var shape: Shape? {
    guard case .known(let shape) = sizes else { return nil }
    return shape
  }
}

extension AxisSizes: RandomAccessCollection {
  @inlinable
  public var startIndex: Int { 0 }

  @inlinable
  public var endIndex: Int {
    switch sizes {
    case .known(let shape): shape.count
    case .open(let list): list.count
    }
  }

  @inlinable
  public subscript(axis: Int) -> Size {
    switch sizes {
    case .known(let shape): .size(shape[axis])
    case .open(let list): list[axis]
    }
  }
}

extension AxisSizes: ExpressibleByArrayLiteral {
  @inlinable
  public init(arrayLiteral elements: Size...) { self.init(elements) }
}
