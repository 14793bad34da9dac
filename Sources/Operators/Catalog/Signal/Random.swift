// Random numbers.

import ModelGraph

extension OperatorDefinition {
  static let random: [OperatorDefinition] = [
    randomNormal, randomUniform, randomNormalLike, randomUniformLike, bernoulli, multinomial,
  ]

  public static let randomNormal = random("RandomNormal")
  public static let randomUniform = random("RandomUniform")
  public static let randomNormalLike = randomLike("RandomNormalLike")
  public static let randomUniformLike = randomLike("RandomUniformLike")

  /// 1 with the probability that each element gives, else 0.
  public static let bernoulli = randomLike("Bernoulli")

  /// Positions drawn by the unnormalised log-probabilities of each row.
  public static let multinomial = OperatorDefinition(
    "Multinomial",
    shape: .samples,
    work: .perInputElement(5),
    example: Example(
      OperatorCall([.tensor(.float32, [2, 1000])], attributes: ["sample_size": .integer(3)]),
      [.tensor(.int32, [2, 3])]))

  private static func random(_ name: OperatorName) -> OperatorDefinition {
    OperatorDefinition(
      name,
      shape: .shapeAttribute,
      work: .perOutputElement(1),
      example: .float32(attributes: ["shape": .integers([2, 3])], gives: [2, 3]))
  }

  private static func randomLike(_ name: OperatorName) -> OperatorDefinition {
    OperatorDefinition(
      name,
      shape: .likeInputWithType,
      work: .perOutputElement(1),
      example: .float32([2, 3], gives: [2, 3]))
  }
}

extension ShapeRule {
  /// The shape and the type that attributes say.
  fileprivate static let shapeAttribute = ShapeRule.tensor { call throws(ShapeError) in
    guard let shape = call.attributes.integers("shape") else { throw .missingAttribute("shape") }
    return TensorType(try call.elementType("dtype", default: .float32), shape)
  }

  /// The input's shape, in the type that an attribute may say.
  fileprivate static let likeInputWithType = ShapeRule.tensor { call throws(ShapeError) in
    let input = try call.tensor(0)
    return TensorType(try call.elementType("dtype", default: input.dataType), input.shape)
  }

  /// `[N, classes]` gives `[N, sample_size]`.
  fileprivate static let samples = ShapeRule.tensor { call throws(ShapeError) in
    let input = try call.shape(0)
    guard input.count == 2 else { throw .rank(input: 0, expected: "rank 2", found: input) }
    let type = try call.elementType("dtype", default: .int32)
    return TensorType(type, [input[0], call.attributes.integer("sample_size") ?? 1])
  }
}
