import ModelGraph

extension TrainingRule {
  /// The affine map of the last axis, by one matrix product.
  static let linear = TrainingRule { dispatcher, call in
    let bias = call.input(2).map { dispatcher.lowered($0) }
    guard let weight = call.input(1).map({ dispatcher.lowered($0) }),
      let x = call.input(0).map({ dispatcher.lowered($0) }), let type = call.outputs.first
    else { return [] }
    guard let bias else {
      let transposed = dispatcher.transpose(weight)
      return [dispatcher.generalProduct(x, transposed)]
    }
    guard x.shape.count == 2 || x.layout.isContiguous else {
      let product = dispatcher.generalProduct(x, dispatcher.transpose(weight))
      return [dispatcher.add(product, bias, to: product.layout.type, inPlace: true)]
    }
    let rows = [Shape(x.shape.dropLast()).elementCount, weight.shape[1]]
    let flat = x.shape.count == 2 ? x : dispatcher.reshape(x, rows)
    let transposed = dispatcher.transpose(weight)
    let product = dispatcher.matrixProduct(flat, transposed, plus: bias)
    return [dispatcher.reshapeOwn(product, type.shape)]
  }

  /// The product of two matrices, either of which may be transposed, plus a row.
  static let generalMatrixProduct = TrainingRule { dispatcher, call in
    guard var b = call.input(1).map({ dispatcher.lowered($0) }),
      var a = call.input(0).map({ dispatcher.lowered($0) })
    else { return [] }
    if call.attributes.flag("transA") { a = dispatcher.transpose(a) }
    if call.attributes.flag("transB") { b = dispatcher.transpose(b) }
    let row = call.input(2).map { dispatcher.lowered($0) }
    guard let row else { return [dispatcher.matrixProduct(a, b)] }
    return [dispatcher.matrixProduct(a, b, plus: row)]
  }

  /// The product of matrices or vectors; autocast brings both to its type, or where a product of vectors is asked for by name
  /// to the wider type.
  static let matrixProduct = TrainingRule { dispatcher, call in
    if call.attributes.flag("promotes"), let a = call.input(0), let b = call.input(1) {
      let widest = promoted(a.dataType, b.dataType)
      let (left, right) = (dispatcher.cast(a, to: widest), dispatcher.cast(b, to: widest))
      return [dispatcher.productOfVector(left, right)]
    }
    guard let b = call.input(1).map({ dispatcher.lowered($0) }),
      let a = call.input(0).map({ dispatcher.lowered($0) })
    else { return [] }
    guard a.shape.count >= 2, b.shape.count >= 2 else {
      return [dispatcher.productOfVector(a, b)]
    }
    return [dispatcher.generalProduct(a, b)]
  }

  /// Dropout as one kernel, which keeps a mask of booleans.
  static let dropout = TrainingRule.unary { dispatcher, x, call in
    guard dispatcher.environment.isTraining, !call.isInEvaluation else { return x }
    return call.isInPlace ? dispatcher.dropoutInPlace(x) : dispatcher.dropout(x)
  }

  /// The rows of a table; the gradient is as large as the table.
  static let embedding = TrainingRule { dispatcher, call in
    guard let table = call.input(0), let indices = call.input(1),
      let shape = call.outputs.first?.shape
    else { return [] }
    let dense = dispatcher.contiguous(indices)
    let y = dispatcher.make(TensorType(table.dataType, shape), by: "index_select")
    if dense != indices { dispatcher.release(dense) }
    dispatcher.record("EmbeddingBackward0", from: [table], to: [y], saving: [indices]) {
      dispatcher, call in
      guard let gradient = call.gradient, let indices = call.saved.first else { return [nil] }
      let dense = dispatcher.contiguous(indices)
      let made = dispatcher.tableGradient(gradient, table.layout, indices.layout)
      dispatcher.drop(dense, ifCopyOf: indices)
      return [made]
    }
    return [y]
  }

