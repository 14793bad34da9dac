import ModelGraph

extension Dispatcher {
  /// The product of two matrices: `mm`.
  mutating func matrixProduct(
    _ a: DispatchedTensor, _ b: DispatchedTensor
  ) -> DispatchedTensor {
    let y = plainProduct(a, b)
    record("MmBackward0", from: [a, b], to: [y], saving: factors(a, b).reversed()) {
      dispatcher, call in
      guard let gradient = call.gradient else { return [nil, nil] }
      let second = dispatcher.factorGradient(gradient, b.layout, with: a.layout, if: call.needs(1))
      let first = dispatcher.factorGradient(gradient, a.layout, with: b.layout, if: call.needs(0))
      return [first, second]
    }
    return y
  }

  /// The product of two matrices plus a row: `addmm`.
  mutating func matrixProduct(
    _ a: DispatchedTensor, _ b: DispatchedTensor, plus row: DispatchedTensor
  ) -> DispatchedTensor {
    let type = TensorType(a.dataType, [a.shape[0], b.shape[1]])
    let y = make(type, by: "addmm")
    let copies = matrixCopies([a.layout, b.layout], by: "addmm")
    let isFused = row.shape.count == 1 && b.shape[0] > 1 && b.shape[1] > 1
    takeWorkspace(isFused: isFused, by: "addmm")
    release(copies)
    record("AddmmBackward0", from: [row, a, b], to: [y], saving: factors(a, b)) {
      dispatcher, call in
      guard let gradient = call.gradient else { return [nil, nil, nil] }
      let first = dispatcher.factorGradient(gradient, a.layout, with: b.layout, if: call.needs(1))
      let second = dispatcher.factorGradient(gradient, b.layout, with: a.layout, if: call.needs(2))
      return [call.needs(0) ? gradient : nil, first, second]
    }
    return y
  }

  /// Takes cuBLAS's workspace: for one product, or in older versions once for each thread.
  mutating func takeWorkspace(isFused: Bool = false, by kernel: String) {
    guard environment.keepsWorkspaces else {
      let size =
        isFused ? environment.fusedProductWorkspace : environment.matrixProductWorkspace
      scratch(size, by: kernel)
      return
    }
    keepWorkspace(environment.matrixProductWorkspace, by: kernel)
  }

  /// Each gradient reads the other factor.
  ///
  /// A node lets go of what it keeps in the order of the arguments' names: of `addmm` `mat1`, then `mat2`,
  /// of other products `mat2`, then `self`.
  private func factors(
    _ a: DispatchedTensor, _ b: DispatchedTensor
  ) -> [DispatchedTensor?] {
    [needsGradient(b) ? a : nil, needsGradient(a) ? b : nil]
  }

  private mutating func plainProduct(
    _ a: DispatchedTensor, _ b: DispatchedTensor
  ) -> DispatchedTensor {
    let y = make(TensorType(a.dataType, [a.shape[0], b.shape[1]]), by: "mm")
    let copies = matrixCopies([a.layout, b.layout], by: "mm")
    takeWorkspace(by: "mm")
    release(copies)
    return y
  }

  /// Copies of matrices that do not lie as cuBLAS takes them.
  ///
  /// Source: `prepare_matrix_for_cublas` of `ATen/native/cuda/Blas.cpp`, PyTorch 2.15.
  private mutating func matrixCopies(
    _ matrices: [TensorLayout], by kernel: String
  ) -> [DispatchedTensor] {
    matrices.filter { !$0.isMatrixOperand }.map { make(TensorLayout($0.type), by: kernel) }
  }

  /// The gradient of a factor, which lies as the factor does.
  private mutating func factorGradient(
    _ gradient: DispatchedTensor, _ factor: TensorLayout, with other: TensorLayout,
    if isNeeded: Bool
  ) -> DispatchedTensor? {
    guard isNeeded else { return nil }
    let isColumnMajor = factor.strides[0] == 1 && factor.strides[1] == factor.shape[0]
    let shape = isColumnMajor ? [factor.shape[1], factor.shape[0]] : factor.shape
    let product = make(TensorType(gradient.dataType, shape), by: "mm")
    let copies = matrixCopies([gradient.layout, other], by: "mm")
    takeWorkspace(by: "mm")
    release(copies)
    guard isColumnMajor else { return product }
    let made = share(product, as: product.layout.transposed())
    release(product)
    return made
  }
}

extension Dispatcher {
  /// The products of two stacks of matrices: `bmm`.
  mutating func stackedProduct(
    _ a: DispatchedTensor, _ b: DispatchedTensor
  ) -> DispatchedTensor {
    let y = plainStackedProduct(a.layout, b.layout)
    record("BmmBackward0", from: [a, b], to: [y], saving: factors(a, b).reversed()) {
      dispatcher, call in
      guard let gradient = call.gradient else { return [nil, nil] }
      let g = gradient.layout
      let second =
        call.needs(1) ? dispatcher.plainStackedProduct(a.layout.transposed(), g) : nil
      let first =
        call.needs(0) ? dispatcher.plainStackedProduct(g, b.layout.transposed()) : nil
      return [first, second]
    }
    return y
  }

  private mutating func plainStackedProduct(
    _ a: TensorLayout, _ b: TensorLayout
  ) -> DispatchedTensor {
    let y = make(TensorType(a.dataType, [a.shape[0], a.shape[1], b.shape[2]]), by: "bmm")
    takeWorkspace(by: "bmm")
    return y
  }

