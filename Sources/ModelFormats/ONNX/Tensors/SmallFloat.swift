import ModelGraph

/// How a floating-point type of at most sixteen bits splits into fields.
struct SmallFloat {
  var exponentBits: Int
  var mantissaBits: Int
  var bias: Int
  var special: Special

  /// What the codes with all exponent bits set mean.
  enum Special {
    case infinityAndNaN

    /// Ordinary numbers, except the code with all bits set, which is no number.
    case lastIsNaN

    /// Ordinary numbers; the code of minus zero is no number.
    case negativeZeroIsNaN
    case none
  }

  init?(_ type: DataType) {
    switch type {
    case .float16: self.init(5, 10, 15, .infinityAndNaN)
    case .bfloat16: self.init(8, 7, 127, .infinityAndNaN)
    case .float8E4M3FN: self.init(4, 3, 7, .lastIsNaN)
    case .float8E4M3FNUZ: self.init(4, 3, 8, .negativeZeroIsNaN)
    case .float8E5M2: self.init(5, 2, 15, .infinityAndNaN)
    case .float8E5M2FNUZ: self.init(5, 2, 16, .negativeZeroIsNaN)
    case .float6E2M3FN: self.init(2, 3, 1, .none)
    case .float6E3M2FN: self.init(3, 2, 3, .none)
    case .float4E2M1FN: self.init(2, 1, 1, .none)
    default: return nil
    }
  }

  private init(_ exponentBits: Int, _ mantissaBits: Int, _ bias: Int, _ special: Special) {
    self.exponentBits = exponentBits
    self.mantissaBits = mantissaBits
    self.bias = bias
    self.special = special
  }

  /// The number a code stands for.
  func number(_ code: UInt64) -> Double {
    let mantissa = Int(code & ((1 << UInt64(mantissaBits)) - 1))
    let largestExponent = (1 << exponentBits) - 1
    let exponent = Int(code >> UInt64(mantissaBits)) & largestExponent
    let isNegative = code >> UInt64(mantissaBits + exponentBits) & 1 == 1

    if isNegative, mantissa == 0, exponent == 0, special == .negativeZeroIsNaN { return .nan }
    if exponent == largestExponent {
      if special == .infinityAndNaN {
        guard mantissa == 0 else { return .nan }
        return isNegative ? -.infinity : .infinity
      }
      if special == .lastIsNaN, mantissa == (1 << mantissaBits) - 1 { return .nan }
    }
    let significand = exponent == 0 ? mantissa : mantissa + 1 << mantissaBits
    let scale = max(exponent, 1) - bias - mantissaBits
    let magnitude = Double(sign: .plus, exponent: scale, significand: Double(significand))
    return isNegative ? -magnitude : magnitude
  }
}
