/// The size of one axis, as far as a file says it.
public enum Dimension: Hashable, Sendable {
  case size(Int)

  /// A size with a name, such as `batch`; axes of the same name have the same size.
  case symbol(String)
  case unknown
}

extension Dimension: AxisSize {
  public var size: Int? {
    guard case .size(let size) = self else { return nil }
    return size
  }
}

/// The type of a value as a file declares it.
public indirect enum DeclaredType: Hashable, Sendable {
  /// A tensor; without a shape even its rank is open.
  case tensor(DataType, AxisSizes<Dimension>?)
  case sequence(DeclaredType?)
  case optional(DeclaredType?)
  case other
}

extension DeclaredType {
  /// Declares a tensor of known sizes.
  public init(_ type: TensorType) {
    self = .tensor(type.dataType, AxisSizes(type.shape))
  }

  /// The names of the symbols in the shape, in order.
  public var symbols: [String] {
    guard case .tensor(_, let dimensions?) = self, dimensions.shape == nil else { return [] }
    return dimensions.compactMap {
      guard case .symbol(let name) = $0 else { return nil }
      return name
    }
  }

  /// The type with every symbol replaced by its size, if all are known.
  public func resolved(_ sizes: [String: Int]) -> ValueType? {
    guard case .tensor(let dataType, let dimensions?) = self else { return nil }
    if let shape = dimensions.shape { return shape.isPlausible ? .tensor(dataType, shape) : nil }
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

  /// Whether a value of a known type can be what is declared, whatever the sizes of tensors.
  public func admits(_ type: ValueType) -> Bool {
    switch (self, type) {
    case (.tensor(let declared, _), .tensor(let found)): declared == found.dataType
    case (.sequence(nil), .sequence), (.optional(nil), .optional), (.optional, .optional(nil)): true
    case (.sequence(let element?), .sequence(let found)): found.allSatisfy(element.admits)
    case (.optional(let wrapped?), .optional(let found?)): wrapped.admits(found)
    case (.other, _): true
    default: false
    }
  }
}

extension DeclaredType: CustomStringConvertible {
  public var description: String {
    switch self {
    case .tensor(let dataType, nil): dataType.rawValue
    case .tensor(let dataType, let dimensions?):
      "\(dataType.rawValue)[\(dimensions.map(\.description).joined(separator: ", "))]"
    case .sequence(let element): "sequence(\(element?.description ?? ""))"
    case .optional(let wrapped): "optional(\(wrapped?.description ?? ""))"
    case .other: "neither a tensor nor a sequence"
    }
  }
}

extension Dimension: CustomStringConvertible {
  public var description: String {
    switch self {
    case .size(let size): "\(size)"
    case .symbol(let name): name
    case .unknown: "?"
    }
  }
}
