import ByteFormats

extension JSONScanner {
  /// Gives each key of an object to a function, which must read or skip the value.
  mutating func forEachKey(
    _ body: (inout JSONScanner, String) throws(ByteError) -> Void
  ) throws(ByteError) {
    try beginObject()
    while let key = try nextKey() { try body(&self, key) }
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
