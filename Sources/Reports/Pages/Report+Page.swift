import MemoryAnalysis
import ModelGraph

extension Report: Presentable {
  public func page(_ style: NumberStyle) -> Page {
    var sections: [Section] = []
    if let store {
      sections.append(
        StoreSection(answer: store, details: details, isOverview: isOverview, style: style).section)
    }
    if let run {
      sections.append(RunSection(answer: run, isOverview: isOverview, style: style).section)
    }
    if let device {
      let blocks = DeviceBlocks(fit: device, style: style).blocks
      sections.append(Section(key: "run", title: "Run, activations not counted", blocks: blocks))
    }
    if let cache {
      sections.append(
        CacheSection(footprint: cache, isOverview: isOverview, style: style).section)
    }
    if let train { sections.append(TrainSection(footprint: train, style: style).section) }
    if let plan { sections += plan.sections(style) }
    if let fit { sections.append(FitSection(answer: fit, style: style).section) }
    if let values = valueSection { sections.append(values) }
    if details.contains(.explanations), !explanations.isEmpty {
      let blocks = explanations.map { Block.explanations([$0]) }
      sections.append(Section(key: "explanations", title: "Where it comes from", blocks: blocks))
    }
    return Page(
      title: model.name, subtitle: subtitle(style), keyFigures: keyFigures(style),
      sections: sections, diagnostics: diagnostics)
  }

  /// Whether all answers stand on one page, each in its short form.
  private var isOverview: Bool { sections.subtracting([.plan, .fit]).count > 1 }

  /// The sizes that stand in the title; all of them are in the JSON report.
  private static let shownSizes = 6

  private func subtitle(_ style: NumberStyle) -> String {
    let format = model.format == "zoo" ? "built-in architecture" : model.format
    let nodes = graph.map { $0.nodeCount == 1 ? "1 node" : "\(style.count($0.nodeCount)) nodes" }
    var sizes = model.bindings.prefix(Self.shownSizes).map { "\($0.name) \($0.size)" }
    if sizes.count < model.bindings.count {
      sizes.append("\(style.count(model.bindings.count - sizes.count)) more sizes")
    }
    let inputs = graph.map { $0.inputs.prefix(2).map(\.summary) } ?? []
    return ([format] + (nodes.map { [$0] } ?? []) + (sizes.isEmpty ? inputs : sizes))
      .joined(separator: " · ")
  }

  private func keyFigures(_ style: NumberStyle) -> [Page.KeyFigure] {
    var figures: [Page.KeyFigure] = []
    if let footprint = store?.footprint {
      figures.append(Page.KeyFigure(style.count(footprint.parameters.count), "parameters"))
      figures.append(Page.KeyFigure(style.bytes(footprint.tensors.bytes), "to store"))
    }
    if let run {
      figures.append(Page.KeyFigure(style.bytes(run.requiredBytes), "to run"))
      figures.append(Page.KeyFigure(style.bytes(run.footprint.peak.bytes), "peak activations"))
      let work = style.compact(run.footprint.work.multiplyAccumulates)
      figures.append(Page.KeyFigure(work, "MACs"))
    }
    if let train {
      figures.append(Page.KeyFigure(style.bytes(train.total), "to train"))
      figures.append(
        Page.KeyFigure(style.bytes(train.measurement.savedActivations), "kept for backward"))
    }
    return figures
  }

  private var valueSection: Section? {
    guard details.contains(.values), let values = graph?.values, !values.isEmpty else {
      return nil
    }
    let columns = [
      Column("name", "Value", .name), Column("dataType", "Type", .text),
      Column("shape", "Shape", .text), Column("bytes", "Memory", .number),
    ]
    let rows = values.map { value -> [Cell] in
      [
        .text(value.name), .text(value.typeName), .text(value.shapeText),
        value.type == .unknown ? .missing : .bytes(value.type.byteCount),
      ]
    }
    let table = Table(key: "values", columns: columns, rows: rows)
    return Section(key: "values", title: "Values", blocks: [.table(table)])
  }
}

extension GraphSummary.NamedType {
  /// The value in a few words, such as `input float32 1×3×224×224`.
  var summary: String { [name, typeName, shapeText].filter { !$0.isEmpty }.joined(separator: " ") }

  var typeName: String {
    switch type {
    case .tensor(let type): type.dataType.rawValue
    case .sequence: "sequence"
    case .optional: "optional"
    case .unknown: "unknown"
    }
  }

  var shapeText: String {
    switch type {
    case .tensor(let type):
      type.shape.isEmpty ? "scalar" : type.shape.map(String.init).joined(separator: "×")
    case .sequence(let elements): "of \(elements.count)"
    case .optional(let wrapped): wrapped == nil ? "absent" : ""
    case .unknown: ""
    }
  }
}
