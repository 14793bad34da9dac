// Operators that PyTorch has and ONNX has not.

import ModelGraph

extension OperatorDefinition {
  static let pyTorch: [OperatorDefinition] = [
    linear, embedding, scale, addNumber, powerOfNumber, arange, hardTanh, adaptiveAveragePool,
    contiguous, maskedFill, notEqual, variance, indexed, featureDropout, adaptiveMaxPool,
    addProduct,
    unfolded, folded, extreme, connectionistLoss, ownBackward,
    filledLike, weightNorm,
  ]

  /// A weight (input 0) along each index of an axis as long as the second operand says.
  ///
  /// `g · v / ‖v‖`. <https://docs.pytorch.org/docs/stable/generated/torch.nn.utils.parametrizations.weight_norm.html>
  public static let weightNorm = OperatorDefinition(
    "WeightNorm",
    shape: .sameAsInput,
    gradients: [
      .of(0, reads: .input(0), .input(1)), .of(1, reads: .input(0), .input(1)),
    ],
    work: .perInputElement(3),
    training: .weightNorm,
    example: .float32(
      [256, 16, 128], [1, 1, 128], attributes: ["axis": .integer(2)], gives: [256, 16, 128]))

  /// The sum of the first operand and the product of the others, `a + b · c`.
  ///
  /// <https://docs.pytorch.org/docs/stable/generated/torch.addcmul.html>
  public static let addProduct = OperatorDefinition(
    "AddProduct",
    shape: .broadcast,
    gradients: [.of(0), .of(1, reads: .input(2)), .of(2, reads: .input(1))],
    overwrites: [0],
    work: .perOutputElement(2),
    training: .additionOfProduct,
    example: .float32([384], [384], [2, 196, 384], gives: [2, 196, 384]))

  /// The variance over axes, or with the attribute `root` the deviation.
  ///
  /// <https://docs.pytorch.org/docs/stable/generated/torch.var.html>
  public static let variance = OperatorDefinition(
    "Variance",
    shape: .reduction,
    gradients: [.of(0, reads: .input(0), .output(0))],
    work: .perInputElement(3),
    training: .variance,
    example: .float32(
      [2, 512, 49], attributes: ["axes": .integers([2])], gives: [2, 512, 1]))

  /// The windows of an image as columns, in the shape of the attribute `shape`.
  ///
  /// <https://docs.pytorch.org/docs/stable/generated/torch.nn.Unfold.html>
  public static let unfolded = OperatorDefinition(
    "Unfolded",
    shape: .stated,
    gradients: [.of(0)],
    frozenSizes: .stated,
    training: .unfolding,
    example: .float32(
      [2, 192, 28, 28], attributes: ["shape": .integers([2, 1728, 196])], gives: [2, 1728, 196]))

  /// Columns summed into the windows of an image, in the shape of the attribute `shape`.
  ///
  /// <https://docs.pytorch.org/docs/stable/generated/torch.nn.Fold.html>
  public static let folded = OperatorDefinition(
    "Folded",
    shape: .stated,
    gradients: [.of(0)],
    frozenSizes: .stated,
    work: .perInputElement(1),
    training: .folding,
    example: .float32(
      [2, 1728, 196], attributes: ["shape": .integers([2, 192, 28, 28])], gives: [2, 192, 28, 28]))

  /// A tensor in the shape of the attribute `shape`, of the input's element type; its axes lie as the input's do if the
  /// attribute `lies` says so.
  public static let filledLike = OperatorDefinition(
    "FilledLike",
    shape: .stated,
    frozenSizes: .filled,
    training: TrainingRule { dispatcher, call in
      guard let x = call.input(0), let type = call.outputs.first else { return [] }
      let layout =
        call.attributes.flag("lies") && x.shape == type.shape
        ? x.layout.densified() : TensorLayout(TensorType(x.dataType, type.shape))
      return [dispatcher.make(layout, by: "empty_memory_format")]
    },
    example: .float32([8, 64], attributes: ["shape": .integers([8, 1])], gives: [8, 1]))

