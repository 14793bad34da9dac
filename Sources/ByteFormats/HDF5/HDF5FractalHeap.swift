/// A heap of many small objects in blocks that double in size from row to row.
struct HDF5FractalHeap {
  private var offsetWidth: Int
  private var lengthWidth: Int
  private var tableWidth: Int
  private var firstBlockByteCount: Int
  private var largestDirectByteCount: Int
  private var root: Int?

  /// The rows of the root block; 0 if the root is itself a block of objects.
  private var rootRowCount: Int

  init(at address: Int, of file: inout HDF5File) throws(ByteError) {
    var reader = try file.bytes.reader(at: address)
    let start = reader.offset
    try reader.expect("FRHP")
    _ = try reader.expectVersion(0...0, of: "a heap of blocks")
    try reader.skip(byteCount: 2)
    let filterByteCount = try reader.read(UInt16.self)
    try reader.skip(byteCount: 1)
    let largestObject = Int(try reader.read(UInt32.self))
    let (lengths, addresses) = (file.bytes.lengthWidth, file.bytes.addressWidth)
    try reader.skip(byteCount: lengths + addresses + lengths + addresses + 8 * lengths)
    tableWidth = Int(try reader.read(UInt16.self))
    firstBlockByteCount = try file.bytes.readLength(&reader)
    largestDirectByteCount = try file.bytes.readLength(&reader)
    let heapBits = Int(try reader.read(UInt16.self))
    try reader.skip(byteCount: 2)
    root = try file.bytes.readAddress(&reader)
    rootRowCount = Int(try reader.read(UInt16.self))
    offsetWidth = (heapBits + 7) / 8
    lengthWidth = Self.width(of: min(largestDirectByteCount, largestObject))
    guard filterByteCount == 0, tableWidth > 0, firstBlockByteCount > 0, 1...8 ~= offsetWidth,
      firstBlockByteCount.nonzeroBitCount == 1, largestDirectByteCount >= firstBlockByteCount
    else {
      throw ByteError(
        .malformed(expected: "a heap of plain blocks", found: "another kind"), at: start)
    }
  }

  /// The bytes for numbers below a power of two.
  private static func width(of number: Int) -> Int {
    max(1, (Int.bitWidth - number.leadingZeroBitCount + 6) / 8)
  }

  /// The bytes of an object.
  func object(
    _ identifier: ByteReader, of file: inout HDF5File
  ) throws(ByteError) -> ByteReader {
    var reader = identifier
    let start = reader.offset
    let flags = try reader.read(UInt8.self)
    switch (flags >> 4) & 3 {
    case 0:
      let offset = try reader.readSize(byteCount: offsetWidth)
      return try managed(
        at: offset, byteCount: try reader.readSize(byteCount: lengthWidth), of: &file)
    case 2: return try reader.readSlice(byteCount: Int(flags & 0x0F) + 1)
    default:
      throw ByteError(
        .malformed(expected: "an object inside the heap", found: "one apart from it"), at: start)
    }
  }

  /// Finds an object by its position in the space of the heap.
  private func managed(
    at offset: Int, byteCount: Int, of file: inout HDF5File
  ) throws(ByteError) -> ByteReader {
    guard let root else {
      throw ByteError(.malformed(expected: "a block", found: "none"), at: file.bytes.base)
    }
    guard rootRowCount > 0 else {
      return try read(at: root, plus: offset, byteCount, of: file)
    }
    return try search(root, rows: rootRowCount, offset, byteCount, depth: 0, of: &file)
  }

  /// Goes down a block of blocks; each has less to search, so this ends.
  private func search(
    _ address: Int, rows: Int, _ offset: Int, _ byteCount: Int, depth: Int,
    of file: inout HDF5File
  ) throws(ByteError) -> ByteReader {
    try file.spend()
    var reader = try file.bytes.reader(at: address)
    let start = reader.offset
    try reader.expect("FHIB")
    try reader.skip(byteCount: 1 + file.bytes.addressWidth + offsetWidth)
    var blockStart = 0
    for row in 0..<min(rows, 64) {
      let size = blockByteCount(inRow: row)
      for _ in 0..<tableWidth {
        try file.spend()
        let child = try file.bytes.readAddress(&reader)
        let (end, overflow) = blockStart.addingReportingOverflow(size)
        guard !overflow else { break }
        if offset < end, let child {
          guard size > largestDirectByteCount else {
            return try read(at: child, plus: offset - blockStart, byteCount, of: file)
          }
          guard depth < 8 else { throw ByteError(.tooDeep(limit: 8), at: start) }
          return try search(
            child, rows: rowCount(ofBlock: size), offset - blockStart, byteCount,
            depth: depth + 1, of: &file)
        }
        blockStart = end
      }
    }
    throw ByteError(
      .malformed(expected: "an object of the heap", found: "position \(offset)"), at: start)
  }

  private func read(
    at address: Int, plus offset: Int, _ byteCount: Int, of file: HDF5File
  ) throws(ByteError) -> ByteReader {
    let (position, overflow) = address.addingReportingOverflow(offset)
    return try file.bytes.reader(at: overflow ? .max : position, byteCount: byteCount)
  }

  /// The first two rows have blocks of the first size, each further row twice as large ones.
  private func blockByteCount(inRow row: Int) -> Int {
    let (size, overflow) = firstBlockByteCount.multipliedReportingOverflow(
      by: 1 << min(62, max(0, row - 1)))
    return overflow ? Int.max : size
  }

  /// The rows of a block of blocks that covers a number of bytes.
  private func rowCount(ofBlock byteCount: Int) -> Int {
    var rows = 0
    var covered = 0
    while covered < byteCount, rows < 64 {
      let (row, overflow) = blockByteCount(inRow: rows).multipliedReportingOverflow(by: tableWidth)
      let (sum, tooLarge) = covered.addingReportingOverflow(row)
      guard !overflow, !tooLarge else { return rows + 1 }
      covered = sum
      rows += 1
    }
    return rows
  }
}
