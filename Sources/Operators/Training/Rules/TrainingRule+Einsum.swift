import ModelGraph

extension TrainingRule {
  /// A sum of products over named indices: for two operands, one product of stacks of matrices.
  ///
  /// The operands' axes are put in the order stack, own, summed; and stack, summed, own.
  /// Source: `einsum` and `sumproduct_pair` of `ATen/native/Linear.cpp`, PyTorch 2.15.
  static let einsum = TrainingRule { dispatcher, call in
    guard let equation = try? EinsumEquation(call.call), call.inputs.count == 2,
      let right = call.input(1).map({ dispatcher.lowered($0) }),
      let left = call.input(0).map({ dispatcher.lowered($0) }),
      let plan = EinsumPlan(equation)
    else { return TrainingRule.opaque(&dispatcher, call) }
    let a = dispatcher.arrange(left, plan.left, plan.leftShape)
    let b = dispatcher.arrange(right, plan.right, plan.rightShape)
    let product = dispatcher.stackedProduct(a, b)
    let viewed = dispatcher.reshape(product, plan.productShape)
    if viewed != product { dispatcher.release(product) }
    return [dispatcher.permute(viewed, plan.outputOrder)]
  }
}

/// How two operands are put together by one product.
private struct EinsumPlan {
  let left: [Int]
  let right: [Int]
  let leftShape: Shape
  let rightShape: Shape
  let productShape: Shape
  let outputOrder: [Int]

  init?(_ equation: EinsumEquation) {
    guard equation.operands.count == 2 else { return nil }
    let (a, b, output) = (equation.operands[0], equation.operands[1], equation.output)
    // Indices of one operand alone that the result lacks would be summed first.
    guard a.allSatisfy({ b.contains($0) || output.contains($0) }),
      b.allSatisfy({ a.contains($0) || output.contains($0) }),
      Set(a).count == a.count, Set(b).count == b.count
    else { return nil }
    let stack = output.filter { a.contains($0) && b.contains($0) }
    let leftOwn = output.filter { a.contains($0) && !b.contains($0) }
    let rightOwn = output.filter { b.contains($0) && !a.contains($0) }
    // PyTorch takes these in the order of the alphabet, capitals first.
    let summed = a.filter { !output.contains($0) }.sorted()
    func order(_ labels: [EinsumEquation.Label], in term: [EinsumEquation.Label]) -> [Int] {
      labels.compactMap(term.firstIndex(of:))
    }
    func size(_ labels: [EinsumEquation.Label]) -> Int {
      labels.compactMap { equation.sizes[$0] }.elementCount
    }
    left = order(stack + leftOwn + summed, in: a)
    right = order(stack + summed + rightOwn, in: b)
    leftShape = [size(stack), size(leftOwn), size(summed)]
    rightShape = [size(stack), size(summed), size(rightOwn)]
    let made = stack + leftOwn + rightOwn
    productShape = made.compactMap { equation.sizes[$0] }
    outputOrder = order(output, in: made)
    guard outputOrder.count == output.count else { return nil }
  }
}

extension Dispatcher {
  fileprivate mutating func arrange(
    _ x: DispatchedTensor, _ order: [Int], _ shape: Shape
  ) -> DispatchedTensor {
    reshape(permute(x, order), shape)
  }
}
