import ModelGraph

extension TrainingRule {
  /// A sum of products over named indices: operands are put together two by two, from the left or along a path.
  ///
  /// Autocast brings all operands to its type first. Source: `einsum` and `sumproduct_pair` of
  /// `ATen/native/Linear.cpp`, PyTorch 2.15.
  static let einsum = TrainingRule { dispatcher, call in
    let operands = call.inputs.compactMap(\.self)
    guard let equation = try? EinsumEquation(call.call), operands.count == call.inputs.count,
      !operands.isEmpty
    else { return TrainingRule.opaque(&dispatcher, call) }
    let path = call.attributes.integers("path") ?? []
    let lowered = operands.map { dispatcher.lowered($0) }
    return [dispatcher.contract(lowered, equation, path)]
  }
}

/// A tensor whose axes have names.
private struct NamedTensor {
  var tensor: DispatchedTensor
  var labels: [EinsumEquation.Label]

  func size(_ label: EinsumEquation.Label) -> Int {
    labels.firstIndex(of: label).map { tensor.shape[$0] } ?? 1
  }
}

extension Dispatcher {
  fileprivate mutating func contract(
    _ operands: [DispatchedTensor], _ equation: EinsumEquation, _ path: [Int]
  ) -> DispatchedTensor {
    var terms = zip(operands, equation.operands).map { diagonal($0, $1) }
    // PyTorch takes these in the order of the alphabet, capitals first.
    let summed = Set(equation.operands.joined()).subtracting(equation.output).sorted()
    var counts: [EinsumEquation.Label: Int] = [:]
    for label in summed { counts[label] = terms.count { $0.size(label) != 1 } }
    var step = 0
    while terms.count > 1 {
      let (a, b) = taken(from: &terms, path, step)
      let made = pair(a, b, summed, &counts, equation.output)
      for operand in [a.tensor, b.tensor] where !operands.contains(operand) { release(operand) }
      if path.isEmpty { terms.insert(made, at: 0) } else { terms.append(made) }
      step += 1
    }
    return finished(terms[0], isSingle: operands.count == 1, equation.output)
  }

  /// The two terms that come next: the first two, or those that a path names.
  private func taken(
    from terms: inout [NamedTensor], _ path: [Int], _ step: Int
  ) -> (NamedTensor, NamedTensor) {
    let pair = path.dropFirst(2 * step).prefix(2)
    guard let first = pair.first, let second = pair.last, pair.count == 2, first != second,
      terms.indices.contains(first), terms.indices.contains(second)
    else { return (terms.removeFirst(), terms.removeFirst()) }
    let found = (terms[first], terms[second])
    for index in [first, second].sorted(by: >) { terms.remove(at: index) }
    return found
  }

  /// The product of two terms, summed over the indices that no other term has.
  private mutating func pair(
    _ a: NamedTensor, _ b: NamedTensor, _ summed: [EinsumEquation.Label],
    _ counts: inout [EinsumEquation.Label: Int],
    _ output: [EinsumEquation.Label]
  ) -> NamedTensor {
    var (left, right) = (a, b)
    var together: [EinsumEquation.Label] = []
    var alone: (left: [EinsumEquation.Label], right: [EinsumEquation.Label]) = ([], [])
    for label in summed {
      let (isLeft, isRight) = (a.size(label) != 1, b.size(label) != 1)
      if isLeft, isRight {
        counts[label, default: 2] -= 1
        if counts[label] == 1 {
          together.append(label)
          counts[label] = 0
        }
      } else if counts[label] == 1, isLeft || isRight {
        if isLeft { alone.left.append(label) } else { alone.right.append(label) }
        counts[label] = 0
      }
    }
    if !alone.left.isEmpty { left = sum(left, over: alone.left) }
    if !alone.right.isEmpty { right = sum(right, over: alone.right) }
    let made = product(left, right, over: together, output + summed)
    for (term, given) in [(left, a), (right, b)] where term.tensor != given.tensor {
      release(term.tensor)
    }
    return made
  }

  /// The sum over axes, which go.
  private mutating func sum(_ term: NamedTensor, over labels: [EinsumEquation.Label]) -> NamedTensor
  {
    let axes = Set(labels.compactMap(term.labels.firstIndex(of:)))
    return NamedTensor(
      tensor: summed(term.tensor, over: axes), labels: term.labels.filter { !labels.contains($0) })
  }

