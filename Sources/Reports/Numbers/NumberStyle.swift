public import ModelGraph

/// How numbers are written for people.
///
/// One style serves a whole page, so that units of 10³ and of 2¹⁰ never meet in one table.
public struct NumberStyle: Hashable, Sendable {
  public var units: ByteUnits

  public init(units: ByteUnits = .decimal) { self.units = units }

  /// Writes a number of things with thousands separators.
  public func count(_ value: Int) -> String {
    let digits = String(value.magnitude)
    let first = digits.count % 3
    var groups = first > 0 ? [String(digits.prefix(first))] : []
    var rest = digits.dropFirst(first)
    while !rest.isEmpty {
      groups.append(String(rest.prefix(3)))
      rest = rest.dropFirst(3)
    }
    return (value < 0 ? "−" : "") + groups.joined(separator: ",")
  }

  /// Writes an amount of memory in the largest unit of which it holds at least one.
  public func bytes(_ amount: ByteCount) -> String {
    let magnitude = amount.value.magnitude
    let sign = amount.value < 0 ? "−" : ""
    var index = units.scale.lastIndex { magnitude >= $0.size } ?? 0
    var text = Self.quotient(magnitude, units.scale[index])
    // 999.96 KB would round to 1000.0 KB, which is 1.0 MB.
    if index + 1 < units.scale.count, text.hasPrefix("\(units.step)") {
      index += 1
      text = Self.quotient(magnitude, units.scale[index])
    }
    return "\(sign)\(grouped(text)) \(units.scale[index].name)"
  }

  /// Writes an amount with its sign, for differences.
  public func signedBytes(_ amount: ByteCount) -> String {
    (amount.value > 0 ? "+" : "") + bytes(amount)
  }

  /// Writes a count with its sign, for differences.
  public func signedCount(_ value: Int) -> String { (value > 0 ? "+" : "") + count(value) }

  /// Writes a part of a whole in percent.
  public func share(_ fraction: Double) -> String { "\(fixed(fraction * 100, decimals: 1)) %" }

  /// Writes how many times as large something is.
  public func ratio(_ ratio: Double) -> String { "\(fixed(ratio, decimals: 2))×" }

  /// Writes a large number in thousands, millions and so on, such as `4.09 G`.
  public func compact(_ value: Int) -> String {
    let steps: [(size: Double, name: String)] = [(1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k")]
    guard let step = steps.first(where: { Double(value) >= $0.size }) else { return "\(value)" }
    return "\(fixed(Double(value) / step.size, decimals: 2)) \(step.name)"
  }

  /// Writes a number with a fixed count of decimals and thousands separators.
  public func fixed(_ value: Double, decimals: Int) -> String {
    guard value.isFinite else { return "—" }
    let scale = (0..<decimals).reduce(1.0) { scale, _ in scale * 10 }
    let scaled = (value.magnitude * scale).rounded()
    guard let units = Int(exactly: scaled) else { return "\(value)" }
    let (whole, part) = units.quotientAndRemainder(dividingBy: Int(scale))
    let sign = value < 0 && units > 0 ? "−" : ""
    guard decimals > 0 else { return sign + count(whole) }
    let digits = String(part)
    let zeros = String(repeating: "0", count: decimals - digits.count)
    return "\(sign)\(count(whole)).\(zeros)\(digits)"
  }

  private func grouped(_ text: String) -> String {
    let parts = text.split(separator: ".")
    guard let whole = parts.first.flatMap({ Int($0) }) else { return text }
    return ([count(whole)] + parts.dropFirst().map(String.init)).joined(separator: ".")
  }

  /// The quotient of a magnitude and a unit with the unit's decimals, rounded half up.
  private static func quotient(_ magnitude: UInt, _ unit: ByteUnits.Unit) -> String {
    let (whole, rest) = magnitude.quotientAndRemainder(dividingBy: unit.size)
    guard unit.decimals > 0 else { return "\(whole)" }
    let scale: UInt = unit.decimals == 1 ? 10 : 100
    let part = (rest * scale + unit.size / 2) / unit.size
    let (carry, decimals) = part.quotientAndRemainder(dividingBy: scale)
    let digits = String(decimals)
    let zeros = String(repeating: "0", count: unit.decimals - digits.count)
    return "\(whole + carry).\(zeros)\(digits)"
  }
}
