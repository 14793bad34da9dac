// Operators that repeat, choose or resample elements.

import ModelGraph

extension OperatorDefinition {
  static let expanding: [OperatorDefinition] = [expand, tile, select, resize, upsample]

  /// Axes of size 1 repeated to a stated shape.
  public static let expand = OperatorDefinition(
    "Expand",
    shape: .expand,
    evaluation: .expand,
    gradients: [.of(0)],
    stridedAliases: [.firstOfFirst],
    frozenSizes: .expand,
    example: Example(
      OperatorCall(
        [.tensor(.float32, [3, 1]), .tensor(.int64, [3])],
        values: [nil, TensorValue([2, 1, 6])]),
      [.tensor(.float32, [2, 3, 6])]))

  /// Every axis repeated as a whole.
  public static let tile = OperatorDefinition(
    "Tile",
    shape: .tile,
    evaluation: .tile,
    gradients: [.of(0)],
    frozenSizes: .tile,
    training: .repetition,
    example: Example(
      OperatorCall(
        [.tensor(.float32, [2, 3]), .tensor(.int64, [2])], values: [nil, TensorValue([2, 2])]),
      [.tensor(.float32, [4, 6])]))

  /// An element of the second operand where the first is true, of the third elsewhere.
  public static let select = OperatorDefinition(
    "Where",
    shape: .selection,
    evaluation: .selection,
    gradients: [.of(1, reads: .input(0)), .of(2, reads: .input(0))],
    work: .perOutputElement(1),
    training: .choice,
    example: Example(
      OperatorCall([.tensor(.bool, [3, 1]), .tensor(.float32, [4]), .tensor(.float32, [])]),
      [.tensor(.float32, [3, 4])]))

  /// An image scaled, or resampled to stated sizes.
  public static let resize = OperatorDefinition(
    "Resize",
    shape: .resize,
    gradients: [.of(0)],
    frozenSizes: .resize,
    work: .perOutputElement(8),
    training: .resampling,
    example: Example(
      OperatorCall(
        [.tensor(.float32, [1, 3, 10, 15]), nil, .tensor(.float32, [4])],
        values: [nil, nil, TensorValue(TensorType(.float32, [4]), .floats([1, 1, 2, 0.6]))]),
      [.tensor(.float32, [1, 3, 20, 9])]))

  /// The older name of ``resize``.
  public static let upsample = OperatorDefinition(
    "Upsample",
    shape: .upsample,
    gradients: [.of(0)],
    work: .perOutputElement(8),
    example: .float32(
      [1, 3, 8, 8], attributes: ["scales": .floats([1, 1, 2, 3])], gives: [1, 3, 16, 24]))
}
