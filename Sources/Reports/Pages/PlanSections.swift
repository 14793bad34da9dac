import MemoryAnalysis
import MemoryPlanning
import ModelGraph

/// Plans arranged for reading.
struct PlanSections {
  let answer: PlanAnswer
  let style: NumberStyle

  var sections: [Section] {
    var sections: [Section] = []
    if let order = answer.order { sections += OrderSections(order: order, style: style).sections }
    if let arena = answer.arena { sections += ArenaSections(arena: arena).sections }
    if let choices = answer.recomputation {
      sections.append(FrontierSection(choices: choices).section)
    }
    if let patches = answer.patches { sections.append(PatchSection(plans: patches).section) }
    return sections
  }
}

/// A placement: what it takes, how sure that is, and every offset.
private struct ArenaSections {
  let arena: PlacedArena

  private var solution: ArenaSolution { arena.solution }

  var sections: [Section] {
    [
      Section(
        key: "arena", title: "Arena",
        blocks: [.figures(figures), .paragraph(sentence), .arena(drawing)]),
      Section(key: "offsets", title: "Offsets", blocks: [.table(table)]),
    ]
  }

  private var drawing: ArenaDrawing {
    ArenaDrawing(
      title: "Where every buffer lies, step by step",
      bytes: ByteCount(solution.arenaByteCount),
      boxes: zip(arena.problem.items, solution.placement.offsets).map { item, offset in
        ArenaDrawing.Box(
          name: item.name, bytes: ByteCount(item.buffer.byteCount), offset: ByteCount(offset),
          steps: item.buffer.lifetime)
      })
  }

  private var figures: [Figure] {
    [
      Figure(
        "bytes", "arena", bytes: ByteCount(solution.arenaByteCount),
        note: solution.placement.planner),
      Figure(
        "lowerBoundBytes", "lower bound", bytes: ByteCount(solution.lowerBound),
        note: "no arena is smaller"),
      Figure("steps", "search steps", count: solution.steps),
    ]
  }

  private var sentence: String {
    let (size, bound) = (solution.arenaByteCount, solution.lowerBound)
    switch solution.status {
    case .optimal: return "Proven optimal: \(size) bytes, and no arena is smaller."
    case .feasible:
      return
        "Feasible: \(size) bytes; the smallest arena may be up to \(size - bound) bytes smaller."
    case .notFound where bound > arena.capacity ?? .max:
      return "Proven not to fit: every arena takes at least \(bound) bytes."
    case .notFound:
      return "Not found in time: neither a placement nor a proof that there is none."
    }
  }

  private var table: Table {
    let columns = [
      Column("name", "Buffer", .name), Column("first", "From step", .number),
      Column("end", "Up to", .number), Column("bytes", "Size", .number),
      Column("offset", "Offset", .number),
    ]
    let order = arena.problem.items.indices.sorted {
      (solution.placement.offsets[$0], $0) < (solution.placement.offsets[$1], $1)
    }
    return Table(key: "offsets", columns: columns, rows: order.map(row))
  }

  private func row(_ index: Int) -> [Cell] {
    let item = arena.problem.items[index]
    return [
      .text(item.name), .count(item.buffer.lifetime.lowerBound),
      .count(item.buffer.lifetime.upperBound), .count(item.buffer.byteCount),
      .count(solution.placement.offsets[index]),
    ]
  }
}

/// An order: what it takes, how sure that is, and every task that moved.
private struct OrderSections {
  let order: PlannedOrder
  let style: NumberStyle

  private var solution: OrderSolution { order.solution }

  var sections: [Section] {
    var blocks: [Block] = [.figures(figures), .paragraph(sentence)]
    if let written = order.written { blocks.append(.paragraph(sentence(on: written))) }
    if !moved.isEmpty { blocks.append(.table(table)) }
    return [Section(key: "order", title: "Order", blocks: blocks)]
  }