  /// Multiplies by noise that is one number a sample.
  static let stochasticDepth = TrainingRule.unary { dispatcher, x, call in
    guard dispatcher.environment.isTraining, !call.isInEvaluation else { return x }
    let shape = x.shape.prefix(1) + Array(repeating: 1, count: max(0, x.shape.count - 1))
    let noise = dispatcher.make(TensorType(x.dataType, Shape(shape)), by: "bernoulli_")
    return dispatcher.multiply(x, noise, to: x.layout.type)
  }

  /// Multiplies by noise that is one number a channel.
  static let featureDropout = TrainingRule.unary { dispatcher, x, call in
    guard dispatcher.environment.isTraining, !call.isInEvaluation else { return x }
    let shape = x.shape.prefix(2) + Array(repeating: 1, count: max(0, x.shape.count - 2))
    let noise = dispatcher.make(TensorType(x.dataType, Shape(shape)), by: "bernoulli_")
    return dispatcher.multiply(x, noise, to: x.layout.type, inPlace: call.isInPlace)
  }

  /// The softmax of one axis; the gradient reads the output.
  static let softmax = TrainingRule.unary { dispatcher, x, call in
    let isAutocast = dispatcher.environment.autocast != nil && dispatcher.recordsGradients
    let isRaised = isAutocast && !call.attributes.flag("keepsType")
    guard isRaised || call.attributes.flag("single") else { return dispatcher.softmax(x) }
    return dispatcher.singleSoftmax(x)
  }
  /// Its logarithm, for which autocast asks for single precision unless a type is asked for.
  static let logSoftmax = TrainingRule.unary { dispatcher, x, call in
    let isAutocast = dispatcher.environment.autocast != nil && dispatcher.recordsGradients
    let isRaised = isAutocast && !call.attributes.flag("keepsType")
    guard isRaised || call.attributes.flag("single") else { return dispatcher.logSoftmax(x) }
    return dispatcher.preciseLogSoftmax(x)
  }
}

extension Dispatcher {
  /// The gradient of an embedding's table; many indices are sorted first.
  ///
  /// If rows come again often and are few, partial sums are added to the table at once, in single precision.
  /// Source: `ATen/native/cuda/Embedding.cu` and `EmbeddingBackwardKernel.cu`.
  mutating func tableGradient(
    _ gradient: DispatchedTensor, _ table: TensorLayout, _ indices: TensorLayout,
    kernel: String = "embedding_dense_backward", fewest: Int = 3072
  ) -> DispatchedTensor {
    let dense = contiguous(gradient)
    defer { drop(dense, ifCopyOf: gradient) }
    // So that sums of what so many take stay numbers.
    let count = min(indices.elementCount, 1 << 40)
    guard count > fewest else { return make(table.type, by: kernel) }
    let list = TensorType(.int64, [count])
    let sorted = (0..<3).map { _ in make(list, by: kernel) }
    scratch(Self.sortScratch(count, keysBelow: table.shape[0]), by: kernel)
    if let range = sorted.last { release(range) }
    let made = make(table.type, by: kernel)
    let segments = min(count, table.shape[0])
    let starts = [list, TensorType(.int64, [])].map { make($0, by: kernel) }
    scratch(8 * count, Self.scanScratch(count), by: kernel)
    let parts = (0..<2).map { _ in make(TensorType(.int64, [segments]), by: kernel) }
    scratch(Self.scanScratch(segments), by: kernel)
    let partial = count / 10 + segments
    let sums = saturatingProduct(4, partial, table.shape[1])
    let isRepetitive =
      count / 30 >= table.shape[0] && count > saturatingProduct(30, table.shape[0])
      && table.shape[0] < saturatingProduct(4, environment.multiprocessors)
    let single = table.dataType == .float32 ? 0 : saturatingProduct(4, table.shape.elementCount)
    scratch(
      8, 8 * partial, isRepetitive ? 8 * partial : sums,
      isRepetitive ? single : 0, by: kernel)
    for held in (sorted.dropLast() + starts + parts).reversed() { release(held) }
    return made
  }

