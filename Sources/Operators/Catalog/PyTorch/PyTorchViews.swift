// Views: PyTorch's way to give the same bytes another shape.

import ModelGraph

extension OperatorDefinition {
  static let pyTorchViews: [OperatorDefinition] = [
    view, selectView, narrowView, expandView, unbind, detach, runs, inPrecision, boundedInHalf,
  ]

  /// The same elements in the shape of the attribute `shape`, where one size may be -1.
  public static let view = OperatorDefinition(
    "View", shape: .viewShape, gradients: [.of(0)], aliases: [.firstOfFirst],
    frozenSizes: .reshape.moved(to: .attribute("shape")),
    training: .reshaping,
    example: .float32(
      [2, 197, 768], attributes: ["shape": .integers([2, 197, 12, -1])],
      gives: [2, 197, 12, 64]))

  /// One index of an axis, which goes away.
  public static let selectView = viewOperator(
    "Select", shape: .selectView,
    training: .selection,
    example: .float32(
      [2, 197, 768], attributes: ["axis": .integer(1), "index": .integer(0)], gives: [2, 768]))

  /// Every `step`-th index from `start` to before `end` of one axis.
  public static let narrowView = viewOperator(
    "Narrow", shape: .narrowView, frozenSizes: .narrow,
    training: .narrowing,
    example: .float32(
      [1, 56, 56, 96],
      attributes: [
        "axis": .integer(1), "start": .integer(1), "end": .integer(56), "step": .integer(2),
      ],
      gives: [1, 28, 56, 96]))

  /// Axes of size one repeated to the attribute `shape`, without copying.
  ///
  /// ONNX's `Expand` makes a new tensor.
  public static let expandView = viewOperator(
    "ExpandView", shape: .expandedView,
    frozenSizes: .expand.moved(to: .attribute("shape")),
    training: .expansion,
    example: .float32(
      [1, 1, 768], attributes: ["shape": .integers([32, 1, 768])], gives: [32, 1, 768]))

  /// Each index of the attribute `axis` by itself, as views.
  public static let unbind = OperatorDefinition(
    "Unbind",
    shape: .unbound,
    gradients: [.of(0)],
    stridedAliases: (0..<64).map { Alias(output: $0, of: 0) },
    training: .unbinding,
    example: Example(
      OperatorCall(
        [.tensor(.float32, [3, 2, 12])], attributes: ["axis": .integer(0)], outputCount: 3),
      Array(repeating: .tensor(.float32, [2, 12]), count: 3)))

  /// The tensor itself, of which autograd knows nothing.
  public static let detach = OperatorDefinition(
    "Detach", shape: .sameAsInput, aliases: [.firstOfFirst],
    example: .float32([2, 3], gives: [2, 3]))

  /// Overlapping runs of an axis, `step` apart, as a last axis, in the shape of the attribute `shape`.
  ///
  /// <https://docs.pytorch.org/docs/stable/generated/torch.Tensor.unfold.html>
  public static let runs = viewOperator(
    "Runs", shape: .stated, frozenSizes: .stated, training: .runs,
    example: .float32(
      [2, 8, 14],
      attributes: [
        "axis": .integer(2), "step": .integer(8), "shape": .integers([2, 8, 2, 6]),
      ],
      gives: [2, 8, 2, 6]))

  /// The elements in single precision whatever the model computes in, if the attribute `single` says
  /// so, else in the type of the second operand or, without one, of the model's parameters.
  ///
  /// In single precision that is the tensor itself. With the attribute `autocast` the type is autocast's,
  /// where that is on.
  public static let inPrecision = OperatorDefinition(
    "InPrecision", shape: .sameAsInput, gradients: [.of(0)], aliases: [.firstOfFirst],
    training: .inPrecision,
    example: .float32([2, 3], attributes: ["single": .integer(1)], gives: [2, 3]))

  /// The elements kept within the bounds of `float16`, where they are of that type; the attribute `tensors`
  /// says that the bounds are chosen by looking whether any element is infinite.
  ///
  /// In other types that is the tensor itself.
  public static let boundedInHalf = OperatorDefinition(
    "BoundedInHalf", shape: .sameAsInput, gradients: [.of(0)], aliases: [.firstOfFirst],
    training: .boundingInHalf,
    example: .float32([2, 3], gives: [2, 3]))

  private static func viewOperator(
    _ name: OperatorName, shape: ShapeRule, frozenSizes: FrozenSizes? = nil,
    training: TrainingRule, example: Example
  ) -> OperatorDefinition {
    OperatorDefinition(
      name, shape: shape, gradients: [.of(0)], stridedAliases: [.firstOfFirst],
      frozenSizes: frozenSizes, training: training, example: example)
  }
}

extension ShapeRule {
  fileprivate static let viewShape = ShapeRule.tensor { call throws(ShapeError) in
    var type = try call.tensor(0)
    guard var target = call.attributes.integers("shape") else {
      throw .missingAttribute("shape")
    }
    if let free = target.firstIndex(of: -1) {
      target.remove(at: free)
      let known = target.elementCount
      guard known > 0, type.elementCount % known == 0 else {
        throw .incompatible(
          rule: "the elements do not fill the shape", shapes: [type.shape, target])
      }
      target.insert(type.elementCount / known, at: free)
    }
    guard target.elementCount == type.elementCount else {
      throw .incompatible(rule: "the numbers of elements differ", shapes: [type.shape, target])
    }
    type.shape = target
    return type
  }

  /// The input's shape without the axis, for each output.
  fileprivate static let unbound = ShapeRule { call throws(ShapeError) in
    var type = try call.tensor(0)
    let axis = try call.axis(default: 0, rank: type.rank)
    guard type.shape[axis] == call.outputCount else {
      throw .attribute(
        name: "axis", expected: "an axis of \(call.outputCount)", found: "\(type.shape[axis])")
    }
    type.shape.remove(at: axis)
    return Array(repeating: .tensor(type), count: call.outputCount)
  }

  fileprivate static let selectView = ShapeRule.tensor { call throws(ShapeError) in
    var type = try call.tensor(0)
    type.shape.remove(at: try call.axis(default: 0, rank: type.rank))
    return type
  }

  fileprivate static let narrowView = ShapeRule.tensor { call throws(ShapeError) in
    var type = try call.tensor(0)
    let axis = try call.axis(default: 0, rank: type.rank)
    let step = try call.positive("step", default: 1)
    let size = type.shape[axis]
    let start = max(0, min(call.attributes.integer("start") ?? 0, size))
    let end = max(start, min(call.attributes.integer("end") ?? size, size))
    type.shape[axis] = (end - start).dividedRoundingUp(by: step)
    return type
  }

  fileprivate static let expandedView = ShapeRule.tensor { call throws(ShapeError) in
    var type = try call.tensor(0)
    let target = call.attributes.integers("shape") ?? type.shape
    guard try broadcastShape(type.shape, target) == target else {
      throw .incompatible(rule: "the shape does not expand", shapes: [type.shape, target])
    }
    type.shape = target
    return type
  }
}
