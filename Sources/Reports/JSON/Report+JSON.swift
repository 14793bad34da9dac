import MemoryAnalysis
import ModelGraph

extension Report {
  /// The document of the contract: the parts that were asked for, in its order.
  public var json: JSON {
    var document: JSON = ["memfit": .string(version), "model": model.json]
    document.append("graph", graph?.json(withValues: details.contains(.values)) ?? nil)
    if sections.contains(.store) {
      document.append("store", store?.json(withLayers: details.contains(.layers)) ?? nil)
    }
    if sections.contains(.run) { document.append("run", runJSON) }
    if sections.contains(.train) { document.append("train", train?.json ?? nil) }
    if sections.contains(.plan) { document.append("plan", plan?.json ?? nil) }
    if sections.contains(.fit) { document.append("fit", fit?.json ?? nil) }
    if details.contains(.explanations) {
      document.append("explanations", .array(explanations.map(\.json)))
    }
    document.append("diagnostics", .array((diagnostics + absences).map(\.json)))
    return document
  }

  /// What running takes; a file without a graph may still say what is kept.
  private var runJSON: JSON {
    guard var document = run?.json else {
      var known: JSON = [:]
      if let device { known.append("device", device.json) }
      if let cache { known.append("cache", cache.json) }
      return known == [:] ? nil : known
    }
    if let cache { document.append("cache", cache.json) }
    return document
  }

  /// Why keys of the document are `null`.
  private var absences: [Diagnostic] {
    var notes: [Diagnostic] = []
    if sections.contains(.store), let store, store.footprint.file == nil {
      notes.append(
        Diagnostic(.note, "noFile", "a built-in architecture has no file", at: "store.file.bytes"))
    }
    if let run, run.footprint.lecture == nil {
      let message = "no convolution, pooling or linear layer of known size to count"
      notes.append(Diagnostic(.note, "noLectureCount", message, at: "run.lecture"))
    }
    return notes
  }
}

extension ModelSummary {
  var json: JSON {
    [
      "name": .string(name), "source": .string(source), "format": .string(format),
      "bindings": .object(bindings.map { JSON.Member($0.name, .integer($0.size)) }),
    ]
  }
}

extension GraphSummary {
  func json(withValues: Bool) -> JSON {
    var document: JSON = [
      "nodes": .integer(nodeCount), "inputs": .array(inputs.map(\.json)),
      "outputs": .array(outputs.map(\.json)),
    ]
    if withValues { document.append("values", .array(values.map(\.json))) }
    return document
  }
}

extension GraphSummary.NamedType {
  var json: JSON {
    var document: JSON = ["name": .string(name)]
    for case .object(let members) in [type.json] {
      members.forEach { document.append($0.key, $0.value) }
    }
    return document
  }
}

extension ValueType {
  /// The data type and the shape; `null` where only running the model can tell.
  fileprivate var json: JSON {
    switch self {
    case .tensor(let type):
      [
        "dataType": .string(type.dataType.rawValue),
        "shape": .array(type.shape.map(JSON.integer)),
      ]
    case .sequence(let elements):
      ["dataType": "sequence", "shape": nil, "elements": .array(elements.map(\.json))]
    case .optional(let wrapped):
      ["dataType": "optional", "shape": nil, "elements": .array(wrapped.map { [$0.json] } ?? [])]
    case .unknown: ["dataType": nil, "shape": nil]
    }
  }
}

extension Diagnostic {
  var json: JSON {
    [
      "severity": .string(severity.rawValue), "code": .string(code), "message": .string(message),
      "where": .string(location),
    ]
  }
}

extension Explanation {
  var json: JSON {
    [
      "key": .string(key), "formula": .string(formula), "numbers": .string(numbers),
      "origin": .string(origin), "certainty": .string(certainty.rawValue),
    ]
  }
}

extension Tally {
  var json: JSON { ["count": .integer(count), "bytes": bytes.json] }
}

extension ByteCount {
  var json: JSON { .integer(value) }
}
