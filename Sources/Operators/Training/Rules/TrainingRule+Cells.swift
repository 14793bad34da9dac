import ModelGraph

// Source: `ATen/native/RNN.cpp` and `ATen/native/cuda/RNN.cu`, PyTorch 2.15.

extension TrainingRule {
  static let gatedCell = TrainingRule { dispatcher, call in
    guard let state = call.input(1).map({ dispatcher.lowered($0) }),
      let gates = dispatcher.gates(call, state, weights: (2, 3))
    else { return [] }
    let biases = [call.input(4), call.input(5)].map { $0.map { dispatcher.lowered($0) } }
    let kernel = "_thnn_fused_gru_cell"
    let (rows, width) = (state.shape[0], state.shape[1])
    let type = state.dataType
    let kept = dispatcher.make(TensorType(type, [rows, saturatingProduct(width, 5)]), by: kernel)
    let y = dispatcher.make(state.layout.densified(), by: kernel)
    dispatcher.record(
      "ThnnFusedGruCellBackward0", from: [gates.0, gates.1, state] + biases, to: [y],
      saving: [gates.0, gates.1, state] + biases + [kept]
    ) { dispatcher, call in
      guard call.gradient != nil else { return call.needs.map { _ in nil } }
      let wide = TensorType(type, [rows, saturatingProduct(width, 3)])
      let parts = [wide, wide, state.layout.type].map {
        dispatcher.make($0, by: "\(kernel)_backward")
      }
      guard biases[0] != nil else { return parts }
      let sums = parts.prefix(2).map { dispatcher.sum($0, over: [0], keepsAxes: false) }
      return parts + sums
    }
    return [y]
  }

  static let longShortTermCell = TrainingRule { dispatcher, call in
    guard let state = call.input(1).map({ dispatcher.lowered($0) }),
      let cell = call.input(2).map({ dispatcher.lowered($0) }),
      let gates = dispatcher.gates(call, state, weights: (3, 4))
    else { return [] }
    let biases = [call.input(5), call.input(6)].map { $0.map { dispatcher.lowered($0) } }
    let kernel = "_thnn_fused_lstm_cell"
    let wide = TensorType(state.dataType, [state.shape[0], saturatingProduct(state.shape[1], 4)])
    let kept = dispatcher.make(wide, by: kernel)
    let y = dispatcher.make(cell.layout.densified(), by: kernel)
    let next = dispatcher.make(cell.layout.densified(), by: kernel)
    dispatcher.record(
      "ThnnFusedLstmCellBackward0", from: [gates.0, gates.1, cell] + biases, to: [y, next],
      saving: [gates.0, gates.1, cell] + biases + [next, kept]
    ) { dispatcher, call in
      let made = dispatcher.make(wide, by: "\(kernel)_backward")
      let ofCell = dispatcher.make(cell.layout.type, by: "\(kernel)_backward")
      let shared = dispatcher.share(made)
      guard biases[0] != nil else { return [made, shared, ofCell] }
      let sum = dispatcher.sum(made, over: [0], keepsAxes: false)
      return [made, shared, ofCell, sum, dispatcher.share(sum)]
    }
    return [y, next]
  }

  static let plainCell = TrainingRule { dispatcher, call in
    guard let state = call.input(1), let x = call.input(0), let first = call.input(2),
      let second = call.input(3), [x, state, first, second].allSatisfy({ $0.shape.count == 2 })
    else { return [] }
    let a = dispatcher.affine(x, first, call.input(4))
    let b = dispatcher.affine(state, second, call.input(5))
    let sum = dispatcher.add(a, b, to: a.layout.type)
    dispatcher.release([a, b])
    let name = call.attributes.string("function") ?? "tanh"
    let kernels =
      name == "tanh"
      ? KernelNames(forward: "tanh")
      : KernelNames(forward: "relu", backward: "threshold_backward")
    let y = dispatcher.unary(sum, kernels, saves: .output)
    dispatcher.release(sum)
    return [y]
  }
}

extension Dispatcher {
  /// The products of the input and of the state with their weights, to which a kernel adds the biases.
  fileprivate mutating func gates(
    _ call: TrainingCall, _ state: DispatchedTensor, weights: (Int, Int)
  ) -> (DispatchedTensor, DispatchedTensor)? {
    guard let x = call.input(0).map({ lowered($0) }),
      let first = call.input(weights.0).map({ lowered($0) }),
      let second = call.input(weights.1).map({ lowered($0) }),
      [x, state, first, second].allSatisfy({ $0.shape.count == 2 })
    else { return nil }
    return (matrixProduct(x, transpose(first)), matrixProduct(state, transpose(second)))
  }

  fileprivate mutating func affine(
    _ given: DispatchedTensor, _ weight: DispatchedTensor, _ bias: DispatchedTensor?
  ) -> DispatchedTensor {
    let (x, w) = (lowered(given), transpose(lowered(weight)))
    guard let bias else { return matrixProduct(x, w) }
    return matrixProduct(x, w, plus: lowered(bias))
  }
}
