import ModelGraph

/// Values by name.
typealias NameMap<Value> = [NameKey: Value]

/// Names that are looked up many times.
typealias NameSet = Set<NameKey>

extension Dictionary where Key == NameKey {
  subscript(name: String) -> Value? {
    get { self[NameKey(name)] }
    set { self[NameKey(name)] = newValue }
    _modify { yield &self[NameKey(name)] }
  }

  subscript(name: String, default value: @autoclosure () -> Value) -> Value {
    get { self[NameKey(name), default: value()] }
    _modify { yield &self[NameKey(name), default: value()] }
  }

  /// The value of a name, which is the given one from here on if it had none.
  mutating func value(of name: String, orSet value: Value) -> Value {
    func settle(_ place: inout Value) -> Value { place }
    return settle(&self[NameKey(name), default: value])
  }

  @discardableResult
  mutating func updateValue(_ value: Value, forKey name: String) -> Value? {
    updateValue(value, forKey: NameKey(name))
  }

  @discardableResult
  mutating func removeValue(forKey name: String) -> Value? {
    removeValue(forKey: NameKey(name))
  }
}

extension Set where Element == NameKey {
  func contains(_ name: String) -> Bool { contains(NameKey(name)) }

  @discardableResult
  mutating func insert(_ name: String) -> (inserted: Bool, memberAfterInsert: NameKey) {
    insert(NameKey(name))
  }
}
