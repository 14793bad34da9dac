import ModelGraph

extension ShapeRule {
  /// The shape that an operand lists.
  static func tfliteContents(of operand: Int) -> ShapeRule {
    tfliteTyped { call throws(ShapeError) in
      guard let shape = try call.integers(operand) else { throw .missingInput(operand) }
      return shape
    }
  }

  /// Blocks of each axis as entries of the batch, after padding.
  static let tfliteSpaceToBatch = tflite { call throws(ShapeError) in
    var shape = try call.shape(0)
    let (blocks, pads) = try call.blocks(rank: shape.count)
    for (index, block) in blocks.enumerated() {
      let axis = index + 1
      shape[0] = try shape[0].times(block)
      shape[axis] = try shape[axis].plus(pads[2 * index]).plus(pads[2 * index + 1]) / block
    }
    return shape
  }

  /// Entries of the batch as blocks of each axis, then cropped.
  static let tfliteBatchToSpace = tflite { call throws(ShapeError) in
    var shape = try call.shape(0)
    let (blocks, crops) = try call.blocks(rank: shape.count)
    for (index, block) in blocks.enumerated() {
      let axis = index + 1
      shape[0] /= block
      shape[axis] = try shape[axis].times(block).minus(crops[2 * index])
        .minus(crops[2 * index + 1])
    }
    return shape
  }

  static let tfliteGatherND = tflite { call throws(ShapeError) in
    let (shape, indices) = (try call.shape(0), try call.shape(1))
    guard let depth = indices.last, depth <= shape.count else {
      throw .rank(input: 1, expected: "at most as many indices as axes", found: indices)
    }
    return Array(indices.dropLast() + shape.dropFirst(depth))
  }

  static let tfliteOneHot = tfliteTyped { call throws(ShapeError) in
    var shape = try call.shape(0)
    guard let depth = try call.integer(1), depth >= 0 else { throw .missingInput(1) }
    let axis = try call.axis(default: 0, rank: shape.count + 1)
    shape.insert(depth, at: axis)
    return shape
  }

  static let tfliteMatrixDiagonal = tflite { call throws(ShapeError) in
    let shape = try call.shape(0)
    return shape + shape.suffix(1)
  }

  /// As many samples of each row as the second operand says.
  static let tfliteDraws = tfliteTyped { call throws(ShapeError) in
    let shape = try call.tensor(0, rank: 2).shape
    guard let count = try call.integer(1) else { throw .missingInput(1) }
    return [shape[0], count]
  }

  /// `[…, H, W / 2 + 1]` of transforms over H × W.
  static let tfliteFourier = tfliteTyped { call throws(ShapeError) in
    let shape = try call.shape(0)
    guard let sizes = try call.integers(1), sizes.count == 2, shape.count >= 2 else {
      throw .missingInput(1)
    }
    return Array(shape.dropLast(2)) + [sizes[0], sizes[1] / 2 + 1]
  }

  static let tfliteBroadcastArguments = tflite { call throws(ShapeError) in
    let (first, second) = (try call.tensor(0, rank: 1).shape, try call.tensor(1, rank: 1).shape)
    return [max(first[0], second[0])]
  }

  /// `⌈(limit − start) / step⌉` numbers.
  static let tfliteRange = tflite { call throws(ShapeError) in
    guard let start = try call.numbers(0)?.first, let limit = try call.numbers(1)?.first,
      let step = try call.numbers(2)?.first
    else { throw .dependsOnContents(0) }
    let count = ((limit - start) / step).rounded(.up)
    guard let count = Int(exactly: max(0, count)) else {
      throw .attribute(name: "delta", expected: "a step towards the limit", found: "\(step)")
    }
    return [count]
  }

  /// Parts whose sizes the second operand lists; one may be -1.
  static let tfliteSplitOfSizes = ShapeRule { call throws(ShapeError) in
    let type = try call.tensor(0)
    guard let sizes = try call.integers(1), let stated = try call.integer(2) else {
      throw .missingInput(1)
    }
    let axis = try OperatorCall.axis(stated, rank: type.rank)
    var rest = type.shape[axis]
    for size in sizes where size >= 0 { rest = try rest.minus(size) }
    let openCount = sizes.count { $0 < 0 }
    guard rest == 0 && openCount == 0 || rest >= 0 && openCount == 1,
      sizes.count == call.outputCount
    else {
      throw .incompatible(rule: "the parts add up to the axis", shapes: [type.shape, sizes])
    }
    return sizes.map { size in
      var part = type
      part.shape[axis] = size < 0 ? rest : size
      return .tensor(part)
    }
  }

  /// The largest numbers of each row, and where they stand.
  static let tfliteLargest = ShapeRule { call throws(ShapeError) in
    var type = try call.tensor(0)
    guard let count = try call.integer(1) else { throw .missingInput(1) }
    guard type.rank > 0 else { throw .rank(input: 0, expected: "an axis", found: type.shape) }
    type.shape[type.rank - 1] = count
    return [.tensor(type), .tensor(.int32, type.shape)]
  }

  /// Boxes, classes, scores and how many there are.
  ///
  /// Source: `Prepare` of
  /// <https://github.com/google-ai-edge/LiteRT/blob/main/tflite/kernels/detection_postprocess.cc>
  static let tfliteDetections = ShapeRule { call throws(ShapeError) in
    let classes = try call.positive("max_classes_per_detection", default: 1)
    let count = try call.positive("max_detections", default: 1).times(classes)
    return [[1, count, 4], [1, count], [1, count], [1]].map { .tensor(.float32, $0) }
  }

  /// A shape of the type that the file declares; without one the type of the first operand is a guess.
  private static func tfliteTyped(
    _ infer: @escaping @Sendable (OperatorCall) throws(ShapeError) -> Shape
  ) -> ShapeRule {
    .tensor { call throws(ShapeError) in
      guard let type = call.declaredOutputs.first??.tensorType?.dataType else {
        throw .unsupported("no type is declared")
      }
      return TensorType(type, try infer(call))
    }
  }
}

extension OperatorCall {
  /// The sizes of blocks, and two amounts for each, of operands 1 and 2.
  fileprivate func blocks(rank: Int) throws(ShapeError) -> (blocks: [Int], amounts: [Int]) {
    guard let blocks = try integers(1), let amounts = try integers(2) else {
      throw .missingInput(1)
    }
    guard blocks.count < rank, amounts.count == 2 * blocks.count, blocks.allSatisfy({ $0 > 0 })
    else {
      throw .incompatible(rule: "two amounts for each block", shapes: [blocks, amounts])
    }
    return (blocks, amounts)
  }
}
