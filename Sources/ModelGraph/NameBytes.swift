// Tensors' names are searched by the ten thousand, and a name is bytes: walking over characters takes
// ten times as long.

extension String {
  /// Whether a part is in the name, byte by byte.
  public func containsBytes(of part: StaticString) -> Bool {
    let (wanted, count) = (part.utf8Start, part.utf8CodeUnitCount)
    guard count > 0 else { return true }
    var name = self
    return name.withUTF8 { bytes in
      guard let first = bytes.baseAddress, bytes.count >= count else { return false }
      let end = first + (bytes.count - count)
      var start = first
      while start <= end {
        if start.pointee == wanted.pointee, start.starts(with: wanted, count) { return true }
        start += 1
      }
      return false
    }
  }
}

extension UnsafePointer<UInt8> {
  /// Whether the same bytes stand here and there.
  fileprivate func starts(with other: UnsafePointer<UInt8>, _ count: Int) -> Bool {
    var index = 0
    while index < count {
      if self[index] != other[index] { return false }
      index += 1
    }
    return true
  }
}

extension Substring {
  /// The parts between dots, empty ones left out.
  public var dottedParts: [Substring] {
    utf8.split(separator: UInt8(ascii: ".")).map { Substring($0) }
  }
}

extension String {
  /// The parts between dots, empty ones left out.
  public var dottedParts: [Substring] { self[...].dottedParts }
}
