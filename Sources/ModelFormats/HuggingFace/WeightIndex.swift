import ByteFormats
import ModelGraph

/// The file that says which tensor of a checkpoint lies in which of its files.
///
/// ```
/// { "metadata": { "total_size": 10220144 },
///   "weight_map": { "layer.weight": "model-00001-of-00004.safetensors" } }
/// ```
struct WeightIndex {
  /// The bytes of all tensors, if the index says.
  private(set) var totalSize: Int?
  private(set) var tensorNames: Set<String> = []

  /// The files, in the order of their first tensor.
  private(set) var fileNames: [String] = []
  private(set) var log = DiagnosticLog()
  private var seen: Set<String> = []
  private let byteCount: Int

  /// The bytes that a line of a map takes, about.
  private static let typicalEntry = 96

  /// The most files that a checkpoint may be split into.
  static let maximumFileCount = 10_000

  init(_ file: MappedFile) throws(ByteError) {
    byteCount = file.byteCount
    var scanner = JSONScanner(file)
    try scanner.beginObject()
    while let key = try scanner.nextKey() {
      switch key {
      case "metadata": try readMetadata(&scanner)
      case "weight_map": try readMap(&scanner)
      default: try scanner.skipValue()
      }
    }
    try scanner.finish()
    fileNames.sort()
  }

  private mutating func readMetadata(_ scanner: inout JSONScanner) throws(ByteError) {
    guard try scanner.peek() == .object else { return try scanner.skipValue() }
    try scanner.beginObject()
    while let key = try scanner.nextKey() {
      guard key == "total_size", try scanner.peek() == .number else {
        try scanner.skipValue()
        continue
      }
      // Some tools write it with a fraction.
      totalSize = try scanner.readNumber().double.flatMap { Int(exactly: $0) }
    }
    guard let totalSize, totalSize < 0 else { return }
    log.add(.warning, "badTotalSize", "the index says \(totalSize) bytes in total; it is ignored")
    self.totalSize = nil
  }

  private mutating func readMap(_ scanner: inout JSONScanner) throws(ByteError) {
    tensorNames.reserveCapacity(min(byteCount / Self.typicalEntry, 1 << 14))
    try scanner.beginObject()
    while let name = try scanner.nextKey() {
      let start = scanner.offset
      let fileName = try scanner.readString()
      if !tensorNames.insert(name).inserted {
        log.add(.warning, "duplicateKey", "the index names \(name.quoted) twice")
      }
      guard fileName != fileNames.last, seen.insert(fileName).inserted else { continue }
      guard fileName.isLocalPath else {
        throw ByteError(
          .malformed(expected: "a file below the index's folder", found: fileName.quoted),
          at: start)
      }
      guard fileNames.count < Self.maximumFileCount else {
        throw ByteError(.implausibleSize("more than \(Self.maximumFileCount) files"), at: start)
      }
      fileNames.append(fileName)
    }
  }
}
