import ModelGraph

extension Check: Presentable {
  public func page(_ style: NumberStyle) -> Page {
    let verdicts = Block.verdicts(limits.map { $0.verdict(style) })
    return Page(
      title: model.name, sections: [Section(key: "check", title: "", blocks: [verdicts])],
      diagnostics: diagnostics)
  }

  public var json: JSON {
    [
      "memfit": .string(version), "model": model.json, "holds": .bool(holds),
      "limits": .array(limits.map(\.json)), "diagnostics": .array(diagnostics.map(\.json)),
    ]
  }
}

extension Check.Limit {
  /// Whether the limit holds, in a sentence.
  func verdict(_ style: NumberStyle) -> Verdict {
    guard let found, let excess else {
      return Verdict(
        holds: false, sentence: "\(label): cannot be known, limit \(text(limit, style))")
    }
    let figure = "\(label): \(text(found, style)), limit \(text(limit, style))"
    return Verdict(
      holds: holds, sentence: holds ? figure : "\(figure), exceeded by \(text(excess, style))")
  }

  private func text(_ value: Int, _ style: NumberStyle) -> String {
    unit == .bytes ? style.bytes(ByteCount(value)) : style.count(value)
  }

  fileprivate var json: JSON {
    [
      "key": .string(key), "unit": .string(unit.rawValue), "limit": .integer(limit),
      "found": found.map(JSON.integer) ?? nil, "excess": excess.map(JSON.integer) ?? nil,
      "holds": .bool(holds),
    ]
  }
}