  /// The product of two tensors of any rank, as `matmul` composes it.
  ///
  /// Rows are put together for a product with one matrix if it needs a gradient, or if that takes no copy.
  /// Source: `should_fold` of `ATen/native/LinearAlgebra.cpp`, PyTorch 2.15.
  mutating func generalProduct(
    _ a: DispatchedTensor, _ b: DispatchedTensor
  ) -> DispatchedTensor {
    let (rankA, rankB) = (a.shape.count, b.shape.count)
    guard rankA > 1, rankB > 1 else { return productOfVector(a, b) }
    if rankA == 2, rankB == 2 { return matrixProduct(a, b) }
    if rankA >= 3, rankB == 2, needsGradient(b) || a.layout.hasFoldableRows {
      let rows = reshape(a, [Shape(a.shape.dropLast()).elementCount, a.shape[rankA - 1]])
      let product = matrixProduct(rows, b)
      drop(rows, ifCopyOf: a)
      return view(product, as: a.shape.dropLast() + [b.shape[1]])
    }
    let batch = (try? broadcastShape(Shape(a.shape.dropLast(2)), Shape(b.shape.dropLast(2)))) ?? []
    let left = stack(a, batch)
    let right = stack(b, batch)
    let product = stackedProduct(left, right)
    drop(right, ifCopyOf: b)
    drop(left, ifCopyOf: a)
    return view(product, as: batch + [a.shape[rankA - 2], b.shape[rankB - 1]])
  }

  /// The product of two vectors, or of a vector and matrices, as `matmul` composes it.
  mutating func productOfVector(
    _ a: DispatchedTensor, _ b: DispatchedTensor
  ) -> DispatchedTensor {
    switch (a.shape.count, b.shape.count) {
    case (1, 1):
      let y = make(TensorType(a.dataType, []), by: "dot")
      takeWorkspace(by: "dot")
      record("DotBackward0", from: [a, b], to: [y], saving: factors(a, b)) { dispatcher, call in
        guard let gradient = call.gradient else { return [nil, nil] }
        return zip(call.needs, [b, a]).map { need, factor in
          let type = TensorType(gradient.dataType, factor.shape)
          return need ? dispatcher.make(type, by: "mul_Tensor") : nil
        }
      }
      return y
    case (2..., 1):
      guard a.shape.count > 2 else { return productWithVector(a, b) }
      let rows = reshape(a, [Shape(a.shape.dropLast()).elementCount, b.shape[0]])
      let product = productWithVector(rows, b)
      drop(rows, ifCopyOf: a)
      return view(product, as: Shape(a.shape.dropLast()))
    case (1, 2...):
      let row = reshape(a, [1, a.shape[0]])
      let product = generalProduct(row, b)
      return view(product, as: Shape(b.shape.dropLast(2)) + b.shape.suffix(1))
    default:
      return a
    }
  }

  /// The product of a matrix with a vector: `mv`.
  private mutating func productWithVector(
    _ a: DispatchedTensor, _ b: DispatchedTensor
  ) -> DispatchedTensor {
    let y = make(TensorType(a.dataType, [a.shape[0]]), by: "mv")
    takeWorkspace(by: "mv")
    record("MvBackward0", from: [a, b], to: [y], saving: factors(a, b)) { dispatcher, call in
      guard let gradient = call.gradient else { return [nil, nil] }
      let whole = TensorType(gradient.dataType, a.shape)
      let first = call.needs(0) ? dispatcher.make(whole, by: "mul_Tensor") : nil
      let part = TensorType(gradient.dataType, b.shape)
      guard call.needs(1) else { return [first, nil] }
      let second = dispatcher.make(part, by: "mv")
      dispatcher.takeWorkspace(by: "mv")
      return [first, second]
    }
    return y
  }

  /// A product in another shape, of which only the view is kept.
  private mutating func view(
    _ product: DispatchedTensor, as shape: Shape
  ) -> DispatchedTensor {
    let made = reshapeOwn(product, shape)
    if made != product { release(product) }
    return made
  }

  /// A stack of matrices with one axis in front, copied if the strides do not allow a view.
  private mutating func stack(_ x: DispatchedTensor, _ batch: Shape) -> DispatchedTensor {
    let matrix = Shape(x.shape.suffix(2))
    let expanded = expand(x, to: batch + matrix)
    let stacked = reshape(expanded, [batch.elementCount] + matrix)
    if expanded != x, expanded != stacked { release(expanded) }
    return stacked
  }
}

extension TensorLayout {
  /// Whether all axes but the last can be seen as one.
  fileprivate var hasFoldableRows: Bool {
    guard elementCount > 0 else { return true }
    return (0..<max(0, rank - 2)).allSatisfy {
      strides[$0] == saturatingProduct(strides[$0 + 1], shape[$0 + 1])
    }
  }

  /// Whether cuBLAS takes the matrix as it lies: one axis dense, the other in rows far enough apart.
  fileprivate var isMatrixOperand: Bool {
    guard rank == 2 else { return true }
    return (strides[1] == 1 && strides[0] >= max(1, shape[1]))
      || (strides[0] == 1 && strides[1] >= max(1, shape[0]))
      || shape.contains(1)
  }
}
