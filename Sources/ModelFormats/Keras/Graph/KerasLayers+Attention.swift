import ByteFormats
import ModelGraph

extension KerasLayerTable {
  static let attention: [String: KerasLayerRule] = [
    "MultiHeadAttention": { call, lowering in lowering.attention(call) },
    "GroupQueryAttention": { call, lowering in lowering.attention(call) },
    "GroupedQueryAttention": { call, lowering in lowering.attention(call) },
    "Attention": { call, lowering in
      guard let (query, key, value) = call.queryKeyValue else { return nil }
      let turned = lowering.transpose(key, [0, 2, 1], of: call)
      let scores = lowering.emit("MatMul", [query, turned], layerType: .attention, of: call)
      return [lowering.mixed(scores, value, of: call)]
    },
    "AdditiveAttention": { call, lowering in
      guard let (query, key, value) = call.queryKeyValue else { return nil }
      let scores = lowering.additiveScores(query, key, of: call)
      return [lowering.mixed(scores, value, of: call)]
    },
  ]
}

extension KerasCall {
  /// Three operands `[batch, length, features]`; the keys are the values unless they are given.
  fileprivate var queryKeyValue: (query: KerasOperand, key: KerasOperand, value: KerasOperand)? {
    guard operands.count >= 2, operands.allSatisfy({ $0.rank == 3 }) else { return nil }
    return (operands[0], operands.count > 2 ? operands[2] : operands[1], operands[1])
  }
}

extension KerasLowering {
  fileprivate mutating func mixed(
    _ scores: KerasOperand, _ value: KerasOperand, of call: KerasCall
  ) -> KerasOperand {
    let weights = emit("Softmax", [scores], ["axis": .integer(-1)], of: call)
    return emit("MatMul", [weights, value], layerType: .attention, of: call)
  }

  /// The sum over the features of `scale · tanh(query + key)`, for every pair of steps.
  ///
  /// <https://github.com/keras-team/keras/blob/master/keras/src/layers/attention/additive_attention.py>
  fileprivate mutating func additiveScores(
    _ query: KerasOperand, _ key: KerasOperand, of call: KerasCall
  ) -> KerasOperand {
    let queries = emit("Unsqueeze", [query, constant([2], of: call)], rank: 4, of: call)
    let keys = emit("Unsqueeze", [key, constant([1], of: call)], rank: 4, of: call)
    let sum = emit("Add", [queries, keys], of: call)
    var terms = emit("Tanh", [sum], of: call)
    if let scale = variable("scale", of: call) {
      terms = emit("Mul", [terms, scale], layerType: .attention, of: call)
    }
    return emit(
      "ReduceSum", [terms, constant([3], of: call)], ["keepdims": .integer(0)], rank: 3, of: call)
  }
}

// MARK: Attention with heads

extension KerasLowering {
  /// `[batch, length, features]` through heads, as one kernel unless there is dropout.
  ///
  /// Fewer heads of keys and values than of queries are repeated before.
  /// <https://github.com/keras-team/keras/blob/master/keras/src/layers/attention/multi_head_attention.py>,
  /// `grouped_query_attention.py` beside it
  fileprivate mutating func attention(_ call: KerasCall) -> [KerasOperand]? {
    guard let operands = call.queryKeyValue,
      let query = projected(operands.query, "query", call),
      let keys = projected(operands.key, "key", call).map({ repeated($0, call) }),
      let values = projected(operands.value, "value", call).map({ repeated($0, call) }),
      let kernel = variable("attention_output", "kernel", of: call)
    else { return nil }
    let isOneKernel = (call.settings["dropout"]?.double ?? 0) == 0
    let mixed =
      isOneKernel
      ? kernelAttention(query, keys, values, call) : attention(query, keys, values, call)
    var result = einsum("abcd,cde->abe", mixed, kernel, of: call)
    if let bias = variable("attention_output", "bias", of: call) {
      result = emit("Add", [result, bias], of: call)
    }
    return [result]
  }

  /// Keys or values for every head of the queries; the order of the copies makes no difference in memory.
  private mutating func repeated(_ operand: KerasOperand, _ call: KerasCall) -> KerasOperand {
    guard let heads = call.integer("num_query_heads"),
      let stored = call.integer("num_key_value_heads"), stored > 0, heads > stored
    else { return operand }
    return emit("Tile", [operand, constant([1, 1, heads / stored, 1], of: call)], of: call)
  }

  private mutating func projected(
    _ input: KerasOperand, _ name: String, _ call: KerasCall
  ) -> KerasOperand? {
    guard let kernel = variable(path: [name, "kernel"], of: call) else { return nil }
    let product = einsum("abc,cde->abde", input, kernel, of: call)
    guard let bias = variable(path: [name, "bias"], of: call) else { return product }
    return emit("Add", [product, bias], of: call)
  }

  private mutating func kernelAttention(
    _ query: KerasOperand, _ key: KerasOperand, _ value: KerasOperand, _ call: KerasCall
  ) -> KerasOperand {
    let turned = [query, key, value].map { transpose($0, [0, 2, 1, 3], of: call) }
    let mixed = emit("ScaledDotProductAttention", turned, of: call)
    return transpose(mixed, [0, 2, 1, 3], of: call)
  }

  private mutating func attention(
    _ query: KerasOperand, _ key: KerasOperand, _ value: KerasOperand, _ call: KerasCall
  ) -> KerasOperand {
    let scaled = emit("Scale", [query], of: call)
    let scores = einsum("aecd,abcd->acbe", key, scaled, layerType: .attention, of: call)
    let weights = emit("Softmax", [scores], ["axis": .integer(-1)], of: call)
    return einsum("acbe,aecd->abcd", weights, value, layerType: .attention, of: call)
  }
}
