import ModelGraph

extension StoreFootprint {
  /// Where the main figures come from.
  func explained(_ model: Model, guessed: Int) -> [Explanation] {
    let origin = "tensors of \(model.source)"
    var explanations = [
      Explanation(
        key: "store.parameters.count", formula: "Σ product of the sizes of each parameter",
        numbers: "\(parameterSum), \(grouped(parameters.bytes.value)) bytes", origin: origin,
        certainty: .exact),
      Explanation(
        key: "store.parameters.byLayerType", formula: "Σ parameters of the layers of each type",
        numbers: parameterSumByType, origin: origin, certainty: .exact),
      Explanation(
        key: "store.state.count", formula: "Σ product of the sizes of each tensor not trained",
        numbers: numbers(state), origin: origin, certainty: .exact),
      Explanation(
        key: "store.tensors.bytes", formula: "Σ bytes of each storage, shared ones once",
        numbers: numbers(tensors), origin: origin, certainty: .exact),
      Explanation(
        key: "store.sizes",
        formula: "Σ ⌈elements / block elements⌉ × block bytes, each parameter on its own",
        numbers: "\(grouped(parameters.count)) parameters", origin: origin, certainty: .exact),
    ]
    if optimizerState.count > 0 {
      explanations.append(
        Explanation(
          key: "store.optimizerState.count",
          formula: "Σ product of the sizes of each tensor that an optimizer keeps",
          numbers: numbers(optimizerState), origin: origin, certainty: .exact))
    }
    if unused.bytes > .zero {
      explanations.append(
        Explanation(
          key: "store.unused.bytes", formula: "Σ bytes of storages that no tensor reaches",
          numbers: numbers(unused), origin: origin, certainty: .exact))
    }
    if guessed > 0 {
      explanations.append(
        Explanation(
          key: "store.layers.type", formula: "told by names and shapes where no node reads them",
          numbers: "\(grouped(guessed)) of \(grouped(layers.count)) layers", origin: origin,
          certainty: .assumed))
    }
    return explanations
  }

  private func numbers(_ tally: Tally) -> String {
    "\(grouped(tally.count)) elements, \(grouped(tally.bytes.value)) bytes"
  }
}
