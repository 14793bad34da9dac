import ModelGraph

extension TrainingRule {
  /// Attention as one kernel, on queries, keys and values `[batch, heads, length, size]`.
  static let attention = TrainingRule { dispatcher, call in
    if dispatcher.environment.attention == .eager {
      guard let q = call.input(0), let k = call.input(1), let v = call.input(2),
        q.shape.count >= 2, k.shape.count == q.shape.count, v.shape.count == q.shape.count
      else { return [] }
      return dispatcher.attention(q, k, v, mask: call.input(3), call)
    }
    let parts = (0..<3).reversed().compactMap { index in
      call.input(index).map { dispatcher.lowered($0) }
    }
    guard parts.count == 3, let rank = parts.first?.shape.count, rank >= 2,
      parts.allSatisfy({ $0.shape.count == rank })
    else { return [] }
    guard rank == 3 else {
      return dispatcher.attention(parts[2], parts[1], parts[0], mask: call.input(3), call)
    }
    // Without a batch, the heads are those of a batch of one.
    let batch = parts.map { dispatcher.unsqueeze($0) }
    let mask = call.input(3).map { $0.shape.count == 3 ? dispatcher.unsqueeze($0) : $0 }
    let made = dispatcher.attention(batch[2], batch[1], batch[0], mask: mask, call)
    return made.map { dispatcher.squeeze($0) }
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

/// What a kernel of attention is picked by.
struct AttentionOperands {
  var q: DispatchedTensor
  var k: DispatchedTensor
  var v: DispatchedTensor
  var mask: DispatchedTensor?

  /// Whether weights are dropped.
  var drops: Bool
  var isCausal: Bool
}

extension Dispatcher {
  fileprivate mutating func attention(
    _ q: DispatchedTensor, _ keys: DispatchedTensor, _ values: DispatchedTensor,
    mask given: DispatchedTensor?, _ call: TrainingCall
  ) -> [DispatchedTensor] {
    var (k, v) = (keys, values)
    let drops = environment.isTraining && (call.attributes.float("dropout") ?? 0) > 0
    let isCausal = call.attributes.flag("is_causal")
    var isGrouped = q.shape.count == 4 && k.shape[1] != q.shape[1]
    if environment.attention == .eager {
      if isGrouped { (k, v) = (repeatHeads(k, to: q.shape[1]), repeatHeads(v, to: q.shape[1])) }
      return writtenOutAttention(
        q, k, v, mask: given, drops: drops, lowersWeights: call.attributes.flag("lowers_weights"))
    }
    if isGrouped, k.shape[1] == 1, v.shape[1] == 1, !call.attributes.flag("grouped") {
      // One head for all: seen once for each, without a copy.
      let shapes = [k, v].map { [$0.shape[0], q.shape[1]] + $0.shape.suffix(2) }
      (k, v, isGrouped) = (expand(k, to: shapes[0]), expand(v, to: shapes[1]), false)
    }
    let mask = given.map { additive(lowered($0), as: q.dataType) }
    let operands = AttentionOperands(
      q: q, k: k, v: v, mask: mask, drops: drops, isCausal: isCausal)
    switch attentionKernel(operands) {
    case .flash: return [paddedFlashAttention(q, k, v, drops: drops)]
    case .cuDNN: return [cuDNNAttention(q, k, v, mask: mask)]
    case .automatic, .efficient:
      let bias = mask.map { aligned($0, q, k) }
      // Numbers made of truth values go when they have been padded.
      if let mask, given?.dataType == .bool, isPadded(mask) { release(mask) }
      return [efficientAttention(q, k, v, mask: bias, drops: drops)]
    case .eager, .math:
      if isGrouped { (k, v) = (repeatHeads(k, to: q.shape[1]), repeatHeads(v, to: q.shape[1])) }
      return [mathAttention(q, k, v, mask: mask, isCausal: isCausal, drops: drops)]
    }
  }

  /// The tensor seen as the only one of a batch.
  fileprivate mutating func unsqueeze(_ x: DispatchedTensor) -> DispatchedTensor {
    let stride = saturatingProduct(x.layout.shape[0], x.layout.strides[0])
    return reshape(x, as: x.layout.inserting(stride: stride, at: 0), "UnsqueezeBackward0")
  }

  /// The only tensor of a batch.
  fileprivate mutating func squeeze(_ x: DispatchedTensor) -> DispatchedTensor {
    let made = reshape(x, as: x.layout.selected(axis: 0), "SqueezeBackward1")
    release(x)
    return made
  }

  /// The kernel that PyTorch picks, where none is asked for.
  ///
  /// FlashAttention takes 16-bit numbers without a mask from compute capability 8.0 on, of heads that are all as wide, and
  /// hides the future only where there are as many queries as keys; the memory-efficient kernel takes heads whose rows fill
  /// 16 bytes; both take rows that lie together, and fewer heads of keys and values.
  /// Source: `ATen/native/transformers/cuda/sdp_utils.cpp`, PyTorch 2.15.
  func attentionKernel(
    _ operands: AttentionOperands
  ) -> TrainingEnvironment.AttentionKind {
    let (q, k) = (operands.q, operands.k)
    guard q.shape.count == 4 else {
      return [.automatic, .flash].contains(environment.attention) ? .math : environment.attention
    }
    let tensors = [q, k, operands.v]
    let fitsFlash =
      q.dataType.isHalf && operands.mask == nil && environment.computeCapability >= 80
      && q.shape[3] <= 256 && (!operands.isCausal || q.shape[2] == k.shape[2])
      && tensors.allSatisfy { $0.hasDenseRows && $0.shape.last == q.shape[3] }
    // Where FlashAttention is asked for and cannot run, PyTorch's own choice is shown, with a note.
    guard environment.attention == .automatic || environment.attention == .flash && !fitsFlash
    else { return environment.attention }
    if prefersCuDNNAttention(operands) { return .cuDNN }
    if fitsFlash { return .flash }
    return tensors.allSatisfy(\.fitsEfficientAttention) ? .efficient : .math
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

  /// A mask of a number for each query and key, padded first if its rows begin anywhere.
  ///
  /// Source: `preprocess_mask` of `ATen/native/transformers/attention.cpp`.
  fileprivate mutating func aligned(
    _ mask: DispatchedTensor, _ q: DispatchedTensor, _ k: DispatchedTensor
  ) -> DispatchedTensor {
    let shape = [q.shape[0], q.shape[1], q.shape[2], k.shape[2]]
    guard let last = mask.shape.last, !isPadded(mask) else {
      guard let length = mask.shape.last else { return mask }
      let padded = pad(mask, by: Self.maskAlignment - length % Self.maskAlignment)
      let rows = part(
        padded, as: padded.layout.narrowed(axis: padded.shape.count - 1, to: length),
        gradientBy: "slice_backward")
      release(padded)
      return expand(rows, to: shape)
    }
    return last == shape[3] ? expand(mask, to: shape) : mask
  }

  /// Whether a mask is copied with its rows begun where the kernel wants them.
  private func isPadded(_ mask: DispatchedTensor) -> Bool {
    mask.layout.strides.last != 1
      || mask.layout.strides.dropLast().contains { $0 % Self.maskAlignment != 0 }
  }

  private static var maskAlignment: Int { 8 }

  /// The tensor with elements put after its last axis.
  fileprivate mutating func pad(_ x: DispatchedTensor, by count: Int) -> DispatchedTensor {
    var type = x.layout.type
    type.shape[type.rank - 1] += count
    let y = make(type, by: "constant_pad_nd")
    record("ConstantPadNdBackward0", from: [x], to: [y]) { dispatcher, call in
      [call.gradient.map { _ in dispatcher.make(x.layout.type, by: "constant_pad_nd") }]
    }
    return y
  }

  /// Keys or values once for each head of the queries.
  fileprivate mutating func repeatHeads(
    _ x: DispatchedTensor, to heads: Int
  ) -> DispatchedTensor {
    let own = x.shape[1]
    guard own != heads, own > 0, heads % own == 0 else { return x }
    let grouped = view(x, as: x.layout.inserting(stride: 0, at: 2), "UnsqueezeBackward0") {
      dispatcher, call in
      [call.gradient.map { dispatcher.reshape($0, x.shape) }]
    }
    let repeated = expand(
      grouped, to: [x.shape[0], own, heads / own, x.shape[2], x.shape[3]])
    return reshape(repeated, [x.shape[0], heads, x.shape[2], x.shape[3]])
  }

  /// Attention where no kernel does it in one, in single precision whatever the operands'.
  ///
  /// The weights are brought back to the operands' type too, and dropped.
  fileprivate mutating func mathAttention(
    _ q: DispatchedTensor, _ k: DispatchedTensor, _ v: DispatchedTensor,
    mask: DispatchedTensor?, isCausal: Bool, drops: Bool
  ) -> DispatchedTensor {
    guard q.dataType.isHalf else {
      return composedAttention(q, k, v, mask: mask, isCausal: isCausal, drops: drops).0
    }
    let wide = [q, k, v].map { cast($0, to: .float32) }
    let (output, weights) = composedAttention(
      wide[0], wide[1], wide[2], mask: mask, isCausal: isCausal, drops: drops, lowers: q.dataType)
    let made = cast(output, to: q.dataType)
    for tensor in [output, wide[1], wide[0], weights] { release(tensor) }
    return made
  }

  /// Both operands of the first product are scaled; of the weights, those that are given back.
  ///
  /// Source: `_scaled_dot_product_attention_math` of `ATen/native/transformers/attention.cpp`.
  private mutating func composedAttention(
    _ q: DispatchedTensor, _ k: DispatchedTensor, _ v: DispatchedTensor,
    mask: DispatchedTensor?, isCausal: Bool, drops: Bool, lowers type: DataType = .float32
  ) -> (output: DispatchedTensor, weights: DispatchedTensor) {
    let queries = scale(q)
    if isCausal {
      let type = TensorType(.bool, [q, k].map { $0.shape[$0.shape.count - 2] })
      let ones = make(type, by: "ones")
      let lower = make(type, by: "tril")
      release(ones)
      _ = additive(lower, as: q.dataType)
      release(lower)
    }
    let keys = scale(transpose(k))
    let scores = generalProduct(queries, keys)
    release(keys)
    let masked = mask.map { add(scores, $0, to: scores.layout.type, inPlace: true) } ?? scores
    let weights = softmax(masked)
    rescueMaskedRows(of: scores)
    drop(masked, ifCopyOf: scores)
    release(scores)
    let dropped = drops ? dropout(weights) : weights
    let given = cast(dropped, to: type)
    return (generalProduct(dropped, v), given)
  }

  /// What it takes to put zeros where a softmax had nothing to see, over its own output.
  ///
  /// Source: `_safe_softmax` of `ATen/native/transformers/attention.cpp`.
  private mutating func rescueMaskedRows(of scores: DispatchedTensor) {
    let shape = scores.shape
    let areHidden = make(TensorType(.bool, shape), by: "isneginf")
    let rows = make(TensorType(.bool, shape.dropLast() + [1]), by: "all_dim")
    let zero = make(TensorType(scores.dataType, []), by: "scalar_tensor")
    for tensor in [zero, rows, areHidden] { release(tensor) }
  }

  /// Attention of products, a softmax and dropout, with every matrix of scores in memory; beside the
  /// result it gives the weights, which Hugging Face's modules return.
  ///
  /// Its decoders bring the weights back to the queries' type before they drop some.
  fileprivate mutating func writtenOutAttention(
    _ q: DispatchedTensor, _ k: DispatchedTensor, _ v: DispatchedTensor,
    mask: DispatchedTensor?, drops: Bool, lowersWeights: Bool
  ) -> [DispatchedTensor] {
    let transposed = transpose(k)
    let right = lowered(transposed)
    let left = lowered(q)
    let product = generalProduct(left, right)
    drop(left, ifCopyOf: q)
    drop(right, ifCopyOf: transposed)
    var scores = scale(product)
    release(product)
    if let mask {
      let masked = add(scores, mask, to: scores.layout.type)
      release(scores)
      scores = masked
    }
    let single = raised(scores)
    let probabilities = softmax(single)
    drop(single, ifCopyOf: scores)
    release(scores)
    let weights =
      lowersWeights && q.dataType.isHalf ? lowered(probabilities) : probabilities
    if weights != probabilities { release(probabilities) }
    let dropped = drops ? dropout(weights) : weights
    if drops { release(weights) }
    let lowValues = lowered(v)
    let lowWeights = lowered(dropped)
    return [generalProduct(lowWeights, lowValues), dropped]
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
    // Without dropout the state of the random numbers is two zeros on the device.
    let state = drops ? [] : (0..<2).map { _ in make(TensorType(.int64, []), by: kernel) }
    let rows = make(
      TensorType(q.dataType, [batch, length, heads, v.shape[3]]), by: kernel)
    var sums: DispatchedTensor?
    if [q, k, v].contains(where: { needsGradient($0) }) {
      let padded = length.dividedRoundingUp(by: 32) * 32
      sums = make(TensorType(.float32, [batch, heads, padded]), by: kernel)
    }
    if q.dataType.isHalf, v.shape[3] > 128 {
      // Wide rows are summed in single precision outside the registers.
      scratch(TensorType(.float32, rows.shape).byteCount.value, by: kernel)
    }
    let output = share(rows, as: rows.layout.transposed(1, 2))
    // In the order of the names of the arguments, then of the results.
    record(
      "ScaledDotProductEfficientAttentionBackward0", from: [q, k, v, mask], to: [output],
      saving: [mask, k, q, v, sums, output] + state
    ) { dispatcher, call in
      guard let gradient = call.gradient else { return [nil, nil, nil, nil] }
      let bias = call.needs(3) ? mask?.layout.type : nil
      return dispatcher.efficientAttentionGradients(gradient, [q, k, v].map(\.layout), bias)
    }
    return output
  }

  private mutating func efficientAttentionGradients(
    _ gradient: DispatchedTensor, _ operands: [TensorLayout], _ bias: TensorType?
  ) -> [DispatchedTensor?] {
    let kernel = "_efficient_attention_backward"
    let incoming = share(gradient, as: gradient.layout.transposed(1, 2))
    let dense = contiguous(incoming)
    let gradients = operands.map { layout in
      // The kernel turns its rows itself, where nothing remembers what a view is of.
      let rows = TensorLayout(TensorType(layout.dataType, layout.transposed(1, 2).shape))
      return make(rows.transposed(1, 2), by: kernel)
    }
    let ofBias = bias.map { biasGradient($0, by: kernel) }
    // Shared keys and values get the gradients of every head that read them.
    let shared = operands.filter { $0.shape[1] != operands[0].shape[1] }.map { layout in
      make(
        TensorType(layout.dataType, operands[0].shape.dropLast() + layout.shape.suffix(1)),
        by: kernel)
    }
    let sums = rowSums(of: dense, by: kernel)
    let workspace = make(
      TensorType(.uint8, [Self.workspace(operands[0], operands[1], operands[2])]), by: kernel)
    release(sums)
    release(workspace)
    for gradient in shared { release(gradient) }
    return gradients + [ofBias]
  }

  /// The gradient of a mask, whose rows the kernel makes a multiple of 16 long.
  private mutating func biasGradient(
    _ type: TensorType, by kernel: String
  ) -> DispatchedTensor {
    guard let length = type.shape.last else { return make(type, by: kernel) }
    var whole = type
    whole.shape[type.rank - 1] = length.dividedRoundingUp(by: 16) * 16
    let rows = make(whole, by: kernel)
    let made = share(rows, as: rows.layout.narrowed(axis: type.rank - 1, to: length))
    release(rows)
    return made
  }

  /// The sums of the products of output and gradient, which the kernel makes itself in half
  /// precision on newer devices.
  private mutating func rowSums(
    of dense: DispatchedTensor, by kernel: String
  ) -> DispatchedTensor {
    let type = TensorType(.float32, Shape(dense.shape.dropLast()))
    guard dense.dataType == .float32 || environment.computeCapability < 80 else {
      return make(type, by: kernel)
    }
    let product = make(TensorType(.float32, dense.shape), by: "mul_Tensor")
    let sums = sum(product, over: [3], keepsAxes: false)
    // Sums by head and query; with one of either they lie the same both ways.
    guard dense.shape[1] > 1, dense.shape[2] > 1 else {
      release(product)
      return sums
    }
    let copy = make(type, by: kernel)
    release(sums)
    release(product)
    return copy
  }

  /// The tiles in which blocks of keys sum the queries' gradients, each with 16 bytes of locks; in
  /// 16-bit numbers and for heads of more than 128, single precision for those of keys and values too.
  ///
  /// ```
  /// heads of     tile, 32 bits     tile, 16 bits
  /// up to 64     64 × 64           64 × 64
  /// up to 128    128 × 64          128 × 128
  /// more         128 × 64          128 × 64
  /// ```
  ///
  /// Source: `GradQTempStorage` and `workspace_elements_gk` of `kernel_backward.h`.
  private static func workspace(_ q: TensorLayout, _ k: TensorLayout, _ v: TensorLayout) -> Int {
    let isHalf = q.dataType.isHalf
    let size = max(q.shape[3], v.shape[3])
    let rows = size <= 64 ? 64 : 128
    let width = isHalf && (65...128).contains(size) ? 128 : 64
    let tiles = saturatingProduct(
      q.shape[2].dividedRoundingUp(by: rows), q.shape[3].dividedRoundingUp(by: width),
      rows * width * 4 + 16)
    let sums = [k, v].map { operand in
      saturatingProduct(
        operand.shape[2].dividedRoundingUp(by: 64) * 64,
        operand.shape[3].dividedRoundingUp(by: 128) * 128, 4)
    }
    let all = isHalf && size > 128 ? sums.reduce(tiles) { saturatingSum($0, $1) } : tiles
    return saturatingProduct(q.shape[0], q.shape[1], all)
  }
}

extension DispatchedTensor {
  /// Whether the memory-efficient kernel takes it: its rows lie together and are of 16 bytes each.
  fileprivate var fitsEfficientAttention: Bool {
    let size = dataType == .float32 ? 4 : 8
    return layout.strides.last == 1 && (shape.last ?? 0) % size == 0
  }

  /// Whether the numbers of a row lie together.
  var hasDenseRows: Bool { layout.strides.last == 1 || shape.last == 1 }
}

extension Dispatcher {
  /// FlashAttention of heads of a multiple of 8, to which others are padded first.
  ///
  /// Source: `pad_last_dim` and `post_process_flash_output` of `ATen/native/transformers/attention.cpp`.
  fileprivate mutating func paddedFlashAttention(
    _ q: DispatchedTensor, _ k: DispatchedTensor, _ v: DispatchedTensor, drops: Bool
  ) -> DispatchedTensor {
    let size = q.shape[3]
    guard size % 8 != 0 else { return flashAttention(q, k, v, drops: drops) }
    let wide = [q, k, v].map { pad($0, by: 8 - size % 8) }
    let output = flashAttention(wide[0], wide[1], wide[2], drops: drops)
    let made = part(
      output, as: output.layout.narrowed(axis: 3, to: size), gradientBy: "slice_backward")
    for tensor in [output] + wide { release(tensor) }
    return made
  }

  /// FlashAttention, which keeps the logarithm of each row's sum and the random numbers' state.
  ///
  /// Source: `ATen/native/transformers/cuda/flash_attn/flash_api.cpp`.
  fileprivate mutating func flashAttention(
    _ q: DispatchedTensor, _ k: DispatchedTensor, _ v: DispatchedTensor, drops: Bool
  ) -> DispatchedTensor {
    let kernel = "_flash_attention_forward"
    let (batch, heads, length) = (q.shape[0], q.shape[1], q.shape[2])
    let output = make(q.layout.densified(), by: kernel)
    let sums = make(TensorType(.float32, [batch, heads, length]), by: kernel)
    var state = make(TensorType(.uint64, [2]), by: kernel)
    let unused = make(TensorType(.uint64, []), by: kernel)
    if drops {
      let drawn = make(TensorType(.uint64, [2]), by: kernel)
      release(state)
      state = drawn
    }
    record(
      "ScaledDotProductFlashAttentionBackward0", from: [q, k, v], to: [output],
      saving: [k, q, v, sums, output, state, unused]
    ) { dispatcher, call in
      guard let gradient = call.gradient else { return [nil, nil, nil] }
      return dispatcher.flashAttentionGradients(gradient, call.saved[4], [q, k, v].map(\.layout))
    }
    // As the members of a tuple go.
    for tensor in [sums, state, unused] { release(tensor) }
    return output
  }

  private mutating func flashAttentionGradients(
    _ gradient: DispatchedTensor, _ output: DispatchedTensor, _ operands: [TensorLayout]
  ) -> [DispatchedTensor?] {
    let kernel = "_flash_attention_backward"
    // Both as rows of all heads, copied where they lie otherwise.
    for tensor in [gradient, output] {
      _ = contiguous(share(tensor, as: tensor.layout.transposed(1, 2)))
    }
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
