import ModelGraph

// Functions that are composed of others, or whose kernels depend on what they are asked for.

extension AtenRule {
  static let shiftedDropout = AtenRule { call, graph in
    guard let input = call.first else { return false }
    guard call.number("p") ?? 0.5 > 0 else { return graph.alias(call, to: input) }
    let isOfChannels = call.node.target.name.hasPrefix("feature")
    let attributes = call.markedInEvaluation(isOfChannels ? ["channels": .integer(1)] : [:])
    graph.emit("ShiftedDropout", [input], call.marked(attributes), of: call)
    return true
  }

  /// How many elements of rows are not zero.
  static let countOfNonzero = AtenRule { call, graph in
    guard let input = call.first, let shape = input.shape else { return false }
    let flags = graph.intermediate(
      "NotEqual", [input], ["value": .float(0)], type: TensorType(.bool, shape), of: call)
    let numbers = graph.converted(flags, to: .int64, of: call)
    graph.emit("ReduceSum", [numbers], call.reductionAttributes, of: call)
    return true
  }

  static let sumOfNumbers = AtenRule { call, graph in
    guard let input = call.first, input.type?.dataType == call.output?.dataType else {
      return false
    }
    graph.emit("SumOfNumbers", [input], call.reductionAttributes, of: call)
    return true
  }

  /// The sum of what is a number, divided by how many there are.
  ///
  /// Source: `nanmean` of `ATen/native/ReduceOps.cpp`, PyTorch 2.15.
  static let meanOfNumbers = AtenRule { call, graph in
    guard let input = call.first, let shape = input.shape, let type = call.output,
      input.type?.dataType == type.dataType
    else { return false }
    let flags = graph.intermediate(
      "IsNaN", [input], type: TensorType(.bool, shape), of: call)
    let numbers = graph.converted(flags, to: .int64, of: call)
    let count = graph.intermediate(
      "ReduceSum", [numbers], call.reductionAttributes, type: TensorType(.int64, type.shape),
      of: call)
    let sum = graph.intermediate(
      "SumOfNumbers", [input], call.reductionAttributes, type: type, of: call)
    graph.emit("Div", [sum, count], of: call)
    return true
  }

  /// Quarter turns in the plane of two axes: elements in the opposite order, and axes exchanged.
  ///
  /// Source: `rot90` of `ATen/native/TensorTransformations.cpp`, PyTorch 2.15.
  static let quarterTurns = AtenRule { call, graph in
    guard let input = call.first, let rank = input.rank,
      let axes = call.integers("dims")?.map({ $0 < 0 ? $0 + rank : $0 }), axes.count == 2,
      axes.allSatisfy((0..<rank).contains)
    else { return false }
    let turns = (((call.integer("k") ?? 1) % 4) + 4) % 4
    guard turns != 0 else { return copy.lower(call, &graph) }
    guard turns != 2 else { return unary("Flip").lower(call, &graph) }
    let flipped = graph.intermediate("Flip", [input], type: input.type, of: call)
    var order = Array(0..<rank)
    order.swapAt(axes[0], axes[1])
    graph.emitTranspose(flipped, order, of: call)
    return true
  }

  /// A power of a matrix, of products: squares of squares, of which some are multiplied.
  ///
  /// Source: `linalg_matrix_power_impl` of `ATen/native/LinearAlgebra.cpp`, PyTorch 2.15.
  static let matrixPower = AtenRule { call, graph in
    guard let input = call.first, let exponent = call.integer("n"), exponent > 1,
      exponent < 1 << 16
    else { return false }
    if exponent == 3 {
      let square = graph.intermediate("MatMul", [input, input], type: input.type, of: call)
      graph.emit("MatMul", [square, input], of: call)
      return true
    }
    var (rest, power, result) = (exponent, AtenOperand?.none, AtenOperand?.none)
    while rest > 0 {
      let bit = rest % 2
      rest /= 2
      let isLast = rest == 0 && result == nil
      if let base = power {
        if isLast {
          graph.emit("MatMul", [base, base], of: call)
          return true
        }
        power = graph.intermediate("MatMul", [base, base], type: input.type, of: call)
      } else {
        power = input
      }
      guard bit == 1, let base = power else { continue }
      guard let product = result else {
        result = base
        continue
      }
      if rest == 0 {
        graph.emit("MatMul", [product, base], of: call)
      } else {
        result = graph.intermediate("MatMul", [product, base], type: input.type, of: call)
      }
    }
    return true
  }