  /// What a function with a backward pass of its own has computed (input 0), from the other inputs.
  ///
  /// <https://docs.pytorch.org/docs/stable/notes/extending.html>
  public static let ownBackward = OperatorDefinition(
    "OwnBackward",
    shape: .sameAsInput,
    gradients: [.of(1, reads: .input(1))],
    aliases: [.firstOfFirst],
    training: .ownBackward,
    example: .float32([8, 64], [8, 64], gives: [8, 64]))

  /// The largest or smallest element of each row of an axis and where it stands, in the shape of the
  /// attribute `shape`.
  ///
  /// <https://docs.pytorch.org/docs/stable/generated/torch.max.html>
  public static let extreme = OperatorDefinition(
    "Extreme",
    shape: .statedWithIndices,
    gradients: [.of(0, reads: .output(1))],
    frozenSizes: .stated,
    work: .perInputElement(1),
    example: Example(
      OperatorCall(
        [.tensor(.float32, [2, 196, 1000])], attributes: ["shape": .integers([2, 1000])],
        outputCount: 2),
      [.tensor(.float32, [2, 1000]), .tensor(.int64, [2, 1000])]))

  /// The loss of sequences that no one has aligned, of logarithms of probabilities
  /// `[time, batch, classes]`, targets and the lengths of both.
  ///
  /// <https://www.cs.toronto.edu/~graves/icml_2006.pdf>
  public static let connectionistLoss = OperatorDefinition(
    "ConnectionistLoss",
    shape: .tensor { call throws(ShapeError) in
      let type = try call.tensor(0)
      guard type.rank == 3 else {
        throw .rank(input: 0, expected: "time, batch and classes", found: type.shape)
      }
      let isWhole = call.attributes.string("reduction") != "none"
      return TensorType(type.dataType, isWhole ? [] : [type.shape[1]])
    },
    gradients: [.of(0, reads: .input(0), .input(1), .output(0))],
    work: .perInputElement(4),
    training: .connectionistLoss,
    example: Example(
      OperatorCall([
        .tensor(.float32, [50, 4, 20]), .tensor(.int64, [4, 10]), .tensor(.int64, [4]),
        .tensor(.int64, [4]),
      ]),
      [.tensor(.float32, [])]))

  /// Elements named by several tensors of indices: one for each axis, in the shape that these broadcast to, or some,
  /// in the shape of the attribute `shape`.
  ///
  /// <https://numpy.org/doc/stable/user/basics.indexing.html#integer-array-indexing>
  public static let indexed = OperatorDefinition(
    "Indexed",
    shape: .indexed,
    gradients: [.of(0, reads: .input(1), .input(2), .input(3))],
    frozenSizes: .stated,
    training: .indexing,
    example: Example(
      OperatorCall(
        [.tensor(.float32, [8, 8]), .tensor(.int64, [5]), .tensor(.int64, [5])],
        attributes: ["shape": .integers([5])]),
      [.tensor(.float32, [5])]))

  /// Zeroes whole channels at random and scales the others; nothing at inference.
  ///
  /// <https://docs.pytorch.org/docs/stable/generated/torch.nn.Dropout2d.html>
  public static let featureDropout = OperatorDefinition(
    "FeatureDropout",
    shape: .sameAsInput,
    gradients: [.of(0, reads: .auxiliary(0))],
    auxiliaries: [
      Auxiliary("noise", isMadeAtInference: false) { call in
        guard let type = try? call.tensor(0), type.rank >= 2 else { return nil }
        return TensorType(
          type.dataType, type.shape.prefix(2) + Array(repeating: 1, count: type.rank - 2))
      }
    ],
    isIdentityAtInference: true,
    overwrites: [0],
    work: .perOutputElement(1),
    training: .featureDropout,
    example: .float32([2, 64, 28, 28], attributes: ["ratio": .float(0.1)], gives: [2, 64, 28, 28]))

