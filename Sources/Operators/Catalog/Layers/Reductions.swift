// Reductions over axes.

import ModelGraph

extension OperatorDefinition {
  static let reductions: [OperatorDefinition] = [
    reduceSum, reduceMean, reduceMax, reduceMin, reduceProd, reduceL1, reduceL2, reduceSumSquare,
    reduceLogSum, reduceLogSumExp, argMax, argMin,
  ]

  public static let reduceSum = reduction(
    "ReduceSum", reads: [], evaluation: .reducedSum, training: .sum)
  public static let reduceMean = reduction(
    "ReduceMean", reads: [], evaluation: .reducedMean, training: .mean)
  public static let reduceMax = reduction(
    "ReduceMax", reads: [.input(0), .output(0)], evaluation: .reducedMaximum,
    training: .reducedExtremum("amax"))
  public static let reduceMin = reduction(
    "ReduceMin", reads: [.input(0), .output(0)], evaluation: .reducedMinimum,
    training: .reducedExtremum("amin"))
  public static let reduceProd = reduction(
    "ReduceProd", reads: [.input(0), .output(0)], evaluation: .reducedProduct, training: .product)

  /// The sum of absolute values.
  public static let reduceL1 = reduction("ReduceL1", reads: [.input(0), .output(0)], operations: 2)

  /// The square root of the sum of squares.
  public static let reduceL2 = reduction(
    "ReduceL2", reads: [.input(0), .output(0)], operations: 2, training: .vectorNorm)

  public static let reduceSumSquare = reduction(
    "ReduceSumSquare", reads: [.input(0)], operations: 2)

  /// The logarithm of the sum.
  public static let reduceLogSum = reduction("ReduceLogSum", reads: [.auxiliary(0)])

  /// The logarithm of the sum of exponentials.
  public static let reduceLogSumExp = reduction(
    "ReduceLogSumExp", reads: [.input(0), .output(0)], operations: 3,
    training: .logarithmOfSum)

  /// The position of the largest element.
  public static let argMax = OperatorDefinition(
    "ArgMax",
    shape: .argumentReduction,
    evaluation: .largestPosition,
    work: .perInputElement(1),
    example: Example(
      OperatorCall([.tensor(.float32, [32, 1000])], attributes: ["axis": .integer(1)]),
      [.tensor(.int64, [32, 1])]))

  /// The position of the smallest element.
  public static let argMin = OperatorDefinition(
    "ArgMin",
    shape: .argumentReduction,
    evaluation: .smallestPosition,
    work: .perInputElement(1),
    example: Example(
      OperatorCall([.tensor(.float32, [32, 1000])], attributes: ["axis": .integer(1)]),
      [.tensor(.int64, [32, 1])]))

  private static func reduction(
    _ name: OperatorName, reads: Set<Operand>, operations: Int = 1, evaluation: Evaluation? = nil,
    training: TrainingRule? = nil
  ) -> OperatorDefinition {
    let usesSum = reads.contains(.auxiliary(0))
    return OperatorDefinition(
      name,
      shape: .reduction,
      evaluation: evaluation,
      gradients: [Gradient(input: 0, reads: reads)],
      auxiliaries: usesSum ? [.sumOverAxes] : [],
      work: .perInputElement(operations),
      training: training,
      example: .float32(
        [2, 512, 7, 7], attributes: ["axes": .integers([2, 3])], gives: [2, 512, 1, 1]))
  }
}

extension Auxiliary {
  /// The sum whose logarithm is the output.
  fileprivate static let sumOverAxes = Auxiliary("sum") { call in
    (try? ShapeRule.reduction(call))?.first?.tensorType
  }
}
