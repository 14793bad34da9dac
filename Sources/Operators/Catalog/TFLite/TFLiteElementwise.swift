// Functions of single elements, of one operand or of two.

import ModelGraph

extension OperatorDefinition {
  static let tfliteElementwise: [OperatorDefinition] =
    [
      "ABS", "CEIL", "COS", "ELU", "EXP", "FLOOR", "GELU", "HARD_SWISH", "L2_NORMALIZATION",
      "LEAKY_RELU", "LOCAL_RESPONSE_NORMALIZATION", "LOG", "LOGICAL_NOT", "LOGISTIC",
      "LOG_SOFTMAX", "NEG", "RELU", "RELU6", "RELU_0_TO_1", "RELU_N1_TO_1", "ROUND", "RSQRT",
      "SIGN", "SIN", "SOFTMAX", "SQRT", "SQUARE", "TANH",
    ].map { tfliteFunction($0, work: .perOutputElement(1), layer: .always(.activation)) }
    + [
      "CAST", "CUMSUM", "DENSIFY", "DEQUANTIZE", "FAKE_QUANT", "QUANTIZE", "REVERSE_SEQUENCE",
      "REVERSE_V2", "ZEROS_LIKE", "BUCKETIZE", "DYNAMIC_UPDATE_SLICE",
    ].map { tfliteFunction($0, work: .none, layer: .other) }
    + [
      "ADD", "ADD_N", "ATAN2", "BITWISE_XOR", "DIV", "EQUAL", "FLOOR_DIV", "FLOOR_MOD", "GREATER",
      "GREATER_EQUAL", "LESS", "LESS_EQUAL", "LOGICAL_AND", "LOGICAL_OR", "MAXIMUM", "MINIMUM",
      "MUL", "NOT_EQUAL", "POW", "RIGHT_SHIFT", "SQUARED_DIFFERENCE", "SUB",
    ].map { tfliteSum($0) }
    + [tflitePRelu, tfliteSelect("SELECT"), tfliteSelect("SELECT_V2")]

  /// The activation with a slope for each channel.
  static let tflitePRelu = OperatorDefinition(
    .tflite("PRELU"),
    shape: .tfliteSameShape,
    work: .perOutputElement(2),
    layer: .always(.activation),
    example: .float32([1, 14, 14, 8], [1, 1, 8], gives: [1, 14, 14, 8]))

  private static func tfliteFunction(
    _ name: String, work: WorkRule, layer: LayerRule
  ) -> OperatorDefinition {
    OperatorDefinition(
      .tflite(name), shape: .tfliteSameShape, evaluation: evaluations[name], work: work,
      layer: layer,
      example: .float32([2, 3], gives: [2, 3]))
  }

  private static func tfliteSum(_ name: String) -> OperatorDefinition {
    OperatorDefinition(
      .tflite(name), shape: .tfliteBroadcast, evaluation: evaluations[name],
      work: .perOutputElement(1),
      example: .float32([2, 1, 3], [4, 3], gives: [2, 4, 3]))
  }

  private static func tfliteSelect(_ name: String) -> OperatorDefinition {
    OperatorDefinition(
      .tflite(name),
      shape: ShapeRule.tensor { call throws(ShapeError) in
        TensorType(try call.dataType(1), try broadcastShape(of: call))
      },
      evaluation: .selection,
      work: .perOutputElement(1),
      example: Example(
        OperatorCall([.tensor(.bool, [2, 1]), .tensor(.float32, [2, 3]), .tensor(.float32, [3])]),
        [.tensor(.float32, [2, 3])]))
  }

  /// What follows for small contents of those operators with which converters work out sizes.
  private static let evaluations: [String: Evaluation] = [
    "ABS": .magnitude, "CEIL": .ceiling, "EXP": .exponential, "FLOOR": .floor, "LOG": .logarithm,
    "LOGICAL_NOT": .logicalNegation, "NEG": .negation, "ROUND": .rounding, "SIGN": .signum,
    "SQRT": .squareRoot, "CAST": .cast, "CUMSUM": .cumulativeSum, "ADD": .addition,
    "ADD_N": .addition, "DIV": .division, "EQUAL": .equality, "FLOOR_DIV": .tfliteFloorDivision,
    "FLOOR_MOD": .remainder, "GREATER": .greater, "GREATER_EQUAL": .greaterOrEqual,
    "LESS": .less, "LESS_EQUAL": .lessOrEqual, "LOGICAL_AND": .conjunction,
    "LOGICAL_OR": .disjunction, "MAXIMUM": .maximum, "MINIMUM": .minimum,
    "MUL": .multiplication, "NOT_EQUAL": .tfliteInequality, "POW": .power, "SUB": .subtraction,
  ]
}
