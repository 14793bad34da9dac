// Ensembles of decision trees of the `ai.onnx.ml` domain.

import ModelGraph

extension OperatorDefinition {
  static let treeModels: [OperatorDefinition] = [
    treeEnsemble, treeEnsembleRegressor, treeEnsembleClassifier,
  ]

  public static let treeEnsemble = OperatorDefinition(
    .machineLearning("TreeEnsemble"),
    shape: .treeEnsemble,
    example: .float32([10, 4], attributes: ["n_targets": .integer(2)], gives: [10, 2]))

  public static let treeEnsembleRegressor = OperatorDefinition(
    .machineLearning("TreeEnsembleRegressor"),
    shape: .regression(targets: "n_targets"),
    example: .float32([10, 4], attributes: ["n_targets": .integer(2)], gives: [10, 2]))

  public static let treeEnsembleClassifier = OperatorDefinition(
    .machineLearning("TreeEnsembleClassifier"),
    shape: .classification { call in classCount(call) },
    example: Example(
      OperatorCall(
        [.tensor(.float32, [10, 4])],
        attributes: ["classlabels_strings": .strings(["yes", "no"])], outputCount: 2),
      [.tensor(.string, [10]), .tensor(.float32, [10, 2])]))
}

extension ShapeRule {
  /// One number for each target, in the type of the input.
  fileprivate static let treeEnsemble = ShapeRule.tensor { call throws(ShapeError) in
    let input = try call.tensor(0)
    let targets = call.attributes.integer("n_targets") ?? 1
    return TensorType(input.dataType, [rowCount(input.shape), targets])
  }
}
