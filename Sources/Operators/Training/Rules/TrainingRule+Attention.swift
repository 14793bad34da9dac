import ModelGraph

extension TrainingRule {
  /// Attention as one kernel, on queries, keys and values `[batch, heads, length, size]`.
  static let attention = TrainingRule { dispatcher, call in
    guard let v = call.input(2).map({ dispatcher.lowered($0) }),
      let k = call.input(1).map({ dispatcher.lowered($0) }),
      let q = call.input(0).map({ dispatcher.lowered($0) }), q.shape.count == 4, k.shape.count == 4,
      v.shape.count == 4
    else { return [] }
    let drops =
      dispatcher.environment.isTraining && (call.attributes.float("dropout") ?? 0) > 0
    let isCausal = call.attributes.flag("is_causal")
    switch dispatcher.attentionKernel(q, v, isMasked: call.input(3) != nil) {
    case .eager:
      return [dispatcher.writtenOutAttention(q, k, v, mask: call.input(3), drops: drops)]
    case .math:
      return [
        dispatcher.mathAttention(
          q, k, v, mask: call.input(3), isCausal: isCausal, drops: drops)
      ]
    case .flash: return [dispatcher.flashAttention(q, k, v)]
    case .automatic, .efficient:
      let mask = call.input(3).map { dispatcher.aligned(dispatcher.additive($0, as: q.dataType)) }
      return [dispatcher.efficientAttention(q, k, v, mask: mask, drops: drops)]
    }
  }

  /// A boolean for each query and key of each sequence, or with written-out attention a number.
  static let attentionMask = TrainingRule { dispatcher, call in
    guard let tokens = call.input(0), tokens.shape.count == 2 else { return [] }
    let mask = dispatcher.attentionMask(batch: tokens.shape[0], length: tokens.shape[1])
    guard dispatcher.environment.attention == .eager else { return [mask] }
    defer { dispatcher.release(mask) }
    return [dispatcher.additive(mask, as: dispatcher.environment.parameterType)]
  }
}

extension Dispatcher {
  /// The kernel that PyTorch picks, where none is asked for.
  ///
  /// FlashAttention takes 16-bit numbers without a mask from compute capability 8.0 on, the
  /// memory-efficient kernel heads whose rows fill 16 bytes. On 9.0 and later PyTorch would ask cuDNN
  /// first, whose kernels are not modelled; its tensors are those of FlashAttention.
  /// Source: `ATen/native/transformers/cuda/sdp_utils.cpp`, PyTorch 2.15.
  fileprivate func attentionKernel(
    _ q: DispatchedTensor, _ v: DispatchedTensor, isMasked: Bool
  ) -> TrainingEnvironment.AttentionKind {
    guard environment.attention == .automatic else { return environment.attention }
    let isHalf = q.dataType != .float32
    if isHalf, !isMasked, environment.computeCapability >= 80, q.shape[3] <= 256 { return .flash }
    let row = isHalf ? 8 : 4
    return q.shape[3] % row == 0 && v.shape[3] % row == 0 ? .efficient : .math
  }

  /// A mask whose rows the memory-efficient kernel can read, padded to 16 numbers each.
  fileprivate mutating func aligned(_ mask: DispatchedTensor) -> DispatchedTensor {
    guard let length = mask.shape.last, length % 16 != 0 else { return mask }
    let padded = Shape(mask.shape.dropLast()) + [length.dividedRoundingUp(by: 16) * 16]
    let made = make(TensorType(mask.dataType, padded), by: "constant_pad_nd")
    release(mask)
    return made
  }

  /// A mask of booleans as numbers to add: 0 or minus infinity.
  mutating func additive(
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
    let weights = softmax(raised(scores))
    release(scores)
    let dropped = drops ? dropout(weights) : weights
    let right = lowered(v)
    return generalProduct(lowered(dropped), right)
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
    if [q, k, v].contains(where: { needsGradient($0) }) {
      let padded = length.dividedRoundingUp(by: 32) * 32
      kept.append(make(TensorType(.float32, [batch, heads, padded]), by: kernel))
    }
    if q.dataType != .float32, v.shape[3] > 128 {
      // Wide rows are summed in single precision outside the registers.
      scratch(TensorType(.float32, rows.shape).byteCount.value, by: kernel)
    }
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
    // Shared keys and values get the gradients of every head that read them.
    let shared = operands.filter { $0.shape[1] != operands[0].shape[1] }.map { layout in
      make(
        TensorType(layout.dataType, operands[0].shape.dropLast() + layout.shape.suffix(1)),
        by: kernel)
    }
    rowSums(of: dense, by: kernel)
    scratch(Self.queryWorkspace(operands[0]), by: kernel)
    for gradient in shared { release(gradient) }
    return gradients
  }