  /// The largest element of windows that cover the image with as many cells as `output_size` says.
  ///
  /// <https://docs.pytorch.org/docs/stable/generated/torch.nn.AdaptiveMaxPool2d.html>
  public static let adaptiveMaxPool = OperatorDefinition(
    "AdaptiveMaxPool",
    shape: .adaptivePool,
    gradients: [.of(0, reads: .input(0), .auxiliary(0))],
    auxiliaries: [
      Auxiliary("indices") { call in
        (try? ShapeRule.adaptivePool(call))?.first?.tensorType.map {
          TensorType(.int64, $0.shape)
        }
      }
    ],
    work: .perInputElement(1),
    example: .float32(
      [1, 512, 14, 14], attributes: ["output_size": .integers([1, 1])], gives: [1, 512, 1, 1]))

  /// The affine map `x · weightᵀ + bias` of the last axis.
  ///
  /// <https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.linear.html>
  public static let linear = OperatorDefinition(
    "Linear",
    shape: .linear,
    gradients: [.of(0, reads: .input(1)), .of(1, reads: .input(0)), .of(2)],
    work: .matrixProduct,
    training: .linear,
    layer: .always(.linear),
    example: .float32([32, 197, 768], [3072, 768], [3072], gives: [32, 197, 3072]))

  /// The rows of a table (input 0) that integers (input 1) name.
  ///
  /// <https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.embedding.html>
  public static let embedding = OperatorDefinition(
    "Embedding",
    shape: .embedding,
    gradients: [.of(0, reads: .input(1))],
    training: .embedding,
    layer: .always(.embedding),
    example: Example(
      OperatorCall([.tensor(.float32, [30522, 768]), .tensor(.int64, [8, 512])]),
      [.tensor(.float32, [8, 512, 768])]))

  /// The product with a number that is no tensor, the attribute `factor`.
  public static let scale = OperatorDefinition(
    "Scale",
    shape: .sameAsInput,
    gradients: [.of(0)],
    overwrites: [0],
    work: .perOutputElement(1),
    training: .scaling,
    example: .float32([2, 3], attributes: ["factor": .float(0.125)], gives: [2, 3]))

  /// The sum with a number that is no tensor, the attribute `number`.
  public static let addNumber = OperatorDefinition(
    "AddNumber",
    shape: .sameAsInput,
    gradients: [.of(0)],
    overwrites: [0],
    work: .perOutputElement(1),
    training: .shifting,
    example: .float32([2, 3], attributes: ["number": .float(1)], gives: [2, 3]))

  /// The power with an exponent that is no tensor, the attribute `exponent`.
  public static let powerOfNumber = OperatorDefinition(
    "PowerOfNumber",
    shape: .sameAsInput,
    gradients: [.of(0, reads: .input(0))],
    overwrites: [0],
    work: .perOutputElement(2),
    training: .powerOfNumber,
    example: .float32([2, 3], attributes: ["exponent": .float(3)], gives: [2, 3]))

  /// The integers from 0 to before the attribute `count`.
  public static let arange = OperatorDefinition(
    "Arange",
    shape: .arange,
    frozenSizes: .generated.moved(to: .attribute("count")),
    example: Example(
      OperatorCall([], attributes: ["count": .integer(512)]), [.tensor(.int64, [512])]))

  /// The input kept between the attributes `min` and `max`; ReLU6 is one.
  ///
  /// With `keepsResult` the gradient reads the result.
  ///
  /// <https://docs.pytorch.org/docs/stable/generated/torch.nn.Hardtanh.html>
  public static let hardTanh = OperatorDefinition(
    "HardTanh",
    shape: .sameAsInput,
    gradients: [.of(0, reads: .input(0))],
    overwrites: [0],
    work: .perOutputElement(2),
    training: .hardTanh,
    layer: .always(.activation),
    example: .float32(
      [2, 3], attributes: ["min": .float(0), "max": .float(6)], gives: [2, 3]))

  /// The mean of windows that cover the image with as many cells as `output_size` says.
  ///
  /// <https://docs.pytorch.org/docs/stable/generated/torch.nn.AdaptiveAvgPool2d.html>
  public static let adaptiveAveragePool = OperatorDefinition(
    "AdaptiveAveragePool",
    shape: .adaptivePool,
    gradients: [.of(0, reads: .input(0))],
    work: .perInputElement(1),
    training: .adaptiveAveragePool,
    example: .float32(
      [1, 512, 14, 14], attributes: ["output_size": .integers([7, 7])], gives: [1, 512, 7, 7]))

