import MemoryAnalysis

extension ExplanationList: Presentable {
  public func page(_ style: NumberStyle) -> Page {
    let blocks = explanations.map { Block.explanations([$0]) }
    return Page(
      title: model.name, sections: [Section(key: "explanations", title: "", blocks: blocks)])
  }

  public var json: JSON {
    [
      "memfit": .string(version), "model": model.json,
      "explanations": .array(explanations.map(\.json)),
    ]
  }
}
