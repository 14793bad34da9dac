import ModelGraph
import Operators

/// A layer while its tensors are being collected.
struct CollectedLayer {
  var name: String
  var type: LayerType
  var tensors: [Int] = []

  /// The parameters that the node of ``type`` reads, for the largest names the layer.
  var typeWeight = -1

  func footprint(_ stored: StoredTensors) -> LayerFootprint {
    var layer = LayerFootprint(name: name, type: type, parameters: .zero, state: .zero, shapes: [])
    for position in tensors { layer.add(stored.tensors[position]) }
    return layer
  }
}

extension LayerFootprint {
  fileprivate mutating func add(_ tensor: Tensor) {
    switch tensor.role {
    case .parameter:
      parameters += tensor.tally
      shapes.append(tensor.type.shape)
    case .state: state += tensor.tally
    case .constant, .optimizerState: break
    }
  }
}

/// Assigns every parameter and every state to the layer that reads it first.
struct LayerCensus {
  private(set) var layers: [CollectedLayer] = []

  /// How many layers have a type told by names and shapes alone.
  private(set) var guessedLayerCount = 0

  private let stored: StoredTensors
  private var isClaimed: [Bool]
  private var layerByName: [String: Int] = [:]

  init(_ stored: StoredTensors) {
    self.stored = stored
    isClaimed = Array(repeating: false, count: stored.tensors.count)
    layerByName.reserveCapacity(stored.tensors.count)
  }

  /// Reads the layers of a graph and of the bodies of its control flow, in execution order.
  mutating func readLayers(of facts: GraphFacts, around outer: TensorOrigins? = nil) {
    var origins = TensorOrigins(facts, stored, around: outer)
    for (node, definition) in zip(facts.graph.nodes, facts.definitions) {
      let tensors = origins.tensors(of: node)
      if !tensors.isEmpty {
        let type = layerType(of: node, definition, facts)
        if !origins.passOn(tensors, through: node, type) {
          claim(tensors, by: node, type, facts)
        }
      }
      for body in node.bodies where facts.graph.bodies.indices.contains(body.index) {
        readLayers(of: GraphFacts(facts.graph.bodies[body.index]), around: origins)
      }
    }
  }

  /// Puts the tensors that no node reads into layers told by their names.
  mutating func readRemaining() {
    for (position, tensor) in stored.tensors.enumerated()
    where !isClaimed[position] && tensor.isOfLayer {
      let name = tensor.modulePath ?? tensor.name
      let known = layers.count
      add([position], to: name, .other, weight: -1)
      guessedLayerCount += layers.count - known
    }
    for index in layers.indices where layers[index].typeWeight < 0 {
      layers[index].type = guessedType(layers[index].tensors.map { stored.tensors[$0] })
    }
  }

  private func layerType(
    of node: Node, _ definition: OperatorDefinition?, _ facts: GraphFacts
  ) -> LayerType {
    node.layerType ?? definition?.layer(facts.call(node)) ?? .other
  }

  private mutating func claim(
    _ tensors: [Int], by node: Node, _ type: LayerType, _ facts: GraphFacts
  ) {
    let new = tensors.filter { !isClaimed[$0] && stored.tensors[$0].isOfLayer }
    guard let first = new.first else { return }
    let path = stored.tensors[first].modulePath
    let name = node.module.isEmpty ? path ?? facts.displayName(node) : node.module
    let weight = new.map { stored.tensors[$0].type.elementCount }.saturatingTotal()
    add(new, to: name, type, weight: type == .other ? 0 : weight)
  }

  private mutating func add(
    _ tensors: [Int], to name: String, _ type: LayerType, weight: Int
  ) {
    let index = layerByName[name] ?? layers.count
    if index == layers.count {
      layerByName[name] = index
      layers.append(CollectedLayer(name: name, type: type))
    }
    if weight > layers[index].typeWeight {
      layers[index].type = type
      layers[index].typeWeight = weight
    }
    for tensor in tensors where !isClaimed[tensor] {
      isClaimed[tensor] = true
      layers[index].tensors.append(tensor)
    }
  }
}

extension Tensor {
  /// Whether a layer holds it.
  fileprivate var isOfLayer: Bool { role == .parameter || role == .state }
}
