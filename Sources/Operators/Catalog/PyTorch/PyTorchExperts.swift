// Operators with which a mixture of experts sends each token to some of many small networks.

import ModelGraph

extension OperatorDefinition {
  static let pyTorchExperts: [OperatorDefinition] = [
    sort, argumentSort, floorDivide, histogram, groupedProduct, scatterNumber,
  ]

  /// The elements along an axis in order, and where they stood.
  ///
  /// <https://docs.pytorch.org/docs/stable/generated/torch.sort.html>
  public static let sort = OperatorDefinition(
    "Sort",
    shape: ShapeRule { call throws(ShapeError) in
      let type = try call.tensor(0)
      return [.tensor(type), .tensor(.int64, type.shape)]
    },
    gradients: [.of(0, reads: .output(1))],
    work: .perInputElement(8),
    training: .sorting,
    example: Example(
      OperatorCall([.tensor(.int64, [1024])], outputCount: 2),
      [.tensor(.int64, [1024]), .tensor(.int64, [1024])]))

  /// Where the elements along an axis stand in order.
  ///
  /// <https://docs.pytorch.org/docs/stable/generated/torch.argsort.html>
  public static let argumentSort = OperatorDefinition(
    "ArgSort",
    shape: .tensor { call throws(ShapeError) in TensorType(.int64, try call.shape(0)) },
    work: .perInputElement(8),
    training: .argumentSorting,
    example: Example(
      OperatorCall([.tensor(.float32, [8, 196])]), [.tensor(.int64, [8, 196])]))

  /// The quotient, rounded down, of which no gradient flows back.
  ///
  /// <https://docs.pytorch.org/docs/stable/generated/torch.floor_divide.html>
  public static let floorDivide = OperatorDefinition(
    "FloorDivide",
    shape: .broadcast,
    overwrites: [0],
    work: .perOutputElement(1),
    example: Example(OperatorCall([.tensor(.int64, [1024])]), [.tensor(.int64, [1024])]))

  /// How many elements fall into each of `bins` equal parts of a range.
  ///
  /// <https://docs.pytorch.org/docs/stable/generated/torch.histc.html>
  public static let histogram = OperatorDefinition(
    "Histogram",
    shape: .tensor { call throws(ShapeError) in
      guard let count = call.attributes.integer("bins") else { throw .missingAttribute("bins") }
      guard count > 0 else {
        throw .attribute(name: "bins", expected: "at least 1", found: "\(count)")
      }
      return TensorType(try call.dataType(0), [count])
    },
    work: .perInputElement(2),
    example: .float32([1024], attributes: ["bins": .integer(8)], gives: [8]))

  /// The products of runs of rows (input 0) with one matrix each of a stack (input 1); a run ends
  /// where a number of input 2 says.
  ///
  /// <https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.grouped_mm.html>
  public static let groupedProduct = OperatorDefinition(
    "GroupedProduct",
    shape: .groupedProduct,
    gradients: [
      .of(0, reads: .input(1), .input(2)), .of(1, reads: .input(0), .input(2)),
    ],
    work: WorkRule { call, outputs in
      let depth = call.inputs.first??.tensorType?.shape.last ?? 0
      return Work(
        multiplyAccumulates: saturatingProduct(outputs.first?.elementCount ?? 0, depth))
    },
    training: .groupedProduct,
    layer: .always(.linear),
    example: Example(
      OperatorCall([
        .tensor(.float32, [1024, 256]), .tensor(.float32, [4, 256, 512]), .tensor(.int32, [4]),
      ]),
      [.tensor(.float32, [1024, 512])]))

  /// The data with a number that is no tensor written at places (input 1) along an axis.
  ///
  /// <https://docs.pytorch.org/docs/stable/generated/torch.Tensor.scatter_.html>
  public static let scatterNumber = OperatorDefinition(
    "ScatterNumber",
    shape: .sameAsInput,
    gradients: [.of(0, reads: .input(1))],
    overwrites: [0],
    example: Example(
      OperatorCall([.tensor(.float32, [512, 8]), .tensor(.int64, [512, 2])]),
      [.tensor(.float32, [512, 8])]))
}

extension ShapeRule {
  /// `[rows, in]` and `[groups, in, out]` give `[rows, out]`.
  fileprivate static let groupedProduct = ShapeRule.tensor { call throws(ShapeError) in
    let rows = try call.tensor(0)
    let stack = try call.shape(1)
    guard rows.rank == 2, stack.count == 3, rows.shape[1] == stack[1] else {
      throw .incompatible(
        rule: "the rows are not as long as the matrices' columns", shapes: [rows.shape, stack])
    }
    return TensorType(rows.dataType, [rows.shape[0], stack[2]])
  }
}
