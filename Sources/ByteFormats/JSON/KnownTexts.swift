/// Short texts that were read before: keys come again and again, and to find one takes less than to make it
/// anew.
struct KnownTexts {
  /// What tells a text of at most ``longest`` bytes from all others: its length and two runs of its bytes,
  /// which may overlap.
  struct Key: Hashable {
    fileprivate let count: Int
    fileprivate let head: UInt64
    fileprivate let tail: UInt64

    /// Fails for texts that are longer.
    init?(_ bytes: UnsafeRawBufferPointer) {
      count = bytes.count
      switch count {
      case 8...KnownTexts.longest:
        head = bytes.loadUnaligned(as: UInt64.self)
        tail = bytes.loadUnaligned(fromByteOffset: count - 8, as: UInt64.self)
      case 4..<8:
        head = UInt64(bytes.loadUnaligned(as: UInt32.self))
        tail = UInt64(bytes.loadUnaligned(fromByteOffset: count - 4, as: UInt32.self))
      case 1..<4:
        head = UInt64(bytes[0]) | UInt64(bytes[count / 2]) << 8
        tail = UInt64(bytes[count - 1])
      default: return nil
      }
    }

    /// Where a text of the key is kept.
    fileprivate var slot: Int {
      let mixed = (head &+ tail &* 0x9E37_79B9 &+ UInt64(count)) &* 0x9E37_79B9_7F4A_7C15
      return Int(truncatingIfNeeded: mixed >> 58)
    }
  }

  /// The longest texts that strings hold without memory of their own.
  private static let longest = 15

  private var slots: [(key: Key, text: String)?] = []

  subscript(key: Key) -> String? {
    guard !slots.isEmpty, let known = slots[key.slot], known.key == key else { return nil }
    return known.text
  }

  /// Keeps a text, in place of another that stands in its slot.
  mutating func keep(_ text: String, as key: Key) {
    if slots.isEmpty { slots = Array(repeating: nil, count: 64) }
    slots[key.slot] = (key, text)
  }
}
