// Linear models and support vector machines of the `ai.onnx.ml` domain.

import ModelGraph

extension OperatorDefinition {
  static let linearModels: [OperatorDefinition] = [
    linearRegressor, linearClassifier, supportVectorRegressor, supportVectorClassifier,
  ]

  public static let linearRegressor = OperatorDefinition(
    .machineLearning("LinearRegressor"),
    shape: .regression(targets: "targets"),
    work: .coefficients,
    layer: .always(.linear),
    example: .float32(
      [10, 4], attributes: ["coefficients": .floats([1, 2, 3, 4])], gives: [10, 1]))

  public static let linearClassifier = OperatorDefinition(
    .machineLearning("LinearClassifier"),
    shape: .classification { call in classCount(call) },
    work: .coefficients,
    layer: .always(.linear),
    example: Example(
      OperatorCall(
        [.tensor(.float32, [10, 4])], attributes: ["classlabels_ints": .integers([0, 1, 2])],
        outputCount: 2),
      [.tensor(.int64, [10]), .tensor(.float32, [10, 3])]))

  public static let supportVectorRegressor = OperatorDefinition(
    .machineLearning("SVMRegressor"),
    shape: .regression(targets: nil),
    work: .coefficients,
    example: .float32([10, 4], gives: [10, 1]))

  /// The scores are one for each class, or for each pair of classes without probabilities.
  public static let supportVectorClassifier = OperatorDefinition(
    .machineLearning("SVMClassifier"),
    shape: .classification { call in
      let classes = classCount(call)
      let hasProbabilities = !(call.attributes.floats("prob_a") ?? []).isEmpty
      let isLinear = (call.attributes.integers("vectors_per_class") ?? []).isEmpty
      guard !hasProbabilities, !isLinear, classes > 2 else { return classes }
      return saturatingProduct(classes, classes - 1) / 2
    },
    work: .coefficients,
    example: Example(
      OperatorCall(
        [.tensor(.float32, [10, 4])], attributes: ["classlabels_ints": .integers([0, 1, 2])],
        outputCount: 2),
      [.tensor(.int64, [10]), .tensor(.float32, [10, 3])]))
}

extension WorkRule {
  /// Each row is multiplied with all coefficients.
  fileprivate static let coefficients = WorkRule { call, _ in
    let rows = (try? call.shape(0))?.first ?? 0
    let coefficients = call.attributes.floats("coefficients")?.count ?? 0
    return Work(multiplyAccumulates: saturatingProduct(rows, coefficients))
  }
}
