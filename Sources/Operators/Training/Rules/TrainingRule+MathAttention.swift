import ModelGraph

extension Dispatcher {
  /// Attention as PyTorch composes it where no kernel takes the operands.
  ///
  /// 16-bit numbers are computed in single precision. The root of the scale goes to both factors.
  /// Source: `_scaled_dot_product_attention_math` of `ATen/native/transformers/attention.cpp`,
  /// PyTorch 2.15.
  mutating func mathAttention(
    _ query: DispatchedTensor, _ key: DispatchedTensor, _ value: DispatchedTensor,
    mask: DispatchedTensor?, isCausal: Bool, drops: Bool
  ) -> DispatchedTensor {
    let dataType = query.dataType
    let given = mask.map { additive($0, as: dataType) }
    let (q, k) = (cast(query, to: .float32), cast(key, to: .float32))
    let v = cast(value, to: .float32)
    let scaledQuery = scale(q)
    let bias = given ?? (isCausal ? causalMask(query.shape[2], key.shape[2]) : nil)
    let scaledKey = scale(k)
    var scores = generalProduct(scaledQuery, transpose(scaledKey))
    release(scaledKey)
    if bias != nil { begin("add_Tensor") }
    let weights = safeSoftmax(scores)
    release(scores)
    scores = drops ? dropout(weights) : weights
    // The weights are returned too, though nobody reads them.
    _ = cast(scores, to: dataType)
    let mixed = generalProduct(scores, v)
    return cast(mixed, to: dataType)
  }

  /// What each query may see of the keys before it, as numbers to add.
  private mutating func causalMask(_ queries: Int, _ keys: Int) -> DispatchedTensor {
    let ones = make(TensorType(.bool, [queries, keys]), by: "ones")
    let lower = make(TensorType(.bool, [queries, keys]), by: "tril")
    release(ones)
    let made = additive(lower, as: .float32)
    release(lower)
    return made
  }

  /// A softmax that gives zeros where a whole row is hidden.
  private mutating func safeSoftmax(_ x: DispatchedTensor) -> DispatchedTensor {
    let y = softmax(x)
    scratch(
      x.layout.elementCount, Shape(x.shape.dropLast()).elementCount, 4, by: "_safe_softmax")
    return y
  }
}
