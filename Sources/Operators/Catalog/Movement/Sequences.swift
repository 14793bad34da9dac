// Operators on sequences and optional values.

import ModelGraph

extension OperatorDefinition {
  static let sequences: [OperatorDefinition] = [
    sequenceConstruct, sequenceEmpty, sequenceAt, sequenceErase, sequenceInsert, sequenceLength,
    concatenateSequence, splitToSequence,
  ]

  static let optionals: [OperatorDefinition] = [optional, optionalElement, optionalHasElement]

  private static let pair = ValueType.sequence([
    .tensor(.float32, [2, 3]), .tensor(.float32, [4, 3]),
  ])

  public static let sequenceConstruct = OperatorDefinition(
    "SequenceConstruct",
    shape: .sequenceConstruct,
    example: Example(
      OperatorCall([.tensor(.float32, [2, 3]), .tensor(.float32, [4, 3])]), [pair]))

  public static let sequenceEmpty = OperatorDefinition(
    "SequenceEmpty",
    shape: .sequenceEmpty,
    example: Example(OperatorCall([]), [.sequence([])]))

  public static let sequenceAt = OperatorDefinition(
    "SequenceAt",
    shape: .sequenceAt,
    example: Example(
      OperatorCall([pair, .tensor(.int64, [])], values: [nil, TensorValue(scalar: -1)]),
      [.tensor(.float32, [4, 3])]))

  public static let sequenceErase = OperatorDefinition(
    "SequenceErase",
    shape: .sequenceErase,
    example: Example(
      OperatorCall([pair, .tensor(.int64, [])], values: [nil, TensorValue(scalar: 0)]),
      [.sequence([.tensor(.float32, [4, 3])])]))

  public static let sequenceInsert = OperatorDefinition(
    "SequenceInsert",
    shape: .sequenceInsert,
    example: Example(
      OperatorCall([.sequence([.tensor(.float32, [2, 3])]), .tensor(.float32, [4, 3])]), [pair]))

  public static let sequenceLength = OperatorDefinition(
    "SequenceLength",
    shape: .sequenceLength,
    evaluation: .sequenceLength,
    example: Example(OperatorCall([pair]), [.tensor(.int64, [])]))

  /// The elements joined along an axis, or stacked.
  public static let concatenateSequence = OperatorDefinition(
    "ConcatFromSequence",
    shape: .concatenationOfSequence,
    gradients: [.of(0)],
    example: Example(
      OperatorCall([pair], attributes: ["axis": .integer(0)]), [.tensor(.float32, [6, 3])]))

  /// Pieces along an axis.
  public static let splitToSequence = OperatorDefinition(
    "SplitToSequence",
    shape: .splitToSequence,
    gradients: [.of(0)],
    example: Example(
      OperatorCall(
        [.tensor(.float32, [6, 3]), .tensor(.int64, [2])], values: [nil, TensorValue([2, 4])]),
      [pair]))

  /// A value that may be absent.
  public static let optional = OperatorDefinition(
    "Optional",
    shape: .optional,
    aliases: [.firstOfFirst],
    example: Example(
      OperatorCall([.tensor(.float32, [2])]), [.optional(.tensor(.float32, [2]))]))

  public static let optionalElement = OperatorDefinition(
    "OptionalGetElement",
    shape: .optionalElement,
    aliases: [.firstOfFirst],
    example: Example(
      OperatorCall([.optional(.tensor(.float32, [2]))]), [.tensor(.float32, [2])]))

  public static let optionalHasElement = OperatorDefinition(
    "OptionalHasElement",
    shape: .optionalHasElement,
    evaluation: .optionalHasElement,
    example: Example(OperatorCall([.optional(nil)]), [.tensor(.bool, [])]))
}
