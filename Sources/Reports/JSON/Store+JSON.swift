import MemoryAnalysis
import ModelGraph

extension StoreAnswer {
  func json(withLayers: Bool) -> JSON {
    var parameters = footprint.parameters.json
    parameters.append("formula", .string(footprint.parameterSum))
    for (key, value) in footprint.parts.members { parameters.append(key, value) }
    parameters.append("byLayerType", .array(footprint.byLayerType.map(\.json)))
    var document: JSON = [
      "parameters": parameters, "state": footprint.state.json,
      "optimizerState": footprint.optimizerState.json, "tensors": footprint.tensors.json,
      "unused": footprint.unused.json, "file": ["bytes": footprint.file?.json ?? nil],
      "sizes": .array(footprint.sizes.map(\.json)),
    ]
    if let packed = footprint.packed { document.append("packed", packed.json) }
    if withLayers { document.append("layers", .array(footprint.layers.map(\.json))) }
    if let cost { document.append("cost", cost.json) }
    if !limits.isEmpty { document.append("limits", .array(limits.map(\.json))) }
    return document
  }
}

extension PackedFootprint {
  fileprivate var json: JSON {
    [
      "method": .string(method), "bytes": bytes.json, "packed": packed.json,
      "side": ["bytes": side.json], "plain": plain.json, "rule": .string(rule),
      "source": .string(source),
    ]
  }
}

extension ParameterParts {
  fileprivate var members: [(key: String, value: JSON)] {
    var experts = experts.json
    experts.append("routed", routing.map { .integer($0.count) } ?? nil)
    experts.append("used", routing.map { .integer($0.used) } ?? nil)
    return [
      ("countingTiedTwice", countingTiedTwice.json), ("tied", .array(tied.map(\.json))),
      ("embedding", embedding.json), ("head", head.json), ("experts", experts),
      ("active", active?.json ?? nil),
    ]
  }
}

extension ParameterParts.TiedTensor {
  fileprivate var json: JSON {
    [
      "names": .array(names.map { .string($0) }), "count": .integer(content.count),
      "bytes": content.bytes.json,
    ]
  }
}

extension StoreFootprint.LayerTypeTally {
  var json: JSON {
    [
      "type": .string(type.rawValue), "layers": .integer(layers),
      "count": .integer(parameters.count), "bytes": parameters.bytes.json,
    ]
  }
}

extension StoreFootprint.DataTypeSize {
  var json: JSON { ["dataType": .string(dataType.rawValue), "bytes": bytes.json] }
}

extension LayerFootprint {
  var json: JSON {
    [
      "name": .string(name), "type": .string(type.rawValue), "count": .integer(parameters.count),
      "bytes": parameters.bytes.json, "state": state.json, "formula": .string(formula),
    ]
  }
}

extension StorageBill {
  var json: JSON {
    [
      "bytes": bytes.json, "copies": .integer(cost.copies), "price": .number(cost.price),
      "unit": .string(cost.unit), "period": .string(cost.period), "amount": .number(amount),
    ]
  }
}

extension SizeVerdict {
  var json: JSON {
    [
      "name": .string(limit.name), "title": .string(limit.title), "limitBytes": limit.bytes.json,
      "bytes": bytes.json, "fits": .bool(fits),
      "fittingDataTypes": .array(fittingTypes.map { .string($0.rawValue) }),
    ]
  }
}
