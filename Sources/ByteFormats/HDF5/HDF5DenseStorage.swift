// Links and attributes that are too many for a header: in a heap, found by a tree.

extension HDF5File {
  enum DenseKind {
    case links, attributes

    /// The kinds of tree: by the hash of the name, or by the order of creation.
    var treeKinds: ClosedRange<UInt8> { self == .links ? 5...6 : 8...9 }

    /// The length of what stands for an object of the heap in a record.
    func identifierByteCount(_ recordByteCount: Int) -> Int {
      self == .links ? 7 : min(8, recordByteCount)
    }

    /// What stands before the identifier in the records of a tree by names.
    func bytesBefore(_ treeKind: UInt8) -> Int {
      switch treeKind {
      case 5: 4
      case 6: 8
      default: 0
      }
    }
  }

  /// The messages that a list of links or attributes keeps in a heap; none if it has no heap.
  mutating func denseMessages(
    _ info: inout ByteReader, kind: DenseKind
  ) throws(ByteError) -> [ByteReader] {
    guard let heapAddress = try bytes.readAddress(&info) else { return [] }
    let treeAddress = try bytes.readRequiredAddress(&info)
    let heap = try HDF5FractalHeap(at: heapAddress, of: &self)
    var tree = try HDF5Tree(at: treeAddress, kinds: kind.treeKinds, of: &self)
    var messages: [ByteReader] = []
    for var record in try tree.records(of: &self) {
      try record.skip(byteCount: kind.bytesBefore(tree.kind))
      let identifier = try record.readSlice(
        byteCount: kind.identifierByteCount(record.remaining))
      messages.append(try heap.object(identifier, of: &self))
    }
    return messages
  }
}

/// A tree of records of equal length, of the second version.
struct HDF5Tree {
  let kind: UInt8
  private let nodeByteCount: Int
  private let recordByteCount: Int
  private let depth: Int
  private let root: Int?
  private let rootCount: Int
  private var seen: Set<Int> = []

  /// Deeper than any tree of 2³² records.
  private static let maximumDepth = 16

  init(at address: Int, kinds: ClosedRange<UInt8>, of file: inout HDF5File) throws(ByteError) {
    var reader = try file.bytes.reader(at: address)
    let start = reader.offset
    try reader.expect("BTHD")
    _ = try reader.expectVersion(0...0, of: "a tree")
    kind = try reader.read(UInt8.self)
    nodeByteCount = Int(try reader.read(UInt32.self))
    recordByteCount = Int(try reader.read(UInt16.self))
    depth = Int(try reader.read(UInt16.self))
    try reader.skip(byteCount: 2)
    root = try file.bytes.readAddress(&reader)
    rootCount = Int(try reader.read(UInt16.self))
    guard kinds ~= kind, depth <= Self.maximumDepth, recordByteCount >= 8, nodeByteCount > 10 else {
      throw ByteError(.unknownCode(name: "kind of tree", value: "\(kind)"), at: start)
    }
  }

  mutating func records(of file: inout HDF5File) throws(ByteError) -> [ByteReader] {
    var records: [ByteReader] = []
    guard let root else { return records }
    try read(at: root, count: rootCount, level: depth, of: &file, into: &records)
    return records
  }

  private mutating func read(
    at address: Int, count: Int, level: Int, of file: inout HDF5File,
    into records: inout [ByteReader]
  ) throws(ByteError) {
    try file.spend(1 + count)
    var reader = try file.bytes.reader(at: address)
    guard seen.insert(address).inserted else {
      throw ByteError(.malformed(expected: "a tree", found: "a node twice"), at: reader.offset)
    }
    try reader.expect(level == 0 ? "BTLF" : "BTIN")
    try reader.skip(byteCount: 2)
    for _ in 0..<count { records.append(try reader.readSlice(byteCount: recordByteCount)) }
    guard level > 0 else { return }
    for _ in 0...count {
      let child = try file.bytes.readRequiredAddress(&reader)
      let childCount = try reader.readSize(byteCount: countWidth)
      try reader.skip(
        byteCount: totalWidth(ofLevel: level - 1, addressWidth: file.bytes.addressWidth))
      try read(at: child, count: childCount, level: level - 1, of: &file, into: &records)
    }
  }

  /// The most records of a leaf: what fits beside its head and checksum.
  private var leafCapacity: Int { max(1, (nodeByteCount - 10) / recordByteCount) }

  /// The width of the number of records in a node of any level.
  private var countWidth: Int { Self.width(of: leafCapacity) }

  /// The width of the number of records in and below a node.
  private func totalWidth(ofLevel level: Int, addressWidth: Int) -> Int {
    guard level > 0 else { return 0 }
    var total = leafCapacity
    for below in 0..<level {
      let pointer =
        addressWidth + countWidth + (below == 0 ? 0 : Self.width(of: total))
      let capacity = max(1, (nodeByteCount - 10 - pointer) / (recordByteCount + pointer))
      let (product, overflow) = total.multipliedReportingOverflow(by: capacity + 1)
      total = overflow ? Int.max >> 16 : min(product, Int.max >> 16) + capacity
    }
    return Self.width(of: total)
  }

  private static func width(of number: Int) -> Int {
    max(1, (Int.bitWidth - number.leadingZeroBitCount + 7) / 8)
  }
}
