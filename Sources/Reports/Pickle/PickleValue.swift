/// A value of Python made of plain data.
public indirect enum PickleValue: Hashable, Sendable {
  case none
  case bool(Bool)
  case integer(Int)
  case number(Double)
  case string(String)
  case tuple([PickleValue])
  case list([PickleValue])
  case dictionary([Member])

  /// A value that is one object wherever the same key stands.
  case shared(key: Int, PickleValue)

  public struct Member: Hashable, Sendable {
    public var key: String
    public var value: PickleValue

    public init(_ key: String, _ value: PickleValue) {
      self.key = key
      self.value = value
    }
  }
}

extension PickleValue: ExpressibleByDictionaryLiteral, ExpressibleByArrayLiteral,
  ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral
{
  public init(dictionaryLiteral elements: (String, PickleValue)...) {
    self = .dictionary(elements.map { Member($0.0, $0.1) })
  }

  public init(arrayLiteral elements: PickleValue...) { self = .list(elements) }
  public init(stringLiteral value: String) { self = .string(value) }
  public init(integerLiteral value: Int) { self = .integer(value) }
  public init(booleanLiteral value: Bool) { self = .bool(value) }
}
