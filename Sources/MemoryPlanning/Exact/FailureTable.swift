/// A random number for a set of items with lowest offsets, the same for the same set.
///
/// Two sums of 64 bits: that two different sets among 10⁹ agree has a probability below 10⁻²⁰.
struct Fingerprint: Hashable {
  var high: UInt64 = 0
  var low: UInt64 = 0

  @inline(__always)
  mutating func add(_ item: Int, _ offset: Int) {
    var word = UInt64(truncatingIfNeeded: item) &* 0x9E37_79B9_7F4A_7C15
    word ^= UInt64(truncatingIfNeeded: offset) &* 0xD6E8_FEB8_6659_FD93 &+ 0x2545_F491_4F6C_DD1D
    word = (word ^ (word >> 32)) &* 0xD6E8_FEB8_6659_FD93
    word ^= word >> 29
    high &+= word &* 0xBF58_476D_1CE4_E5B9
    word = (word ^ (word >> 31)) &* 0x94D0_49BB_1331_11EB
    low &+= word ^ (word >> 30)
  }
}

/// The parts that are known to fail below one capacity, as many as fit; older ones are overwritten.
///
/// What fails does so whatever was tried first, so searches with other preferences share a table.
final class FailureTable {
  private var slots: [Fingerprint]
  private let mask: Int

  init(capacity: Int = 1 << 17) {
    slots = Array(repeating: Fingerprint(), count: capacity)
    mask = capacity - 1
  }

  func contains(_ print: Fingerprint) -> Bool {
    slots[Int(truncatingIfNeeded: print.low) & mask] == print
  }

  func insert(_ print: Fingerprint) {
    slots[Int(truncatingIfNeeded: print.low) & mask] = print
  }
}
