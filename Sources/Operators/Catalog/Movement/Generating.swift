// Operators that make tensors from sizes, numbers or other types.

import ModelGraph

extension OperatorDefinition {
  static let generating: [OperatorDefinition] = [
    shapeOf, sizeOf, range, constant, constantOfShape, eyeLike, cast, castLike, bitCast,
  ]

  public static let shapeOf = OperatorDefinition(
    "Shape",
    shape: .shapeOf,
    evaluation: .shapeOf,
    example: Example(
      OperatorCall([.tensor(.float32, [2, 3, 4])], attributes: ["start": .integer(-1)]),
      [.tensor(.int64, [1])]))

  public static let sizeOf = OperatorDefinition(
    "Size",
    shape: .sizeOf,
    evaluation: .sizeOf,
    example: Example(OperatorCall([.tensor(.float32, [2, 3, 4])]), [.tensor(.int64, [])]))

  /// The numbers from a start to before a limit.
  public static let range = OperatorDefinition(
    "Range",
    shape: .range,
    evaluation: .range,
    work: .perOutputElement(1),
    example: Example(
      OperatorCall(
        [.tensor(.int64, []), .tensor(.int64, []), .tensor(.int64, [])],
        values: [TensorValue(scalar: 10), TensorValue(scalar: 4), TensorValue(scalar: -4)]),
      [.tensor(.int64, [2])]))

  /// A value written into the node.
  public static let constant = OperatorDefinition(
    "Constant",
    shape: .constant,
    evaluation: .constant,
    example: Example(
      OperatorCall([], attributes: ["value_ints": .integers([1, 2, 3])]), [.tensor(.int64, [3])]))

  /// One value in a stated shape.
  public static let constantOfShape = OperatorDefinition(
    "ConstantOfShape",
    shape: .constantOfShape,
    evaluation: .constantOfShape,
    frozenSizes: .generated,
    training: .filled,
    example: Example(
      OperatorCall([.tensor(.int64, [2])], values: [TensorValue([4, 3])]),
      [.tensor(.float32, [4, 3])]))

  /// Ones on a diagonal, zeros elsewhere.
  public static let eyeLike = OperatorDefinition(
    "EyeLike",
    shape: .eyeLike,
    example: Example(
      OperatorCall([.tensor(.int32, [4, 5])], attributes: ["dtype": .integer(1)]),
      [.tensor(.float32, [4, 5])]))

  /// The elements as another type.
  public static let cast = OperatorDefinition(
    "Cast",
    shape: .cast,
    evaluation: .cast,
    gradients: [.of(0)],
    work: .perOutputElement(1),
    training: .conversion,
    example: Example(
      OperatorCall([.tensor(.float32, [2, 3])], attributes: ["to": .integer(10)]),
      [.tensor(.float16, [2, 3])]))

  /// The elements as the type of another tensor.
  public static let castLike = OperatorDefinition(
    "CastLike",
    shape: .castLike,
    evaluation: .cast,
    gradients: [.of(0)],
    work: .perOutputElement(1),
    example: Example(
      OperatorCall([.tensor(.float32, [2, 3]), .tensor(.bfloat16, [1])]),
      [.tensor(.bfloat16, [2, 3])]))

  /// The bits read as another type of the same size.
  public static let bitCast = OperatorDefinition(
    "BitCast",
    shape: .cast,
    aliases: [.firstOfFirst],
    example: Example(
      OperatorCall([.tensor(.float32, [2, 3])], attributes: ["to": .integer(6)]),
      [.tensor(.int32, [2, 3])]))
}
