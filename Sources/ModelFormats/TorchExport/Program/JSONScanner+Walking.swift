import ByteFormats

extension JSONScanner {
  /// Gives each key of an object to a function, which must read or skip the value.
  mutating func forEachKey(
    _ body: (inout JSONScanner, String) throws(ByteError) -> Void
  ) throws(ByteError) {
    try beginObject()
    while let key = try nextKey() { try body(&self, key) }
  }

  /// Gives each key of an object, `nil` for one that is not known, to a function, which must read or skip the value.
  mutating func forEachKey<Key: JSONKey>(
    of _: Key.Type, _ body: (inout JSONScanner, Key?) throws(ByteError) -> Void
  ) throws(ByteError) where Key.AllCases == [Key] {
    let (names, keys) = (Key.names, Key.allCases)
    var expected = 0
    try beginObject()
    while let place = try nextKey(of: names, expecting: &expected) {
      try body(&self, place < keys.count ? keys[place] : nil)
    }
  }

  /// Reads a list of values of one kind.
  mutating func readList<Element>(
    _ read: (inout JSONScanner) throws(ByteError) -> Element
  ) throws(ByteError) -> [Element] {
    var elements: [Element] = []
    try beginArray()
    while try nextElement() { elements.append(try read(&self)) }
    return elements
  }

  /// Tells whether the next value is null, and passes over it if so.
  mutating func takeNull() throws(ByteError) -> Bool {
    guard try peek() == .null else { return false }
    try readNull()
    return true
  }
}