  /// One product of elements, or of stacks of matrices where something is summed.
  private mutating func product(
    _ a: NamedTensor, _ b: NamedTensor, over summed: [EinsumEquation.Label],
    _ order: [EinsumEquation.Label]
  ) -> NamedTensor {
    let kept = order.filter { label in
      (a.labels.contains(label) || b.labels.contains(label)) && !summed.contains(label)
    }
    let shape = kept.map { max(a.size($0), b.size($0)) }
    guard !summed.isEmpty else {
      let (left, right) = (arranged(a, kept), arranged(b, kept))
      let type = TensorType(promoted(left.dataType, right.dataType), shape)
      return NamedTensor(tensor: multiply(left, right, to: type), labels: kept)
    }
    let stack = kept.filter { a.size($0) != 1 && b.size($0) != 1 }
    let leftOwn = kept.filter { a.size($0) != 1 && b.size($0) == 1 }
    let rightOwn = kept.filter { a.size($0) == 1 }
    func size(_ labels: [EinsumEquation.Label], of term: NamedTensor) -> Int {
      labels.map(term.size).elementCount
    }
    let left = matrices(
      a, stack + leftOwn + summed, [size(stack, of: a), size(leftOwn, of: a), size(summed, of: a)])
    let right = matrices(
      b, stack + summed + rightOwn,
      [size(stack, of: b), size(summed, of: b), size(rightOwn, of: b)])
    let product = stackedProduct(left, right)
    let made = stack + leftOwn + rightOwn
    let viewed = reshape(product, made.map { max(a.size($0), b.size($0)) })
    for temporary in [left, right] { release(temporary) }
    if viewed != product { release(product) }
    return NamedTensor(
      tensor: permute(viewed, kept.compactMap(made.firstIndex(of:))), labels: kept)
  }

  /// The term with its axes in an order, of size one where it has none of a name.
  private mutating func arranged(_ term: NamedTensor, _ labels: [EinsumEquation.Label])
    -> DispatchedTensor
  {
    let own = labels.filter(term.labels.contains)
    let turned = permute(term.tensor, own.compactMap(term.labels.firstIndex(of:)))
    var layout = turned.layout
    for (axis, label) in labels.enumerated() where !term.labels.contains(label) {
      layout = layout.unsqueezed(at: axis) ?? layout
    }
    return layout.shape == turned.shape
      ? turned : reshape(turned, as: layout, "UnsqueezeBackward0")
  }

  private mutating func matrices(
    _ term: NamedTensor, _ labels: [EinsumEquation.Label], _ shape: Shape
  ) -> DispatchedTensor {
    var order = labels.compactMap(term.labels.firstIndex(of:))
    // Axes of size one say nothing.
    order += term.labels.indices.filter { !order.contains($0) }
    return reshape(permute(term.tensor, order), shape)
  }

  /// The term with the axes of the result, those that are left summed.
  private mutating func finished(
    _ term: NamedTensor, isSingle: Bool, _ output: [EinsumEquation.Label]
  ) -> DispatchedTensor {
    var term = term
    let rest = term.labels.filter { !output.contains($0) }
    if isSingle, !rest.isEmpty { term = sum(term, over: rest) }
    let named = output.compactMap(term.labels.firstIndex(of:))
    let order = named + term.labels.indices.filter { !named.contains($0) }
    let turned = order == Array(order.indices) ? term.tensor : permute(term.tensor, order)
    return reshape(turned, named.map { term.tensor.shape[$0] })
  }

  /// An axis for each name: axes of the same name are seen as their diagonal.
  private mutating func diagonal(_ x: DispatchedTensor, _ labels: [EinsumEquation.Label])
    -> NamedTensor
  {
    guard Set(labels).count < labels.count else { return NamedTensor(tensor: x, labels: labels) }
    var (kept, shape, strides): ([EinsumEquation.Label], Shape, [Int]) = ([], [], [])
    for (axis, label) in labels.enumerated() {
      if let first = kept.firstIndex(of: label) {
        strides[first] = saturatingSum(strides[first], x.layout.strides[axis])
      } else {
        kept.append(label)
        shape.append(x.shape[axis])
        strides.append(x.layout.strides[axis])
      }
    }
    let layout = TensorLayout(TensorType(x.dataType, shape), strides: strides)
    return NamedTensor(tensor: part(x, as: layout, gradientBy: "diagonal_backward"), labels: kept)
  }
}
