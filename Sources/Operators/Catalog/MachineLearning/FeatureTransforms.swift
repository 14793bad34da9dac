// What prepares features in the `ai.onnx.ml` domain.

import ModelGraph

extension OperatorDefinition {
  static let featureTransforms: [OperatorDefinition] = [
    scaler, normalizer, imputer, binarizer, oneHotEncoder, labelEncoder, categoryMapper,
    featureVectorizer, arrayFeatureExtractor,
  ]

  /// `(x − offset) · scale`.
  public static let scaler = OperatorDefinition(
    .machineLearning("Scaler"), shape: .sameShapeAsFloat, work: .perOutputElement(2),
    example: .float32([10, 4], gives: [10, 4]))

  /// Divides each row by its norm.
  public static let normalizer = OperatorDefinition(
    .machineLearning("Normalizer"), shape: .sameShapeAsFloat, work: .perOutputElement(3),
    example: .float32([10, 4], gives: [10, 4]))

  /// Replaces a value that means nothing.
  public static let imputer = OperatorDefinition(
    .machineLearning("Imputer"), shape: .sameAsInput, work: .perOutputElement(1),
    example: .float32([10, 4], gives: [10, 4]))

  /// 1 above a threshold, else 0.
  public static let binarizer = OperatorDefinition(
    .machineLearning("Binarizer"), shape: .sameAsInput, work: .perOutputElement(1),
    example: .float32([10, 4], gives: [10, 4]))

  /// One more axis with a 1 at the position of the category.
  public static let oneHotEncoder = OperatorDefinition(
    .machineLearning("OneHotEncoder"),
    shape: .oneHotCategories,
    example: .float32(
      [10, 4], attributes: ["cats_int64s": .integers([1, 2, 3])], gives: [10, 4, 3]))

  /// Each key replaced by its value.
  public static let labelEncoder = OperatorDefinition(
    .machineLearning("LabelEncoder"),
    shape: .labels,
    example: Example(
      OperatorCall(
        [.tensor(.string, [10])], attributes: ["values_floats": .floats([0.5, 1.5])]),
      [.tensor(.float32, [10])]))

  /// Text to numbers, or numbers to text.
  public static let categoryMapper = OperatorDefinition(
    .machineLearning("CategoryMapper"),
    shape: .swappedTextAndNumber,
    example: Example(
      OperatorCall([.tensor(.string, [10])]), [.tensor(.int64, [10])]))

  /// The features of all inputs side by side.
  public static let featureVectorizer = OperatorDefinition(
    .machineLearning("FeatureVectorizer"),
    shape: .concatenatedFeatures,
    example: .float32([10, 4], [10, 2], gives: [10, 6]))

  /// Elements of the last axis.
  public static let arrayFeatureExtractor = OperatorDefinition(
    .machineLearning("ArrayFeatureExtractor"),
    shape: .extractedFeatures,
    example: Example(
      OperatorCall([.tensor(.float32, [3, 4]), .tensor(.int64, [2])]),
      [.tensor(.float32, [3, 2])]))
}

extension ShapeRule {
  fileprivate static let sameShapeAsFloat = ShapeRule.tensor { call throws(ShapeError) in
    TensorType(.float32, try call.shape(0))
  }

  fileprivate static let oneHotCategories = ShapeRule.tensor { call throws(ShapeError) in
    let categories =
      call.attributes.integers("cats_int64s")?.count
      ?? call.attributes.strings("cats_strings")?.count
    guard let categories else { throw .missingAttribute("cats_int64s") }
    return TensorType(.float32, try call.shape(0) + [categories])
  }

  /// The shape of the keys, in the type of the values that attributes list.
  fileprivate static let labels = ShapeRule.tensor { call throws(ShapeError) in
    let input = try call.tensor(0)
    return TensorType(labelType(call, key: input.dataType), input.shape)
  }

  private static func labelType(_ call: OperatorCall, key: DataType) -> DataType {
    if case .tensor(let values)? = call.attributes["values_tensor"] { return values.type.dataType }
    if call.attributes.strings("values_strings") != nil { return .string }
    if call.attributes.integers("values_int64s") != nil { return .int64 }
    if call.attributes.floats("values_floats") != nil { return .float32 }
    return key == .string ? .int64 : .string
  }

  fileprivate static let swappedTextAndNumber = ShapeRule.tensor { call throws(ShapeError) in
    let input = try call.tensor(0)
    return TensorType(input.dataType == .string ? .int64 : .string, input.shape)
  }

  fileprivate static let concatenatedFeatures = ShapeRule.tensor { call throws(ShapeError) in
    let stated = call.attributes.integers("inputdimensions")
    var width = 0
    for index in call.inputs.indices {
      let shape = try call.shape(index)
      let own = shape.count > 1 ? Shape(shape.dropFirst()).elementCount : 1
      let listed = stated?.indices.contains(index) == true ? stated?[index] : nil
      width = try width.plus(listed ?? own)
    }
    return TensorType(.float32, [rowCount(try call.shape(0)), width])
  }

  /// The last axis gets as many elements as positions are given.
  fileprivate static let extractedFeatures = ShapeRule.tensor { call throws(ShapeError) in
    let input = try call.tensor(0)
    let count = try call.tensor(1).elementCount
    let leading = input.rank > 1 ? Array(input.shape.dropLast()) : [1]
    return TensorType(input.dataType, leading + [count])
  }
}
