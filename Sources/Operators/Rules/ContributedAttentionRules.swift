import ModelGraph

extension AttentionSizes {
  /// The sizes of an attention that projects its input `[N, S, width]` itself.
  fileprivate init(projected call: OperatorCall, past: Int) throws(ShapeError) {
    let input = try call.shape(0)
    let weight = try call.shape(1)
    let heads = try call.positive("num_heads", default: 1)
    guard input.count == 3, weight.count == 2, input[2] == weight[0] else {
      throw .incompatible(rule: "the weight is [width, 3 · hidden]", shapes: [input, weight])
    }
    let widths =
      call.attributes.integers("qkv_hidden_sizes") ?? Array(repeating: weight[1] / 3, count: 3)
    guard widths.count == 3, widths.allSatisfy({ $0 >= 0 && $0 % heads == 0 }) else {
      throw .attribute(
        name: "qkv_hidden_sizes", expected: "three multiples of \(heads)",
        found: widths.description)
    }
    self.init(
      samples: input[0], queryHeads: heads, keyHeads: heads, queries: input[1],
      keys: try Self.pastLength(call, past, axis: 3).plus(input[1]),
      headSize: widths[1] / heads, valueHeadSize: widths[2] / heads)
  }

  /// The sizes of `MultiHeadAttention`: queries, keys and values apart, or packed together.
  fileprivate init(packed call: OperatorCall, past: Int) throws(ShapeError) {
    let query = try call.shape(0)
    let heads = try call.positive("num_heads", default: 1)
    guard query.count == 3 || query.count == 5, query[1] >= 0 else {
      throw .rank(input: 0, expected: "rank 3 or 5", found: query)
    }
    let width = query.count == 5 ? try heads.times(query[4]) : query[2]
    let key = call.has(1) ? try call.shape(1) : query
    let value = call.has(2) ? try call.shape(2) : nil
    let own = key.count == 4 ? key[2] : key.count >= 2 ? key[1] : 0
    let valueWidth = try Self.width(of: value, heads: heads) ?? width
    self.init(
      samples: query[0], queryHeads: heads, keyHeads: heads, queries: query[1],
      keys: try Self.pastLength(call, past, axis: 2).plus(own),
      headSize: width / heads, valueHeadSize: valueWidth / heads)
  }

  /// The sizes of `GroupQueryAttention`, whose cache may be longer than what it holds.
  fileprivate init(groupQuery call: OperatorCall, total: Int) throws(ShapeError) {
    let query = try call.shape(0)
    let heads = try call.positive("num_heads", default: 1)
    let keyHeads = try call.positive("kv_num_heads", default: 1)
    guard query.count == 3 else { throw .rank(input: 0, expected: "rank 3", found: query) }
    let isPacked = !call.has(1)
    let columns = isPacked ? try heads.plus(try keyHeads.times(2)) : heads
    guard query[2] % columns == 0 else {
      throw .incompatible(rule: "the width is no multiple of \(columns) heads", shapes: [query])
    }
    let length = try call.integer(total) ?? query[1]
    let past = try Self.pastLength(call, 3, axis: 2)
    self.init(
      samples: query[0], queryHeads: heads, keyHeads: keyHeads, queries: query[1],
      keys: max(past, length), headSize: query[2] / columns, valueHeadSize: query[2] / columns)
  }

  private static func pastLength(
    _ call: OperatorCall, _ index: Int, axis: Int
  ) throws(ShapeError) -> Int {
    guard call.has(index) else { return 0 }
    let shape = try call.shape(index)
    guard shape.count > axis else {
      throw .rank(input: index, expected: "rank \(axis + 2)", found: shape)
    }
    return shape[axis]
  }

  /// The width of `[N, length, width]` or `[N, heads, length, size]`.
  private static func width(of shape: Shape?, heads: Int) throws(ShapeError) -> Int? {
    guard let shape else { return nil }
    guard shape.count == 3 || shape.count == 4 else {
      throw .rank(input: 2, expected: "rank 3 or 4", found: shape)
    }
    return shape.count == 3 ? shape[2] : try heads.times(shape[3])
  }

  fileprivate func output() throws(ShapeError) -> Shape {
    [samples, queries, try queryHeads.times(valueHeadSize)]
  }
}

extension ShapeRule {
  /// The weighted values, and keys and values stacked on a first axis.
  static func projectedAttention(
    past: Int, type: @escaping @Sendable (OperatorCall) throws(ShapeError) -> DataType
  ) -> ShapeRule {
    ShapeRule { call throws(ShapeError) in
      let sizes = try AttentionSizes(projected: call, past: past)
      let type = try type(call)
      let outputs: [ValueType] = [
        .tensor(type, try sizes.output()), .tensor(type, [2] + sizes.presentKey),
      ]
      return Array(outputs.prefix(max(1, call.outputCount)))
    }
  }

  /// The weighted values, then keys and values, then the scores.
  static func packedAttention(past: Int) -> ShapeRule {
    ShapeRule { call throws(ShapeError) in
      let sizes = try AttentionSizes(packed: call, past: past)
      return try outputs(of: sizes, call)
    }
  }

  /// Like ``packedAttention(past:)``; the length of the cache depends on an operand's contents.
  static func groupQueryAttention(total: Int) -> ShapeRule {
    ShapeRule { call throws(ShapeError) in
      guard call.outputCount == 1 || !call.has(total) || call.value(total) != nil else {
        var first = call
        first.inputs[total] = nil
        let sizes = try AttentionSizes(groupQuery: first, total: total)
        let output = ValueType.tensor(try call.dataType(0), try sizes.output())
        return [output] + Array(repeating: .unknown, count: min(3, call.outputCount - 1))
      }
      var known = call
      if call.value(total) == nil, call.has(total) { known.inputs[total] = nil }
      return try outputs(of: try AttentionSizes(groupQuery: known, total: total), call)
    }
  }

  private static func outputs(
    of sizes: AttentionSizes, _ call: OperatorCall
  ) throws(ShapeError) -> [ValueType] {
    let type = try call.dataType(0)
    let outputs: [ValueType] = [
      .tensor(type, try sizes.output()), .tensor(type, sizes.presentKey),
      .tensor(type, sizes.presentValue), .tensor(type, sizes.scores),
    ]
    return Array(outputs.prefix(max(1, call.outputCount)))
  }
}

extension WorkRule {
  static func projectedAttention(past: Int) -> WorkRule {
    WorkRule { call, _ in
      guard let sizes = try? AttentionSizes(projected: call, past: past),
        let weight = try? call.shape(1)
      else { return .zero }
      let rows = saturatingProduct(sizes.samples, sizes.queries)
      return sizes.work
        + Work(multiplyAccumulates: saturatingProduct(rows, weight.elementCount))
    }
  }

  static func packedAttention(past: Int) -> WorkRule {
    .attention { call throws(ShapeError) in try AttentionSizes(packed: call, past: past) }
  }

  static func groupQueryAttention(total: Int) -> WorkRule {
    .attention { call throws(ShapeError) in try AttentionSizes(groupQuery: call, total: total) }
  }
}
