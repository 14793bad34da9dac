/// Numbers of things as people write them on a command line.
public enum Quantity {
  /// Reads a number such as `5M`, `25.6k` or `25,557,032`.
  public static func count(_ text: String) throws(QuantityError) -> Int {
    let compact = text.filter { $0 != "," && $0 != "_" }
    let digits = compact.prefix { "0123456789.".contains($0) }
    let unit = compact.dropFirst(digits.count).lowercased()
    guard let factor = units[unit], let value = Double(digits), value * factor < 0x1p62 else {
      throw QuantityError(text: text)
    }
    return Int((value * factor).rounded())
  }

  /// Thousands, millions, billions (as in “7B”), trillions.
  private static let units: [String: Double] = [
    "": 1, "k": 1e3, "m": 1e6, "g": 1e9, "b": 1e9, "t": 1e12,
  ]
}

/// Text that says no number.
public struct QuantityError: Error, Hashable, Sendable, CustomStringConvertible {
  public var text: String

  public var description: String { "needs a number such as 5M or 25,557,032, found “\(text)”" }
}
