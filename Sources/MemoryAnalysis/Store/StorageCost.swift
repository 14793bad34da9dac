public import ModelGraph

/// What keeping copies of a model costs, such as 0.023 for each gigabyte and month.
public struct StorageCost: Hashable, Sendable {
  /// The price of one unit for one period, in whatever currency the user thinks.
  public var price: Double

  /// The unit that the price is for, such as `GB`.
  public var unit: String
  public var unitBytes: ByteCount

  /// The period that the price is for, such as `month`.
  public var period: String
  public var copies: Int

  public init(
    price: Double, unit: String, unitBytes: ByteCount, period: String, copies: Int = 1
  ) {
    self.price = price
    self.unit = unit
    self.unitBytes = unitBytes
    self.period = period
    self.copies = copies
  }

  /// The cost of a number of bytes for one period, for all copies.
  public func amount(for bytes: ByteCount) -> Double {
    Double(bytes.value) / Double(unitBytes.value) * price * Double(copies)
  }
}

extension StorageCost {
  /// A price that cannot be read.
  public enum ParsingError: Error, Hashable, Sendable, CustomStringConvertible {
    case shape(String)
    case price(String)
    case unit(String)
    case period(String)
    case copies(Int)

    public var description: String {
      switch self {
      case .shape(let text): "needs a price such as 0.023/GB-month, found “\(text)”"
      case .price(let text): "needs a price that is a positive number, found “\(text)”"
      case .unit(let text):
        "needs a unit (\(ByteUnit.names.joined(separator: ", "))), found “\(text)”"
      case .period(let text):
        "needs a period (\(periods.joined(separator: ", "))), found “\(text)”"
      case .copies(let count): "needs at least one copy, found \(count)"
      }
    }
  }

  private static let periods = ["hour", "day", "week", "month", "year"]

  /// Reads a price such as `0.023/GB-month`.
  public init(parsing text: String, copies: Int = 1) throws(ParsingError) {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count == 2 else { throw .shape(text) }
    let ends = parts[1].split(separator: "-", omittingEmptySubsequences: false)
    guard ends.count == 2 else { throw .shape(text) }
    guard let price = Double(parts[0]), price.isFinite, price >= 0 else {
      throw .price(String(parts[0]))
    }
    guard let unit = ByteUnit(String(ends[0])) else { throw .unit(String(ends[0])) }
    guard Self.periods.contains(String(ends[1])) else { throw .period(String(ends[1])) }
    guard copies > 0 else { throw .copies(copies) }
    self.init(
      price: price, unit: unit.name, unitBytes: ByteCount(unit.factor), period: String(ends[1]),
      copies: copies)
  }
}
