// What groups hold: a symbol table, links in the header, or links in a heap.

extension HDF5File {
  mutating func links(of header: HDF5ObjectHeader) throws(ByteError) -> [HDF5Object.Link] {
    var links: [HDF5Object.Link] = []
    for message in header.all(.symbolTable) {
      var contents = message.contents
      links += try symbolTable(&contents)
    }
    for message in header.all(.link) {
      var contents = message.contents
      links.append(try link(&contents))
    }
    guard let message = header.first(.linkInfo) else { return links }
    var info = message.contents
    _ = try info.expectVersion(0...0, of: "the list of links")
    if try info.read(UInt8.self) & 1 != 0 { try info.skip(byteCount: 8) }
    for var contents in try denseMessages(&info, kind: .links) {
      links.append(try link(&contents))
    }
    return links
  }

  /// A link as a message says it: hard, or soft or external, which lead elsewhere.
  private mutating func link(_ reader: inout ByteReader) throws(ByteError) -> HDF5Object.Link {
    try spend()
    _ = try reader.expectVersion(1...1, of: "a link")
    let flags = try reader.read(UInt8.self)
    let kind = flags & 0x08 != 0 ? try reader.read(UInt8.self) : 0
    if flags & 0x04 != 0 { try reader.skip(byteCount: 8) }
    if flags & 0x10 != 0 { try reader.skip(byteCount: 1) }
    let byteCount = try reader.readSize(byteCount: 1 << Int(flags & 3))
    try spend(0, text: min(byteCount, reader.remaining))
    let name = try reader.readString(byteCount: byteCount)
    let address = kind == 0 ? try bytes.readRequiredAddress(&reader) : nil
    return HDF5Object.Link(name: name, address: address)
  }
}

// MARK: Symbol tables

extension HDF5File {
  /// Deeper than any tree of 2³² entries.
  private static let maximumTreeDepth: UInt8 = 16

  private mutating func symbolTable(
    _ message: inout ByteReader
  ) throws(ByteError) -> [HDF5Object.Link] {
    let tree = try bytes.readRequiredAddress(&message)
    let names = try localHeap(at: try bytes.readRequiredAddress(&message))
    var links: [HDF5Object.Link] = []
    var seen: Set<Int> = []
    try readTree(at: tree, below: Self.maximumTreeDepth, names, &seen, into: &links)
    return links
  }

  /// The bytes of a heap of names.
  private func localHeap(at address: Int) throws(ByteError) -> ByteReader {
    var reader = try bytes.reader(at: address)
    try reader.expect("HEAP")
    _ = try reader.expectVersion(0...0, of: "a heap of names")
    try reader.skip(byteCount: 3)
    let byteCount = try bytes.readLength(&reader)
    _ = try bytes.readLength(&reader)
    return try bytes.reader(at: try bytes.readRequiredAddress(&reader), byteCount: byteCount)
  }

  /// Reads a node of a tree of symbols; levels go down, so this ends.
  private mutating func readTree(
    at address: Int, below limit: UInt8, _ names: ByteReader, _ seen: inout Set<Int>,
    into links: inout [HDF5Object.Link]
  ) throws(ByteError) {
    try spend()
    var reader = try bytes.reader(at: address)
    let start = reader.offset
    guard seen.insert(address).inserted else {
      throw ByteError(.malformed(expected: "a tree", found: "a node twice"), at: start)
    }
    try reader.expect("TREE")
    let kind = try reader.read(UInt8.self)
    let level = try reader.read(UInt8.self)
    guard kind == 0, level < limit else {
      throw ByteError(
        .malformed(expected: "a node of symbols below level \(limit)", found: "level \(level)"),
        at: start)
    }
    let count = try reader.read(UInt16.self)
    try reader.skip(byteCount: 2 * bytes.addressWidth)
    for _ in 0..<count {
      _ = try bytes.readLength(&reader)
      let child = try bytes.readRequiredAddress(&reader)
      if level > 0 {
        try readTree(at: child, below: level, names, &seen, into: &links)
      } else {
        try readSymbols(at: child, names, into: &links)
      }
    }
  }

  private mutating func readSymbols(
    at address: Int, _ names: ByteReader, into links: inout [HDF5Object.Link]
  ) throws(ByteError) {
    var reader = try bytes.reader(at: address)
    try reader.expect("SNOD")
    _ = try reader.expectVersion(1...1, of: "a node of symbols")
    try reader.skip(byteCount: 1)
    let count = try reader.read(UInt16.self)
    for _ in 0..<count {
      try spend()
      var name = names
      try name.skip(byteCount: try reader.readSize(byteCount: bytes.addressWidth))
      let text = try readTerminated(&name)
      let header = try bytes.readAddress(&reader)
      let isSoft = try reader.read(UInt32.self) == 2
      try reader.skip(byteCount: 20)
      links.append(HDF5Object.Link(name: text, address: isSoft ? nil : header))
    }
  }

  /// Reads text up to a byte of zero.
  private mutating func readTerminated(_ reader: inout ByteReader) throws(ByteError) -> String {
    var count = 0
    var look = reader
    while try look.read(UInt8.self) != 0 { count += 1 }
    try spend(0, text: count)
    return try reader.readString(byteCount: count)
  }
}
