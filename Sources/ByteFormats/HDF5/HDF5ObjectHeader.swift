/// The messages of one object: what it is and what it is called is said in them.
struct HDF5ObjectHeader {
  private(set) var messages: [HDF5Message] = []

  /// The blocks that are still to be read: the header goes on elsewhere when it is full.
  private var blocks: [Block] = []
  private var seenBlocks: Set<Int> = []

  private struct Block {
    var address: Int
    var byteCount: Int
    var isNew: Bool
    var hasOrder: Bool
  }

  /// The most messages that one object has: the first version counts them in 16 bits.
  private static let maximumMessageCount = 1 << 16

  private static let version2Mark = [UInt8]("OHDR".utf8)

  init(at address: Int, of file: inout HDF5File) throws(ByteError) {
    var reader = try file.bytes.reader(at: address)
    var look = reader
    if try look.readBytes(byteCount: 4) == Self.version2Mark {
      try readNew(&look, of: &file)
    } else {
      try readOld(&reader, of: &file)
    }
    while let block = blocks.popLast() { try readContinuation(block, of: &file) }
  }

  /// The messages of a kind.
  func all(_ kind: HDF5Message.Kind) -> [HDF5Message] {
    messages.filter { $0.kind == kind.rawValue }
  }

  func first(_ kind: HDF5Message.Kind) -> HDF5Message? {
    messages.first { $0.kind == kind.rawValue }
  }
}

/// One message of an object's header.
struct HDF5Message {
  var kind: UInt16

  /// Whether the contents only say where the message is.
  var isShared: Bool
  var contents: ByteReader

  enum Kind: UInt16 {
    case dataspace = 0x01
    case linkInfo = 0x02
    case datatype = 0x03
    case link = 0x06
    case layout = 0x08
    case attribute = 0x0C
    case continuation = 0x10
    case symbolTable = 0x11
    case attributeInfo = 0x15
  }
}

// MARK: Version 1

extension HDF5ObjectHeader {
  private mutating func readOld(
    _ reader: inout ByteReader, of file: inout HDF5File
  ) throws(ByteError) {
    _ = try reader.expectVersion(1...1, of: "an object's header")
    try reader.skip(byteCount: 1)
    let count = Int(try reader.read(UInt16.self))
    try reader.skip(byteCount: 4)
    let byteCount = Int(try reader.read(UInt32.self))
    try reader.skip(byteCount: 4)
    messages.reserveCapacity(min(count, 64))
    var block = try reader.readSlice(byteCount: byteCount)
    try readOldMessages(&block, of: &file)
  }

  private mutating func readOldMessages(
    _ block: inout ByteReader, of file: inout HDF5File
  ) throws(ByteError) {
    while block.remaining >= 8 {
      let kind = try block.read(UInt16.self)
      let byteCount = Int(try block.read(UInt16.self))
      let flags = try block.read(UInt8.self)
      try block.skip(byteCount: 3)
      let contents = try block.readSlice(byteCount: byteCount)
      try append(kind, flags, contents, isNew: false, hasOrder: false, of: &file)
    }
  }
}

// MARK: Version 2

extension HDF5ObjectHeader {
  private mutating func readNew(
    _ reader: inout ByteReader, of file: inout HDF5File
  ) throws(ByteError) {
    _ = try reader.expectVersion(2...2, of: "an object's header")
    let flags = try reader.read(UInt8.self)
    if flags & 0x20 != 0 { try reader.skip(byteCount: 16) }
    if flags & 0x10 != 0 { try reader.skip(byteCount: 4) }
    let byteCount = try reader.readSize(byteCount: 1 << Int(flags & 3))
    var block = try reader.readSlice(byteCount: byteCount)
    try readNewMessages(&block, hasOrder: flags & 0x04 != 0, of: &file)
  }

  private mutating func readNewMessages(
    _ block: inout ByteReader, hasOrder: Bool, of file: inout HDF5File
  ) throws(ByteError) {
    let head = hasOrder ? 6 : 4
    while block.remaining >= head {
      let kind = UInt16(try block.read(UInt8.self))
      let byteCount = Int(try block.read(UInt16.self))
      let flags = try block.read(UInt8.self)
      if hasOrder { try block.skip(byteCount: 2) }
      let contents = try block.readSlice(byteCount: byteCount)
      try append(kind, flags, contents, isNew: true, hasOrder: hasOrder, of: &file)
    }
  }
}

// MARK: Both

extension HDF5ObjectHeader {
  private mutating func append(
    _ kind: UInt16, _ flags: UInt8, _ contents: ByteReader, isNew: Bool, hasOrder: Bool,
    of file: inout HDF5File
  ) throws(ByteError) {
    try file.spend()
    guard messages.count + blocks.count < Self.maximumMessageCount else {
      throw ByteError(
        .implausibleSize("more than \(Self.maximumMessageCount) messages"), at: contents.offset)
    }
    guard kind == HDF5Message.Kind.continuation.rawValue else {
      messages.append(HDF5Message(kind: kind, isShared: flags & 2 != 0, contents: contents))
      return
    }
    var contents = contents
    let address = try file.bytes.readRequiredAddress(&contents)
    let byteCount = try file.bytes.readLength(&contents)
    blocks.append(
      Block(address: address, byteCount: byteCount, isNew: isNew, hasOrder: hasOrder))
  }

  private mutating func readContinuation(
    _ block: Block, of file: inout HDF5File
  ) throws(ByteError) {
    var reader = try file.bytes.reader(at: block.address, byteCount: block.byteCount)
    guard seenBlocks.insert(block.address).inserted else {
      throw ByteError(
        .malformed(expected: "every part of a header once", found: "one that comes again"),
        at: reader.offset)
    }
    guard block.isNew else { return try readOldMessages(&reader, of: &file) }
    try reader.expect("OCHK")
    // The checksum at the end is no message.
    var messages = try reader.readSlice(byteCount: max(0, reader.remaining - 4))
    try readNewMessages(&messages, hasOrder: block.hasOrder, of: &file)
  }
}
