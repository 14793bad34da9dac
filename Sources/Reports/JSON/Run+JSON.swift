import MemoryAnalysis
import ModelGraph

extension RunAnswer {
  var json: JSON {
    var document: JSON = [
      "runtime": .string(footprint.runtime.rawValue), "activations": footprint.activations.json,
      "peak": footprint.peak.json, "lecture": footprint.lecture?.json ?? nil,
      "arena": footprint.arena.json, "macs": .integer(footprint.work.multiplyAccumulates),
      "workElementwise": .integer(footprint.work.elementwise),
      "weights": ["bytes": footprint.weights.json], "required": ["bytes": requiredBytes.json],
    ]
    if let block = footprint.patternBlock {
      document.append("patternBlock", ["bytes": block.json])
    }
    if let plan = footprint.litePlan { document.append("plan", plan.json) }
    if let device { document.append("device", device.json) }
    return document
  }
}

extension RunFootprint.Peak {
  var json: JSON {
    [
      "bytes": bytes.json, "node": .string(node), "operator": .string(operatorName),
      "live": .array(live.map(\.json)),
    ]
  }
}

extension RunFootprint.LiveValue {
  var json: JSON {
    ["value": .string(name), "bytes": bytes.json, "producer": .string(producer)]
  }
}

extension LectureCount {
  var json: JSON {
    ["activations": .integer(activations), "peak": .integer(peak), "node": .string(node)]
  }
}

extension Arena {
  var json: JSON {
    [
      "bytes": bytes.json, "lowerBoundBytes": lowerBound.json, "planner": .string(planner),
      "optimal": .bool(isOptimal),
    ]
  }
}

extension LitePlan {
  var json: JSON {
    [
      "buffers": .array(
        buffers.map { buffer in
          [
            "name": .string(buffer.name), "bytes": buffer.bytes.json,
            "offset": .integer(buffer.offset), "scratch": .bool(buffer.isScratch),
            "firstStep": .integer(buffer.steps.lowerBound),
            "endStep": .integer(buffer.steps.upperBound),
          ]
        }),
      "constantCopies": json(of: .constantCopy), "variables": json(of: .variable),
      "kernelBuffers": json(of: .kernel), "bookkeeping": json(of: .bookkeeping),
      "bodies": json(of: .body),
      "session": ["bytes": sessionBytes.json, "arenaBytes": sessionArena.json],
      "heap": ["bytes": heap.json],
    ]
  }

  private func json(of kind: SessionBuffer.Kind) -> JSON {
    let parts = session.filter { $0.kind == kind }
    return [
      "bytes": bytes(kind).json,
      "buffers": .array(
        parts.map { ["name": .string($0.name), "bytes": $0.bytes.json] }),
    ]
  }
}

extension DeviceFit {
  var json: JSON {
    var document: JSON = [
      "name": .string(device.name), "title": .string(device.title),
      "usableBytes": device.usableMemory.json, "neededBytes": neededMemory.json,
      "fits": .bool(fits), "headroomBytes": headroom.json,
      "memory": .array(memory.map(\.json)),
    ]
    if let size = device.flash, let flashHeadroom {
      document.append("flashBytes", size.json)
      document.append("flashHeadroomBytes", flashHeadroom.json)
      document.append("flash", .array(flash.map(\.json)))
    }
    document.append("source", .string(device.source))
    return document
  }
}

extension DeviceFit.Part {
  var json: JSON {
    ["name": .string(name), "bytes": bytes.json, "assumed": .bool(isAssumed)]
  }
}
