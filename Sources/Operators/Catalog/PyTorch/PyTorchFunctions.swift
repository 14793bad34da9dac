// Functions that people call by name and that PyTorch computes with kernels of their own.
// Gradients: `tools/autograd/derivatives.yaml` and `FunctionsManual.cpp`, PyTorch 2.15.

import ModelGraph

extension OperatorDefinition {
  static let pyTorchFunctions: [OperatorDefinition] = [
    arctangentOfTwo, hypotenuse, logarithmOfSumOfTwo, weightedLogarithm, copiedSign, step,
    finiteNumbers, isClose, sumOfNumbers, cumulativeExtreme, cumulativeLogarithm, shiftedDropout,
    noisyRectifier, distances, blockDiagonal, addOuterProduct, addVectorProduct,
    addSummedProducts, crossProduct, cardinalSine, taken, interpolationByTensor,
  ]

  /// The vector at right angles to two others.
  ///
  /// <https://docs.pytorch.org/docs/stable/generated/torch.linalg.cross.html>
  public static let crossProduct = ofTwo(
    "CrossProduct", .ofTwo("linalg_cross", first: ["linalg_cross"]))

  /// The sine of π times the input, divided by that.
  ///
  /// <https://docs.pytorch.org/docs/stable/special.html#torch.special.sinc>
  public static let cardinalSine = elementwise(
    "CardinalSine", reads: [.input(0)], kernels: KernelNames(forward: "sinc"),
    gradientKernels: [
      "mul_Tensor", "mul_Tensor", "sin", "cos", "mul_Tensor", "sub_Tensor", "div_Tensor",
      "where_self",
    ])

  /// Elements that are named by their places among all, in the shape of the attribute `shape`.
  ///
  /// <https://docs.pytorch.org/docs/stable/generated/torch.take.html>
  public static let taken = OperatorDefinition(
    "Taken",
    shape: .stated,
    gradients: [.of(0, reads: .input(0), .input(1))],
    frozenSizes: .stated,
    example: Example(
      OperatorCall(
        [.tensor(.float32, [32, 64]), .tensor(.int64, [16])],
        attributes: ["shape": .integers([16])]), [.tensor(.float32, [16])]))

  /// The point between two tensors at a part of the way that a third tells.
  ///
  /// <https://docs.pytorch.org/docs/stable/generated/torch.lerp.html>
  public static let interpolationByTensor = OperatorDefinition(
    "InterpolationByTensor",
    shape: .broadcast,
    gradients: (0..<3).map { .of($0, reads: .input(0), .input(1), .input(2)) },
    work: .perOutputElement(3),
    training: .interpolationByTensor,
    example: .float32([8, 64], [8, 64], [8, 64], gives: [8, 64]))

  /// The angle of the point whose height and breadth the operands are.
  ///
  /// <https://docs.pytorch.org/docs/stable/generated/torch.atan2.html>
  public static let arctangentOfTwo = ofTwo("Arctangent2", .arctangentOfTwo)

  /// The length of the longest side of a right triangle with two others.
  ///
  /// <https://docs.pytorch.org/docs/stable/generated/torch.hypot.html>
  public static let hypotenuse = ofTwo(
    "Hypotenuse", .ofTwo("hypot", keepsResult: true, first: ["mul_Tensor", "div_Tensor"]))

  /// The logarithm of the sum of two exponentials.
  ///
  /// <https://docs.pytorch.org/docs/stable/generated/torch.logaddexp.html>
  public static let logarithmOfSumOfTwo = ofTwo(
    "LogAddExp",
    .ofTwo("logaddexp", first: ["sub_Tensor", "exp", "add_Tensor", "div_Tensor"]))

  /// The first operand times the logarithm of the second, nothing where the first is nothing.
  ///
  /// <https://docs.pytorch.org/docs/stable/special.html#torch.special.xlogy>
  public static let weightedLogarithm = ofTwo(
    "XLogY",
    .ofTwo(
      "xlogy_Tensor", first: ["xlogy_Tensor", "empty_like"], second: ["mul_Tensor", "div_Tensor"]))

