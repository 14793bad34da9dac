import ByteFormats
import ModelGraph

/// What the models of a file hold: the tensors of all, the graph of the only one.
struct CoreMLParts {
  private(set) var tensors: [Tensor] = []
  private(set) var graph: SymbolicGraph?
  private(set) var weights: BlobFiles
  private(set) var kinds: [String] = []
  var log = DiagnosticLog()

  private var names: Set<String> = []
  private var modelsLeft = Self.maximumModelCount

  /// The most models that a pipeline may have, those of pipelines inside it included.
  static let maximumModelCount = 1_000

  init(folder: String) { weights = BlobFiles(folder: folder) }

  /// Adds a model and, of a pipeline, all its models.
  mutating func add(_ message: CoreMLModelMessage, prefix: String) throws(ByteError) {
    guard modelsLeft > 0 else {
      throw ByteError(.implausibleSize("more than \(Self.maximumModelCount) models"))
    }
    modelsLeft -= 1
    kinds.append(message.typeName)
    guard let body = message.body else {
      log.add(.warning, "noModelType", "the message says of no kind of model what it is")
      return
    }
    switch message.kind {
    case .program:
      var program = MILProgram(body, description: message.description)
      try program.read(weights: &weights)
      log.add(contentsOf: program.log.all)
      graph = program.graph
      for tensor in program.tensors { add(tensor, prefix) }
    case .neuralNetwork:
      var network = NeuralNetworkMessage(message.description)
      try network.read(body)
      log.add(contentsOf: network.log.all)
      graph = network.graph
      for tensor in network.tensors { add(tensor, prefix) }
    case .pipeline:
      try addPipeline(body, prefix: prefix)
    case .classic(let classic):
      for tensor in try classic.tensors(body) { add(tensor, prefix) }
      log.add(
        .note, "classicModel", "\(message.typeName) is no network: what it stores, and no graph")
    case .other:
      log.add(
        .note, "noWeights", "of a \(message.typeName) the numbers, if there are any, are not read")
    }
  }

  private mutating func addPipeline(
    _ body: ProtobufMessage, prefix: String
  ) throws(ByteError) {
    var index = 0
    for model in try CoreMLModelMessage.pipelineModels(body) {
      try add(try CoreMLModelMessage(model), prefix: "\(prefix)\(index)/")
      index += 1
    }
  }

  private mutating func add(_ tensor: Tensor, _ prefix: String) {
    var tensor = tensor
    tensor.name = prefix + tensor.name
    guard names.insert(tensor.name).inserted else {
      log.add(.warning, "duplicateTensor", "\(tensor.name.quoted) is there twice")
      return
    }
    tensors.append(tensor)
  }

  mutating func finish(isPipeline: Bool) throws(ByteError) {
    guard isPipeline else { return }
    graph = nil
    log.add(
      .note, "pipeline",
      "a pipeline of \(max(0, kinds.count - 1)) models: their tensors, and no graph of all")
  }

  func model(of file: MappedFile, version: Int) -> Model {
    let byteCount = ByteCount(file.byteCount) + weights.byteCount
    return Model(
      name: file.name.withoutExtension, source: file.path, format: CoreML.name,
      fileByteCount: byteCount, tensors: tensors, graph: graph,
      diagnostics: log.all + weights.log.all,
      metadata: [
        "specification_version": .integer(version),
        "model_type": .string(kinds.first ?? ""),
      ])
  }
}
