/// The keys that a reader of an object knows, in the order in which its writer puts them.
///
/// They are told by their bytes, without a text being made of them; the one that follows the last is tried first.
public protocol JSONKey: RawRepresentable<String>, CaseIterable, Sendable {
  static var names: JSONKeyNames { get }
}

/// The names of known keys, as text and as writers put them.
public struct JSONKeyNames: Sendable {
  fileprivate let texts: [String]

  fileprivate let written: [WrittenKey]

  public init<Key: JSONKey>(of _: Key.Type) {
    texts = Key.allCases.map(\.rawValue)
    written = texts.map { WrittenKey(Array("\"\($0)\": ".utf8)) }
  }

  public var count: Int { texts.count }
}

/// A name in quotes, a colon and a space, as Python's `json` writes them.
///
/// It is compared by the eight bytes: the first ones, what is between, and the last ones, which may overlap.
private struct WrittenKey {
  private let head: UInt64
  private let between: [UInt64]
  private let tail: UInt64
  let count: Int

  /// The bits of ``head`` that count, where the key is shorter than that.
  private let mask: UInt64

  private static let size = MemoryLayout<UInt64>.size

  init(_ bytes: [UInt8]) {
    count = bytes.count
    head = Self.word(bytes.prefix(Self.size))
    tail = Self.word(bytes.suffix(Self.size))
    between = stride(from: Self.size, to: max(Self.size, count - Self.size), by: Self.size)
      .map { Self.word(bytes[$0..<$0 + Self.size]) }
    mask = Self.word(bytes.prefix(Self.size).map { _ in 0xFF })
  }

  /// Eight bytes as a machine loads them, or fewer, as if zeros followed.
  private static func word(_ bytes: some BidirectionalCollection<UInt8>) -> UInt64 {
    UInt64(littleEndian: bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) })
  }

  /// Whether it stands at a place, after which there are at least ``count`` bytes.
  func stands(at offset: Int, in bytes: UnsafeRawBufferPointer) -> Bool {
    guard count >= Self.size else {
      let next = bytes[offset..<min(offset + Self.size, bytes.count)]
      let found =
        next.count == Self.size
        ? bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self) : Self.word(next)
      return found & mask == head
    }
    guard bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self) == head,
      bytes.loadUnaligned(fromByteOffset: offset + count - Self.size, as: UInt64.self) == tail
    else { return false }
    var place = offset
    for word in between {
      place += Self.size
      if bytes.loadUnaligned(fromByteOffset: place, as: UInt64.self) != word { return false }
    }
    return true
  }
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
  private mutating func take(_ written: [WrittenKey], expecting expected: Int) -> Int? {
    if expected < written.count, take(written[expected]) { return expected }
    return written.firstIndex { take($0) }
  }

  /// Passes over a key that is written as expected; leaves any other where it is.
  private mutating func take(_ written: WrittenKey) -> Bool {
    guard end - offset >= written.count, written.stands(at: offset, in: bytes) else { return false }
    offset += written.count
    startValue()
    return true
  }
}
