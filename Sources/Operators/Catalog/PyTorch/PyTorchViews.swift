// Views: PyTorch's way to give the same bytes another shape.

import ModelGraph

extension OperatorDefinition {
  static let pyTorchViews: [OperatorDefinition] = [
    view, permute, select, narrow, chunk, expandView,
  ]

  /// The same elements in the shape of the attribute `shape`, where one size may be -1.
  public static let view = viewOperator(
    "View", shape: .view,
    example: .float32(
      [2, 197, 768], attributes: ["shape": .integers([2, 197, 12, -1])],
      gives: [2, 197, 12, 64]))

  /// The axes in the order of the attribute `perm`.
  ///
  /// Unlike ONNX's `Transpose`, nothing is copied.
  public static let permute = viewOperator(
    "Permute", shape: .permutedView,
    example: .float32(
      [2, 197, 12, 64], attributes: ["perm": .integers([0, 2, 1, 3])], gives: [2, 12, 197, 64]))

  /// One index of an axis, which goes away.
  public static let select = viewOperator(
    "Select", shape: .select,
    example: .float32(
      [2, 197, 768], attributes: ["axis": .integer(1), "index": .integer(0)], gives: [2, 768]))

  /// Every `step`-th index from `start` to before `end` of one axis.
  public static let narrow = viewOperator(
    "Narrow", shape: .narrow,
    example: .float32(
      [1, 56, 56, 96],
      attributes: [
        "axis": .integer(1), "start": .integer(1), "end": .integer(56), "step": .integer(2),
      ],
      gives: [1, 28, 56, 96]))

  /// Equal parts of one axis, as many as there are outputs.
  public static let chunk = OperatorDefinition(
    "Chunk", shape: .chunk, gradients: [.of(0)],
    aliases: (0..<3).map { Alias(output: $0, of: 0) },
    example: Example(
      OperatorCall([.tensor(.float32, [1, 116, 28, 28])], attributes: ["axis": .integer(1)],
        outputCount: 2),
      [.tensor(.float32, [1, 58, 28, 28]), .tensor(.float32, [1, 58, 28, 28])]))

  /// Axes of size one repeated to the attribute `shape`, without copying.
  ///
  /// ONNX's `Expand` makes a new tensor.
  public static let expandView = viewOperator(
    "ExpandView", shape: .expandView,
    example: .float32(
      [1, 1, 768], attributes: ["shape": .integers([32, 1, 768])], gives: [32, 1, 768]))

  private static func viewOperator(
    _ name: OperatorName, shape: ShapeRule, example: Example
  ) -> OperatorDefinition {
    OperatorDefinition(
      name, shape: shape, gradients: [.of(0)], aliases: [.firstOfFirst], example: example)
  }
}

extension ShapeRule {
  fileprivate static let view = ShapeRule.tensor { call throws(ShapeError) in
    var type = try call.tensor(0)
    guard var target = call.attributes.integers("shape") else {
      throw .missingAttribute("shape")
    }
    if let free = target.firstIndex(of: -1) {
      target.remove(at: free)
      let known = target.elementCount
      guard known > 0, type.elementCount % known == 0 else {
        throw .incompatible(rule: "the elements do not fill the shape", shapes: [type.shape, target])
      }
      target.insert(type.elementCount / known, at: free)
    }
    guard target.elementCount == type.elementCount else {
      throw .incompatible(rule: "the numbers of elements differ", shapes: [type.shape, target])
    }
    type.shape = target
    return type
  }

  fileprivate static let permutedView = ShapeRule.tensor { call throws(ShapeError) in
    var type = try call.tensor(0)
    let shape = type.shape
    guard let order = call.attributes.integers("perm"), order.sorted() == Array(shape.indices)
    else {
      throw .rank(input: 0, expected: "one axis for each entry of perm", found: shape)
    }
    type.shape = order.map { shape[$0] }
    return type
  }

  fileprivate static let select = ShapeRule.tensor { call throws(ShapeError) in
    var type = try call.tensor(0)
    type.shape.remove(at: try call.axis(default: 0, rank: type.rank))
    return type
  }

  fileprivate static let narrow = ShapeRule.tensor { call throws(ShapeError) in
    var type = try call.tensor(0)
    let axis = try call.axis(default: 0, rank: type.rank)
    let step = try call.positive("step", default: 1)
    let size = type.shape[axis]
    let start = max(0, min(call.attributes.integer("start") ?? 0, size))
    let end = max(start, min(call.attributes.integer("end") ?? size, size))
    type.shape[axis] = (end - start).dividedRoundingUp(by: step)
    return type
  }

  fileprivate static let chunk = ShapeRule { call throws(ShapeError) in
    var type = try call.tensor(0)
    let axis = try call.axis(default: 0, rank: type.rank)
    let count = max(1, call.outputCount)
    guard type.shape[axis] % count == 0 else {
      throw .incompatible(rule: "the axis has no \(count) equal parts", shapes: [type.shape])
    }
    type.shape[axis] /= count
    return Array(repeating: .tensor(type), count: count)
  }

  fileprivate static let expandView = ShapeRule.tensor { call throws(ShapeError) in
    var type = try call.tensor(0)
    let target = call.attributes.integers("shape") ?? type.shape
    guard try broadcastShape(type.shape, target) == target else {
      throw .incompatible(rule: "the shape does not expand", shapes: [type.shape, target])
    }
    type.shape = target
    return type
  }
}