  /// A dense copy of a view whose axes lie in another order.
  public static let contiguous = OperatorDefinition(
    "Contiguous",
    shape: .sameAsInput,
    gradients: [.of(0)],
    training: .contiguousCopy,
    example: .float32([2, 3], gives: [2, 3]))

  /// The input with a number where the mask (input 1) is true.
  public static let maskedFill = OperatorDefinition(
    "MaskedFill",
    shape: .broadcast,
    gradients: [.of(0, reads: .input(1))],
    overwrites: [0],
    training: .maskedFill,
    example: Example(
      OperatorCall([.tensor(.float32, [49, 49]), .tensor(.bool, [49, 49])]),
      [.tensor(.float32, [49, 49])]))

  /// Whether elements differ from the number in the attribute `value`.
  public static let notEqual = OperatorDefinition(
    "NotEqual",
    shape: .tensor { call throws(ShapeError) in TensorType(.bool, try call.shape(0)) },
    work: .perOutputElement(1),
    example: Example(
      OperatorCall([.tensor(.float32, [49, 49])], attributes: ["value": .float(0)]),
      [.tensor(.bool, [49, 49])]))
}

extension OperatorCall {
  fileprivate func statedShape() throws(ShapeError) -> Shape {
    guard let shape = attributes.integers("shape") else { throw .missingAttribute("shape") }
    return shape
  }
}

extension ShapeRule {
  /// The shape that tensors of indices, one for each axis, broadcast to; the stated one for fewer.
  static let indexed = ShapeRule.tensor { call throws(ShapeError) in
    let type = try call.tensor(0)
    guard type.rank > 0, call.inputs.count == type.rank + 1 else {
      return TensorType(type.dataType, try call.statedShape())
    }
    var shape: Shape = []
    for input in 1...type.rank { shape = try broadcastShape(shape, try call.shape(input)) }
    return TensorType(type.dataType, shape)
  }

  /// The first input's type in the shape that an attribute states.
  static let stated = ShapeRule.tensor { call throws(ShapeError) in
    TensorType(try call.dataType(0), try call.statedShape())
  }

  /// The same, and an index for each element.
  fileprivate static let statedWithIndices = ShapeRule { call throws(ShapeError) in
    let values = try stated(call)
    guard case .tensor(let type)? = values.first else { return values }
    return values + [.tensor(.int64, type.shape)]
  }

  /// `[…, in]` and a weight `[out, in]` give `[…, out]`.
  fileprivate static let linear = ShapeRule.tensor { call throws(ShapeError) in
    var type = try call.tensor(0)
    let weight = try call.shape(1)
    guard weight.count == 2, type.shape.last == weight[1] else {
      throw .incompatible(
        rule: "the last axis is not as long as a row of the weight", shapes: [type.shape, weight])
    }
    if call.has(2), case let bias = try call.shape(2), bias != [weight[0]] {
      throw .incompatible(rule: "the bias is not as long as the output", shapes: [bias, weight])
    }
    type.shape[type.rank - 1] = weight[0]
    return type
  }

  fileprivate static let arange = ShapeRule.tensor { call throws(ShapeError) in
    guard let count = call.attributes.integer("count") else { throw .missingAttribute("count") }
    return TensorType(.int64, [count])
  }

  fileprivate static let embedding = ShapeRule.tensor { call throws(ShapeError) in
    let table = try call.tensor(0)
    guard table.rank == 2 else {
      throw .rank(input: 0, expected: "a matrix", found: table.shape)
    }
    return TensorType(table.dataType, try call.shape(1) + [table.shape[1]])
  }

  /// The last axes become as long as `output_size` says.
  fileprivate static let adaptivePool = ShapeRule.tensor { call throws(ShapeError) in
    var type = try call.tensor(0)
    guard let sizes = call.attributes.integers("output_size") else {
      throw .missingAttribute("output_size")
    }
    guard type.rank > sizes.count, sizes.allSatisfy({ $0 > 0 }) else {
      throw .rank(input: 0, expected: "more than \(sizes.count) axes", found: type.shape)
    }
    type.shape = type.shape.dropLast(sizes.count) + sizes
    return type
  }
}
