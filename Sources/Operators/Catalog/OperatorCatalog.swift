public import ModelGraph

/// The operators that the analyses know, by name.
public struct OperatorCatalog: Sendable {
  private let definitions: [OperatorName: OperatorDefinition]

  public init(_ definitions: [OperatorDefinition]) {
    self.definitions = Dictionary(definitions.map { ($0.name, $0) }) { first, _ in first }
  }

  public subscript(name: OperatorName) -> OperatorDefinition? { definitions[name] }

  /// All definitions, sorted by name.
  public var all: [OperatorDefinition] {
    definitions.values.sorted { $0.name.description < $1.name.description }
  }

  /// Every operator of every family.
  ///
  /// To add a family, name its list in `families`.
  public static let standard = OperatorCatalog(families.flatMap(\.self))

  static let families: [[OperatorDefinition]] = [
    // Elementwise
    OperatorDefinition.arithmetic,
    OperatorDefinition.activations,
    OperatorDefinition.smoothActivations,
    OperatorDefinition.mathematics,
    OperatorDefinition.trigonometry,
    OperatorDefinition.comparisons,
    OperatorDefinition.logic,
    OperatorDefinition.cumulative,

    // Layers
    OperatorDefinition.convolutions,
    OperatorDefinition.specialConvolutions,
    OperatorDefinition.pooling,
    OperatorDefinition.regionPooling,
    OperatorDefinition.normalizations,
    OperatorDefinition.furtherNormalizations,
    OperatorDefinition.matrixProducts,
    OperatorDefinition.einsums,
    OperatorDefinition.softmaxes,
    OperatorDefinition.reductions,
    OperatorDefinition.losses,
    OperatorDefinition.elementLosses,
    OperatorDefinition.dropouts,
    OperatorDefinition.attentions,
    OperatorDefinition.recurrent,

    // Moving data
    OperatorDefinition.reshaping,
    OperatorDefinition.permuting,
    OperatorDefinition.slicing,
    OperatorDefinition.gathering,
    OperatorDefinition.expanding,
    OperatorDefinition.generating,
    OperatorDefinition.selecting,
    OperatorDefinition.text,
    OperatorDefinition.sequences,
    OperatorDefinition.optionals,
    OperatorDefinition.controlFlow,

    // Quantised
    OperatorDefinition.quantizations,
    OperatorDefinition.integerLayers,

    // Signals, images, random numbers
    OperatorDefinition.random,
    OperatorDefinition.signal,
    OperatorDefinition.vision,

    // Classical machine learning
    OperatorDefinition.linearModels,
    OperatorDefinition.treeModels,
    OperatorDefinition.featureTransforms,
    OperatorDefinition.maps,

    // Training steps as nodes
    OperatorDefinition.trainingSteps,

    // ONNX Runtime's own set
    OperatorDefinition.contributedActivations,
    OperatorDefinition.contributedNormalizations,
    OperatorDefinition.contributedAttentions,
    OperatorDefinition.fusedProducts,
    OperatorDefinition.quantizedProducts,
    OperatorDefinition.quantizedElementwise,

    // TensorFlow Lite
    OperatorDefinition.tfliteLayers,
    OperatorDefinition.tfliteElementwise,
    OperatorDefinition.tfliteMovement,
    OperatorDefinition.tfliteSizes,
    OperatorDefinition.tfliteDeclared,

    // Core ML
    OperatorDefinition.coreMLStated,

    // PyTorch
    OperatorDefinition.pyTorch,
    OperatorDefinition.pyTorchViews,
    OperatorDefinition.pyTorchUpdates,
    OperatorDefinition.pyTorchExperts,
    OperatorDefinition.pyTorchComplex,
    OperatorDefinition.pyTorchPicks,
    OperatorDefinition.pyTorchTraining,
    OperatorDefinition.pyTorchMathematics,
    OperatorDefinition.pyTorchFunctions,
    OperatorDefinition.pyTorchScatters,
    OperatorDefinition.pyTorchPairs,
    OperatorDefinition.pyTorchCells,
    OperatorDefinition.pyTorchRecurrence,
  ]
}
