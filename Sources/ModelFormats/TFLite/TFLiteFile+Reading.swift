import ByteFormats
import ModelGraph

extension TFLiteFile {
  /// Reads a whole file; the contents of buffers are not touched.
  ///
  /// - Throws: ``ByteError`` where an offset or an index leads nowhere.
  init(_ buffer: FlatBuffer) throws(ByteError) {
    let root = try buffer.root()
    var budget = Budget(byteCount: buffer.byteCount)
    let tables = try root.tables(Field.Model.buffers)
    for index in try budget.take(tables) {
      guard let table = try tables?.table(index) else { break }
      buffers.append(try Self.contents(of: table, in: buffer))
    }
    let codes = try root.tables(Field.Model.operatorCodes)
    for index in try budget.take(codes) {
      guard let table = try codes?.table(index) else { break }
      operators.append(try Code(table, &budget))
    }
    let graphs = try root.tables(Field.Model.subgraphs)
    for index in try budget.take(graphs) {
      guard let table = try graphs?.table(index) else { break }
      subgraphs.append(
        try Subgraph(
          table, &budget, bufferCount: buffers.count, codes: operators,
          subgraphCount: graphs?.count ?? 0))
    }
    try readMetadata(root, &budget)
  }

  /// Where the contents of a buffer lie; those of large models stand behind the tables.
  private static func contents(
    of table: FlatTable, in buffer: FlatBuffer
  ) throws(ByteError) -> Range<Int> {
    if let data = try table.vector(0, stride: 1) { return data.offset..<data.offset + data.count }
    let start: UInt64 = try table.integer(1, default: 0)
    let size: UInt64 = try table.integer(2, default: 0)
    // 0 and 1 stand for "not outside": the converter writes them before it knows the place.
    guard start > 1, size > 0 else { return 0..<0 }
    let end = start.addingReportingOverflow(size)
    guard !end.overflow, end.partialValue <= UInt64(buffer.byteCount) else {
      throw ByteError(
        .truncated(
          needed: Int(clamping: size),
          left: max(0, buffer.byteCount - Int(clamping: start))), at: table.offset)
    }
    return Int(start)..<Int(end.partialValue)
  }

  private mutating func readMetadata(_ root: FlatTable, _ budget: inout Budget) throws(ByteError) {
    if let text = try budget.text(root, Field.Model.description), !text.isEmpty {
      metadata["description"] = .string(text)
    }
    let version: UInt32 = try root.integer(Field.Model.version, default: 0)
    metadata["version"] = .integer(Int(version))
    let entries = try root.tables(Field.Model.metadata)
    for index in try budget.take(entries) {
      guard let entry = try entries?.table(index), let name = try budget.text(entry, 0) else {
        continue
      }
      let number: UInt32 = try entry.integer(1, default: 0)
      guard name == Self.offlinePlanName, buffers.indices.contains(Int(number)) else { continue }
      metadata[name] = .integers(
        try root.words(of: buffers[Int(number)], atMost: Self.maximumPlanLength))
    }
    let signatures = try root.tables(Field.Model.signatures)
    var names: [String] = []
    for index in try budget.take(signatures) {
      guard let entry = try signatures?.table(index) else { break }
      names.append(try budget.text(entry, 2) ?? "")
    }
    if !names.isEmpty { metadata["signatures"] = .strings(names) }
  }

  /// The name under which offsets planned ahead stand in the metadata.
  ///
  /// <https://github.com/tensorflow/tflite-micro/blob/main/tensorflow/lite/micro/docs/memory_management.md>
  static let offlinePlanName = "OfflineMemoryAllocation"
  private static let maximumPlanLength = 1 << 20
}

/// How many entries of lists may be read: a little more than the file has room for.
///
/// Offsets may lead to one list from many places, so that a small file could ask for work without
/// end.
struct Budget {
  private let total: Int
  private var left: Int

  /// The letters of texts, of which many tables may name the same one.
  private var textLeft: Int

  init(byteCount: Int) {
    total = byteCount / 2 + 1 << 12
    left = total
    textLeft = 4 * byteCount + 1 << 12
  }

  /// The text of a field; `nil` if it is left out.
  mutating func text(_ table: FlatTable, _ field: Int) throws(ByteError) -> String? {
    try spend(try table.vector(field, stride: 1))
    return try table.string(field)
  }

  /// Pays for bytes that are looked at.
  mutating func spend(_ bytes: FlatVector?) throws(ByteError) {
    guard let bytes else { return }
    guard bytes.count <= textLeft else {
      throw ByteError(.implausibleSize("more text than the file has room for"), at: bytes.offset)
    }
    textLeft -= bytes.count
  }

  /// Takes the entries of a list, which may be left out.
  mutating func take(_ vector: FlatVector?) throws(ByteError) -> Range<Int> {
    guard let vector else { return 0..<0 }
    guard vector.count <= left else {
      throw ByteError(
        .implausibleSize("\(vector.count) entries, of \(total) in all"), at: vector.offset)
    }
    left -= vector.count
    return vector.indices
  }

  mutating func integers(_ vector: FlatVector?) throws(ByteError) -> [Int] {
    _ = try take(vector)
    return try vector?.integers() ?? []
  }
}

/// The numbers of the fields, in the order of the schema.
enum Field {
  enum Model {
    static let version = 0
    static let operatorCodes = 1
    static let subgraphs = 2
    static let description = 3
    static let buffers = 4
    static let metadata = 6
    static let signatures = 7
  }
  enum Subgraph {
    static let tensors = 0
    static let inputs = 1
    static let outputs = 2
    static let operators = 3
    static let name = 4
  }
  enum Tensor {
    static let shape = 0
    static let type = 1
    static let buffer = 2
    static let name = 3
    static let quantization = 4
    static let isVariable = 5
    static let sparsity = 6
    static let signature = 7
  }
  enum Operator {
    static let code = 0
    static let inputs = 1
    static let outputs = 2
    static let options = 4
    static let customOptions = 5
    static let secondOptions = 12
  }
}
