/// What a node says besides its inputs: strides, axes, an activation's slope.
public enum AttributeValue: Hashable, Sendable {
  case integer(Int)
  case float(Double)
  case string(String)
  case integers([Int])
  case floats([Double])
  case strings([String])
  case tensor(TensorValue)
  case type(DeclaredType)

  /// A value that no analysis reads: a large or sparse tensor, or a list of graphs.
  case opaque
}

/// The attributes of a node, by name; few, so kept as a list.
public struct Attributes: Hashable, Sendable {
  public private(set) var entries: [Entry]

  public struct Entry: Hashable, Sendable {
    public var name: String
    public var value: AttributeValue
  }

  public init() { entries = [] }

  public subscript(name: String) -> AttributeValue? {
    get { entries.first { $0.name == name }?.value }
    set {
      entries.removeAll { $0.name == name }
      if let newValue { entries.append(Entry(name: name, value: newValue)) }
    }
  }
}

extension Attributes: ExpressibleByDictionaryLiteral {
  public init(dictionaryLiteral elements: (String, AttributeValue)...) {
    entries = elements.map { Entry(name: $0.0, value: $0.1) }
  }
}

extension Attributes {
  public func integer(_ name: String) -> Int? {
    guard case .integer(let value)? = self[name] else { return nil }
    return value
  }

  public func float(_ name: String) -> Double? {
    guard case .float(let value)? = self[name] else { return nil }
    return value
  }

  public func string(_ name: String) -> String? {
    guard case .string(let value)? = self[name] else { return nil }
    return value
  }

  public func integers(_ name: String) -> [Int]? {
    guard case .integers(let value)? = self[name] else { return nil }
    return value
  }

  public func floats(_ name: String) -> [Double]? {
    guard case .floats(let value)? = self[name] else { return nil }
    return value
  }

  public func strings(_ name: String) -> [String]? {
    guard case .strings(let value)? = self[name] else { return nil }
    return value
  }

  /// Whether an integer attribute is set and not zero.
  public func flag(_ name: String) -> Bool { (integer(name) ?? 0) != 0 }
}
