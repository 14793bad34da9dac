import MemoryAnalysis
import ModelGraph

/// What to change so that a model fits, arranged for reading.
struct FitSection {
  let answer: FitAnswer
  let style: NumberStyle

  var section: Section {
    var blocks: [Block] = [.verdicts(verdicts)]
    if !answer.limits.isEmpty { blocks.append(.figures(limits)) }
    blocks += proposals
    blocks += [.table(changes), .frontier(drawing)]
    if answer.front.count > 1 { blocks.append(.table(front)) }
    blocks.append(.paragraph(assumptions))
    return Section(
      key: "fit", title: "Fit · \(answer.goal.rawValue) on \(answer.device.title)", blocks: blocks)
  }

  private var verdicts: [Verdict] {
    let current = answer.current
    let amounts = "needs \(style.bytes(current.needed)) of \(style.bytes(current.available))"
    guard !current.fits else {
      return [
        Verdict(
          holds: true,
          sentence: "fits \(answer.device.title) as it is: \(amounts), \(left(current))")
      ]
    }
    let now = Verdict(holds: false, sentence: "does not fit as it is: \(amounts)")
    guard let best = answer.best else { return [now, closest] }
    let smallest = answer.smallest.map { change in
      Verdict(
        holds: true,
        sentence: "the smallest change that is enough: \(change.title) — "
          + "\(style.bytes(change.needed)), \(left(change))\(cost(change))")
    }
    let cheapest =
      best == answer.smallest
      ? nil
      : Verdict(
        holds: true,
        sentence: "the cheapest of all that was tried: \(best.title) — "
          + "\(style.bytes(best.needed)), \(left(best))\(cost(best))")
    return [now, smallest, cheapest].compactMap(\.self)
  }

  /// What comes nearest where nothing is enough.
  private var closest: Verdict {
    guard let change = answer.closest else {
      return Verdict(holds: false, sentence: "nothing is left to change")
    }
    let lack = style.bytes(.zero - change.headroom)
    return Verdict(
      holds: false,
      sentence: "nothing that was tried is enough; closest comes \(change.title): "
        + "\(style.bytes(change.needed)), \(lack) too much")
  }

  private func left(_ change: FitChange) -> String { "\(style.bytes(change.headroom)) left" }

  private func cost(_ change: FitChange) -> String {
    var words: [String] = []
    if let time = change.time { words.append("\(style.ratio(time)) the time a sample") }
    words += change.concerns.map { "to validate: \($0)" }
    return words.isEmpty ? "" : "; " + words.joined(separator: "; ")
  }

  /// The commands to copy.
  private var proposals: [Block] {
    var commands: [String] = []
    for change in [answer.smallest, answer.best] {
      if let change, !commands.contains(change.command) { commands.append(change.command) }
    }
    return commands.map { .command($0) }
  }

  private var limits: [Figure] {
    answer.limits.map { limit in
      let note =
        limit.size == nil
        ? "not even the smallest fits"
        : limit.isOfModel ? "the model takes no more" : "that fits, with all else as it is"
      return Figure(
        "limits.\(limit.axis.rawValue)", "Largest \(limit.axis.rawValue)", count: limit.size ?? 0,
        note: note)
    }
  }

  /// For each kind of change the first step that fits, or the last.
  private var shownChanges: [FitChange] {
    var shown: [[FitAxis]: FitChange] = [:]
    for change in answer.changes {
      guard let known = shown[change.axes] else {
        shown[change.axes] = change
        continue
      }
      if change.fits ? !known.fits : !known.fits && change.gain > known.gain {
        shown[change.axes] = change
      }
    }
    return answer.changes.filter { shown[$0.axes] == $0 }
  }

  private var changes: Table {
    let shown = shownChanges
    let rest = answer.changes.count - shown.count
    return Table(
      key: "changes", title: "Each change by itself, the smallest first", columns: columns,
      rows: shown.map(row),
      more: rest > 0 ? Table.More(count: rest, how: "--format json") : nil)
  }

  /// All that was told, what nothing beats among it, and what the device has.
  private var drawing: FrontierDrawing {
    let front = Set(answer.front)
    let all = answer.changes.filter { !front.contains($0) && !$0.axes.contains(.device) }
    return FrontierDrawing(
      title: "Memory against time",
      points: (all + answer.front).compactMap { change in
        change.time.map {
          FrontierDrawing.Point(
            name: name(change), bytes: change.needed, time: $0,
            isOnFront: front.contains(change) && change.concerns.isEmpty)
        }
      }, available: answer.current.available)
  }

  private var front: Table {
    Table(
      key: "front", title: "What nothing else beats in memory, time and quality", columns: columns,
      rows: answer.front.prefix(12).map(row),
      more: answer.front.count > 12
        ? Table.More(count: answer.front.count - 12, how: "--format json") : nil)
  }

  private var columns: [Column] {
    [
      Column("change", "Change", .text), Column("needed", "Needs", .number),
      Column("gain", "Gain", .number), Column("time", "Time", .number),
      Column("validate", "Validate", .label), Column("fits", "Fits", .label),
    ]
  }

  /// The options that are different, or in words where those are long.
  private func name(_ change: FitChange) -> String {
    guard !change.flags.isEmpty else { return "as it is" }
    return change.flags.count <= 48 ? change.flags : change.title
  }

  private func row(_ change: FitChange) -> [Cell] {
    [
      .text(name(change)), .bytes(change.needed),
      .signedBytes(change.gain), change.time.map { .ratio($0) } ?? .missing,
      .text(change.concerns.isEmpty ? "no" : "yes"), .text(change.fits ? "yes" : "no"),
    ]
  }

  private var assumptions: String {
    let tried = "\(style.count(answer.tried)) ways were put through the executor."
    guard answer.device.kind == .gpu else { return tried }
    let range = DeviceFit.contextRange
    let context =
      "A CUDA context of \(style.bytes(DeviceFit.assumedCUDAContext)) is assumed; drivers take "
      + "\(style.bytes(range.lowerBound)) to \(style.bytes(range.upperBound))."
    let time = "Time is by the roofline of the device's data sheet."
    let workspaces =
      answer.goal == .train
      ? " cuDNN's workspaces are UNKNOWN; cuDNN takes what is free." : ""
    return "\(tried) \(context) \(time)\(workspaces)"
  }
}
