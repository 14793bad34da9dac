import ByteFormats

/// A `config.json`, read key by key with the defaults of the library that wrote it.
///
/// A key of `null` counts as missing, as it does in transformers. Where a value has two names, the
/// first that is there counts.
struct Configuration {
  private var values: [String: JSONValue]

  /// The path of this part of the document, such as `text_config.`.
  let path: String

  /// The most that a size may be; the products of two stay far below the limits of integers.
  static let maximumSize = 1 << 26

  init(_ document: JSONValue, path: String = "") {
    values = Dictionary(
      document.members.map { ($0.key, $0.value) }, uniquingKeysWith: { _, last in last })
    self.path = path
  }

  /// The same without a key.
  func without(_ key: String) -> Configuration {
    var other = self
    other.values[key] = nil
    return other
  }

  /// The same with one value under two names, of which the first counts.
  func giving(_ first: String, over second: String) -> Configuration {
    guard let value = entry([first, second])?.value else { return self }
    var other = self
    other.values[first] = value
    other.values[second] = value
    return other
  }

  /// A part that the document leaves out, of values that stand for it.
  init(standing values: [String: Int?], path: String) {
    self.values = values.mapValues { $0.map { .number(.integer($0)) } ?? .null }
    self.path = path
  }

  /// The first of the keys that is there, with its value.
  func entry(_ keys: [String]) -> (key: String, value: JSONValue)? {
    for key in keys {
      if let value = values[key], value != .null { return (path + key, value) }
    }
    return nil
  }

  func has(_ key: String) -> Bool { entry([key]) != nil }

  var isEmpty: Bool { values.isEmpty }

  /// Whether a key is there and says nothing.
  func isNull(_ key: String) -> Bool { values[key] == .null }
}

// MARK: Numbers

extension Configuration {
  /// A number of features, heads, rows or the like.
  func size(
    _ keys: String..., default standard: Int, in range: ClosedRange<Int> = 1...maximumSize
  ) throws(ConfigurationError) -> Int {
    try sizeIfAny(keys, in: range) ?? standard
  }

  /// A size that has no default of its own.
  func size(
    ifAny keys: String..., in range: ClosedRange<Int> = 1...maximumSize
  ) throws(ConfigurationError) -> Int? {
    try sizeIfAny(keys, in: range)
  }

  /// A number that may be zero: of experts, of layers of a kind, of a window.
  func count(_ keys: String..., default standard: Int) throws(ConfigurationError) -> Int {
    try sizeIfAny(keys, in: 0...Self.maximumSize) ?? standard
  }

  /// A number of layers, which bounds the work.
  func depth(_ keys: String..., default standard: Int) throws(ConfigurationError) -> Int {
    try sizeIfAny(keys, in: 0...Self.maximumDepth) ?? standard
  }

  /// The most layers that a model may have.
  static let maximumDepth = 2048

  private func sizeIfAny(
    _ keys: [String], in range: ClosedRange<Int>
  ) throws(ConfigurationError) -> Int? {
    guard let (key, value) = entry(keys) else { return nil }
    return try whole(value, key, in: range)
  }

  private func whole(
    _ value: JSONValue, _ key: String, in range: ClosedRange<Int>
  ) throws(ConfigurationError) -> Int {
    guard case .number(let number) = value else {
      throw .wrongType(key: key, expected: "a whole number", found: value.kindName)
    }
    let integer: Int? =
      if case .integer(let integer) = number { integer } else {
        number.double.flatMap(Int.init(exactly:))
      }
    guard let integer else {
      throw .wrongType(key: key, expected: "a whole number", found: value.shown)
    }
    guard range ~= integer else {
      throw .outOfRange(key: key, found: value.shown, range: range)
    }
    return integer
  }

  func number(_ keys: String..., default standard: Double) throws(ConfigurationError) -> Double {
    guard let (key, value) = entry(keys) else { return standard }
    guard let number = value.double else {
      throw .wrongType(key: key, expected: "a number", found: value.kindName)
    }
    return number
  }

