// Maps from keys to numbers, whose size only their contents tell.

import ModelGraph

extension OperatorDefinition {
  static let maps: [OperatorDefinition] = [castMap, dictVectorizer, zipMap]

  /// A map's values as a row; dense, one for each key.
  public static let castMap = OperatorDefinition(
    .machineLearning("CastMap"),
    shape: ShapeRule { call throws(ShapeError) in
      guard call.attributes.string("map_form") == "SPARSE" else { return [.unknown] }
      let type = castType(call)
      return [.tensor(type, [1, call.attributes.integer("max_map") ?? 1])]
    },
    example: Example(
      OperatorCall(
        [.unknown],
        attributes: ["map_form": .string("SPARSE"), "max_map": .integer(8)]),
      [.tensor(.float32, [1, 8])]))

  /// A map's values as a row, in the order of a vocabulary.
  public static let dictVectorizer = OperatorDefinition(
    .machineLearning("DictVectorizer"),
    shape: ShapeRule { _ throws(ShapeError) in [.unknown] },
    example: Example(OperatorCall([.unknown]), [.unknown]))

  /// A row of probabilities as a map from class to probability.
  public static let zipMap = OperatorDefinition(
    .machineLearning("ZipMap"),
    shape: ShapeRule { _ throws(ShapeError) in [.unknown] },
    example: Example(OperatorCall([.tensor(.float32, [10, 3])]), [.unknown]))
}

private func castType(_ call: OperatorCall) -> DataType {
  switch call.attributes.string("cast_to") {
  case "TO_STRING": .string
  case "TO_INT64": .int64
  default: .float32
  }
}
