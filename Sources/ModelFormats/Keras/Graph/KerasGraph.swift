import ByteFormats
import ModelGraph

/// The graph that a configuration describes, as Keras runs it on PyTorch.
///
/// Images lie with their channels last; where PyTorch's kernels want them first, Keras takes a view with
/// other strides, and so does this graph. Weights are views of what is stored. Layers that no rule knows
/// are opaque and keep the types that Keras 3 writes down for what they make.
/// <https://github.com/keras-team/keras/tree/master/keras/src/backend/torch>
struct KerasGraph {
  let symbolic: SymbolicGraph
  let diagnostics: [Diagnostic]

  /// Writes the graph down; `nil` if the configuration does not tell it.
  init?(_ model: KerasModelConfiguration, weights: [Tensor]) {
    var lowering = KerasLowering(weights)
    let outputs: [KerasOperand]
    switch model.kind {
    case .sequential:
      guard let input = lowering.sequentialInput(of: model) else { return nil }
      outputs = lowering.run(model, [input], inside: []).compactMap(\.self)
    case .functional:
      let inputs = lowering.functionalInputs(of: model)
      guard !inputs.isEmpty, inputs.count == model.inputs.count else { return nil }
      outputs = lowering.run(model, inputs, inside: []).compactMap(\.self)
    case .subclassed: return nil
    }
    lowering.graph.outputs = outputs.map(\.id)
    lowering.graph.name = model.name
    symbolic = lowering.graph
    diagnostics =
      lowering.log.all + [
        Diagnostic(
          .note, "kerasBackend", "the graph is the one that Keras runs on PyTorch")
      ]
  }
}

// MARK: Inputs

extension KerasLowering {
  fileprivate mutating func sequentialInput(of model: KerasModelConfiguration) -> KerasOperand? {
    let first = model.layers.first
    let shape = first?.inputShape ?? firstInnerShape(model) ?? model.inputShape
    guard let shape else { return nil }
    let isInput = first?.className == "InputLayer"
    let isTokens = first?.className == "Embedding"
    let dataType = isTokens ? .int32 : isInput ? first?.dataType ?? .float32 : .float32
    return addInput(isInput ? first?.name ?? "input" : "input", shape, dataType)
  }

  /// The input of a model that is the first layer of a model.
  private func firstInnerShape(_ model: KerasModelConfiguration) -> [Int?]? {
    guard let first = model.layers.first, first.isModel else { return nil }
    let inner = KerasModelConfiguration(first.document)
    return inner.layers.first?.inputShape ?? inner.inputShape
  }

  fileprivate mutating func functionalInputs(of model: KerasModelConfiguration) -> [KerasOperand] {
    let layers = Dictionary(
      model.layers.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    return model.inputs.compactMap { reference in
      guard let layer = layers[reference.layer], let shape = layer.inputShape else { return nil }
      return addInput(layer.name, shape, layer.dataType)
    }
  }

  private mutating func addInput(
    _ name: String, _ shape: [Int?], _ dataType: DataType
  ) -> KerasOperand {
    let declared = DeclaredType(kerasShape: shape, dataType, name: name)
    let id = addValue(SymbolicValue(name: name, declared: declared, role: .input))
    graph.inputs.append(id)
    return KerasOperand(id: id, rank: shape.count, dataType: dataType)
  }
}
