/// The size of one axis, as far as a file says it.
public enum Dimension: Hashable, Sendable {
  case size(Int)

  /// A size with a name, such as `batch`; axes of the same name have the same size.
  case symbol(String)
  case unknown
}

/// The type of a value as a file declares it.
public indirect enum DeclaredType: Hashable, Sendable {
  /// A tensor; without a shape even its rank is open.
  case tensor(DataType, [Dimension]?)
  case sequence(DeclaredType?)
  case optional(DeclaredType?)
  case other
}

extension DeclaredType {
  /// The names of the symbols in the shape, in order.
  public var symbols: [String] {
    guard case .tensor(_, let dimensions?) = self else { return [] }
    return dimensions.compactMap {
      guard case .symbol(let name) = $0 else { return nil }
      return name
    }
  }

  /// The type with every symbol replaced by its size, if all are known.
  public func resolved(_ sizes: [String: Int]) -> ValueType? {
    guard case .tensor(let dataType, let dimensions?) = self else { return nil }
    var shape: Shape = []
    for dimension in dimensions {
      switch dimension {
      case .size(let size): shape.append(size)
      case .symbol(let name):
        guard let size = sizes[name] else { return nil }
        shape.append(size)
      case .unknown: return nil
      }
    }
    return shape.isPlausible ? .tensor(dataType, shape) : nil
  }
}