  /// What a pass over a list takes in which each tile adds to what those before it found: a state for each
  /// tile and 32 more.
  ///
  /// Source: `DeviceScan` and `DeviceSelect` of CUB as PyTorch 2.15 calls them, measured.
  private static func scanScratch(_ count: Int) -> Int {
    511 + (16 * ((count + 1343) / 1344 + 32) + 255) / 256 * 256
  }

  /// What sorting pairs of integers takes: a histogram for each digit of eight bits, a place for each tile
  /// and, if there are several digits, the pairs once more; few pairs are sorted by one block, without scratch.
  ///
  /// Source: `DeviceRadixSort` of CUB as PyTorch 2.15 calls it, measured.
  static func sortScratch(_ count: Int, keysBelow bound: Int) -> Int {
    guard count > 2304 else { return 1 }
    let count = min(count, 1 << 40)
    let bits = Int.bitWidth - max(1, bound).leadingZeroBitCount
    let digits = (bits + 7) / 8
    let tiles = 1024 * ((count + 3839) / 3840)
    let pairs = saturatingProduct(2, (min(saturatingProduct(8, count), 1 << 50) + 255) / 256 * 256)
    return saturatingSum(digits > 1 ? pairs : 0, tiles + 2048 * digits + 511)
  }

  /// The softmax in single precision: of `float16` at once, of other types through a copy.
  ///
  /// Source: `softmax` of `ATen/native/SoftMax.cpp`, PyTorch 2.15.
  fileprivate mutating func singleSoftmax(_ given: DispatchedTensor) -> DispatchedTensor {
    let x = given.dataType == .float16 ? given : cast(given, to: .float32)
    defer { drop(x, ifCopyOf: given) }
    return softmax(x, gives: .float32)
  }

  /// The softmax of the last axis; the gradient reads the output and takes a temporary.
  mutating func softmax(
    _ x: DispatchedTensor, gives result: DataType? = nil
  ) -> DispatchedTensor {
    let y = make(TensorLayout(TensorType(result ?? x.dataType, x.shape)), by: "_softmax")
    if !x.layout.isContiguous { release(make(TensorLayout(x.layout.type), by: "clone")) }
    record("SoftmaxBackward0", from: [x], to: [y], saving: [y]) { dispatcher, call in
      guard let incoming = call.gradient else { return [nil] }
      let kernel = "_softmax_backward_data"
      let gradient = dispatcher.make(x.layout.type, by: kernel)
      let layout = TensorLayout(ofElementwise: [incoming.layout, y.layout], y.layout.type)
      let product = dispatcher.make(layout, by: "mul_Tensor")
      if !layout.isContiguous { dispatcher.scratch(y.layout.type.byteCount.value, by: kernel) }
      dispatcher.release(product)
      return [gradient]
    }
    return y
  }

  mutating func dropout(_ x: DispatchedTensor) -> DispatchedTensor {
    let kernel = "native_dropout"
    let mask = make(x.layout.densified(as: .bool), by: kernel)
    let y = make(x.layout.densified(), by: kernel)
    record("NativeDropoutBackward0", from: [x], to: [y], saving: [mask]) { dispatcher, call in
      [
        call.gradient.map {
          dispatcher.make($0.layout.suggested($0.layout.type), by: "native_dropout_backward")
        }
      ]
    }
    return y
  }

  /// Dropout that overwrites its input: noise in the input's type is kept.
  fileprivate mutating func dropoutInPlace(_ x: DispatchedTensor) -> DispatchedTensor {
    let noise = make(x.layout.densified(), by: "dropout_")
    begin("mul_Tensor")
    let y = share(x)
    record("MulBackward0", from: [x], to: [y], saving: [noise]) { dispatcher, call in
      [call.gradient.map { dispatcher.make($0.layout.densified(), by: "mul_Tensor") }]
    }
    return y
  }
}
