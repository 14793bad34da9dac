import ModelGraph

// PyTorch's tensor methods, one node each.

extension GraphBuilder {
  // MARK: Arithmetic

  mutating func add(_ a: Variable, _ b: Variable, inPlace: Bool = false) -> Variable {
    apply("Add", a, b, attributes: inPlace ? ["inplace": .integer(1)] : [:])
  }

  mutating func multiply(_ a: Variable, _ b: Variable) -> Variable { apply("Mul", a, b) }

  /// Multiplies by a number, which is no tensor in PyTorch.
  mutating func scale(_ x: Variable, by factor: Double) -> Variable {
    apply("Scale", x, attributes: ["factor": .float(factor)])
  }

  mutating func matrixProduct(_ a: Variable, _ b: Variable) -> Variable { apply("MatMul", a, b) }

  /// The numbers from 0 to before `count`, as one row.
  mutating func positions(count: Int) -> Variable {
    let range = apply("Arange", attributes: ["count": .integer(count)])
    let shifted = apply("AddNumber", range, attributes: ["number": .float(0)])
    return view(shifted, [1, count])
  }

  /// One kernel for attention; the operands are queries, keys and values.
  ///
  /// Where it is written out, the weights are returned too, and a variable of the block holds them,
  /// which is so many modules further out; some decoders bring them back to the heads' type first.
  mutating func attention(
    _ heads: [Variable], mask: Variable? = nil, dropout: Double, isCausal: Bool,
    lowersWeights: Bool? = nil, modulesToBlock depth: Int = 1
  ) -> Variable {
    let block = path.split(separator: ".").dropLast(depth).joined(separator: ".")
    return apply(
      "ScaledDotProductAttention", to: mask.map { heads + [$0] } ?? heads,
      attributes: [
        "dropout": .float(dropout), "is_causal": .integer(isCausal ? 1 : 0),
        "besides_variable": .string(block),
        "lowers_weights": .integer(lowersWeights ?? isCausal ? 1 : 0),
      ], outputs: 1)[0]
  }

  mutating func softmax(_ x: Variable) -> Variable {
    apply("Softmax", x, attributes: ["axis": .integer(-1)])
  }

  // MARK: Copies

  mutating func concatenate(_ parts: [Variable], axis: Int) -> Variable {
    apply("Concat", to: parts, attributes: ["axis": .integer(axis)], outputs: 1)[0]
  }

  /// A copy with zeros before and after each axis.
  mutating func pad(_ x: Variable, before: [Int], after: [Int]) -> Variable {
    let amounts = constant(before + after)
    return apply("Pad", x, amounts)
  }

  /// A dense copy, as `contiguous()` makes of a view with permuted axes.
  mutating func contiguous(_ x: Variable, unless isDense: Bool = false) -> Variable {
    isDense ? x : apply("Contiguous", x)
  }

  /// A copy, dense or not.
  mutating func copy(_ x: Variable) -> Variable {
    apply("Contiguous", x, attributes: ["copies": .integer(1)])
  }

  /// The axes in another order, dense again: a copy unless only axes of size one moved.
  mutating func reorder(_ x: Variable, _ axes: [Int]) -> Variable {
    let view = permute(x, axes)
    let moved = axes.filter { x.size($0) > 1 }
    return moved == moved.sorted() ? view : contiguous(view)
  }

  /// The rows of a table that an integer tensor names.
  mutating func rows(of table: Variable, at indices: Variable) -> Variable {
    apply("Gather", table, indices, attributes: ["axis": .integer(0)])
  }

  // MARK: Views

  /// The same elements in another shape; one size may be -1.
  mutating func view(
    _ x: Variable, _ shape: Shape, layer: LayerType? = nil
  ) -> Variable {
    apply("View", x, attributes: ["shape": .integers(shape)], layer: layer)
  }

  /// A parameter that is a table of rows, whoever reads it, if anybody does.
  mutating func table(_ parameter: Variable) -> Variable {
    view(parameter, parameter.shape, layer: .embedding)
  }

  mutating func permute(_ x: Variable, _ axes: [Int]) -> Variable {
    apply("Transpose", x, attributes: ["perm": .integers(axes)])
  }

  /// Exchanges two axes, counted from the end if negative.
  mutating func transpose(_ x: Variable, _ a: Int, _ b: Int) -> Variable {
    let rank = x.shape.count
    var axes = Array(0..<rank)
    let (i, j) = (a < 0 ? a + rank : a, b < 0 ? b + rank : b)
    if axes.indices.contains(i), axes.indices.contains(j) { axes.swapAt(i, j) }
    return permute(x, axes)
  }

  mutating func select(_ x: Variable, axis: Int, index: Int) -> Variable {
    apply("Select", x, attributes: ["axis": .integer(axis), "index": .integer(index)])
  }

  /// Every `step`-th index of a range along one axis.
  mutating func narrow(
    _ x: Variable, axis: Int, from start: Int, to end: Int, step: Int = 1
  ) -> Variable {
    apply(
      "Narrow", x,
      attributes: [
        "axis": .integer(axis), "start": .integer(start), "end": .integer(end),
        "step": .integer(step),
      ])
  }

  mutating func chunk(_ x: Variable, into count: Int, axis: Int) -> [Variable] {
    apply(
      "Split", to: [x], attributes: ["axis": .integer(axis), "num_outputs": .integer(count)],
      outputs: count)
  }

  /// Repeats axes of size one without copying.
  mutating func expand(_ x: Variable, to shape: Shape) -> Variable {
    apply("ExpandView", x, attributes: ["shape": .integers(shape)])
  }
}
