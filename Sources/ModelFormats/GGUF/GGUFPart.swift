import ByteFormats
import ModelGraph

/// One GGUF file: its metadata and its tensors.
struct GGUFPart {
  var metadata: GGUFMetadata
  var entries: [Entry] = []
  var log = DiagnosticLog()

  /// The storage of each entry.
  var storages: [Int] = []

  struct Entry {
    var name: String
    var type: TensorType

    /// Where the data starts, counted from the start of all data.
    var offset: Int
  }

  /// The longest name and the most axes that llama.cpp reads.
  static let maximumNameByteCount = 63
  static let maximumRank = 4

  /// The most tensors of one file, several times those of the largest published model.
  static let maximumTensorCount = 1 << 17

  init(_ file: MappedFile) throws(ByteError) {
    var reader = try GGUFReader(file)
    // A description has at least a length, a rank, a type and an offset; a pair a length, a type
    // and a byte.
    let tensorCount = try reader.readCount(ofAtLeast: reader.width.rawValue + 16)
    guard tensorCount <= Self.maximumTensorCount else {
      throw ByteError(.implausibleSize("\(tensorCount) tensors"), at: reader.bytes.offset)
    }
    let pairCount = try reader.readCount(ofAtLeast: reader.width.rawValue + 5)
    metadata = try GGUFMetadata(count: pairCount, from: &reader)
    try readEntries(tensorCount, from: &reader)
    layOut(headerEnd: reader.bytes.offset, fileByteCount: file.byteCount)
  }

  private mutating func readEntries(
    _ count: Int, from reader: inout GGUFReader
  ) throws(ByteError) {
    var names: Set<String> = []
    entries.reserveCapacity(min(count, 1 << 16))
    for _ in 0..<count {
      let start = reader.bytes.offset
      let entry = try Entry(from: &reader)
      guard names.insert(entry.name).inserted else {
        throw ByteError(
          .malformed(expected: "every tensor once", found: "\(entry.name.quoted) twice"), at: start)
      }
      reportLimits(of: entry)
      entries.append(entry)
    }
  }

  /// Numbers the storages and checks that the data is where the header says.
  private mutating func layOut(headerEnd: Int, fileByteCount: Int) {
    let dataStart = headerEnd.dividedRoundingUp(by: metadata.alignment) * metadata.alignment
    var layout = DataLayout(
      byteCount: fileByteCount - dataStart, alignment: metadata.alignment)
    for entry in entries {
      layout.append(entry.name, entry.offset..<entry.offset + entry.type.byteCount.value)
      guard entry.offset % metadata.alignment != 0 else { continue }
      log.add(
        .warning, "unalignedTensor",
        "\(entry.name.quoted) starts at no multiple of \(metadata.alignment) bytes")
    }
    storages = layout.storages(reportingTo: &log)
  }

  private mutating func reportLimits(of entry: Entry) {
    if entry.name.utf8.count > Self.maximumNameByteCount {
      log.add(
        .warning, "longName",
        "the name \(entry.name.quoted) has \(entry.name.utf8.count) bytes; "
          + "llama.cpp reads at most \(Self.maximumNameByteCount)")
    }
    if entry.type.rank > Self.maximumRank {
      log.add(
        .warning, "manyAxes",
        "\(entry.name.quoted) has \(entry.type.rank) axes; "
          + "llama.cpp reads at most \(Self.maximumRank)")
    }
  }
}

extension GGUFPart.Entry {
  /// Reads the name, the sizes (innermost first), the type and the offset.
  fileprivate init(from reader: inout GGUFReader) throws(ByteError) {
    name = try reader.readString()
    let sizes = try Self.readSizes(from: &reader)
    let start = reader.bytes.offset
    let code = try reader.readUInt32()
    guard let dataType = DataType(ggufCode: code) else {
      throw ByteError(
        .unknownCode(name: "tensor type", value: DataType.ggufCodeDescription(code)), at: start)
    }
    let width = dataType.layout.elements
    guard (sizes.first ?? 1) % width == 0 || width == 1 else {
      throw ByteError(
        .malformed(
          expected: "rows of a multiple of \(width) elements for \(dataType.rawValue)",
          found: "\(sizes.first ?? 1)"), at: start)
    }
    type = TensorType(dataType, sizes.reversed())
    let offsetStart = reader.bytes.offset
    let offset = try reader.readUInt64()
    guard offset <= UInt64(Shape.maximumElementCount) * 16 else {
      throw ByteError(.implausibleSize("offset \(offset)"), at: offsetStart)
    }
    self.offset = Int(offset)
  }

  private static func readSizes(from reader: inout GGUFReader) throws(ByteError) -> [Int] {
    let start = reader.bytes.offset
    let rank = Int(try reader.readUInt32())
    guard rank <= reader.bytes.remaining / reader.width.rawValue else {
      throw ByteError(.implausibleSize("\(rank) axes"), at: start)
    }
    var sizes: [Int] = []
    for _ in 0..<rank { sizes.append(Int(clamping: try reader.readSize())) }
    guard sizes.isPlausible else {
      let shape = sizes.prefix(8).map(String.init).joined(separator: " × ")
      throw ByteError(.implausibleSize("shape \(shape)"), at: start)
    }
    return sizes
  }
}
