// Tensors' names are searched by the ten thousand, and a name is bytes: walking over characters takes
// ten times as long.

extension String {
  /// Whether a part is in the name, byte by byte.
  public func containsBytes(of part: StaticString) -> Bool {
    let wanted = UnsafeBufferPointer(start: part.utf8Start, count: part.utf8CodeUnitCount)
    guard let first = wanted.first else { return true }
    var name = self
    return name.withUTF8 { bytes in
      guard bytes.count >= wanted.count else { return false }
      for start in 0...bytes.count - wanted.count where bytes[start] == first {
        if bytes[start...].starts(with: wanted) { return true }
      }
      return false
    }
  }

  /// The parts between dots, empty ones left out.
  public var dottedParts: [Substring] {
    utf8.split(separator: UInt8(ascii: ".")).map(Substring.init)
  }
}
