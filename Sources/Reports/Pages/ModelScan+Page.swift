import MemoryAnalysis
import ModelGraph

extension ModelScan: Presentable {
  public func page(_ style: NumberStyle) -> Page {
    let columns = [
      Column("path", "File", .name), Column("format", "Format", .text),
      Column("count", "Parameters", .number), Column("bytes", "To store", .number),
      Column("file", "File size", .number, isOptional: true),
      Column("dataTypes", "Types", .text, isOptional: true), Column("problem", "Problem", .text),
    ]
    let table = Table(key: "models", columns: columns, rows: entries.map(row))
    return Page(
      title: models.count == 1 ? "1 model" : "\(style.count(models.count)) models",
      subtitle: subtitle(style),
      sections: [Section(key: "scan", title: "", blocks: [.table(table)])],
      diagnostics: leftOutDiagnostics)
  }

  private func subtitle(_ style: NumberStyle) -> String {
    var parts = [
      "\(style.count(parameters.count)) parameters", "\(style.bytes(tensors.bytes)) to store",
    ]
    if failureCount > 0 { parts.append("\(style.count(failureCount)) could not be read") }
    if skippedCount > 0 { parts.append("\(style.count(skippedCount)) other files") }
    return parts.joined(separator: " · ")
  }

  private var parameters: Tally { models.map(\.storage.parameters).reduce(.zero, +) }
  private var tensors: Tally { models.map(\.storage.tensors).reduce(.zero, +) }

  private func row(_ entry: Entry) -> [Cell] {
    switch entry.outcome {
    case .failure(let reason):
      return [.text(entry.path), .text(""), .missing, .missing, .missing, .text(""), .text(reason)]
    case .model(let summary):
      let storage = summary.storage
      let types = storage.byDataType.prefix(3).map(\.dataType.rawValue).joined(separator: ", ")
      return [
        .text(entry.path), .text(summary.format), .count(storage.parameters.count),
        .bytes(storage.tensors.bytes), storage.file.map(Cell.bytes) ?? .missing,
        .text(storage.byDataType.count > 3 ? "\(types), …" : types),
        .text(summary.diagnostics.first { $0.severity > .note }?.message ?? ""),
      ]
    }
  }

  private var leftOutDiagnostics: [Diagnostic] {
    guard let first = leftOut.first else { return [] }
    let message =
      "\(leftOut.count) links that lead out of the folder, or files that cannot be looked at, are "
      + "left out"
    return [Diagnostic(.warning, "leftOut", message, at: first)]
  }
}

// MARK: JSON

extension ModelScan {
  public var json: JSON {
    [
      "memfit": .string(version),
      "scan": [
        "models": .array(entries.map(\.json)), "failures": .integer(failureCount),
        "skipped": .integer(skippedCount), "leftOut": .array(leftOut.map(JSON.string)),
        "parameters": parameters.json, "tensors": tensors.json,
      ],
    ]
  }

  /// One for each model, and for what could not be read.
  public var documents: [JSON] { entries.map(\.json) }
}

extension ModelScan.Entry {
  fileprivate var json: JSON {
    switch outcome {
    case .failure(let reason): return ["path": .string(path), "error": .string(reason)]
    case .model(let summary):
      let storage = summary.storage
      return [
        "path": .string(path), "name": .string(summary.name), "format": .string(summary.format),
        "parameters": storage.parameters.json, "state": storage.state.json,
        "optimizerState": storage.optimizerState.json, "tensors": storage.tensors.json,
        "file": ["bytes": storage.file?.json ?? nil],
        "dataTypes": .array(storage.byDataType.map(\.json)),
        "diagnostics": .array(summary.diagnostics.filter { $0.severity > .note }.map(\.json)),
      ]
    }
  }
}

extension StorageSummary.DataTypeTally {
  fileprivate var json: JSON {
    [
      "dataType": .string(dataType.rawValue), "count": .integer(tensors.count),
      "bytes": tensors.bytes.json,
    ]
  }
}
