import ByteFormats
import ModelGraph

/// The message `Model`: a version, what goes in and out, and one of many kinds of model.
///
/// <https://apple.github.io/coremltools/mlmodel/Format/Model.html>
struct CoreMLModelMessage {
  private(set) var version = 0
  private(set) var description = CoreMLDescription()
  private(set) var kind = Kind.other
  private(set) var typeName = "model without a type"

  /// The message of the kind.
  private(set) var body: ProtobufMessage?

  enum Kind: Equatable {
    case neuralNetwork, program, pipeline
    case classic(ClassicModel)
    case other
  }

  init(_ message: ProtobufMessage) throws(ByteError) {
    var message = message
    let start = message.offset
    var isKnown = false
    while let field = try message.next() {
      switch field.number {
      case 1:
        version = try field.integer()
        isKnown = true
      case 2: description = try CoreMLDescription(try field.message())
      case let number:
        guard let type = Self.types[number] else { continue }
        (kind, typeName) = type
        body = try field.message()
      }
    }
    guard isKnown || body != nil else {
      throw ByteError(
        .malformed(expected: "a Core ML model", found: "no version and no kind of model"),
        at: start)
    }
  }

  private static let types: [Int: (Kind, String)] = [
    200: (.pipeline, "pipelineClassifier"), 201: (.pipeline, "pipelineRegressor"),
    202: (.pipeline, "pipeline"), 300: (.classic(.linear), "glmRegressor"),
    301: (.classic(.supportVectors), "supportVectorRegressor"),
    302: (.classic(.trees), "treeEnsembleRegressor"),
    303: (.neuralNetwork, "neuralNetworkRegressor"),
    304: (.other, "bayesianProbitRegressor"), 400: (.classic(.linear), "glmClassifier"),
    401: (.classic(.supportVectors), "supportVectorClassifier"),
    402: (.classic(.trees), "treeEnsembleClassifier"),
    403: (.neuralNetwork, "neuralNetworkClassifier"), 404: (.other, "kNearestNeighborsClassifier"),
    500: (.neuralNetwork, "neuralNetwork"), 501: (.other, "itemSimilarityRecommender"),
    502: (.program, "mlProgram"), 555: (.other, "customModel"), 556: (.other, "linkedModel"),
    560: (.other, "classConfidenceThresholding"), 600: (.other, "oneHotEncoder"),
    601: (.other, "imputer"), 602: (.other, "featureVectorizer"), 603: (.other, "dictVectorizer"),
    604: (.other, "scaler"), 606: (.other, "categoricalMapping"), 607: (.other, "normalizer"),
    609: (.other, "arrayFeatureExtractor"), 610: (.other, "nonMaximumSuppression"),
    900: (.other, "identity"), 2000: (.other, "textClassifier"), 2001: (.other, "wordTagger"),
    2002: (.other, "visionFeaturePrint"), 2003: (.other, "soundAnalysisPreprocessing"),
    2004: (.other, "gazetteer"), 2005: (.other, "wordEmbedding"),
    2006: (.other, "audioFeaturePrint"), 3000: (.other, "serializedModel"),
  ]

  /// The models of a pipeline, or of a classifier or regressor that is one.
  static func pipelineModels(_ body: ProtobufMessage) throws(ByteError) -> [ProtobufMessage] {
    var models: [ProtobufMessage] = []
    var body = body
    while let field = try body.next() {
      guard field.number == 1 else { continue }
      guard models.count <= CoreMLParts.maximumModelCount else { return models }
      let message = try field.message()
      // A classifier wraps its pipeline in a message; a model never starts with a model's field 1 as bytes.
      if let inner = try wrappedPipeline(message) {
        models += inner
      } else {
        models.append(message)
      }
    }
    return models
  }

  private static func wrappedPipeline(
    _ message: ProtobufMessage
  ) throws(ByteError) -> [ProtobufMessage]? {
    var look = message
    var models: [ProtobufMessage] = []
    while let field = try look.next() {
      guard field.number == 1 else { continue }
      guard case .bytes = field.value else { return nil }
      guard models.count <= CoreMLParts.maximumModelCount else { break }
      models.append(try field.message())
    }
    return models.isEmpty ? nil : models
  }
}
