import ModelGraph

/// The sizes of one scaled dot-product attention.
struct AttentionSizes {
  var samples: Int
  var queryHeads: Int
  var keyHeads: Int
  var queries: Int

  /// The positions attended to, past ones included.
  var keys: Int
  var headSize: Int
  var valueHeadSize: Int
}

extension AttentionSizes {
  /// The sizes of ONNX's `Attention` from operands of rank 3 or 4.
  init(_ call: OperatorCall) throws(ShapeError) {
    let query = try Self.heads(call, 0, attribute: "q_num_heads")
    let key = try Self.heads(call, 1, attribute: "kv_num_heads")
    let value = try Self.heads(call, 2, attribute: "kv_num_heads")
    guard query[0] == key[0], key[0] == value[0], query[3] == key[3], key[1] == value[1],
      key[2] == value[2], key[1] > 0, query[1] % key[1] == 0
    else {
      throw .incompatible(
        rule: "queries, keys and values as [samples, heads, length, size] do not fit",
        shapes: [query, key, value])
    }
    let past = call.has(4) ? try Self.rank4(call, 4)[2] : 0
    self.init(
      samples: query[0], queryHeads: query[1], keyHeads: key[1], queries: query[2],
      keys: try past.plus(key[2]), headSize: key[3], valueHeadSize: value[3])
  }

  /// An operand as `[samples, heads, length, size]`.
  private static func heads(
    _ call: OperatorCall, _ index: Int, attribute: String
  ) throws(ShapeError) -> Shape {
    let shape = try call.shape(index)
    guard shape.count == 3 else { return try rank4(call, index) }
    guard let heads = call.attributes.integer(attribute) else {
      throw .missingAttribute(attribute)
    }
    guard heads >= 1, shape[2] % heads == 0 else {
      throw .incompatible(rule: "the width is no multiple of \(heads) heads", shapes: [shape])
    }
    return [shape[0], heads, shape[1], shape[2] / heads]
  }

  private static func rank4(_ call: OperatorCall, _ index: Int) throws(ShapeError) -> Shape {
    let shape = try call.shape(index)
    guard shape.count == 4 else {
      throw .rank(input: index, expected: "rank 3 or 4", found: shape)
    }
    return shape
  }

  var presentKey: Shape { [samples, keyHeads, keys, headSize] }
  var presentValue: Shape { [samples, keyHeads, keys, valueHeadSize] }
  var scores: Shape { [samples, queryHeads, queries, keys] }

  /// The products of queries with keys and of probabilities with values.
  var work: Work {
    let products = saturatingProduct(
      scores.elementCount, saturatingSum(max(0, headSize), max(0, valueHeadSize)))
    return Work(
      multiplyAccumulates: products, elementwise: saturatingProduct(scores.elementCount, 5))
  }
}

extension ShapeRule {
  /// The weighted values, then keys and values with the past ones, then the scores.
  static let attention = ShapeRule { call throws(ShapeError) in
    let sizes = try AttentionSizes(call)
    let type = try call.dataType(0)
    let width = try sizes.queryHeads.times(sizes.valueHeadSize)
    let isPacked = try call.shape(0).count == 3
    let output =
      isPacked
      ? [sizes.samples, sizes.queries, width]
      : [sizes.samples, sizes.queryHeads, sizes.queries, sizes.valueHeadSize]
    let outputs: [ValueType] = [
      .tensor(type, output),
      .tensor(try call.dataType(1), sizes.presentKey),
      .tensor(try call.dataType(2), sizes.presentValue),
      .tensor(type, sizes.scores),
    ]
    return Array(outputs.prefix(max(1, call.outputCount)))
  }
}

extension WorkRule {
  static let attention = attention { call throws(ShapeError) in try AttentionSizes(call) }

  static func attention(
    _ sizes: @escaping @Sendable (OperatorCall) throws(ShapeError) -> AttentionSizes
  ) -> WorkRule {
    WorkRule { call, _ in (try? sizes(call))?.work ?? .zero }
  }
}

extension Gradient {
  /// Queries, keys and values: each gradient reads all of them, the output and the statistics.
  static func attention(mask: Int? = 3) -> [Gradient] {
    var reads: Set<Operand> = [
      .input(0), .input(1), .input(2), .output(0), .auxiliary(0), .auxiliary(1),
    ]
    if let mask { reads.insert(.input(mask)) }
    return (0..<3).map { Gradient(input: $0, reads: reads) }
  }
}

extension Auxiliary {
  /// The logarithm of the sum of exponentials of each row of scores, as PyTorch's kernels keep it.
  ///
  /// In `float32`; the memory-efficient kernel, taken for `float32` operands and for masks, pads
  /// the rows to a multiple of 32.
  static func attentionStatistics(
    _ sizes: @escaping @Sendable (OperatorCall) throws(ShapeError) -> AttentionSizes
  ) -> [Auxiliary] {
    let rows = Auxiliary("log-sum-exp") { call in
      guard let sizes = try? sizes(call), let type = try? call.dataType(0) else { return nil }
      let padded = sizes.queries.dividedRoundingUp(by: 32).multipliedReportingOverflow(by: 32)
      let isPadded = type == .float32 || call.has(3)
      let length = isPadded && !padded.overflow ? padded.partialValue : sizes.queries
      let shape = [sizes.samples, sizes.queryHeads, length]
      return shape.isPlausible ? TensorType(.float32, shape) : nil
    }
    return [rows, Auxiliary("random state") { _ in TensorType(.int64, [2]) }]
  }
}
