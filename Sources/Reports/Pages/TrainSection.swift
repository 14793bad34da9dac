import MemoryAnalysis
import ModelGraph

/// What training a model takes, arranged for reading.
struct TrainSection {
  let footprint: TrainingFootprint
  let style: NumberStyle

  var section: Section {
    var blocks: [Block] = [.verdicts([verdict])]
    blocks += outOfMemory
    blocks += [.table(budget), .figures(figures), .timeline(timeline)]
    blocks += changes
    blocks.append(.paragraph(unknowns))
    return Section(
      key: "train", title: "Train · \(footprint.optimizer) on \(footprint.device.title)",
      blocks: blocks)
  }

  /// What can only be given as an interval.
  private var unknowns: String {
    let context = DeviceFit.contextRange
    return "The context takes from \(style.bytes(context.lowerBound)) to "
      + "\(style.bytes(context.upperBound)), by driver and device. cuDNN's workspaces are UNKNOWN: "
      + "from nothing to all that is free, while a layer runs; cuDNN chooses an algorithm whose "
      + "workspace it can have."
  }

  private var verdict: Verdict {
    let title = footprint.device.title
    let amounts =
      "needs \(style.bytes(footprint.total)) of \(style.bytes(footprint.available))"
    guard footprint.fits else {
      return Verdict(holds: false, sentence: "does not train on \(title): \(amounts)")
    }
    let left = style.bytes(footprint.headroom)
    return Verdict(holds: true, sentence: "trains on \(title): \(amounts), \(left) left")
  }

  /// What PyTorch's error would say.
  private var outOfMemory: [Block] {
    guard let error = footprint.outOfMemory else { return [] }
    let memory = error.memory
    let place = error.node.isEmpty ? "" : ", \(error.operatorName) of \(error.node)"
    let step = error.step < 1 ? "first" : "second"
    return [
      .paragraph(
        "Memory runs out in \(error.phase.rawValue) of the \(step) step\(place): the allocator asks "
          + "for \(style.bytes(ByteCount(memory.attempted))), "
          + "\(style.bytes(ByteCount(memory.available))) are left; tensors have "
          + "\(style.bytes(ByteCount(memory.allocated))), "
          + "\(style.bytes(ByteCount(memory.unallocated))) are reserved and not allocated.")
    ]
  }

  /// What the usual remedies would give.
  private var changes: [Block] {
    guard !footprint.changes.isEmpty else { return [] }
    let rows = footprint.changes.map { change -> [Cell] in
      [
        .text(change.flags), .bytes(change.total), .signedBytes(change.gain),
        change.time.map { Cell.ratio($0) } ?? .missing, .text(change.fits ? "yes" : "no"),
      ]
    }
    let points = footprint.changes.compactMap { change in
      change.time.map {
        FrontierDrawing.Point(
          name: change.flags, bytes: change.total, time: $0, isOnFront: false)
      }
    }
    let now = FrontierDrawing.Point(name: "as it is", bytes: footprint.total, time: 1)
    let drawing = FrontierDrawing(
      title: "What else would give: memory against time", points: points + [now],
      available: footprint.available)
    return [
      .table(
        Table(
          key: "changes", title: "What else would give, by the same executor",
          columns: [
            Column("flags", "Change", .label), Column("total", "Needs", .number),
            Column("gain", "Gain", .number), Column("time", "Time a sample, roofline", .number),
            Column("fits", "Fits", .label),
          ],
          rows: rows)), .frontier(drawing),
    ]
  }

  /// What the device's memory goes to at the peak of a steady step; the rows add up to all of it.
  private var budget: Table {
    var rows = TrainingFootprint.Part.allCases.map { ($0.title, footprint.breakdown[$0] ?? .zero) }
    rows.append(("allocator: rounding and gaps", footprint.overhead))
    rows.append(("CUDA context (assumed)", footprint.context))
    rows.append((footprint.headroom < .zero ? "missing" : "free", footprint.headroom))
    let whole = Double(max(1, footprint.available.value))
    let cells = rows.filter { $0.1 != .zero }.map { name, bytes -> [Cell] in
      let share = Double(bytes.value) / whole
      return [.text(name), .bytes(bytes), .share(share), .bar(min(1, max(0, share)))]
    }
    let all: [Cell] = [
      .text("the device's memory"), .bytes(footprint.available), .share(1), .text(""),
    ]
    var table = Table(
      key: "budget", title: "At the peak",
      columns: [
        Column("part", "What", .label), Column("bytes", "Memory", .number),
        Column("share", "Share", .number), Column("bar", "", .bar),
      ],
      rows: cells + [all])
    table.isBudget = true
    return table
  }

  private var figures: [Figure] {
    let measured = footprint.measurement
    let peak = footprint.peak
    var figures = [
      Figure(
        "savedActivations", "Kept for backward", bytes: measured.savedActivations,
        note: "after the forward pass, each storage once"),
      Figure(
        "requestedPeak", "Peak requested", bytes: measured.steady.requested,
        note: "in \(peak.phase.rawValue), \(peak.operatorName) of \(peak.node)"),
      Figure(
        "allocatedPeak", "Peak allocated", bytes: measured.steady.allocated,
        note: "max_memory_allocated of a steady step"),
      Figure(
        "reservedPeak", "Peak reserved", bytes: measured.steady.reserved,
        note: "max_memory_reserved"),
      Figure(
        "firstStep.requestedPeak", "First step", bytes: measured.first.requested,
        note: "requested at the peak, as the optimizer makes its state"),
    ]
    if let batch = footprint.largestBatch {
      figures.append(
        Figure("largestBatch", "Largest batch", count: batch, note: "that trains on the device"))
    }
    return figures
  }

  private var timeline: Timeline {
    let peak = footprint.peak
    return Timeline(
      title: "Live bytes of a steady step, kernel by kernel",
      amounts: footprint.timeline.map(\.liveBytes),
      peakLabel:
        "\(style.bytes(footprint.measurement.steady.requested)) in \(peak.phase.rawValue): "
        + "\(peak.operatorName) of \(peak.node)",
      labels: footprint.timeline.map(\.label), lifetimes: footprint.lifetimes)
  }
}

extension TrainingFootprint.Part {
  fileprivate var title: String {
    switch self {
    case .optimizerState: "optimizer state"
    case .temporaries: "workspace, temporaries"
    default: rawValue
    }
  }
}