  /// The first operand with the sign of the second, or of a number.
  ///
  /// <https://docs.pytorch.org/docs/stable/generated/torch.copysign.html>
  public static let copiedSign = ofTwo("CopiedSign", .copiedSign)

  /// 0 below zero, 1 above it, and at zero what the second operand says; no gradient flows back.
  ///
  /// <https://docs.pytorch.org/docs/stable/generated/torch.heaviside.html>
  public static let step = OperatorDefinition(
    "Step",
    shape: .broadcast,
    work: .perOutputElement(1),
    training: TrainingRule { dispatcher, call in
      guard let a = call.input(0), let b = call.input(1), let type = call.outputs.first else {
        return []
      }
      return [dispatcher.make(dispatcher.broadcastLayout([a, b], type.shape), by: "heaviside")]
    },
    example: .float32([8, 64], [8, 64], gives: [8, 64]))

  /// The input with numbers in place of what is none, or infinite.
  ///
  /// <https://docs.pytorch.org/docs/stable/generated/torch.nan_to_num.html>
  public static let finiteNumbers = OperatorDefinition(
    "FiniteNumbers",
    shape: .sameAsInput,
    gradients: [.of(0, reads: .input(0))],
    work: .perOutputElement(1),
    training: .finiteNumbers,
    example: .float32([8, 64], gives: [8, 64]))

  /// Whether two tensors are nearly equal, element by element.
  ///
  /// <https://docs.pytorch.org/docs/stable/generated/torch.isclose.html>
  public static let isClose = OperatorDefinition(
    "IsClose",
    shape: .comparison,
    work: .perOutputElement(4),
    training: .isClose,
    example: Example(
      OperatorCall([.tensor(.float32, [2, 3]), .tensor(.float32, [2, 3])]),
      [.tensor(.bool, [2, 3])]))

  /// The sum over axes of what is a number.
  ///
  /// <https://docs.pytorch.org/docs/stable/generated/torch.nansum.html>
  public static let sumOfNumbers = OperatorDefinition(
    "SumOfNumbers",
    shape: .reduction,
    gradients: [.of(0, reads: .input(0))],
    work: .perInputElement(1),
    training: .sumOfNumbers,
    example: .float32(
      [2, 512, 49], attributes: ["axes": .integers([2])], gives: [2, 512, 1]))

  /// The largest or smallest element up to each place of an axis, and where it stands.
  ///
  /// <https://docs.pytorch.org/docs/stable/generated/torch.cummax.html>
  public static let cumulativeExtreme = OperatorDefinition(
    "CumulativeExtreme",
    shape: ShapeRule { call throws(ShapeError) in
      let type = try call.tensor(0)
      return [.tensor(type), .tensor(.int64, type.shape)]
    },
    gradients: [.of(0, reads: .input(0), .output(1))],
    work: .perInputElement(1),
    example: Example(
      OperatorCall([.tensor(.float32, [32, 64])], outputCount: 2),
      [.tensor(.float32, [32, 64]), .tensor(.int64, [32, 64])]))

  /// The logarithm of the sum of exponentials up to each place of an axis.
  ///
  /// <https://docs.pytorch.org/docs/stable/generated/torch.logcumsumexp.html>
  public static let cumulativeLogarithm = OperatorDefinition(
    "CumulativeLogSumExp",
    shape: .sameAsInput,
    gradients: [.of(0, reads: .input(0), .output(0))],
    work: .perInputElement(3),
    training: .cumulativeLogarithm,
    example: .float32([32, 64], gives: [32, 64]))

  /// Dropout that leaves mean and variance as they are, of elements or, with the attribute `channels`, of whole channels.
  ///
  /// <https://docs.pytorch.org/docs/stable/generated/torch.nn.AlphaDropout.html>
  public static let shiftedDropout = OperatorDefinition(
    "ShiftedDropout",
    shape: .sameAsInput,
    gradients: [.of(0)],
    work: .perOutputElement(2),
    training: .shiftedDropout,
    example: .float32([32, 64], gives: [32, 64]))

