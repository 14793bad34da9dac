import MemoryAnalysis
import ModelGraph

/// A chart of live bytes over steps; a reader can walk along it and see what is live.
struct HTMLTimeline {
  let timeline: Timeline
  let style: NumberStyle

  /// The most steps that are drawn and told one by one; of more, each point is the most of several.
  private static let maximumPoints = 4000

  /// The steps that the table behind the chart lists.
  private static let listedSteps = 100

  private static let height = 1000.0

  var html: Markup {
    let amounts = timeline.amounts
    guard let peak = amounts.max(), peak > .zero, let top = amounts.firstIndex(of: peak) else {
      return ""
    }
    return """
      <figure class="timeline">
      <figcaption>\(timeline.title)</figcaption>
      <div class="plot" role="slider" tabindex="0" aria-label="Step of the timeline" \
      aria-valuemin="1" aria-valuemax="\(amounts.count)" aria-valuenow="\(top + 1)" \
      aria-valuetext="\(timeline.peakLabel)">
      <svg viewBox="0 0 \(points.count) 1000" preserveAspectRatio="none" aria-hidden="true">\
      <path d="\(path(peak))"/></svg>
      <span class="top">\(style.bytes(peak))</span><span class="half">\
      \(style.bytes(ByteCount(peak.value / 2)))</span>
      <span class="peak" style="left:\(position(top))"></span>
      <span class="cursor" style="left:\(position(top))"></span>
      </div>
      <p class="readout">Peak: \(timeline.peakLabel)</p>
      <table class="live" hidden><caption>Live at this step</caption><tbody></tbody></table>
      <details><summary>The largest steps as a table</summary>\(steps)</details>
      <script type="application/json">\(.data(data))</script>
      </figure>

      """
  }

  /// The first step of every point.
  private var points: [Int] {
    let count = timeline.amounts.count
    let points = min(count, Self.maximumPoints)
    return (0..<points).map { count * $0 / points }
  }

  private func path(_ peak: ByteCount) -> String {
    let starts = points
    var path = "M0 1000"
    var last = -1
    for (index, start) in starts.enumerated() {
      let end = index + 1 < starts.count ? starts[index + 1] : timeline.amounts.count
      let amount = timeline.amounts[start..<end].max() ?? .zero
      let y = Int((Self.height * (1 - Double(amount.value) / Double(peak.value))).rounded())
      if y != last { path += "H\(index)V\(y)" }
      last = y
    }
    return path + "H\(starts.count)V1000Z"
  }

  private func position(_ step: Int) -> String {
    let share = (Double(step) + 0.5) / Double(max(1, timeline.amounts.count))
    return "\((share * 10000).rounded() / 100)%"
  }

  private var steps: Markup {
    let order = timeline.amounts.indices.sorted {
      (timeline.amounts[$1], $0) < (timeline.amounts[$0], $1)
    }
    let rows = order.prefix(Self.listedSteps).map { step -> [Cell] in
      let label = timeline.labels.indices.contains(step) ? timeline.labels[step] : ""
      return [.count(step + 1), .text(label), .bytes(timeline.amounts[step])]
    }
    let table = Table(
      key: "steps",
      columns: [
        Column("step", "Step", .number), Column("label", "What runs", .name),
        Column("bytes", "Live", .number),
      ], rows: rows)
    return HTMLTable(table: table, style: style).html
  }

  /// What the script needs to say what is live; names that repeat are written once.
  private var data: JSON {
    var names = NameList()
    let labels = timeline.labels.map { JSON.integer(names.index(of: $0)) }
    let live = timeline.lifetimes.map { lifetime -> JSON in
      .array([
        .integer(names.index(of: lifetime.name)), .integer(lifetime.bytes.value),
        .integer(lifetime.steps.lowerBound), .integer(lifetime.steps.upperBound),
      ])
    }
    let units = style.units.scale.map { unit -> JSON in
      [
        "name": .string(unit.name), "size": .integer(Int(unit.size)),
        "decimals": .integer(unit.decimals),
      ]
    }
    return [
      "amounts": .array(timeline.amounts.map { .integer($0.value) }), "labels": .array(labels),
      "live": .array(live), "names": .array(names.all.map(JSON.string)), "units": .array(units),
    ]
  }
}

/// Names in the order of their first use.
private struct NameList {
  private(set) var all: [String] = []
  private var indices: [String: Int] = [:]

  mutating func index(of name: String) -> Int {
    if let index = indices[name] { return index }
    indices[name] = all.count
    all.append(name)
    return all.count - 1
  }
}
