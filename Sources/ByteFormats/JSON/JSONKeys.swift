/// The keys that a reader of an object knows, in the order in which its writer puts them.
///
/// They are told by their bytes, without a text being made of them; the one that follows the last is tried first.
public protocol JSONKey: RawRepresentable<String>, CaseIterable, Sendable {
  static var names: JSONKeyNames { get }
}

/// The names of known keys, as text and as writers put them.
public struct JSONKeyNames: Sendable {
  fileprivate let texts: [String]

  /// The name in quotes, a colon and a space, as Python's `json` writes them.
  fileprivate let written: [[UInt8]]

  public init<Key: JSONKey>(of _: Key.Type) {
    texts = Key.allCases.map(\.rawValue)
    written = texts.map { Array("\"\($0)\": ".utf8) }
  }

  public var count: Int { texts.count }
}

extension JSONScanner {
  /// Reads the next key of the object, whose value must then be read or skipped.
  ///
  /// The known key at a place is looked for first, which becomes the place after the key that is found.
  ///
  /// - Returns: The place of the key among the known ones, their number if it is none of them, or `nil` after the
  ///   end of the object.
  /// - Throws: ``ByteError`` if neither a key nor the end follows.
  public mutating func nextKey(
    of names: JSONKeyNames, expecting expected: inout Int
  ) throws(ByteError) -> Int? {
    guard try !isAtEnd(of: "}") else { return nil }
    if let found = take(names.written, expecting: expected) {
      expected = found + 1
      return found
    }
    let text = try readText()
    try readColon()
    return names.texts.firstIndex(of: text) ?? names.count
  }

  /// Passes over one of several keys if it is written as usual, and returns its place.
  private mutating func take(_ written: [[UInt8]], expecting expected: Int) -> Int? {
    if expected < written.count, take(written[expected]) { return expected }
    return written.firstIndex { take($0) }
  }

  /// Passes over a key that is written as expected; leaves any other where it is.
  private mutating func take(_ written: [UInt8]) -> Bool {
    guard end - offset >= written.count else { return false }
    for index in written.indices where bytes[offset + index] != written[index] { return false }
    offset += written.count
    startValue()
    return true
  }
}
