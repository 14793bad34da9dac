import MemoryAnalysis
import ModelGraph

extension TrainingFootprint {
  var json: JSON {
    [
      "device": .string(device.name), "optimizer": .string(optimizer),
      "precision": .string(precision.rawValue), "framework": .string(framework),
      "savedActivationBytes": measurement.savedActivations.json,
      "requestedPeakBytes": measurement.steady.requested.json,
      "allocatedPeakBytes": measurement.steady.allocated.json,
      "reservedPeakBytes": measurement.steady.reserved.json,
      "firstStep": [
        "requestedPeakBytes": measurement.first.requested.json,
        "allocatedPeakBytes": measurement.first.allocated.json,
        "reservedPeakBytes": measurement.first.reserved.json,
      ],
      "peak": [
        "phase": .string(peak.phase.rawValue), "operator": .string(peak.operatorName),
        "node": .string(peak.node),
      ],
      "breakdown": .object(
        Part.allCases.map { JSON.Member($0.rawValue, (breakdown[$0] ?? .zero).json) }),
      "overhead": [
        "context": context.json, "contextAtLeast": DeviceFit.contextRange.lowerBound.json,
        "contextAtMost": DeviceFit.contextRange.upperBound.json, "allocator": overhead.json,
        "cudnnWorkspace": nil,
      ],
      "totalBytes": total.json, "availableBytes": available.json,
      "headroomBytes": headroom.json, "fits": .bool(fits),
      "largestBatch": largestBatch.map { .integer($0) } ?? nil,
      "outOfMemory": outOfMemory?.json(capacity: available) ?? nil,
      "recomputedMacs": .integer(recomputedMultiplyAccumulates),
      "secondsAtLeast": seconds.map { .number($0.lowerBound) } ?? nil,
      "secondsAtMost": seconds.map { .number($0.upperBound) } ?? nil,
      "changes": .array(changes.map(\.json)),
    ]
  }
}

extension TrainingOutOfMemory {
  /// The figures of the error that PyTorch would print.
  fileprivate func json(capacity: ByteCount) -> JSON {
    [
      "attemptedBytes": .integer(memory.attempted), "capacityBytes": capacity.json,
      "freeBytes": .integer(memory.available), "allocatedBytes": .integer(memory.allocated),
      "unallocatedBytes": .integer(memory.unallocated), "step": .integer(step),
      "phase": .string(phase.rawValue), "operator": .string(operatorName), "node": .string(node),
    ]
  }
}

extension TrainingChange {
  fileprivate var json: JSON {
    [
      "command": .string(flags), "title": .string(title), "totalBytes": total.json,
      "gainBytes": gain.json, "fits": .bool(fits),
      "timePerSample": time.map { .number($0) } ?? nil,
    ]
  }
}
