import ModelGraph

extension Dispatcher {
  /// The mask of packed sequences that see only what came before, as Hugging Face computes it.
  ///
  /// Source: `find_packed_sequence_indices` and `create_causal_mask` of `masking_utils.py`,
  /// transformers 5.23.
  mutating func attentionMask(batch: Int, length: Int) -> DispatchedTensor {
    _ = packedSequences(batch, length)
    let ranges =
      [batch, 1].map { integers([$0], by: "arange") }
      + (0..<2).map { _ in
        let range = integers([length], by: "arange")
        defer { release(range) }
        return integers([length], by: "add_Tensor")
      }
    let everywhere = make(TensorType(.bool, []), by: "new_ones")
    let isSame = comparison(batch, length, by: "eq_Tensor")
    let isVisible = make(TensorType(.bool, [batch, 1, length, length]), by: "bitwise_and_Tensor")
    release(isSame)
    release(everywhere)
    let isBefore = comparison(batch, length, by: "le_Tensor")
    let mask = make(TensorType(.bool, [batch, 1, length, length]), by: "bitwise_and_Tensor")
    for tensor in [isBefore, isVisible] + ranges { release(tensor) }
    return mask
  }

  /// The number of the packed sequence that each token belongs to.
  private mutating func packedSequences(_ batch: Int, _ length: Int) -> DispatchedTensor {
    let first = integers([batch, 1], by: "sub_Tensor")
    let padded = integers([batch, length + 1], by: "cat")
    let steps = integers([batch, length], by: "sub_Tensor")
    release(padded)
    let isNew = make(TensorType(.bool, [batch, length]), by: "ne_Scalar")
    let sequences = integers([batch, length], by: "cumsum")
    scratch(8 * batch * length, by: "cumsum")
    release(isNew)
    let isLast = make(TensorType(.bool, [batch]), by: "eq_Scalar")
    scratch(1, by: "all")
    for tensor in [isLast, first, steps] { release(tensor) }
    return sequences
  }

  /// A comparison of a number of each query with one of each key, both looked up first.
  private mutating func comparison(
    _ batch: Int, _ length: Int, by kernel: String
  ) -> DispatchedTensor {
    let sides = (0..<2).map { _ in
      let indices = (0..<2).map { _ in integers([batch, length], by: "index_Tensor") }
      defer { for index in indices.reversed() { release(index) } }
      return integers([batch, length], by: "index_Tensor")
    }
    defer { for side in sides { release(side) } }
    return make(TensorType(.bool, [batch, 1, length, length]), by: kernel)
  }

  private mutating func integers(_ shape: Shape, by kernel: String) -> DispatchedTensor {
    make(TensorType(.int64, shape), by: kernel)
  }
}
