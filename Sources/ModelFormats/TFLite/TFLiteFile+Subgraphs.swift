import ByteFormats
import ModelGraph

extension TFLiteFile.Code {
  init(_ table: FlatTable, _ budget: inout Budget) throws(ByteError) {
    // Numbers above 127 did not fit into the first field; either may be filled in.
    let old: Int8 = try table.integer(0, default: 0)
    let new: Int32 = try table.integer(3, default: 0)
    let version: Int32 = try table.integer(2, default: 1)
    self.init(
      builtin: Int(max(Int32(old), new)), custom: try budget.text(table, 1) ?? "",
      version: Int(version))
  }
}

extension TFLiteFile.Subgraph {
  init(
    _ table: FlatTable, _ budget: inout Budget, bufferCount: Int, codes: [TFLiteFile.Code],
    subgraphCount: Int
  ) throws(ByteError) {
    name = try budget.text(table, Field.Subgraph.name) ?? ""
    tensors = []
    let entries = try table.tables(Field.Subgraph.tensors)
    for index in try budget.take(entries) {
      guard let entry = try entries?.table(index) else { break }
      tensors.append(try TFLiteFile.TensorEntry(entry, &budget, bufferCount: bufferCount))
    }
    let count = tensors.count
    inputs = try budget.tensors(table, Field.Subgraph.inputs, below: count)
    outputs = try budget.tensors(table, Field.Subgraph.outputs, below: count)
    nodes = []
    let operators = try table.tables(Field.Subgraph.operators)
    for index in try budget.take(operators) {
      guard let entry = try operators?.table(index) else { break }
      nodes.append(
        try TFLiteFile.NodeEntry(
          entry, &budget, tensorCount: count, codes: codes, subgraphCount: subgraphCount))
    }
  }
}

extension TFLiteFile.TensorEntry {
  init(
    _ table: FlatTable, _ budget: inout Budget, bufferCount: Int
  ) throws(ByteError) {
    let code: Int8 = try table.integer(Field.Tensor.type, default: 0)
    let number: UInt32 = try table.integer(Field.Tensor.buffer, default: 0)
    guard number == 0 || Int(number) < bufferCount else {
      throw ByteError(
        .malformed(expected: "a buffer below \(bufferCount)", found: "\(number)"),
        at: table.offset)
    }
    let scales = try table.table(Field.Tensor.quantization)?.vector(2, stride: 4)
    name = try budget.text(table, Field.Tensor.name) ?? ""
    dataType = DataType(tfliteCode: Int(code))
    shape = try budget.integers(try table.vector(Field.Tensor.shape, stride: 4))
    signature = try budget.integers(try table.vector(Field.Tensor.signature, stride: 4))
    buffer = Int(number)
    isVariable = try table.flag(Field.Tensor.isVariable)
    isSparse = try table.table(Field.Tensor.sparsity) != nil
    scaleCount = scales?.count ?? 0
  }
}

extension TFLiteFile.NodeEntry {
  init(
    _ table: FlatTable, _ budget: inout Budget, tensorCount: Int, codes: [TFLiteFile.Code],
    subgraphCount: Int
  ) throws(ByteError) {
    let number: UInt32 = try table.integer(Field.Operator.code, default: 0)
    guard Int(number) < codes.count else {
      throw ByteError(
        .malformed(expected: "an operator below \(codes.count)", found: "\(number)"),
        at: table.offset)
    }
    code = Int(number)
    inputs = try budget.tensors(table, Field.Operator.inputs, below: tensorCount)
    outputs = try budget.tensors(table, Field.Operator.outputs, below: tensorCount)
    attributes = try TFLiteOptions.attributes(of: table, codes[code], &budget)
    for (name, value) in attributes.entries.map({ ($0.name, $0.value) })
    where name.hasSuffix("subgraph_index") {
      guard case .integer(let index) = value, 0..<subgraphCount ~= index else {
        throw ByteError(
          .malformed(expected: "a subgraph below \(subgraphCount)", found: "another \(name)"),
          at: table.offset)
      }
    }
  }
}

extension Budget {
  /// The tensors that a field lists, -1 where an optional one is left out.
  mutating func tensors(
    _ table: FlatTable, _ field: Int, below count: Int
  ) throws(ByteError) -> [Int] {
    let vector = try table.vector(field, stride: 4)
    let list = try integers(vector)
    guard let wrong = list.first(where: { !(-1..<count ~= $0) }) else { return list }
    throw ByteError(
      .malformed(expected: "a tensor below \(count), or -1 for none", found: "\(wrong)"),
      at: vector?.offset ?? table.offset)
  }
}

extension FlatTable {
  /// The 32-bit words of a stretch of the file, at most a number of them.
  func words(of range: Range<Int>, atMost limit: Int) throws(ByteError) -> [Int] {
    let count = min(limit, range.count / 4)
    return try (0..<count).map { index throws(ByteError) in
      Int(try word(at: range.lowerBound + index * 4))
    }
  }
}
