import ModelGraph

extension Evaluation {
  static let addition = folding(integers: { $0 &+ $1 }, floats: { $0 + $1 })
  static let subtraction = folding(integers: { $0 &- $1 }, floats: { $0 - $1 })
  static let multiplication = folding(integers: { $0 &* $1 }, floats: { $0 * $1 })

  /// The quotient, of integers truncated; unknown if an integer is divided by zero.
  static let division = folding(
    integers: { dividend, divisor in
      divisor == 0 ? nil : dividend.dividedReportingOverflow(by: divisor).partialValue
    },
    floats: { $0 / $1 })

  static let minimum = folding(integers: { min($0, $1) }, floats: { $0.isNaN ? $0 : min($0, $1) })
  static let maximum = folding(integers: { max($0, $1) }, floats: { $0.isNaN ? $0 : max($0, $1) })

  /// The remainder with the sign of the divisor or, with `fmod`, of the dividend.
  static let remainder = Evaluation { call, outputs throws(ShapeError) in
    let truncates = call.attributes.flag("fmod")
    let rule = folding(
      integers: { modulo($0, $1, truncates: truncates) },
      floats: { modulo($0, $1, truncates: truncates) })
    return try rule(call, outputs: outputs)
  }

  /// The average of all operands.
  static let average = Evaluation { call, outputs throws(ShapeError) in
    guard let sum = try addition(call, outputs: outputs).first, let sum,
      let elements = sum.numbers
    else { return [] }
    let count = Double(max(1, call.inputs.count))
    return [sum.type.value(elements.map { $0 / count })]
  }

  /// The input between two bounds: attributes before version 11, then inputs.
  static let clipping = Evaluation { call, outputs throws(ShapeError) in
    guard let type = outputs.first?.tensorType, let value = call.value(0),
      !call.has(1) || call.value(1) != nil, !call.has(2) || call.value(2) != nil
    else { return [] }
    if let elements = value.integers {
      let low = call.value(1)?.integers?.first ?? .min
      let high = call.value(2)?.integers?.first ?? .max
      return [type.value(elements.map { min(max($0, low), high) })]
    }
    guard let elements = value.numbers else { return [] }
    let low = call.value(1)?.numbers?.first ?? call.attributes.float("min") ?? -.infinity
    let high = call.value(2)?.numbers?.first ?? call.attributes.float("max") ?? .infinity
    return [type.value(elements.map { min(max($0, low), high) })]
  }

  private static func modulo(_ dividend: Int, _ divisor: Int, truncates: Bool) -> Int? {
    guard divisor != 0 else { return nil }
    let remainder = dividend.remainderReportingOverflow(dividingBy: divisor).partialValue
    let isOpposite = remainder != 0 && (remainder < 0) != (divisor < 0)
    return isOpposite && !truncates ? remainder &+ divisor : remainder
  }

  private static func modulo(_ dividend: Double, _ divisor: Double, truncates: Bool) -> Double {
    let remainder = dividend.truncatingRemainder(dividingBy: divisor)
    let isOpposite = remainder != 0 && (remainder < 0) != (divisor < 0)
    return isOpposite && !truncates ? remainder + divisor : remainder
  }
}
