import MemoryAnalysis
import ModelGraph

/// What a model takes to store, arranged for reading.
struct StoreSection {
  let answer: StoreAnswer
  let details: Set<Report.Detail>
  let isOverview: Bool
  let style: NumberStyle

  /// How many layers are shown unless all are asked for.
  private static let topLayers = 10

  private var footprint: StoreFootprint { answer.footprint }

  var section: Section {
    var blocks: [Block] = [.figures(figures)]
    if !footprint.byLayerType.isEmpty { blocks.append(.table(byLayerType)) }
    if !isOverview, !footprint.parts.tied.isEmpty {
      blocks.append(.table(footprint.parts.tiedTable(limit: layerLimit)))
    }
    if !isOverview || details.contains(.layers), !footprint.layers.isEmpty {
      blocks.append(.table(LayerTable(layers: footprint.layers).table(limit: layerLimit)))
    }
    if !footprint.sizes.isEmpty { blocks.append(.strip(sizes)) }
    if !answer.limits.isEmpty { blocks.append(.verdicts(answer.limits.map(verdict))) }
    return Section(key: "store", title: "Store", blocks: blocks)
  }

  private var layerLimit: Int { details.contains(.layers) ? .max : Self.topLayers }

  private var figures: [Figure] {
    let (all, optimizer) = (footprint.tensors, footprint.optimizerState)
    var figures = [
      Figure(
        "parameters", "Parameters", bytes: footprint.parameters.bytes,
        count: footprint.parameters.count, note: "trained, each storage once")
    ]
    figures += footprint.parts.figures(style)
    figures.append(
      Figure(
        "state", "State", bytes: footprint.state.bytes, count: footprint.state.count,
        note: "persistent but not trained"))
    if optimizer.count > 0 {
      figures.append(
        Figure(
          "optimizerState", "Optimizer state", bytes: optimizer.bytes, count: optimizer.count,
          note: "left by training"))
    }
    if footprint.unused.bytes > .zero {
      figures.append(
        Figure(
          "unused", "Unused", bytes: footprint.unused.bytes, count: footprint.unused.count,
          note: "held, but part of no tensor"))
    }
    figures.append(
      Figure(
        "tensors", "All tensors", bytes: all.bytes, count: all.count,
        note: optimizer.count > 0 ? "all of the above" : "parameters, state and constants"))
    if let packed = footprint.packed {
      figures.append(
        Figure(
          "packed", "Packed", bytes: packed.bytes, count: packed.packed.count,
          note: "by \(packed.method), scales included"))
    }
    if let file = footprint.file {
      figures.append(Figure("file", "File", bytes: file, note: "on disk"))
    }
    if let cost = answer.cost { figures.append(figure(of: cost)) }
    return figures
  }

  private func figure(of bill: StorageBill) -> Figure {
    let count = bill.cost.copies
    let copies = count == 1 ? "one copy" : "\(style.count(count)) copies"
    let amount = style.fixed(bill.amount, decimals: bill.amount < 1 ? 4 : 2)
    return Figure(
      "cost", "Cost", bytes: bill.bytes * count,
      note: "\(amount) a \(bill.cost.period) for \(copies)")
  }

  private var byLayerType: Table {
    let whole = max(1, footprint.parameters.count)
    return Table(
      key: "byLayerType", title: "By layer type",
      columns: [
        Column("type", "Type", .text), Column("layers", "Layers", .number),
        Column("count", "Parameters", .number), Column("bytes", "Memory", .number),
        Column("share", "Share", .number), Column("bar", "", .bar),
      ],
      rows: footprint.byLayerType.map { tally in
        let share = Double(tally.parameters.count) / Double(whole)
        return [
          .text(tally.type.rawValue), .count(tally.layers), .count(tally.parameters.count),
          .bytes(tally.parameters.bytes), .share(share), .bar(share),
        ]
      })
  }

  private var sizes: Table {
    Table(
      key: "sizes", title: "All parameters in another data type, block scales included",
      columns: [Column("dataType", "Data type", .text), Column("bytes", "Memory", .number)],
      rows: footprint.sizes.map { [.text($0.dataType.rawValue), .bytes($0.bytes)] })
  }

  private func verdict(on verdict: SizeVerdict) -> Verdict {
    let limit = verdict.limit
    let bytes = style.bytes(limit.bytes)
    let name = limit.source.isEmpty ? "the limit of \(bytes)" : "\(limit.title) (\(bytes))"
    let amount = style.bytes(verdict.bytes)
    if verdict.fits {
      let left = style.bytes(verdict.limit.bytes - verdict.bytes)
      return Verdict(holds: true, sentence: "\(amount) fits \(name), \(left) left")
    }
    let over = style.bytes(verdict.bytes - verdict.limit.bytes)
    let types = verdict.fittingTypes.prefix(4).map(\.rawValue).joined(separator: ", ")
    let advice = types.isEmpty ? "no data type would fit" : "would fit as \(types)"
    return Verdict(holds: false, sentence: "\(amount) is \(over) more than \(name); \(advice)")
  }
}

/// The layers of a model as a table.
struct LayerTable {
  let layers: [LayerFootprint]
  var title = "Layers"

  /// The largest layers up to a limit; all of them in order of use where the limit allows.
  func table(limit: Int) -> Table {
    let isCut = layers.count > limit
    let shown = isCut ? Array(layers.sorted(by: isLarger).prefix(limit)) : layers
    return Table(
      key: "layers", title: isCut ? "Largest layers" : title, columns: Self.columns,
      rows: shown.map(row),
      more: isCut ? Table.More(count: layers.count - limit, how: "--layers") : nil)
  }

  private func isLarger(_ a: LayerFootprint, _ b: LayerFootprint) -> Bool {
    a.parameters.bytes > b.parameters.bytes
  }

  private static let columns = [
    Column("name", "Layer", .name), Column("type", "Type", .text),
    Column("formula", "Formula", .formula, isOptional: true),
    Column("count", "Parameters", .number), Column("bytes", "Memory", .number),
    Column("stateCount", "State", .number, isOptional: true),
  ]

  private func row(_ layer: LayerFootprint) -> [Cell] {
    [
      .text(layer.name), .text(layer.type.rawValue), .formula(layer.formula),
      .count(layer.parameters.count), .bytes(layer.parameters.bytes), .count(layer.state.count),
    ]
  }
}
