// Products with quantised weights or operands, of ONNX Runtime's own set.

import ModelGraph

extension OperatorDefinition {
  static let quantizedProducts: [OperatorDefinition] = [
    matMulNBits, matMulBnb4, dynamicQuantizeMatMul, matMulIntegerToFloat, quantizedGemm,
    contributedQuantizedConvolution, dynamicQuantizeLSTM, gatherBlockQuantized,
  ]

  /// A linear layer whose weight `[N, K]` is stored in blocks of few bits.
  public static let matMulNBits = packed("MatMulNBits", weight: [3072, 24, 16])

  /// A linear layer whose weight is stored in the 4-bit types of bitsandbytes.
  public static let matMulBnb4 = packed("MatMulBnb4", weight: [1_179_648])

  /// A product whose first operand is quantised on the way.
  public static let dynamicQuantizeMatMul = OperatorDefinition(
    .contributed("DynamicQuantizeMatMul"),
    shape: .matrixProduct,
    work: .matrixProduct,
    layer: .always(.linear),
    example: Example(
      OperatorCall([
        .tensor(.float32, [128, 768]), .tensor(.int8, [768, 3072]), .tensor(.float32, []),
      ]),
      [.tensor(.float32, [128, 3072])]))

  /// A product of integers, scaled to floating-point numbers.
  public static let matMulIntegerToFloat = OperatorDefinition(
    .contributed("MatMulIntegerToFloat"),
    shape: ShapeRule.tensor { call throws(ShapeError) in
      let shape = try matrixProductShape(try call.shape(0), try call.shape(1))
      return TensorType(try call.dataType(2), shape)
    },
    work: .matrixProduct,
    layer: .always(.linear),
    example: Example(
      OperatorCall([
        .tensor(.uint8, [128, 768]), .tensor(.int8, [768, 3072]), .tensor(.float32, []),
        .tensor(.float32, []),
      ]),
      [.tensor(.float32, [128, 3072])]))

  /// The linear layer on quantised numbers; its result is quantised if a scale is given for it.
  public static let quantizedGemm = OperatorDefinition(
    .contributed("QGemm"),
    shape: .quantizedGemm,
    work: .generalMatrixProduct,
    layer: .always(.linear),
    example: Example(
      OperatorCall(
        [
          .tensor(.uint8, [32, 2048]), .tensor(.float32, []), .tensor(.uint8, []),
          .tensor(.int8, [1000, 2048]), .tensor(.float32, []), .tensor(.int8, []),
        ], attributes: ["transB": .integer(1)]),
      [.tensor(.float32, [32, 1000])]))

  /// `QLinearConv`, also for `[N, …, C]`.
  public static let contributedQuantizedConvolution = OperatorDefinition(
    .contributed("QLinearConv"),
    shape: ShapeRule { call throws(ShapeError) in
      let isChannelsLast = call.attributes.flag("channels_last")
      return try (isChannelsLast ? .quantizedChannelsLast : quantizedConvolution.shape)(call)
    },
    work: .convolution(weightInput: 3),
    layer: .convolution,
    example: quantizedConvolution.example)

  /// An LSTM whose weights `[directions, inputs, 4 · hidden]` are quantised.
  public static let dynamicQuantizeLSTM = OperatorDefinition(
    .contributed("DynamicQuantizeLSTM"),
    shape: .quantizedRecurrence,
    work: .recurrence,
    layer: .always(.recurrent),
    example: Example(
      OperatorCall(
        [
          .tensor(.float32, [35, 20, 200]), .tensor(.int8, [1, 200, 400]),
          .tensor(.int8, [1, 100, 400]),
        ], outputCount: 3),
      [
        .tensor(.float32, [35, 1, 20, 100]), .tensor(.float32, [1, 20, 100]),
        .tensor(.float32, [1, 20, 100]),
      ]))

  /// Rows of a table that is stored in blocks of few bits.
  public static let gatherBlockQuantized = OperatorDefinition(
    .contributed("GatherBlockQuantized"),
    shape: .gatherBlockQuantized,
    work: .perOutputElement(2),
    layer: .always(.embedding),
    example: Example(
      OperatorCall([
        .tensor(.int4, [32000, 2048]), .tensor(.int64, [2, 128]), .tensor(.float32, [32000, 16]),
      ]),
      [.tensor(.float32, [2, 128, 2048])]))

  private static func packed(_ name: String, weight: Shape) -> OperatorDefinition {
    OperatorDefinition(
      .contributed(name),
      shape: .packedProduct,
      gradients: [.of(0, reads: .input(1), .input(2), .input(3))],
      work: .packedProduct,
      layer: .always(.linear),
      example: Example(
        OperatorCall(
          [.tensor(.float32, [2, 128, 768]), .tensor(.uint8, weight)],
          attributes: ["N": .integer(3072), "K": .integer(768)]),
        [.tensor(.float32, [2, 128, 3072])]))
  }
}

extension ShapeRule {
  /// `[…, K]` gives `[…, N]`, which attributes say.
  fileprivate static let packedProduct = ShapeRule.tensor { call throws(ShapeError) in
    var type = try call.tensor(0)
    guard let rows = call.attributes.integer("N") else { throw .missingAttribute("N") }
    guard let depth = call.attributes.integer("K") else { throw .missingAttribute("K") }
    guard type.shape.last == depth else {
      throw .incompatible(rule: "the last axis is K", shapes: [type.shape, [depth]])
    }
    type.shape[type.rank - 1] = rows
    return type
  }

  fileprivate static let quantizedGemm = ShapeRule.tensor { call throws(ShapeError) in
    var product = call
    product.inputs = [.tensor(try call.tensor(0)), .tensor(try call.tensor(3))]
    let shapes = try ShapeRule.generalMatrixProduct(product)
    guard let shape = shapes.first?.tensorType?.shape else { throw .missingInput(0) }
    return TensorType(call.has(8) ? try call.dataType(8) : try call.dataType(1), shape)
  }

  fileprivate static let quantizedChannelsLast = ShapeRule.channelsLast {
    call throws(ShapeError) in
    let type = try convolutionType(call, weightInput: 3)
    return TensorType(try call.dataType(7), type.shape)
  }

  fileprivate static let quantizedRecurrence = ShapeRule { call throws(ShapeError) in
    var turned = call
    for index in 1...2 {
      let type = try call.tensor(index)
      guard type.rank == 3 else {
        throw .rank(input: index, expected: "rank 3", found: type.shape)
      }
      turned.inputs[index] = .tensor(type.dataType, [type.shape[0], type.shape[2], type.shape[1]])
    }
    return try ShapeRule.recurrence(states: 2)(turned)
  }

  /// The gathered axis gives way to the positions' axes; packed bytes hold several elements.
  fileprivate static let gatherBlockQuantized = ShapeRule.tensor { call throws(ShapeError) in
    let data = try call.tensor(0)
    var table = data.shape
    let axis = try call.axis("gather_axis", default: 0, rank: data.rank)
    let quantized = try call.axis("quantize_axis", default: 1, rank: data.rank)
    if data.dataType == .uint8 {
      let bits = try call.positive("bits", default: 4)
      table[quantized] = try table[quantized].times(max(1, 8 / bits))
    }
    let shape = table[..<axis] + (try call.shape(1)) + table[(axis + 1)...]
    return TensorType(try call.dataType(2), Array(shape))
  }
}

extension WorkRule {
  fileprivate static let packedProduct = WorkRule { call, outputs in
    let depth = max(0, call.attributes.integer("K") ?? 0)
    return Work(multiplyAccumulates: saturatingProduct(outputs.first?.elementCount ?? 0, depth))
  }
}
