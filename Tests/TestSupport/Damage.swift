extension [UInt8] {
  /// The bytes with one to four small damages.
  public func mutated(using generator: inout SeededGenerator) -> [UInt8] {
    var bytes = self
    for _ in 0..<Int.random(in: 1...4, using: &generator) {
      guard let index = bytes.indices.randomElement(using: &generator) else { break }
      let byte: UInt8 =
        [0, 1, 0x7F, 0x80, 0xFF, .random(in: 0...255, using: &generator)]
        .randomElement(using: &generator) ?? 0
      switch Int.random(in: 0..<4, using: &generator) {
      case 0: bytes.remove(at: index)
      case 1: bytes.insert(byte, at: index)
      case 2:
        let end = Swift.min(bytes.count, index + 8)
        bytes.replaceSubrange(index..<end, with: repeatElement(byte, count: end - index))
      default: bytes[index] = byte
      }
    }
    return bytes
  }
}
