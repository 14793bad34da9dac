/// Unpacks what the method "deflate" has packed, up to a limit.
///
/// Specification: <https://www.rfc-editor.org/rfc/rfc1951>
struct Inflater {
  private var reader: ByteReader
  private var bits: UInt32 = 0
  private var bitCount: UInt32 = 0
  private var output: [UInt8] = []
  private let limit: Int

  /// Unpacks a run of bytes.
  ///
  /// - Throws: ``ByteError`` if the bytes are not packed so, or unpack to more than the limit.
  static func unpack(_ packed: ByteReader, limit: Int) throws(ByteError) -> [UInt8] {
    var inflater = Inflater(reader: packed, limit: limit)
    // A byte can stand for at most 1,032; so nobody makes room for what cannot come.
    inflater.output.reserveCapacity(min(limit, saturatingRoom(packed.remaining)))
    while try !inflater.readBlock() {}
    return inflater.output
  }

  private static func saturatingRoom(_ byteCount: Int) -> Int {
    let (room, overflow) = byteCount.multipliedReportingOverflow(by: 1032)
    return overflow ? .max : room
  }

  private init(reader: ByteReader, limit: Int) {
    self.reader = reader
    self.limit = limit
  }

  /// Reads one block, and says whether it is the last one.
  private mutating func readBlock() throws(ByteError) -> Bool {
    let isLast = try take(1) == 1
    switch try take(2) {
    case 0: try readStored()
    case 1: try readCodes(Self.fixedLengths, Self.fixedDistances)
    case 2: try readDynamic()
    default: throw malformed("a kind of block")
    }
    return isLast
  }

  private mutating func readStored() throws(ByteError) {
    bits = 0
    bitCount = 0
    let count = try reader.read(UInt16.self)
    guard try reader.read(UInt16.self) == ~count else { throw malformed("a length") }
    try reserve(Int(count))
    output += try reader.readBytes(byteCount: Int(count))
  }

  private mutating func readCodes(_ lengths: Code, _ distances: Code) throws(ByteError) {
    while true {
      let symbol = try read(lengths)
      switch symbol {
      case 0..<256:
        try reserve(1)
        output.append(UInt8(symbol))
      case 256: return
      default: try copy(symbol - 257, distances)
      }
    }
  }

  /// Copies what was put out before.
  private mutating func copy(_ symbol: Int, _ distances: Code) throws(ByteError) {
    guard symbol < Self.lengthBases.count else { throw malformed("a length") }
    let count = Self.lengthBases[symbol] + (try take(Self.lengthBits[symbol]))
    let place = try read(distances)
    guard place < Self.distanceBases.count else { throw malformed("a distance") }
    let distance = Self.distanceBases[place] + (try take(Self.distanceBits[place]))
    guard distance <= output.count else { throw malformed("a distance into the output") }
    try reserve(count)
    for _ in 0..<count { output.append(output[output.count - distance]) }
  }

  private mutating func readDynamic() throws(ByteError) {
    let lengthCount = try take(5) + 257
    let distanceCount = try take(5) + 1
    let count = try take(4) + 4
    var sizes = [Int](repeating: 0, count: 19)
    for place in Self.sizeOrder.prefix(count) { sizes[place] = try take(3) }
    let code = try code(sizes)
    var all: [Int] = []
    while all.count < lengthCount + distanceCount {
      switch try read(code) {
      case let size where size < 16: all.append(size)
      case 16:
        guard let last = all.last else { throw malformed("a size to repeat") }
        all += repeatElement(last, count: 3 + (try take(2)))
      case 17: all += repeatElement(0, count: 3 + (try take(3)))
      default: all += repeatElement(0, count: 11 + (try take(7)))
      }
    }
    guard all.count == lengthCount + distanceCount else { throw malformed("sizes of codes") }
    try readCodes(
      try self.code(Array(all.prefix(lengthCount))), try self.code(Array(all.suffix(distanceCount)))
    )
  }
}

// MARK: Bits and codes

extension Inflater {
  /// A prefix code: how many words there are of each length, and their symbols in order.
  private struct Code {
    var counts = [Int](repeating: 0, count: 16)
    var symbols: [Int] = []
    var isOverfull = false

    init(_ lengths: [Int]) {
      for length in lengths { counts[length] += 1 }
      counts[0] = 0
      var room = 1
      for length in 1..<16 {
        room = room << 1 - counts[length]
        if room < 0 { isOverfull = true }
      }
      symbols = lengths.indices.filter { lengths[$0] > 0 }
        .sorted { (lengths[$0], $0) < (lengths[$1], $1) }
    }
  }

  private func code(_ lengths: [Int]) throws(ByteError) -> Code {
    let code = Code(lengths)
    guard !code.isOverfull else { throw malformed("a prefix code") }
    return code
  }

  private mutating func take(_ count: Int) throws(ByteError) -> Int {
    while bitCount < UInt32(count) {
      bits |= UInt32(try reader.read(UInt8.self)) << bitCount
      bitCount += 8
    }
    let value = bits & (1 << UInt32(count) - 1)
    bits >>= UInt32(count)
    bitCount -= UInt32(count)
    return Int(value)
  }

  private mutating func read(_ code: Code) throws(ByteError) -> Int {
    var word = 0
    var first = 0
    var index = 0
    for length in 1..<16 {
      word |= try take(1)
      let count = code.counts[length]
      if word - count < first { return code.symbols[index + word - first] }
      index += count
      first = (first + count) << 1
      word <<= 1
    }
    throw malformed("a word of the code")
  }

  private func reserve(_ count: Int) throws(ByteError) {
    guard output.count + count <= limit else {
      throw ByteError(.implausibleSize("more than \(limit) bytes unpacked"), at: reader.offset)
    }
  }

  private func malformed(_ expected: String) -> ByteError {
    ByteError(
      .malformed(expected: "\(expected) of packed data", found: "something else"),
      at: reader.offset)
  }

  private static let fixedLengths = Code(
    (0..<288).map { $0 < 144 ? 8 : $0 < 256 ? 9 : $0 < 280 ? 7 : 8 })
  private static let fixedDistances = Code([Int](repeating: 5, count: 30))

  private static let sizeOrder = [
    16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15,
  ]
  private static let lengthBases = [
    3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131,
    163, 195, 227, 258,
  ]
  private static let lengthBits = [
    0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0,
  ]
  private static let distanceBases = [
    1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049,
    3073, 4097, 6145, 8193, 12289, 16385, 24577,
  ]
  private static let distanceBits = [
    0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13,
    13,
  ]
}
