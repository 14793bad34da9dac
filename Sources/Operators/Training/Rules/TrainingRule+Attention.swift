import ModelGraph

extension TrainingRule {
  /// Attention as one kernel, on queries, keys and values `[batch, heads, length, size]`.
  static let attention = TrainingRule { dispatcher, call in
    guard let q = call.input(0), let k = call.input(1), let v = call.input(2),
      q.shape.count == 4, k.shape.count == 4, v.shape.count == 4
    else { return [] }
    let drops = (call.attributes.float("dropout") ?? 0) > 0
    if dispatcher.environment.attention == .eager {
      return [dispatcher.writtenOutAttention(q, k, v, mask: call.input(3), drops: drops)]
    }
    let mask = call.input(3).map { dispatcher.additive($0, as: q.dataType) }
    return [dispatcher.efficientAttention(q, k, v, mask: mask, drops: drops)]
  }

  /// A boolean for each query and key of each sequence, or with written-out attention a number.
  static let attentionMask = TrainingRule { dispatcher, call in
    guard let tokens = call.input(0), tokens.shape.count == 2 else { return [] }
    let mask = dispatcher.attentionMask(batch: tokens.shape[0], length: tokens.shape[1])
    guard dispatcher.environment.attention == .eager else { return [mask] }
    defer { dispatcher.release(mask) }
    return [dispatcher.additive(mask, as: .float32)]
  }
}

extension Dispatcher {
  /// A mask of booleans as numbers to add: 0 or minus infinity.
  fileprivate mutating func additive(
    _ mask: DispatchedTensor, as dataType: DataType
  ) -> DispatchedTensor {
    guard mask.dataType == .bool else { return mask }
    let zero = make(TensorType(dataType, []), by: "scalar_tensor")
    let infinity = make(TensorType(dataType, []), by: "scalar_tensor")
    let made = make(TensorType(dataType, mask.shape), by: "where_self")
    release(infinity)
    release(zero)
    return made
  }

  /// Attention of products, a softmax and dropout, with every matrix of scores in memory.
  fileprivate mutating func writtenOutAttention(
    _ q: DispatchedTensor, _ k: DispatchedTensor, _ v: DispatchedTensor,
    mask: DispatchedTensor?, drops: Bool
  ) -> DispatchedTensor {
    let transposed = transpose(k)
    let product = generalProduct(q, transposed)
    var scores = scale(product)
    release(product)
    if let mask {
      let masked = add(scores, mask, to: scores.layout.type)
      release(scores)
      scores = masked
    }
    let weights = softmax(scores)
    release(scores)
    return generalProduct(drops ? dropout(weights) : weights, v)
  }

  /// The memory-efficient kernel, which keeps the logarithm of each row's sum, padded to 32.
  ///
  /// Source: `ATen/native/transformers/cuda/attention.cu`.
  fileprivate mutating func efficientAttention(
    _ q: DispatchedTensor, _ k: DispatchedTensor, _ v: DispatchedTensor,
    mask: DispatchedTensor?, drops: Bool
  ) -> DispatchedTensor {
    let kernel = "_efficient_attention_forward"
    let (batch, heads, length) = (q.shape[0], q.shape[1], q.shape[2])
    var kept: [DispatchedTensor?] = [q, k, v, mask]
    if !drops {
      // Without dropout the state of the random numbers is two zeros on the device.
      for _ in 0..<2 { kept.append(make(TensorType(.int64, []), by: kernel)) }
    }
    let rows = make(
      TensorType(q.dataType, [batch, length, heads, v.shape[3]]), by: kernel)
    let padded = length.dividedRoundingUp(by: 32) * 32
    kept.append(make(TensorType(.float32, [batch, heads, padded]), by: kernel))
    let output = share(rows, as: rows.layout.transposed(1, 2))
    kept.append(output)
    record(
      "ScaledDotProductEfficientAttentionBackward0", from: [q, k, v], to: [output], saving: kept
    ) { dispatcher, call in
      guard let gradient = call.gradient else { return [nil, nil, nil] }
      return dispatcher.efficientAttentionGradients(gradient, [q, k, v].map(\.layout))
    }
    return output
  }

  private mutating func efficientAttentionGradients(
    _ gradient: DispatchedTensor, _ operands: [TensorLayout]
  ) -> [DispatchedTensor?] {
    let kernel = "_efficient_attention_backward"
    let incoming = share(gradient, as: gradient.layout.transposed(1, 2))
    let dense = contiguous(incoming)
    let gradients = operands.map { layout in
      let rows = make(TensorType(layout.dataType, layout.transposed(1, 2).shape), by: kernel)
      let made = share(rows, as: rows.layout.transposed(1, 2))
      release(rows)
      return made
    }
    let product = make(TensorType(.float32, dense.shape), by: "mul_Tensor")
    let sums = sum(product, over: [3], keepsAxes: false)
    _ = make(sums.layout.type, by: kernel)
    release(sums)
    release(product)
    scratch(Self.queryWorkspace(operands[0]), by: kernel)
    return gradients
  }

  /// The tiles in which blocks of keys sum the queries' gradients, each with a lock.
  ///
  /// Source: `GradQTempStorage` of `kernel_backward.h`, tiles of 64 × 64.
  private static func queryWorkspace(_ q: TensorLayout) -> Int {
    let tile = 64
    let tiles = saturatingProduct(
      q.shape[2].dividedRoundingUp(by: tile), q.shape[3].dividedRoundingUp(by: tile))
    return saturatingProduct(q.shape[0], q.shape[1], tiles, 4 * (tile * tile + 4))
  }
}
