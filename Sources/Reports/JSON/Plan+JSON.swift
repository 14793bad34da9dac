import MemoryAnalysis
import MemoryPlanning
import ModelGraph

extension PlanAnswer {
  /// The plans that were made.
  public var json: JSON {
    var members: [JSON.Member] = []
    if let arena { members.append(.init("arena", arena.json)) }
    if let order { members.append(.init("order", order.json)) }
    if let recomputation {
      members.append(.init("recomputation", .array(recomputation.map(\.json))))
    }
    if let patches { members.append(.init("patches", .array(patches.map(\.json)))) }
    return .object(members)
  }
}

extension PlacedArena {
  var json: JSON {
    let offsets = zip(problem.items, solution.placement.offsets).map { item, offset -> JSON in
      [
        "name": .string(item.name), "lower": .integer(item.buffer.lifetime.lowerBound),
        "upper": .integer(item.buffer.lifetime.upperBound),
        "bytes": .integer(item.buffer.byteCount), "offset": .integer(offset),
      ]
    }
    return [
      "bytes": .integer(solution.arenaByteCount),
      "lowerBoundBytes": .integer(solution.lowerBound),
      "status": .string(solution.status.rawValue),
      "planner": .string(solution.placement.planner), "steps": .integer(solution.steps),
      "offsets": .array(offsets),
    ]
  }
}

extension PlannedOrder {
  var json: JSON {
    var document: JSON = [
      "peakBytes": .integer(solution.peak), "lowerBoundBytes": .integer(solution.lowerBound),
      "status": .string(solution.status.rawValue), "givenPeakBytes": .integer(solution.givenPeak),
      "states": .integer(solution.states),
    ]
    if let inPlace { document.append("inPlace", .string(inPlace)) }
    if let givenArena, let arena {
      document.append("givenArenaBytes", .integer(givenArena.arenaByteCount))
      document.append(
        "arena",
        [
          "bytes": .integer(arena.arenaByteCount), "lowerBoundBytes": .integer(arena.lowerBound),
          "status": .string(arena.status.rawValue),
        ])
    }
    if let written {
      document.append(
        "written",
        [
          "path": .string(written.path), "peakBytes": .integer(written.peak),
          "executionOrder": .string(written.option.rawValue),
        ])
    }
    document.append("order", .array(solution.order.map { .integer($0) }))
    document.append("nodes", .array(solution.order.map { .string(names[$0]) }))
    return document
  }
}

extension PatchPlan {
  var json: JSON {
    [
      "peakBytes": .integer(peakBytes), "patchPeakBytes": .integer(patchPeakBytes),
      "tailPeakBytes": .integer(tailPeakBytes),
      "layerPeakBytes": .integer(layerPeakBytes), "lastNode": .string(lastNode),
      "patches": .integer(patches * patches), "extraMACs": .integer(extraMACs),
    ]
  }
}

extension RecomputationChoice {
  var json: JSON {
    var document: JSON = [
      "peakBytes": .integer(peakBytes), "overhead": .number(overhead),
      "overheadLowerBound": overheadBound.map { .number($0) } ?? nil,
      "status": .string(isOptimal ? "optimal" : "feasible"),
      "recompute": .array(recompute.map { .string($0) }),
    ]
    if let extraWork { document.append("extraWork", .number(extraWork)) }
    if let regions { document.append("regions", .array(regions.map(\.json))) }
    if let schedule { document.append("schedule", .array(schedule.map { .integer($0) })) }
    return document
  }
}

extension PlannedRegion {
  var json: JSON {
    var document = place.json
    document.append(
      "keep",
      .object(
        keptCalls.map { name, indices in
          .init(name, .array(indices.map { .integer($0) }))
        }))
    return document
  }
}

extension PlannedRegion.Place {
  fileprivate var json: JSON {
    switch self {
    case .modules(let paths): ["modules": .array(paths.map { .string($0) })]
    case .calls(let first, let next, _):
      ["from": first.json, "upTo": next?.json ?? nil]
    }
  }
}

extension CallPlace {
  fileprivate var json: JSON {
    switch self {
    case .before(let path): .string(path)
    case .after(let path): ["after": .string(path)]
    }
  }
}