  /// A list of sizes; `nil` if there is none.
  func sizes(
    _ key: String, in range: ClosedRange<Int> = 0...maximumSize
  ) throws(ConfigurationError) -> [Int]? {
    guard let (key, value) = entry([key]) else { return nil }
    guard case .array(let elements) = value else {
      throw .wrongType(key: key, expected: "a list of whole numbers", found: value.kindName)
    }
    var sizes: [Int] = []
    for (index, element) in elements.prefix(Self.maximumDepth + 1).enumerated() {
      sizes.append(try whole(element, "\(key)[\(index)]", in: range))
    }
    return sizes
  }
}

extension Configuration {
  /// A list of numbers; `nil` if there is none.
  func numbers(_ key: String) throws(ConfigurationError) -> [Double]? {
    guard let (key, value) = entry([key]) else { return nil }
    var numbers: [Double] = []
    for element in value.elements.prefix(Self.maximumDepth + 1) {
      guard let number = element.double else {
        throw .wrongType(key: key, expected: "a list of numbers", found: element.kindName)
      }
      numbers.append(number)
    }
    return numbers
  }
}

// MARK: Truth values, text and parts

extension Configuration {
  /// A truth value; one that is there and says nothing counts as false, as in Python.
  func flag(_ keys: String..., default standard: Bool) throws(ConfigurationError) -> Bool {
    guard let (key, value) = entry(keys) else {
      return standard && !keys.contains { isNull($0) }
    }
    if let flag = value.boolean { return flag }
    // Python takes numbers for truth values.
    if let number = value.integer, 0...1 ~= number { return number == 1 }
    throw .wrongType(key: key, expected: "true or false", found: value.kindName)
  }

  func text(_ keys: String..., default standard: String) throws(ConfigurationError) -> String {
    guard let (key, value) = entry(keys) else { return standard }
    guard let text = value.string else {
      throw .wrongType(key: key, expected: "text", found: value.kindName)
    }
    return text
  }

  /// One of the names that the library knows.
  func choice(
    _ key: String, default standard: String, of known: [String]
  ) throws(ConfigurationError) -> String {
    let name = try text(key, default: standard)
    guard known.contains(name) else {
      throw .unknownChoice(key: path + key, found: String(name.prefix(64)), known: known)
    }
    return name
  }

  /// A list of names, such as the kinds of layers; `nil` if there is none.
  func texts(_ keys: String...) throws(ConfigurationError) -> [String]? {
    guard let (key, value) = entry(keys) else { return nil }
    guard case .array(let elements) = value else {
      throw .wrongType(key: key, expected: "a list of names", found: value.kindName)
    }
    var texts: [String] = []
    for (index, element) in elements.prefix(Self.maximumDepth + 1).enumerated() {
      guard let text = element.string else {
        throw .wrongType(key: "\(key)[\(index)]", expected: "text", found: element.kindName)
      }
      texts.append(text)
    }
    return texts
  }

  /// A part of the document, such as `text_config`; an empty one if it is not there.
  func part(_ key: String) throws(ConfigurationError) -> Configuration {
    try partIfAny(key) ?? Configuration(.object([]), path: "\(path)\(key).")
  }

  /// The part of a numbered thing, such as a layer, whose key may have leading zeros; an empty one
  /// if there is none.
  func part(numbered index: Int) throws(ConfigurationError) -> Configuration {
    let key = values.keys.filter { $0.utf8.count < 10 && Int($0) == index }.min()
    return try part(key ?? "\(index)")
  }

  /// A part of the document; given values only if there is no such part at all.
  func part(_ key: String, or standard: [String: Int?]) throws(ConfigurationError) -> Configuration
  {
    try partIfAny(key) ?? Configuration(standing: standard, path: "\(path)\(key).")
  }

  /// A part of the document; `nil` if it is not there.
  func partIfAny(_ key: String) throws(ConfigurationError) -> Configuration? {
    guard let (path, value) = entry([key]) else { return nil }
    guard case .object = value else {
      throw .wrongType(key: path, expected: "an object", found: value.kindName)
    }
    return Configuration(value, path: "\(path).")
  }
}

extension JSONValue {
  fileprivate var kindName: String {
    switch self {
    case .null: "null"
    case .boolean(let flag): "\(flag)"
    case .number: "the number \(shown)"
    case .string: "text"
    case .array: "a list"
    case .object: "an object"
    }
  }

  /// A number as it is written, not too long.
  fileprivate var shown: String {
    switch self {
    case .number(.integer(let value)): "\(value)"
    case .number(.text(let text)): String(text.prefix(40))
    default: kindName
    }
  }
}
