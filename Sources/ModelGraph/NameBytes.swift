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

extension String {
  /// Whether the name begins with some text, byte by byte.
  public func startsWithBytes(of text: Substring) -> Bool {
    let isSame = utf8.withContiguousStorageIfAvailable { name in
      text.utf8.withContiguousStorageIfAvailable { wanted in
        guard let first = name.baseAddress, let other = wanted.baseAddress else {
          return wanted.isEmpty
        }
        return name.count >= wanted.count && first.starts(with: other, wanted.count)
      }
    }
    return (isSame ?? nil) ?? utf8.starts(with: text.utf8)
  }
}

/// Parts of names in groups that are looked for together, in one walk over a name, in lower case or upper.
public struct NameParts: Sendable {
  /// Which groups have a part that was found: one bit each.
  public typealias Groups = UInt32

  private let parts: [(part: StaticString, group: Groups)]
  private let groupsByFirstByte: [Groups]

  /// The position of the first part that begins with a byte, in either case, and of the first one that follows them.
  private let rangesByFirstByte: [(start: Int, end: Int)]

  /// Takes at most 32 groups of parts in lower case; the number of a group is its bit.
  public init(_ groups: [StaticString]...) {
    var parts: [(part: StaticString, group: Groups)] = groups.enumerated().flatMap { index, parts in
      parts.filter { $0.utf8CodeUnitCount > 0 }.map { ($0, 1 << Groups(index)) }
    }
    parts.sort { $0.part.utf8Start.pointee < $1.part.utf8Start.pointee }
    var first = Array(repeating: Groups(0), count: 256)
    var ranges = Array(repeating: (start: 0, end: 0), count: 256)
    for (position, (part, group)) in parts.enumerated() {
      let byte = part.utf8Start.pointee
      for byte in Set([byte, byte.uppercased]).map(Int.init) {
        if first[byte] == 0 { ranges[byte].start = position }
        ranges[byte].end = position + 1
        first[byte] |= group
      }
    }
    self.parts = parts
    groupsByFirstByte = first
    rangesByFirstByte = ranges
  }

  /// The groups of which a part is in the name.
  public func groups(in name: String) -> Groups {
    var name = name
    return name.withUTF8 { bytes in
      var found: Groups = 0
      for start in bytes.indices where groupsByFirstByte[Int(bytes[start])] & ~found != 0 {
        let range = rangesByFirstByte[Int(bytes[start])]
        for (part, group) in parts[range.start..<range.end]
        where found & group == 0 && bytes.has(part, at: start) {
          found |= group
        }
      }
      return found
    }
  }
}

extension UInt8 {
  /// The same letter of ASCII in upper case; other bytes as they are.
  fileprivate var uppercased: UInt8 {
    UInt8(ascii: "a")...UInt8(ascii: "z") ~= self ? self & ~0x20 : self
  }
}

extension UnsafeBufferPointer<UInt8> {
  /// Whether the bytes of a part in lower case stand there, in either case.
  fileprivate func has(_ part: StaticString, at start: Int) -> Bool {
    let (wanted, length) = (part.utf8Start, part.utf8CodeUnitCount)
    guard length <= count - start else { return false }
    var index = 0
    while index < length {
      let byte = self[start + index]
      if byte != wanted[index], byte != wanted[index].uppercased { return false }
      index += 1
    }
    return true
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
