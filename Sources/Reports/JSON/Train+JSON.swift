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
      "overhead": ["context": context.json, "allocator": overhead.json],
      "totalBytes": total.json, "availableBytes": available.json,
      "headroomBytes": headroom.json, "fits": .bool(fits),
      "largestBatch": largestBatch.map { .integer($0) } ?? nil,
    ]
  }
}
