import ModelGraph

// Attention by cuDNN, as far as PyTorch allocates for it; the library's workspace is not known.
// Source: `ATen/native/cudnn/MHA.cpp`, `transformers/cuda/attention.cu` and `sdp_utils.cpp`, PyTorch 2.15.

extension Dispatcher {
  /// Whether PyTorch asks cuDNN before its own kernels: 16-bit numbers on compute capability 9.x and 10.x, unless weights
  /// are dropped, the mask has a gradient, or there is only one key.
  ///
  /// So it does with the cuDNN that its packages for CUDA 13 bring, 9.15.1 and later.
  func prefersCuDNNAttention(_ operands: AttentionOperands) -> Bool {
    let (q, k, v) = (operands.q, operands.k, operands.v)
    guard [9, 10].contains(environment.computeCapability / 10), q.dataType.isHalf,
      !operands.drops, !needsGradient(operands.mask), operands.mask?.shape.count != 3
    else { return false }
    let sizes = [q.shape[3], v.shape[3]]
    return k.shape[2] > 1 && [q, k, v].allSatisfy(\.hasDenseRows)
      && (sizes.allSatisfy { $0 % 8 == 0 && $0 <= 128 } || sizes == [256, 256]
        || sizes == [192, 128])
  }

  /// One call of cuDNN, which keeps a sum for each row and the two numbers of the random generator's state.
  mutating func cuDNNAttention(
    _ q: DispatchedTensor, _ k: DispatchedTensor, _ v: DispatchedTensor, mask: DispatchedTensor?
  ) -> DispatchedTensor {
    let kernel = "_cudnn_attention_forward"
    let state = (0..<2).map { _ in make(TensorType(.int64, []), by: kernel) }
    var layout = q.layout.densified()
    if v.shape[3] != q.shape[3] {
      layout = TensorLayout(TensorType(q.dataType, q.shape.dropLast() + [v.shape[3]]))
    }
    let output = make(layout, by: kernel)
    let sums = make(TensorType(.float32, q.shape.dropLast() + [1]), by: kernel)
    record(
      "ScaledDotProductCudnnAttentionBackward0", from: [q, k, v], to: [output],
      saving: [mask, k, q, v, sums, output] + state
    ) { dispatcher, call in
      guard let gradient = call.gradient else { return [nil, nil, nil] }
      let kernel = "_cudnn_attention_backward"
      let gradients = [q, k, v].map { dispatcher.make($0.layout.densified(), by: kernel) }
      if gradient.layout.strides != output.layout.strides {
        dispatcher.release(dispatcher.make(output.layout, by: kernel))
      }
      return gradients
    }
    return output
  }
}
