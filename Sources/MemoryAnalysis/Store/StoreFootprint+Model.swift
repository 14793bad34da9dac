public import ModelGraph

extension StoreFootprint {
  /// Counts what a model stores.
  ///
  /// With a graph, the layers are the modules or nodes that read the tensors. Without one, layers
  /// are told by the tensors' names, and their types guessed; an explanation says so.
  public init(of model: Model, graph: Graph? = nil) {
    let tensors = StoredTensors(model.tensors)
    var census = LayerCensus(tensors)
    if let graph { census.readLayers(of: GraphFacts(graph)) }
    census.readRemaining()
    let layers = census.layers.map { $0.footprint(tensors) }
    let unused = model.unused.map { Tally(count: $0.elementCount, bytes: $0.byteCount) }
      .reduce(.zero, +)
    self.init(
      parameters: tensors.tally(.parameter), state: tensors.tally(.state),
      optimizerState: tensors.tally(.optimizerState), tensors: tensors.tally() + unused,
      unused: unused, parts: ParameterParts(of: model, tensors, census.layers),
      byLayerType: Self.byType(layers), file: model.fileByteCount,
      sizes: tensors.sizes(in: DataType.storageTypes), layers: layers)
    packed = model.packing.map {
      PackedFootprint($0, tensors, census.layers, tied: Set(parts.tied.flatMap(\.names)))
    }
    explanations = explained(model, guessed: census.guessedLayerCount)
    explanations += packed?.explanations ?? []
    explanations += parts.explanations(of: model, isGuessed: graph == nil)
  }

  private static func byType(_ layers: [LayerFootprint]) -> [LayerTypeTally] {
    var tallies: [LayerType: LayerTypeTally] = [:]
    for layer in layers where layer.parameters.count > 0 {
      tallies[layer.type, default: LayerTypeTally(type: layer.type, layers: 0, parameters: .zero)]
        .add(layer)
    }
    return tallies.values.sorted {
      let (a, b) = ($0.parameters.count, $1.parameters.count)
      return a == b ? $0.type.rawValue < $1.type.rawValue : a > b
    }
  }
}

extension StoreFootprint.LayerTypeTally {
  fileprivate mutating func add(_ layer: LayerFootprint) {
    layers += 1
    parameters += layer.parameters
  }
}

extension DataType {
  /// The types whose sizes are compared, from large to small: plain ones, then those of GGUF.
  public static let storageTypes: [DataType] = [
    .float32, .float16, .bfloat16, .float8E4M3FN, .int8, .int4, .int2,
    .q8_0, .q6_K, .q5_K, .q4_K, .q4_0, .q3_K, .q2_K, .mxfp4, .nvfp4,
  ]
}