  /// A rectifier whose slope below zero is drawn for each element.
  ///
  /// <https://docs.pytorch.org/docs/stable/generated/torch.nn.RReLU.html>
  public static let noisyRectifier = OperatorDefinition(
    "NoisyRectifier",
    shape: .sameAsInput,
    gradients: [.of(0, reads: .input(0))],
    work: .perOutputElement(1),
    training: .noisyRectifier,
    example: .float32([32, 64], gives: [32, 64]))

  /// The distance of each row of one matrix from each of another, of stacks of matrices each, in the shape of the
  /// attribute `shape`.
  ///
  /// <https://docs.pytorch.org/docs/stable/generated/torch.cdist.html>
  public static let distances = OperatorDefinition(
    "Distances",
    shape: .stated,
    gradients: (0..<2).map { .of($0, reads: .input(0), .input(1), .output(0)) },
    frozenSizes: .stated,
    work: WorkRule { call, outputs in
      let depth = (try? call.shape(0))?.last ?? 0
      return Work(
        multiplyAccumulates: saturatingProduct(outputs.first?.elementCount ?? 0, depth))
    },
    training: .distances,
    example: .float32(
      [32, 64], [48, 64], attributes: ["shape": .integers([32, 48])], gives: [32, 48]))

  /// Matrices along the diagonal of one, in the shape of the attribute `shape`.
  ///
  /// <https://docs.pytorch.org/docs/stable/generated/torch.block_diag.html>
  public static let blockDiagonal = OperatorDefinition(
    "BlockDiagonal",
    shape: .stated,
    gradients: (0..<16).map { .of($0) },
    frozenSizes: .stated,
    training: .blockDiagonal,
    example: .float32(
      [8, 64], [8, 64], attributes: ["shape": .integers([16, 128])], gives: [16, 128]))

  /// A matrix and the products of each element of one vector with each of another.
  ///
  /// <https://docs.pytorch.org/docs/stable/generated/torch.addr.html>
  public static let addOuterProduct = sumWithProduct(
    "AddOuterProduct", .addOuterProduct,
    .float32([32, 64], [32], [64], attributes: ["shape": .integers([32, 64])], gives: [32, 64]))

  /// A vector and the product of a matrix with another.
  ///
  /// <https://docs.pytorch.org/docs/stable/generated/torch.addmv.html>
  public static let addVectorProduct = sumWithProduct(
    "AddVectorProduct", .addVectorProduct,
    .float32([32], [32, 64], [64], attributes: ["shape": .integers([32])], gives: [32]))

  /// A matrix and the products of two stacks of matrices.
  ///
  /// <https://docs.pytorch.org/docs/stable/generated/torch.addbmm.html>
  public static let addSummedProducts = sumWithProduct(
    "AddSummedProducts", .addSummedProducts,
    .float32(
      [8, 16], [4, 8, 32], [4, 32, 16], attributes: ["shape": .integers([8, 16])], gives: [8, 16]))

  private static func ofTwo(
    _ name: OperatorName, _ training: TrainingRule
  ) -> OperatorDefinition {
    OperatorDefinition(
      name,
      shape: .broadcast,
      gradients: (0..<2).map { .of($0, reads: .input(0), .input(1)) },
      work: .perOutputElement(2),
      training: training,
      example: .float32([8, 64], [8, 64], gives: [8, 64]))
  }

  private static func sumWithProduct(
    _ name: OperatorName, _ training: TrainingRule, _ example: Example
  ) -> OperatorDefinition {
    OperatorDefinition(
      name,
      shape: .stated,
      gradients: [.of(0), .of(1, reads: .input(2)), .of(2, reads: .input(1))],
      frozenSizes: .stated,
      work: WorkRule { call, _ in
        let (first, second) = ((try? call.shape(1)) ?? [], (try? call.shape(2)) ?? [])
        let rows = first.count == 2 ? 1 : second.last ?? 1
        return Work(multiplyAccumulates: saturatingProduct(first.elementCount, rows))
      },
      training: training,
      example: example)
  }
}
