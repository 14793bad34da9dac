extension UnsafeRawBufferPointer {
  /// The number of bytes with which it and another begin alike, compared by the eight.
  package func sameByteCount(_ other: Self) -> Int {
    let end = Swift.min(count, other.count)
    var index = 0
    while end - index >= 8 {
      let word = loadUnaligned(fromByteOffset: index, as: UInt64.self)
      guard word == other.loadUnaligned(fromByteOffset: index, as: UInt64.self) else { break }
      index += 8
    }
    while index < end, self[index] == other[index] { index += 1 }
    return index
  }
}
