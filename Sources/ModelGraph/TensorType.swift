/// The element type and the sizes of a tensor, all known.
public struct TensorType: Hashable, Sendable {
  public var dataType: DataType
  public var shape: Shape

  public init(_ dataType: DataType, _ shape: Shape) {
    self.dataType = dataType
    self.shape = shape
  }

  public var rank: Int { shape.count }
  public var elementCount: Int { shape.elementCount }

  /// The bytes of a dense tensor of this type.
  public var byteCount: ByteCount { dataType.byteCount(ofElements: elementCount) }
}

extension TensorType: CustomStringConvertible {
  public var description: String { "\(dataType.rawValue)\(shape)" }
}
