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
    case .uint4: value & 15
    case .int4: (value & 15 ^ 8) - 8
    case .uint2: value & 3
    case .int2: (value & 3 ^ 2) - 2
    case .bool: value == 0 ? 0 : 1
    default: value
    }
  }

  /// A number as near as this type holds it.
  func rounded(_ value: Double) -> Double {
    switch self {
    case .float64: value
    case .float16: value.rounded(toBits: 11)
    case .bfloat16: value.rounded(toBits: 8)
    default: Double(Float(value))
    }
  }

  /// Whether contents of this type are computed: not text, nor numbers of a byte or less.
  var isFollowed: Bool {
    isInteger || self == .bool || isFloatingPoint && layout.bitsPerElement >= 16
  }
}

extension Double {
  /// The nearest number with as many significant bits.
  fileprivate func rounded(toBits bits: Int) -> Double {
    guard isNormal else { return self }
    let unit = Double(sign: .plus, exponent: exponent - (bits - 1), significand: 1)
    return (self / unit).rounded(.toNearestOrEven) * unit
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
    guard dataType.isFollowed else { return nil }
    guard !dataType.isFloatingPoint else {
      return TensorValue(self, .floats(elements.map(dataType.rounded)))
    }
    let integers = elements.compactMap { Int(exactly: $0.rounded(.towardZero)) }
    return integers.count == elements.count ? value(integers) : nil
  }
}