  private var figures: [Figure] {
    var figures = [
      Figure(
        "peakBytes", "peak", bytes: ByteCount(solution.peak),
        note: order.inPlace.map { "live at once; in place: \($0)" } ?? "live at once"),
      Figure(
        "lowerBoundBytes", "lower bound", bytes: ByteCount(solution.lowerBound),
        note: "no order needs less"),
      Figure(
        "givenPeakBytes", "as given", bytes: ByteCount(solution.givenPeak),
        note: "peak of the order given"),
    ]
    if let arena = order.arena, let given = order.givenArena {
      figures.append(
        Figure(
          "arena.bytes", "arena", bytes: ByteCount(arena.arenaByteCount),
          note: "\(style.bytes(ByteCount(given.arenaByteCount))) as given"))
    }
    return figures
  }

  private var sentence: String {
    let saved = solution.givenPeak - solution.peak
    let gain = saved > 0 ? "\(saved) bytes less than the order given" : "the order given stays"
    switch solution.status {
    case .optimal: return "Proven optimal: \(solution.peak) bytes, \(gain)."
    case .feasible:
      return "Feasible: \(solution.peak) bytes, \(gain); the least peak is at least"
        + " \(solution.lowerBound) bytes."
    case .notFound:
      return "Not found: the least peak found is \(solution.peak) bytes, the bound is"
        + " \(solution.lowerBound) bytes."
    }
  }

  private func sentence(on written: WrittenOrder) -> String {
    let peak = style.bytes(ByteCount(written.peak))
    return
      "Written to \(written.path): ONNX Runtime with execution order \(written.option.rawValue)"
      + " runs it with a peak of \(peak)."
  }

  /// The positions whose task is another than before.
  private var moved: [Int] { solution.order.indices.filter { solution.order[$0] != $0 } }

  private var table: Table {
    let shown = moved.prefix(40)
    let rest = moved.count - shown.count
    return Table(
      key: "moved", title: "What moves",
      columns: [
        Column("step", "Step", .number), Column("node", "Now runs", .name),
        Column("before", "Was step", .number),
      ],
      rows: shown.map {
        [.count($0), .text(order.names[solution.order[$0]]), .count(solution.order[$0])]
      }, more: rest > 0 ? Table.More(count: rest, how: "--format json") : nil)
  }
}

/// What running the first nodes by patches saves, and the work that overlaps.
private struct PatchSection {
  let plans: [PatchPlan]

  var section: Section {
    Section(key: "patches", title: "Patches", blocks: [.table(table)])
  }

  private var table: Table {
    Table(
      key: "patches",
      columns: [
        Column("peakBytes", "Peak", .number), Column("patches", "Patches", .number),
        Column("lastNode", "Up to", .name), Column("extraMACs", "Extra MACs", .number),
        Column("tailPeakBytes", "Rest", .number), Column("layerPeakBytes", "Layer", .number),
      ],
      rows: plans.map { plan in
        [
          .bytes(ByteCount(plan.peakBytes)), .count(plan.patches * plan.patches),
          plan.patches == 1 ? .missing : .text(plan.lastNode), .count(plan.extraMACs),
          .bytes(ByteCount(plan.tailPeakBytes)), .bytes(ByteCount(plan.layerPeakBytes)),
        ]
      })
  }
}

/// The frontier of peak memory against extra time.
private struct FrontierSection {
  let choices: [RecomputationChoice]

  var section: Section {
    Section(
      key: "recomputation", title: "Recomputation", blocks: [.frontier(drawing), .table(table)])
  }

  private var drawing: FrontierDrawing {
    FrontierDrawing(
      title: "Peak against time",
      points: choices.map {
        FrontierDrawing.Point(
          name: words($0), bytes: ByteCount($0.peakBytes), time: 1 + $0.overhead)
      })
  }

  private var table: Table {
    Table(
      key: "frontier",
      columns: [
        Column("peakBytes", "Peak", .number), Column("overhead", "Extra time", .number),
        Column("extraWork", "Extra MACs", .number), Column("status", "Status", .text),
        Column("recompute", "Runs again", .name),
      ],
      rows: choices.map { choice in
        [
          .bytes(ByteCount(choice.peakBytes)), .share(choice.overhead),
          choice.extraWork.map { .share($0) } ?? .missing,
          .text(choice.isOptimal ? "optimal" : "feasible"), .text(words(choice)),
        ]
      })
  }

  private func words(_ choice: RecomputationChoice) -> String {
    guard let first = choice.recompute.first else { return "nothing" }
    let rest = choice.recompute.count - 1
    return rest == 0 ? first : "\(first) and \(rest) more"
  }
}
