/// Texts that were read before: keys and names come again and again, and to find one takes less than to make it anew.
///
/// Of texts that share a slot the last is kept.
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

  /// Those that are longer, with what their bytes are mixed to.
  private var longer: [(mix: UInt64, text: String)] = []

  subscript(key: Key) -> String? {
    guard !slots.isEmpty, let known = slots[key.slot], known.key == key else { return nil }
    return known.text
  }

  /// Keeps a text, in place of another that stands in its slot.
  mutating func keep(_ text: String, as key: Key) {
    if slots.isEmpty { slots = Array(repeating: nil, count: 64) }
    slots[key.slot] = (key, text)
  }

  /// A text of more than ``longest`` bytes that is kept.
  subscript(bytes: UnsafeRawBufferPointer, mix: UInt64) -> String? {
    guard !longer.isEmpty, longer[Self.slot(of: mix)].mix == mix else { return nil }
    let text = longer[Self.slot(of: mix)].text
    let isSame = text.utf8.withContiguousStorageIfAvailable { known in
      known.count == bytes.count
        && UnsafeRawBufferPointer(known).sameByteCount(bytes) == bytes.count
    }
    return isSame ?? false ? text : nil
  }

  /// Keeps a longer text, in place of another that stands in its slot.
  mutating func keep(_ text: String, mix: UInt64) {
    if longer.isEmpty { longer = Array(repeating: (0, ""), count: 1 << Self.slotBits) }
    longer[Self.slot(of: mix)] = (mix, text)
  }

  /// The lengths of the longer texts that are kept, as names have them.
  static let lengths = longest + 1...256

  private static let slotBits = 11

  private static func slot(of mix: UInt64) -> Int {
    Int(truncatingIfNeeded: mix >> (64 - slotBits))
  }

  /// What tells a text of more than ``longest`` bytes from most others: all its bytes, mixed by the eight.
  ///
  /// Nothing rests on it but how often a text is found.
  static func mix(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
    let size = MemoryLayout<UInt64>.size
    var all = UInt64(bytes.count)
    for offset in stride(from: 0, to: bytes.count - size, by: size) {
      all = mixed(all, bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
    }
    let last = bytes.loadUnaligned(fromByteOffset: bytes.count - size, as: UInt64.self)
    return mixed(all, last)
  }

  private static func mixed(_ before: UInt64, _ word: UInt64) -> UInt64 {
    let mixed = (before ^ word) &* 0x9E37_79B9_7F4A_7C15
    return mixed ^ (mixed >> 29)
  }
}
