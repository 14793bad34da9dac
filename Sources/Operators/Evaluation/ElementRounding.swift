import ModelGraph

extension DataType {
  /// An integer as this type holds it: its low bits, with their sign.
  func wrapped(_ value: Int) -> Int {
    switch self {
    case .int32: Int(Int32(truncatingIfNeeded: value))
    case .uint32: Int(UInt32(truncatingIfNeeded: value))
    case .int16: Int(Int16(truncatingIfNeeded: value))
    case .uint16: Int(UInt16(truncatingIfNeeded: value))
    case .int8: Int(Int8(truncatingIfNeeded: value))
    case .uint8: Int(UInt8(truncatingIfNeeded: value))
    case .bool: value == 0 ? 0 : 1
    default: value
    }
  }

  /// A number as near as this type holds it; 16-bit types are taken as 32-bit ones.
  func rounded(_ value: Double) -> Double {
    self == .float64 ? value : Double(Float(value))
  }
}

extension TensorType {
  /// The value with the given elements, each as the element type holds it.
  func value(_ elements: [Int]) -> TensorValue {
    TensorValue(self, .integers(elements.map(dataType.wrapped)))
  }

  /// The value with the given elements, each as the element type holds it.
  ///
  /// Integers are truncated towards zero; `nil` if one is out of range or no number.
  func value(_ elements: [Double]) -> TensorValue? {
    guard !dataType.isFloatingPoint else {
      return TensorValue(self, .floats(elements.map(dataType.rounded)))
    }
    let integers = elements.compactMap { Int(exactly: $0.rounded(.towardZero)) }
    return integers.count == elements.count ? value(integers) : nil
  }
}
