public import MemoryAnalysis
import ModelGraph

/// What a model takes to run, arranged for reading.
struct RunSection {
  let answer: RunAnswer
  let isOverview: Bool
  let style: NumberStyle

  private var footprint: RunFootprint { answer.footprint }

  /// How many live values are shown.
  private var topValues: Int { isOverview ? 5 : 12 }

  var section: Section {
    var blocks: [Block] = [.figures(figures)]
    if let device = answer.device { blocks += DeviceBlocks(fit: device, style: style).blocks }
    if footprint.timeline.count > 1 { blocks.append(.timeline(timeline)) }
    if !footprint.peak.live.isEmpty { blocks.append(.table(live)) }
    return Section(key: "run", title: "Run · \(footprint.runtime.title)", blocks: blocks)
  }

  private var figures: [Figure] {
    let arena = footprint.arena
    let bound = arena.isOptimal ? "optimal" : "lower bound \(style.bytes(arena.lowerBound))"
    var figures = [
      Figure("weights", "Weights", bytes: footprint.weights, note: "live all the time"),
      Figure(
        "activations", "Activations", bytes: footprint.activations.bytes,
        count: footprint.activations.count, note: "every node output once, views free"),
      Figure("peak", "Peak", bytes: footprint.peak.bytes, note: "live at \(peakNode)"),
      Figure("arena", "Arena", bytes: arena.bytes, note: "\(arena.planner), \(bound)"),
      Figure(
        "macs", "Work", count: footprint.work.multiplyAccumulates,
        note: "multiply-accumulates, two FLOPs each"),
    ]
    if let block = footprint.patternBlock {
      figures.append(
        Figure("patternBlock", "Own block", bytes: block, note: "as this runtime plans it"))
    }
    if !isOverview { figures += lectureFigures }
    return figures
  }

  private var lectureFigures: [Figure] {
    guard let lecture = footprint.lecture else { return [] }
    return [
      Figure(
        "lecture.activations", "Lecture: all", count: lecture.activations,
        note: "elements, counted as MIT 6.5940 does"),
      Figure(
        "lecture.peak", "Lecture: peak", count: lecture.peak,
        note: "largest input + output, at \(lecture.node)"),
    ]
  }

  private var peakNode: String {
    let peak = footprint.peak
    return peak.node.isEmpty ? peak.operatorName : "\(peak.node) (\(peak.operatorName))"
  }

  private var timeline: Timeline {
    let steps = footprint.timeline
    let peak = steps.map(\.liveBytes).max()
    let step = steps.firstIndex { $0.liveBytes == peak } ?? 0
    let label = steps.isEmpty ? "" : steps[step].label
    return Timeline(
      title: "Live bytes, step by step", amounts: steps.map(\.liveBytes),
      peakLabel: "\(style.bytes(peak ?? .zero)) at step \(style.count(step + 1)): \(label)",
      labels: steps.map(\.label), lifetimes: footprint.lifetimes)
  }

  private var live: Table {
    let values = footprint.peak.live
    let whole = max(1, footprint.peak.bytes.value)
    let rows = values.prefix(topValues).map { value -> [Cell] in
      let share = Double(value.bytes.value) / Double(whole)
      return [
        .text(value.name), .text(value.producer.isEmpty ? "input" : value.producer),
        .bytes(value.bytes), .share(share), .bar(share),
      ]
    }
    let rest = values.count - rows.count
    return Table(
      key: "live", title: "Live at the peak",
      columns: [
        Column("value", "Value", .name), Column("producer", "Made by", .name, isOptional: true),
        Column("bytes", "Memory", .number), Column("share", "Share", .number),
        Column("bar", "", .bar),
      ],
      rows: rows,
      more: rest > 0 ? Table.More(count: rest, how: "--format json") : nil)
  }
}

extension RunFootprint.Step {
  /// The node with its operator, such as `layer1.0.conv1 (Conv)`.
  var label: String { node.isEmpty ? operatorName : "\(node) (\(operatorName))" }
}

extension Runtime {
  /// The runtime's name for people.
  public var title: String {
    switch self {
    case .pytorch: "PyTorch, eager"
    case .onnxruntime: "ONNX Runtime"
    }
  }
}