  /// The sums of the products of output and gradient, which the kernel makes itself in half
  /// precision on newer devices.
  private mutating func rowSums(of dense: DispatchedTensor, by kernel: String) {
    let type = TensorType(.float32, Shape(dense.shape.dropLast()))
    guard dense.dataType == .float32 || environment.computeCapability < 80 else {
      _ = make(type, by: kernel)
      return
    }
    let product = make(TensorType(.float32, dense.shape), by: "mul_Tensor")
    let sums = sum(product, over: [3], keepsAxes: false)
    _ = make(type, by: kernel)
    release(sums)
    release(product)
  }

  /// The tiles in which blocks of keys sum the queries' gradients, with two numbers to lock each.
  ///
  /// Source: `GradQTempStorage` of `kernel_backward.h`; tiles of 64 × 64, in 16-bit numbers and for
  /// heads of more than 64 of 128 × 128.
  private static func queryWorkspace(_ q: TensorLayout) -> Int {
    let isWide = q.dataType != .float32 && (65...128).contains(q.shape[3])
    let tile = isWide ? 128 : 64
    let columns = q.shape[3].dividedRoundingUp(by: tile)
    let locks = (2 * columns).dividedRoundingUp(by: 4) * 4
    return saturatingProduct(
      q.shape[0], q.shape[1], q.shape[2].dividedRoundingUp(by: tile), 4,
      saturatingSum(saturatingProduct(tile * tile, columns), locks))
  }
}

extension Dispatcher {
  /// FlashAttention, which keeps the logarithm of each row's sum and the random numbers' state.
  ///
  /// Source: `ATen/native/transformers/cuda/flash_attn/flash_api.cpp`.
  fileprivate mutating func flashAttention(
    _ q: DispatchedTensor, _ k: DispatchedTensor, _ v: DispatchedTensor
  ) -> DispatchedTensor {
    let kernel = "_flash_attention_forward"
    let (batch, heads, length) = (q.shape[0], q.shape[1], q.shape[2])
    let output = make(q.layout.densified(), by: kernel)
    let sums = make(TensorType(.float32, [batch, heads, length]), by: kernel)
    let state = make(TensorType(.uint64, [2]), by: kernel)
    let unused = make(TensorType(.uint64, []), by: kernel)
    record(
      "ScaledDotProductFlashAttentionBackward0", from: [q, k, v], to: [output],
      saving: [q, k, v, output, sums, state, unused]
    ) { dispatcher, call in
      guard let gradient = call.gradient else { return [nil, nil, nil] }
      return dispatcher.flashAttentionGradients(gradient, [q, k, v].map(\.layout))
    }
    return output
  }

  private mutating func flashAttentionGradients(
    _ gradient: DispatchedTensor, _ operands: [TensorLayout]
  ) -> [DispatchedTensor?] {
    let kernel = "_flash_attention_backward"
    let incoming = share(gradient, as: gradient.layout.transposed(1, 2))
    _ = contiguous(incoming)
    let gradients = operands.map { make($0.densified(), by: kernel) }
    let q = operands[0].shape
    let rows = saturatingProduct(q[0], q[1], q[2].dividedRoundingUp(by: 128) * 128)
    let size = q[3].dividedRoundingUp(by: 32) * 32
    let sums = [[rows], [rows, size]].map { make(TensorType(.float32, $0), by: kernel) }
    let shared = operands.filter { $0.shape[1] != q[1] }.map { layout in
      make(TensorType(layout.dataType, q.dropLast() + layout.shape.suffix(1)), by: kernel)
    }
    for tensor in (sums + shared).reversed() { release(tensor) }
    return gradients
  }
}
