import ModelGraph

extension TrainingRule {
  /// The affine map of the last axis, by one matrix product.
  static let linear = TrainingRule { dispatcher, call in
    guard let x = call.input(0), let weight = call.input(1), let type = call.outputs.first else {
      return []
    }
    guard let bias = call.input(2) else {
      let transposed = dispatcher.transpose(weight)
      return [dispatcher.generalProduct(x, transposed)]
    }
    let rows = [Shape(x.shape.dropLast()).elementCount, weight.shape[1]]
    let flat = x.shape.count == 2 ? x : dispatcher.reshape(x, rows)
    let transposed = dispatcher.transpose(weight)
    let product = dispatcher.matrixProduct(flat, transposed, plus: bias)
    return [dispatcher.reshape(product, type.shape)]
  }

  static let matrixProduct = TrainingRule { dispatcher, call in
    guard let a = call.input(0), let b = call.input(1), a.shape.count >= 2, b.shape.count >= 2
    else { return [] }
    return [dispatcher.generalProduct(a, b)]
  }

  /// Dropout as one kernel, which keeps a mask of booleans.
  static let dropout = TrainingRule.unary { dispatcher, x, call in
    if call.isInPlace { return dispatcher.dropoutInPlace(x) }
    let kernel = "native_dropout"
    let mask = dispatcher.make(x.layout.densified(as: .bool), by: kernel)
    let y = dispatcher.make(x.layout.densified(), by: kernel)
    dispatcher.record("NativeDropoutBackward0", from: [x], to: [y], saving: [mask]) {
      dispatcher, call in
      [call.gradient.map { dispatcher.make($0.layout.densified(), by: "native_dropout_backward") }]
    }
    return y
  }

  /// The rows of a table; the gradient is as large as the table.
  static let embedding = TrainingRule { dispatcher, call in
    guard let table = call.input(0), let indices = call.input(1), let type = call.outputs.first
    else { return [] }
    let y = dispatcher.make(type, by: "embedding")
    dispatcher.record("EmbeddingBackward0", from: [table], to: [y], saving: [indices]) {
      dispatcher, call in
      [call.gradient.map { _ in
        dispatcher.make(table.layout.type, by: "embedding_dense_backward")
      }]
    }
    return [y]
  }

  /// The softmax of one axis; the gradient reads the output.
  static let softmax = keepingOutput("_softmax", "_softmax_backward_data")
  static let logSoftmax = keepingOutput("_log_softmax", "_log_softmax_backward_data")
}

extension Dispatcher {
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
