import ModelGraph

// Products of matrices and reductions.

extension AtenRule {
  /// A product whose stacks of matrices lie in one run each; others are copied first.
  ///
  /// <https://github.com/pytorch/pytorch/blob/main/aten/src/ATen/native/LinearAlgebra.cpp>
  static let matrixProduct = AtenRule { call, graph in
    guard call.operands.count == 2, let a = call.operands[0], let b = call.operands[1] else {
      return false
    }
    let stacks = call.output.map { Shape($0.shape.dropLast(2)) }
    func takesCopy(_ operand: AtenOperand) -> Bool {
      guard let shape = operand.shape, shape.count > 3 || shape.count == 3 && call.isUneven else {
        return false
      }
      // What is expanded first is copied whole.
      if let stacks, Shape(shape.dropLast(2)) != stacks { return false }
      let stack = Shape(shape.dropLast(2)).elementCount
      return !operand.isViewable(as: [stack] + shape.suffix(2))
    }
    var operands = [a, b]
    if operands.contains(where: takesCopy) {
      // Autocast casts both, the last first, before either is copied.
      for index in [1, 0] where graph.isMade(operands[index]) {
        let given = operands[index]
        operands[index] = graph.intermediate(
          "InPrecision", [given], ["autocast": .integer(1)], type: given.type, of: call)
        operands[index].strides = given.strides
      }
    }
    operands = operands.map { operand in
      guard takesCopy(operand) else { return operand }
      return graph.intermediate(
        "Contiguous", [operand], ["stacks": .integer(1)], type: operand.type, of: call)
    }
    graph.emit("MatMul", operands, of: call)
    return true
  }

  /// The product of two vectors, asked for by name.
  static let vectorProduct = AtenRule { call, graph in
    guard call.operands.count == 2, call.operands.allSatisfy({ $0?.rank == 1 }) else {
      return false
    }
    graph.emit("MatMul", call.operands, ["promotes": .integer(1)], of: call)
    return true
  }

  /// The variance, or the deviation; with its mean as second output.
  static func variance(isRoot: Bool) -> AtenRule {
    AtenRule { call, graph in
      guard let input = call.first else { return false }
      var attributes = call.reductionAttributes
      if call.outputs.count == 2 {
        graph.emit("ReduceMean", [input], attributes, output: 1, of: call)
      }
      if isRoot { attributes["root"] = .integer(1) }
      graph.emit("Variance", [input], attributes, output: 0, of: call)
      return true
    }
  }

  static let sumAndProduct = AtenRule { call, graph in
    guard let a = call.tensor("mat1"), let b = call.tensor("mat2"), let sum = call.tensor("self")
    else { return false }
    graph.emit("Gemm", [a, b, sum], of: call)
    return true
  }

  /// Products of stacks of matrices, each put on top of a sum.
  static let stackedSumAndProduct = AtenRule { call, graph in
    guard let sum = call.tensor("self"), let a = call.tensor("batch1"),
      let b = call.tensor("batch2")
    else { return false }
    let product = graph.intermediate("MatMul", [a, b], type: call.output, of: call)
    graph.emit("Add", [product, sum], ["inplace": .integer(1)], of: call)
    return true
  }

  static let einsum = AtenRule { call, graph in
    guard let equation = call.string("equation"), let operands = call.tensors("tensors") else {
      return false
    }
    var attributes: Attributes = ["equation": .string(equation)]
    if let path = call.integers("path"), !path.isEmpty { attributes["path"] = .integers(path) }
    graph.emit("Einsum", operands, attributes, of: call)
    return true
  }

  static let triangularSolve = AtenRule { call, graph in
    guard let matrix = call.tensor("self"), let sides = call.tensor("B") else { return false }
    graph.emit("TriangularSolve", [matrix, sides], of: call)
    if let shape = sides.shape, shape.count > 1 {
      var turned = shape
      turned.swapAt(shape.count - 2, shape.count - 1)
      var strides = denseStrides(turned)
      strides.swapAt(shape.count - 2, shape.count - 1)
      graph.setStrides(strides, of: call)
    }
    return true
  }

  static func reduction(_ name: OperatorName) -> AtenRule {
    AtenRule { call, graph in
      guard call.outputs.count == 1, let input = call.first else { return false }
      var attributes = call.reductionAttributes
      if call.asksForSinglePrecision { attributes["single"] = .integer(1) }
      if call.number("ord") == 1 { attributes["order"] = .integer(1) }
      let converted = graph.converted(input, to: call.output?.dataType, of: call)
      graph.emit(name, [converted], attributes, of: call)
      return true
    }
  }

  static func argument(_ name: OperatorName) -> AtenRule {
    AtenRule { call, graph in
      guard let input = call.first, let axis = call.integer("dim") else { return false }
      graph.emit(
        name, [input],
        ["axis": .integer(axis), "keepdims": .integer(call.flag("keepdim") ? 1 : 0)], of: call)
      return true
    }
  }

  static func cumulative(_ name: OperatorName) -> AtenRule {
    AtenRule { call, graph in
      guard let input = call.first, let axis = call.integer("dim") else { return false }
      let converted = graph.converted(input, to: call.output?.dataType, of: call)
      graph.emit(name, [converted, graph.constant([axis], for: call)], of: call)
      return true
    }
  }

  /// One element of each row of an axis, and where it stands.
  static let extreme = AtenRule { call, graph in
    guard let input = call.first, call.outputs.count == 2, let shape = call.output?.shape else {
      return false
    }
    graph.emit("Extreme", [input], ["shape": .integers(shape)], of: call)
    return true
  }

  static let largest = AtenRule { call, graph in
    guard let input = call.first, let count = call.integer("k") else { return false }
    graph.emit(
      "TopK", [input, graph.constant([count], for: call)],
      ["axis": .integer(call.integer("dim") ?? -1)], of: call)
    return true
  }
}

extension AtenCall {
  /// Whether a stack of matrices is multiplied by a single matrix.
  fileprivate var isUneven: Bool {
    operands.contains { ($0?.rank ?? 0) < 3 }
  }
}
