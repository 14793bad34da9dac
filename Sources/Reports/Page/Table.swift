public import ModelGraph

/// Rows of typed cells under named columns.
public struct Table: Hashable, Sendable {
  /// The name in CSV, such as `layers`.
  public var key: String
  public var title: String
  public var columns: [Column]
  public var rows: [[Cell]]

  /// How many more rows there are, and what shows them; the rows here are the top ones.
  public var more: More?

  /// Whether the rows are the parts of one whole, which the last row states.
  public var isBudget = false

  public struct More: Hashable, Sendable {
    public var count: Int

    /// The flag or command that shows all.
    public var how: String

    public init(count: Int, how: String) {
      self.count = count
      self.how = how
    }
  }

  public init(
    key: String, title: String = "", columns: [Column], rows: [[Cell]], more: More? = nil
  ) {
    self.key = key
    self.title = title
    self.columns = columns
    self.rows = rows
    self.more = more
  }
}

/// A column of a table.
public struct Column: Hashable, Sendable {
  /// The name in CSV, such as `bytes`.
  public var key: String
  public var title: String
  public var kind: Kind

  /// Whether the column is left out where the page is narrow.
  public var isOptional: Bool

  public enum Kind: Hashable, Sendable {
    /// A few words, never cut.
    case label

    /// Words, cut at the end where room is short.
    case text

    /// A name, cut in the middle.
    case name

    /// The left side of an equation, set next to the column of its results.
    case formula

    /// Numbers, aligned to the right and never cut.
    case number

    /// A bar as wide as there is room; no column in forms without pictures.
    case bar
  }

  public init(_ key: String, _ title: String, _ kind: Kind, isOptional: Bool = false) {
    self.key = key
    self.title = title
    self.kind = kind
    self.isOptional = isOptional
  }
}

/// An entry of a table that knows what it means, so that each form can write it its own way.
public enum Cell: Hashable, Sendable {
  case text(String)

  /// An equation such as `64 × 3 × 3 × 3 = 1,728`, of which a table shows the left side.
  case formula(String)
  case count(Int)
  case bytes(ByteCount)

  /// A part of a whole, from 0 to 1.
  case share(Double)

  /// How many times as large as something else.
  case ratio(Double)

  /// A length between 0 and 1.
  case bar(Double)
  case signedCount(Int)
  case signedBytes(ByteCount)

  /// A number that cannot be known or does not apply.
  case missing
}

extension Cell {
  /// The cell as people read it.
  func text(_ style: NumberStyle) -> String {
    switch self {
    case .text(let text): text.withoutControlCharacters
    case .formula(let equation): Self.leftSide(of: equation.withoutControlCharacters)
    case .count(let count): style.count(count)
    case .bytes(let amount): style.bytes(amount)
    case .share(let fraction): style.share(fraction)
    case .ratio(let ratio): style.ratio(ratio)
    case .signedCount(let count): style.signedCount(count)
    case .signedBytes(let amount): style.signedBytes(amount)
    case .bar: ""
    case .missing: "—"
    }
  }

  private static func leftSide(of equation: String) -> String {
    guard let sign = equation.lastIndex(of: "=") else { return equation }
    return String(equation[...sign])
  }
}
