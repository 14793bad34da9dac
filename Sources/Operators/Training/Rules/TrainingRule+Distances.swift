import ModelGraph

// Distances between rows, and sums with products.

extension TrainingRule {
  /// Distances of many rows are taken of one product of matrices, which autograd does not see.
  ///
  /// Source: `cdist_impl` and `_euclidean_dist` of `ATen/native/Distance.cpp`, PyTorch 2.15.
  static let distances = TrainingRule { dispatcher, call in
    guard let first = call.input(0).map({ dispatcher.raised($0) }),
      let second = call.input(1).map({ dispatcher.raised($0) }),
      let shape = call.outputs.first?.shape, shape.count >= 2, first.shape.count >= 2,
      second.shape.count >= 2
    else { return [] }
    guard call.attributes.flag("products") else {
      return [dispatcher.directDistances(first, second, to: TensorType(first.dataType, shape))]
    }
    let stacks = Shape(shape.dropLast(2))
    let a = dispatcher.stacked(first, stacks)
    let b = dispatcher.stacked(second, stacks)
    defer {
      dispatcher.drop(b, ifCopyOf: second)
      dispatcher.drop(a, ifCopyOf: first)
    }
    return [dispatcher.distancesByProduct(a, b, to: TensorType(a.dataType, shape))]
  }

  static let addOuterProduct = sumWithProduct("addr", gradients: ["mv", "mv"], isLastFirst: true)

  static let addVectorProduct = sumWithProduct("addmv", gradients: ["outer", "mv"])

  static let addSummedProducts = sumWithProduct("addbmm", gradients: ["bmm", "bmm"])

  /// A sum with a product of two operands; the gradient of each reads the other.
  private static func sumWithProduct(
    _ kernel: String, gradients kernels: [String], isLastFirst: Bool = false
  ) -> TrainingRule {
    TrainingRule { dispatcher, call in
      let operands = (0..<3).compactMap { call.input($0) }.map { dispatcher.lowered($0) }
      guard operands.count == 3, let shape = call.outputs.first?.shape else { return [] }
      let (a, b) = (operands[1], operands[2])
      let y = dispatcher.make(TensorType(a.dataType, shape), by: kernel)
      let saved = [
        dispatcher.needsGradient(b) ? a : nil, dispatcher.needsGradient(a) ? b : nil,
      ]
      dispatcher.record("\(kernel)_backward", from: operands, to: [y], saving: saved) {
        dispatcher, call in
        guard let gradient = call.gradient else { return [nil, nil, nil] }
        var made: [DispatchedTensor?] = [call.needs(0) ? gradient : nil, nil, nil]
        for index in isLastFirst ? [2, 1] : [1, 2] where call.needs(index) {
          let type = TensorType(gradient.dataType, operands[index].shape)
          made[index] = dispatcher.make(type, by: kernels[index - 1])
          if kernels[index - 1] != "outer" { dispatcher.takeWorkspace(by: kernels[index - 1]) }
        }
        return made
      }
      return [y]
    }
  }
}

extension Dispatcher {
  /// A stack of matrices repeated for each of others, which takes a copy, as not lying in rows does.
  fileprivate mutating func stacked(
    _ x: DispatchedTensor, _ stacks: Shape
  ) -> DispatchedTensor {
    guard stacks.elementCount > 1 else { return x }
    let expanded = expand(x, to: stacks + x.shape.suffix(2))
    let made = contiguous(expanded)
    if expanded != x, expanded != made { release(expanded) }
    return made
  }

  /// Rows that do not lie together are copied for the kernel alone.
  ///
  /// Source: `_cdist_backward` of `ATen/native/cuda/DistanceKernel.cu`, PyTorch 2.15.
  fileprivate mutating func directDistances(
    _ a: DispatchedTensor, _ b: DispatchedTensor, to type: TensorType
  ) -> DispatchedTensor {
    let rows = [a, b].filter { !$0.layout.isContiguous }
    let copied = rows.map { make(TensorLayout($0.layout.type), by: "_cdist_forward") }
    let y = make(type, by: "_cdist_forward")
    release(copied.reversed())
    record("CdistBackward0", from: [a, b], to: [y], saving: [y, a, b]) { dispatcher, call in
      guard call.gradient != nil else { return [nil, nil] }
      let kernel = "_cdist_backward"
      let buffer = TensorType(
        type.dataType, type.shape + [a.shape.last ?? 1])
      var made: [DispatchedTensor?] = [nil, nil]
      var copies: [DispatchedTensor] = []
      for (index, x) in [a, b].enumerated() where call.needs(index) {
        // Of the second operand, the distances are turned.
        if index == 1 { copies = (0..<2).map { _ in dispatcher.make(type, by: "empty_like") } }
        made[index] = dispatcher.make(x.layout.type, by: kernel)
        dispatcher.release(dispatcher.make(buffer, by: kernel))
      }
      dispatcher.release(copies)
      return made
    }
    return y
  }

  fileprivate mutating func distancesByProduct(
    _ a: DispatchedTensor, _ b: DispatchedTensor, to type: TensorType
  ) -> DispatchedTensor {
    let norms = [a, b].map { x -> [DispatchedTensor] in
      let squares = make(x.layout.densified(), by: "pow_Tensor_Scalar")
      let sum = sum(squares, over: [x.shape.count - 1], keepsAxes: true)
      release(squares)
      return [sum, make(sum.layout, by: "ones_like")]
    }
    let scaled = make(a.layout.densified(), by: "mul_Tensor")
    let rows = zip([a, b], norms).map { x, norms in
      let width = (x.shape.last ?? 0) + 2
      let row = make(TensorType(x.dataType, x.shape.dropLast() + [width]), by: "cat")
      release(norms)
      if x == a { release(scaled) }
      return row
    }
    let kernel = a.shape.count > 2 ? "bmm" : "mm"
    let y = make(type, by: kernel)
    takeWorkspace(by: kernel)
    release(rows.reversed())
    record("EuclideanDistBackward0", from: [a, b], to: [y], saving: [y, a, b]) {
      dispatcher, call in
      guard call.gradient != nil else { return [nil, nil] }
      let ratio = dispatcher.make(type, by: "div_Tensor")
      dispatcher.release(dispatcher.make(TensorType(.bool, type.shape), by: "eq_Scalar"))
      var temporaries: [DispatchedTensor] = []
      let made = [a, b].map { x -> DispatchedTensor in
        temporaries.append(dispatcher.make(x.layout.type, by: kernel))
        dispatcher.takeWorkspace(by: kernel)
        let sums = TensorType(x.dataType, x.shape.dropLast() + [1])
        temporaries.append(dispatcher.make(sums, by: "sum_dim_IntList"))
        temporaries.append(dispatcher.make(x.layout.type, by: "mul_Tensor"))
        return dispatcher.make(x.layout.type, by: "sub_Tensor")
      }
      dispatcher.release(temporaries.reversed() + [ratio])
      return zip(made, call.needs).map { gradient, need in
        if !need { dispatcher.release(gradient) }
        return need ? gradient : nil
      }
    }
    return y
  }
}
