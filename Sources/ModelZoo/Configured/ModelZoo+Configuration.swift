public import ByteFormats
public import ModelGraph

extension ModelZoo {
  /// Whether a document configures a model of a type that is known here.
  public static func knows(modelType: String) -> Bool {
    ModelFamilies.decoders[modelType] != nil || ModelFamilies.others[modelType] != nil
  }

  /// The known types that a name may mean.
  static func modelTypes(near name: String) -> [String] {
    let letters = Array(name.prefix(64))
    let ranked = ModelFamilies.names.map { ($0, editDistance(letters, Array($0))) }
    return ranked.filter { $0.1 <= max(1, letters.count / 3) }
      .sorted { ($0.1, $0.0) < ($1.1, $1.0) }.prefix(3).map(\.0)
  }

  /// The model that a `config.json` describes.
  ///
  /// Parameters have the names and shapes of transformers' state dictionary, and the type that the
  /// document asks for.
  public static func model(
    configuredBy document: JSONValue, name: String, source: String, format: String
  ) throws(ConfigurationError) -> Model {
    let configuration = Configuration(document)
    guard let type = try configuration.modelType else { throw .noModelType }
    guard let blueprint = try ModelFamilies.blueprint(of: type, configuration) else {
      let name = String(type.prefix(64))
      throw .unknownModelType(name: name, near: modelTypes(near: name))
    }
    var network = Network(
      input: blueprint.input, layers: blueprint.network,
      floatingType: try configuration.floatingType)
    var builder = network.build(batch: Architecture.defaultBatch, blueprint.input)
    if builder.failure == nil {
      network.built = network.graph(builder)
    } else {
      // The tensors do not depend on the length: the layers may take a short one.
      builder = network.build(batch: Architecture.defaultBatch, blueprint.input.shortened)
    }
    if case .layer(let path, let reason)? = builder.failure {
      throw .layer(path: path, reason: reason)
    }
    var cache = blueprint.cache
    cache?.dataType = try configuration.statedFloatingType
    return Model(
      name: name, source: source, format: format, tensors: builder.tensors, graph: network,
      diagnostics: blueprint.diagnostics + (try configuration.quantizationDiagnostics),
      cache: cache, experts: blueprint.experts, packing: try configuration.weightPacking)
  }
}

extension Configuration {
  /// What is configured; `nil` if nothing says.
  var modelType: String? {
    get throws(ConfigurationError) {
      let name = try text("model_type", default: "")
      return name.isEmpty ? nil : name
    }
  }

  /// The type of the weights; single precision if nothing says.
  var floatingType: DataType {
    get throws(ConfigurationError) { try statedFloatingType ?? .float32 }
  }

  /// The type of the weights, `dtype` or once `torch_dtype`; `nil` if nothing says.
  var statedFloatingType: DataType? {
    get throws(ConfigurationError) {
      if let name = try dataTypeName { return Self.dataTypes[name] }
      guard let name = try partIfAny("text_config")?.dataTypeName else { return nil }
      return Self.dataTypes[name]
    }
  }

  /// Names the way in which the weights of the checkpoint are packed.
  var quantizationDiagnostics: [Diagnostic] {
    get throws(ConfigurationError) {
      guard let part = try partIfAny("quantization_config") else { return [] }
      let method = try part.text("quant_method", "quant_algo", default: "unnamed")
      let isKnown = try weightPacking != nil
      let told = isKnown ? "which is told apart as what is packed" : "which is not counted here"
      return [
        Diagnostic(
          .note, "quantization",
          "the checkpoint's weights are packed by \(method.prefix(64)), \(told): "
            + "parameters are those of the model before, in its own type",
          at: "quantization_config")
      ]
    }
  }

  private var dataTypeName: String? {
    get throws(ConfigurationError) {
      guard entry(["dtype", "torch_dtype"]) != nil else { return nil }
      return try text("dtype", "torch_dtype", default: "").replacing("torch.", with: "")
    }
  }

  private static let dataTypes: [String: DataType] = [
    "float64": .float64, "float32": .float32, "float16": .float16, "bfloat16": .bfloat16,
    "half": .float16, "float": .float32,
  ]
}

extension Architecture.Input {
  /// The smallest input of the kind from which all parameters follow.
  fileprivate var shortened: Self {
    switch self {
    case .tokens(let sequence): .tokens(sequence: min(sequence, 1))
    case .tokenPairs: .tokenPairs(sequence: 1, target: 1)
    case .image, .waveform, .spectrum: self
    }
  }
}
