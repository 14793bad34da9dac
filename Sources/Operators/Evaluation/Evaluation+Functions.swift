import ModelGraph

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#elseif canImport(Glibc)
  import Glibc
#endif

extension Evaluation {
  static let negation = mapping(integers: { 0 &- $0 }, floats: { -$0 })
  static let magnitude = mapping(integers: { $0 < 0 ? 0 &- $0 : $0 }, floats: { $0.magnitude })
  static let signum = mapping(
    integers: { $0.signum() }, floats: { $0 > 0 ? 1 : $0 < 0 ? -1 : $0 })
  static let rectifier = mapping(integers: { max($0, 0) }, floats: { max($0, 0) })
  static let reciprocal = mapping(floats: { 1 / $0 })
  static let squareRoot = mapping(floats: { $0.squareRoot() })
  static let exponential = mapping(floats: { exp($0) })
  static let logarithm = mapping(floats: { log($0) })
  static let ceiling = mapping(floats: { $0.rounded(.up) })
  static let floor = mapping(floats: { $0.rounded(.down) })
  static let rounding = mapping(floats: { $0.rounded(.toNearestOrEven) })

  /// The power; of integers by repeated multiplication, unknown for negative exponents.
  static let power = folding(integers: { integerPower($0, $1) }, floats: { pow($0, $1) })

  private static func integerPower(_ base: Int, _ exponent: Int) -> Int? {
    guard exponent >= 0 else { return nil }
    var result = 1
    var square = base
    var rest = exponent
    while rest > 0 {
      if rest & 1 == 1 { result = result &* square }
      square = square &* square
      rest >>= 1
    }
    return result
  }
}
