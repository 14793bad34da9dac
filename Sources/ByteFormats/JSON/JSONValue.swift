/// A JSON document as a tree, for configuration files; large headers are read with ``JSONScanner``.
public indirect enum JSONValue: Hashable, Sendable {
  case null
  case boolean(Bool)
  case number(JSONNumber)
  case string(String)
  case array([JSONValue])

  /// The members in order, duplicates included.
  case object([Member])

  public struct Member: Hashable, Sendable {
    public var key: String
    public var value: JSONValue
  }

  /// The most values that a document may have.
  public static let maximumValueCount = 1_000_000

  /// The most bytes that a file of settings may have, as its texts are kept.
  public static let maximumSettingsByteCount = 16 << 20

  /// Reads a file, or the part of one that is a document.
  ///
  /// - Throws: ``ByteError`` if it is no JSON, or longer than the limit.
  public init(
    _ file: MappedFile, range: Range<Int>? = nil, limit: Int = .max
  ) throws(ByteError) {
    let byteCount = range?.count ?? file.byteCount
    guard byteCount <= limit else {
      throw ByteError(.implausibleSize("\(byteCount) bytes of JSON, more than \(limit)"))
    }
    var scanner = JSONScanner(file, range: range)
    var budget = Self.maximumValueCount
    self = try scanner.readValue(budget: &budget)
    try scanner.finish()
  }
}

extension JSONValue {
  /// The value of a key; of a key that is there twice, the last one, as in Python.
  public subscript(key: String) -> JSONValue? {
    guard case .object(let members) = self else { return nil }
    return members.last { $0.key == key }?.value
  }

  public var integer: Int? {
    guard case .number(.integer(let value)) = self else { return nil }
    return value
  }

  public var double: Double? {
    guard case .number(let number) = self else { return nil }
    return number.double
  }

  public var boolean: Bool? {
    guard case .boolean(let value) = self else { return nil }
    return value
  }

  public var string: String? {
    guard case .string(let text) = self else { return nil }
    return text
  }

  /// The elements of an array; none if it is something else.
  public var elements: [JSONValue] {
    guard case .array(let elements) = self else { return [] }
    return elements
  }

  /// The members of an object; none if it is something else.
  public var members: [Member] {
    guard case .object(let members) = self else { return [] }
    return members
  }

  /// The keys of this object that are there more than once.
  public var duplicateKeys: [String] {
    var seen: Set<String> = []
    return members.map(\.key).filter { !seen.insert($0).inserted }
  }
}

extension JSONScanner {
  // The recursion is as deep as the scanner allows.
  fileprivate mutating func readValue(budget: inout Int) throws(ByteError) -> JSONValue {
    budget -= 1
    guard budget >= 0 else {
      throw ByteError(
        .implausibleSize("more than \(JSONValue.maximumValueCount) JSON values"), at: offset)
    }
    switch try peek() {
    case .object: return .object(try readMembers(budget: &budget))
    case .array: return .array(try readElements(budget: &budget))
    case .string: return .string(try readString())
    case .number: return .number(try readNumber())
    case .boolean: return .boolean(try readBoolean())
    case .null:
      try readNull()
      return .null
    }
  }

  private mutating func readMembers(budget: inout Int) throws(ByteError) -> [JSONValue.Member] {
    var members: [JSONValue.Member] = []
    try beginObject()
    while let key = try nextKey() {
      members.append(JSONValue.Member(key: key, value: try readValue(budget: &budget)))
    }
    return members
  }

  private mutating func readElements(budget: inout Int) throws(ByteError) -> [JSONValue] {
    var elements: [JSONValue] = []
    try beginArray()
    while try nextElement() { elements.append(try readValue(budget: &budget)) }
    return elements
  }
}
