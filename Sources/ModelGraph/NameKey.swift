/// A name by which values are looked up many times.
///
/// Names of a model are hashed by the ten thousand; a multiplication for each eight bytes takes a fifth of the time of
/// the standard library's hash. The seed is that of the dictionary, so that a file cannot know which names meet.
package struct NameKey: Hashable, Sendable {
  package let text: String

  package init(_ text: String) { self.text = text }

  /// Names are told apart by their bytes, as they are hashed: two spellings of one letter are two names.
  ///
  /// Of letters of one byte, which have as many code units in UTF-16, no other spelling has as few bytes.
  package static func == (a: NameKey, b: NameKey) -> Bool {
    let count = a.text.utf8.count
    guard count == b.text.utf8.count, a.text == b.text else { return false }
    return count == a.text.utf16.count || a.text.utf8.elementsEqual(b.text.utf8)
  }

  package func hash(into hasher: inout Hasher) { hasher.combine(text) }

  package func _rawHashValue(seed: Int) -> Int {
    let seed = UInt64(truncatingIfNeeded: seed)
    let hash = text.utf8.withContiguousStorageIfAvailable { bytes in
      UnsafeRawBufferPointer(bytes).mixed(with: seed)
    }
    return Int(truncatingIfNeeded: hash ?? UInt64(truncatingIfNeeded: text.hashValue))
  }
}

extension UnsafeRawBufferPointer {
  /// Source: the scheme of wyhash, <https://github.com/wangyi-fudan/wyhash>.
  fileprivate func mixed(with seed: UInt64) -> UInt64 {
    var state = (seed ^ 0xA076_1D64_78BD_642F).folded(by: UInt64(count) ^ 0xE703_7ED1_A0B4_28DB)
    var start = 0
    while count - start > 8 {
      state = (state ^ loadUnaligned(fromByteOffset: start, as: UInt64.self))
        .folded(by: 0x8EBC_6AF0_9C88_C6E3)
      start += 8
    }
    return (state ^ last).folded(by: 0x5899_65CC_7537_4CC3)
  }

  /// The last eight bytes, or all if there are fewer.
  private var last: UInt64 {
    switch count {
    case 8...: loadUnaligned(fromByteOffset: count - 8, as: UInt64.self)
    case 4..<8:
      UInt64(loadUnaligned(as: UInt32.self))
        | UInt64(loadUnaligned(fromByteOffset: count - 4, as: UInt32.self)) << 32
    case 1..<4:
      UInt64(self[0]) | UInt64(self[count / 2]) << 8 | UInt64(self[count - 1]) << 16
    default: 0
    }
  }
}

extension UInt64 {
  /// The two halves of a product, put over each other.
  fileprivate func folded(by factor: UInt64) -> UInt64 {
    let product = multipliedFullWidth(by: factor)
    return product.high ^ product.low
  }
}
