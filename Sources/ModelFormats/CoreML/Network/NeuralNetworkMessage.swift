import ByteFormats
import ModelGraph

/// A network of layers that carry their weights.
struct NeuralNetworkMessage {
  private let description: CoreMLDescription
  private(set) var tensors: [Tensor] = []
  private var lowering: NetworkLowering
  private var layersLeft = Self.maximumLayerCount
  private var names: Set<String> = []

  static let maximumLayerCount = 250_000

  /// Networks inside branches and loops.
  private static let maximumDepth = 8

  init(_ description: CoreMLDescription) {
    self.description = description
    lowering = NetworkLowering(description)
  }

  var graph: SymbolicGraph? { lowering.finished(description) }
  var log: DiagnosticLog { lowering.log }

  mutating func read(_ message: ProtobufMessage, depth: Int = 0) throws(ByteError) {
    var message = message
    while let field = try message.next() {
      guard field.number == 1 else { continue }
      layersLeft -= 1
      guard layersLeft >= 0 else {
        throw ByteError(
          .implausibleSize("more than \(Self.maximumLayerCount) layers"), at: field.offset)
      }
      let layer = try NetworkLayer(try field.message())
      let parameters = try addWeights(of: layer)
      try readInner(of: layer, depth: depth)
      if depth == 0 { try lowering.add(layer, parameters) }
    }
  }

  private mutating func addWeights(
    of layer: NetworkLayer
  ) throws(ByteError) -> [String: Tensor] {
    var parameters: [String: Tensor] = [:]
    for found in try NetworkLayerWeights.all(layer) {
      let plain = "\(layer.name)/\(found.name)"
      let name = names.insert(plain).inserted ? plain : "\(plain)#\(tensors.count)"
      names.insert(name)
      guard
        var tensor = found.weights.tensor(
          named: name, shape: found.shape, storage: tensors.count)
      else { continue }
      if layer.kind == 160, found.name == "mean" || found.name == "variance" {
        tensor.role = .state
      }
      tensors.append(tensor)
      parameters[found.name] = tensor
    }
    return parameters
  }

  /// The networks of a branch (605) or a loop (615), whose weights count too.
  private mutating func readInner(of layer: NetworkLayer, depth: Int) throws(ByteError) {
    let fields = [605: [1, 2], 615: [3, 4]][layer.kind] ?? []
    guard !fields.isEmpty, let parameters = layer.parameters else { return }
    guard depth < Self.maximumDepth else {
      throw ByteError(.tooDeep(limit: Self.maximumDepth))
    }
    for number in fields {
      for field in try parameters.fields(number) {
        guard case .bytes = field.value else { continue }
        try read(try field.message(), depth: depth + 1)
      }
    }
  }
}