  /// Matrices multiplied in the order that takes the fewest steps.
  ///
  /// Source: `matrix_chain_order` and `chain_matmul_three_matrices` of `ATen/native/LinearAlgebra.cpp`, PyTorch 2.15.
  static let productOfSeveral = AtenRule { call, graph in
    let factors = (call.tensors("tensors") ?? call.tensors("matrices") ?? []).compactMap(\.self)
    guard factors.count > 1, factors.count < 32, factors.allSatisfy({ $0.rank == 2 }),
      let type = call.output
    else { return false }
    let order = ProductOrder(factors.compactMap(\.shape))
    func product(_ range: Range<Int>) -> AtenOperand {
      guard range.count > 1 else { return factors[range.lowerBound] }
      let cut = order.cut(of: range)
      let (a, b) = (product(range.lowerBound..<cut), product(cut..<range.upperBound))
      let shape = [a.shape?[0] ?? 1, b.shape?[1] ?? 1]
      return graph.intermediate(
        "MatMul", [a, b], type: TensorType(type.dataType, Shape(shape)), of: call)
    }
    let cut = order.cut(of: 0..<factors.count)
    let (a, b) = (product(0..<cut), product(cut..<factors.count))
    graph.emit("MatMul", [a, b], of: call)
    return true
  }

  /// Powers in double precision, whatever the input's.
  static let doublePower = AtenRule { call, graph in
    guard let base = call.tensor("self"), call.operands.count == 1,
      call.output?.dataType == .float64, let exponent = call.number("exponent")
    else { return false }
    let wide = graph.converted(base, to: .float64, of: call)
    graph.emit("PowerOfNumber", [wide], ["exponent": .float(exponent)], of: call)
    return true
  }

  /// Distances between rows: of more than 25 by way of a product, unless another way is asked for.
  static let distances = AtenRule { call, graph in
    guard let a = call.tensor("x1"), let b = call.tensor("x2"), let rows = a.shape?.dropLast().last,
      let others = b.shape?.dropLast().last, let shape = call.output?.shape
    else { return false }
    let mode = call.integer("compute_mode") ?? 0
    let isByProduct =
      call.number("p") ?? 2 == 2 && (mode == 1 || mode == 0 && max(rows, others) > 25)
    graph.emit(
      "Distances", [a, b],
      ["shape": .integers(shape), "products": .integer(isByProduct ? 1 : 0)], of: call)
    return true
  }

  static let taking = AtenRule { call, graph in
    guard let input = call.first, let places = call.tensor("index"), let shape = call.output?.shape
    else { return false }
    graph.emit("Taken", [input, places], ["shape": .integers(shape)], of: call)
    return true
  }

  /// Elements named by their places along an axis, which are wrapped round first.
  static let gatheringAlong = AtenRule { call, graph in
    guard let input = call.first, let axis = call.axis(), let places = call.tensor("indices"),
      input.rank == places.rank
    else { return false }
    let wrapped = graph.intermediate(
      "Contiguous", [places], ["copies": .integer(2)], type: places.type, of: call)
    graph.emit("GatherElements", [input, wrapped], ["axis": .integer(axis)], of: call)
    return true
  }

  /// Products summed over pairs of axes, as of two matrices whose columns and rows those are.
  ///
  /// Source: `tensordot` and `inner` of `ATen/native/Linear.cpp`, PyTorch 2.15.
  static let contraction = AtenRule { call, graph in
    guard let a = call.tensor("self"), let b = call.tensor("other"), let first = a.type,
      let second = b.type, let result = call.output, first.rank > 0, second.rank > 0
    else { return false }
    let isInner = call.node.target.name == "inner"
    func axes(_ name: String, _ rank: Int) -> [Int] {
      let given = isInner ? [-1] : call.integers(name) ?? []
      return given.map { $0 < 0 ? $0 + rank : $0 }
    }
    let (left, right) = (axes("dims_self", first.rank), axes("dims_other", second.rank))
    guard left.allSatisfy((0..<first.rank).contains), right.allSatisfy((0..<second.rank).contains),
      Set(left).count == left.count, Set(right).count == right.count,
      left.map({ first.shape[$0] }) == right.map({ second.shape[$0] })
    else { return false }
    let rows = (0..<first.rank).filter { !left.contains($0) }
    let columns = (0..<second.rank).filter { !right.contains($0) }
    let depth = Shape(left.map { first.shape[$0] }).elementCount
    let (height, width) = (
      Shape(rows.map { first.shape[$0] }).elementCount,
      Shape(columns.map { second.shape[$0] }).elementCount
    )
    let x = graph.matrix(a, first, rows + left, [height, depth], call)
    let y = graph.matrix(b, second, right + columns, [depth, width], call)
    let product = graph.intermediate(
      "MatMul", [x, y], type: TensorType(result.dataType, [height, width]), of: call)
    graph.emit("View", [product], ["shape": .integers(result.shape)], of: call)
    return true
  }

