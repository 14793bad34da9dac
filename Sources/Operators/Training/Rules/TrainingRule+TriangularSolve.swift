import ModelGraph

extension TrainingRule {
  /// The solutions of triangular systems; the gradient of the matrix is a product of gradient and
  /// solution, of which the triangle counts.
  ///
  /// Source: `linalg_solve_triangular_backward` of `FunctionsManual.cpp`, PyTorch 2.15.
  static let triangularSolve = TrainingRule { dispatcher, call in
    guard let matrix = call.input(0), let sides = call.input(1) else { return [] }
    let y = dispatcher.solve(sides.layout.type)
    dispatcher.record(
      "LinalgSolveTriangularBackward0", from: [matrix, sides], to: [y], saving: [matrix, y]
    ) { dispatcher, call in
      guard call.gradient != nil else { return [nil, nil] }
      let second = dispatcher.solve(sides.layout.type)
      guard call.needs(0) else { return [nil, second] }
      let product = dispatcher.make(matrix.layout.type, by: "bmm")
      dispatcher.takeWorkspace(by: "bmm")
      let negative = dispatcher.make(matrix.layout.type, by: "neg")
      dispatcher.release(product)
      let triangle = dispatcher.make(matrix.layout.type, by: "tril")
      dispatcher.release(negative)
      if !call.needs(1) { dispatcher.release(second) }
      return [triangle, call.needs(1) ? second : nil]
    }
    return [y]
  }
}

extension Dispatcher {
  /// The solutions, whose columns lie in one run each, with lists of where each matrix and each of its sides begins.
  fileprivate mutating func solve(_ type: TensorType) -> DispatchedTensor {
    let kernel = "linalg_solve_triangular"
    let made = make(TensorLayout(TensorLayout(type).transposed().type).transposed(), by: kernel)
    let stack = Shape(type.shape.dropLast(2)).elementCount
    let places = TensorType(.int64, [stack]).byteCount.value
    scratch(
      stack > 1 ? places : 0, stack > 1 ? places : 0, environment.matrixProductWorkspace, by: kernel
    )
    return made
  }
}
