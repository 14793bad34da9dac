import MemoryAnalysis
import ModelGraph

extension CacheFootprint {
  var json: JSON {
    var document: JSON = [
      "dataType": .string(dataType.rawValue), "batch": .integer(batch),
      "context": .integer(context), "bytes": needed.json,
    ]
    document.append("bytesPerSequence", perSequence.json)
    document.append("bytesPerToken", perToken.json)
    document.append("bytesPerTokenBeyondWindows", perTokenBeyondWindows.json)
    document.append("stateBytes", state.json)
    document.append("layers", .array(groups.map(\.json)))
    document.append("reserved", .array(reservations.map(\.json)))
    return document
  }
}

extension CacheFootprint.Group {
  fileprivate var json: JSON {
    var document: JSON = ["layers": .integer(layers), "bytes": bytes.json]
    document.append("window", window.map(JSON.integer) ?? nil)
    document.append("tensors", .array(tensors.map(\.json)))
    return document
  }
}

extension CacheFootprint.NamedTensor {
  fileprivate var json: JSON {
    [
      "name": .string(name), "dataType": .string(type.dataType.rawValue),
      "shape": .array(type.shape.map(JSON.integer)),
    ]
  }
}

extension CacheFootprint.Reservation {
  fileprivate var json: JSON {
    [
      "runtime": .string(key), "bytes": bytes?.json ?? nil, "rule": .string(rule),
      "source": .string(source),
    ]
  }
}