  static let blockDiagonal = AtenRule { call, graph in
    guard let matrices = call.tensors("tensors"), let shape = call.output?.shape,
      matrices.allSatisfy({ $0?.rank == 2 })
    else { return false }
    graph.emit("BlockDiagonal", matrices, ["shape": .integers(shape)], of: call)
    return true
  }

  /// A sum with a product of two other operands.
  static func sumWithProduct(_ name: OperatorName) -> AtenRule {
    AtenRule { call, graph in
      guard call.operands.count == 3, !call.isInPlace, let shape = call.output?.shape else {
        return false
      }
      graph.emit(name, call.operands, ["shape": .integers(shape)], of: call)
      return true
    }
  }
}

extension ProgramLowering {
  /// A tensor with its axes in another order as a matrix, copied where it does not lie so.
  fileprivate mutating func matrix(
    _ operand: AtenOperand, _ type: TensorType, _ order: [Int], _ shape: Shape, _ call: AtenCall
  ) -> AtenOperand {
    let isTurned = order != Array(order.indices)
    let turned = TensorType(type.dataType, Shape(order.map { type.shape[$0] }))
    var moved = operand
    if isTurned {
      let strides = operand.strides.map { strides in order.map { strides[$0] } }
      moved = intermediate(
        "Transpose", [operand], ["perm": .integers(order)], type: turned, of: call)
      moved.strides = strides
    }
    guard turned.shape != shape else { return moved }
    let source = viewable(moved, as: shape, of: call)
    return intermediate(
      "View", [source], ["shape": .integers(shape)], type: TensorType(type.dataType, shape),
      of: call)
  }
}

extension AtenCall {
  /// Which axes are reduced, and whether they stay.
  var reductionAttributes: Attributes {
    var attributes: Attributes = ["keepdims": .integer(flag("keepdim") ? 1 : 0)]
    if let axes = integers("dim"), !axes.isEmpty { attributes["axes"] = .integers(axes) }
    return attributes
  }
}

/// Where to cut rows of matrices so that their product takes the fewest steps.
private struct ProductOrder {
  private var cuts: [Range<Int>: Int] = [:]

  init(_ shapes: [Shape]) {
    let sizes = shapes.map { $0.first ?? 1 } + [shapes.last?.last ?? 1]
    var costs: [Range<Int>: Double] = [:]
    for length in stride(from: 2, through: shapes.count, by: 1) {
      for start in 0...(shapes.count - length) {
        let end = start + length
        var best = Double.infinity
        for cut in (start + 1)..<end {
          let own = Double(sizes[start]) * Double(sizes[cut]) * Double(sizes[end])
          let cost = (costs[start..<cut] ?? 0) + (costs[cut..<end] ?? 0) + own
          // Of three, the last two are taken first where that is as good.
          guard cost < best else { continue }
          best = cost
          cuts[start..<end] = cut
        }
        costs[start..<end] = best
      }
    }
    guard shapes.count == 3, sizes.count == 4 else { return }
    let first = Double(sizes[0]) * Double(sizes[2]) * Double(sizes[1] + sizes[3])
    let last = Double(sizes[1]) * Double(sizes[3]) * Double(sizes[0] + sizes[2])
    cuts[0..<3] = first > last ? 1 : 2
  }

  func cut(of range: Range<Int>) -> Int { cuts[range] ?? range.lowerBound + 1 }
}
