import MemoryAnalysis
import ModelGraph

extension FitAnswer {
  /// What to change, each change with its command line, gain and cost.
  var json: JSON {
    [
      "goal": .string(goal.rawValue), "device": .string(device.name), "fits": .bool(fits),
      "totalBytes": current.needed.json, "availableBytes": current.available.json,
      "headroomBytes": current.headroom.json,
      "contextAtLeast": isOnGPU ? DeviceFit.contextRange.lowerBound.json : nil,
      "contextAtMost": isOnGPU ? DeviceFit.contextRange.upperBound.json : nil,
      "confidence": .string(confidence(in: current).rawValue),
      "smallest": smallest.map(answer) ?? nil, "best": best.map(answer) ?? nil,
      "closest": isLimitExceeded ? closest.map(answer) ?? nil : nil,
      "changes": .array(changes.map(choice)), "front": .array(front.map(choice)),
      "limits": .object(
        limits.map { JSON.Member($0.axis.rawValue, $0.size.map { .integer($0) } ?? nil) }),
      "limitsOfModel": .array(
        limits.filter(\.isOfModel).map { .string($0.axis.rawValue) }),
      "tried": .integer(tried),
    ]
  }

  private var isOnGPU: Bool { device.kind == .gpu }

  /// A change that is proposed, with its cost in one.
  private func answer(_ change: FitChange) -> JSON {
    var document = facts(of: change)
    document.append(
      "cost",
      [
        "time": change.time.map { .number($0) } ?? nil,
        "macs": .integer(change.extraMultiplyAccumulates),
        "quality": .string(change.quality.rawValue),
      ])
    return document
  }

  /// One of many changes.
  private func choice(_ change: FitChange) -> JSON {
    var document = facts(of: change)
    document.append("extraTime", change.time.map { .number($0 - 1) } ?? nil)
    document.append("extraMacs", .integer(change.extraMultiplyAccumulates))
    document.append("quality", .string(change.quality.rawValue))
    return document
  }

  private func facts(of change: FitChange) -> JSON {
    [
      "command": .string(change.command), "change": .string(change.flags),
      "title": .string(change.title), "axes": .array(change.axes.map { .string($0.rawValue) }),
      "totalBytes": change.needed.json, "availableBytes": change.available.json,
      "headroomBytes": change.headroom.json, "gainBytes": change.gain.json,
      "fits": .bool(change.fits), "confidence": .string(confidence(in: change).rawValue),
      "concerns": .array(change.concerns.map { .string($0) }),
    ]
  }
}
