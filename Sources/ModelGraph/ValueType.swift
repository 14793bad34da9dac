/// What a value of a bound graph is.
public indirect enum ValueType: Hashable, Sendable {
  case tensor(TensorType)

  /// A list of values, each of a known type.
  case sequence([ValueType])

  /// A value that may be absent; `nil` when it is.
  case optional(ValueType?)

  /// A value of which only running the model can tell the size.
  case unknown
}

extension ValueType {
  public static func tensor(_ dataType: DataType, _ shape: Shape) -> ValueType {
    .tensor(TensorType(dataType, shape))
  }

  /// The tensor type, if this is a tensor of known size.
  public var tensorType: TensorType? {
    guard case .tensor(let type) = self else { return nil }
    return type
  }

  /// The bytes of all tensors inside; nothing for what is unknown.
  public var byteCount: ByteCount {
    switch self {
    case .tensor(let type): type.byteCount
    case .sequence(let elements): elements.map(\.byteCount).total()
    case .optional(let wrapped): wrapped?.byteCount ?? .zero
    case .unknown: .zero
    }
  }

  /// The elements of all tensors inside, at most `Int.max`.
  public var elementCount: Int {
    switch self {
    case .tensor(let type): type.elementCount
    case .sequence(let elements): elements.map(\.elementCount).reduce(0, saturatingAdd)
    case .optional(let wrapped): wrapped?.elementCount ?? 0
    case .unknown: 0
    }
  }
}

extension ValueType: CustomStringConvertible {
  public var description: String {
    switch self {
    case .tensor(let type): type.description
    case .sequence(let elements):
      "sequence(\(elements.map(\.description).joined(separator: ", ")))"
    case .optional(let wrapped): "optional(\(wrapped?.description ?? ""))"
    case .unknown: "unknown"
    }
  }
}

private func saturatingAdd(_ a: Int, _ b: Int) -> Int {
  let (sum, overflow) = a.addingReportingOverflow(b)
  return overflow ? .max : sum
}
