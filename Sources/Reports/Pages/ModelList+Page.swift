import ModelGraph

extension ModelList: Presentable {
  public func page(_ style: NumberStyle) -> Page {
    let columns = [
      Column("name", "Model", .name), Column("parameters", "Parameters", .number),
      Column("paper", "Paper", .text),
    ]
    let rows = models.map { model -> [Cell] in
      [.text(model.name), .count(model.parameters), .text(model.paper)]
    }
    let table = Table(key: "models", columns: columns, rows: rows)
    return Page(sections: [Section(key: "models", title: "", blocks: [.table(table)])])
  }

  public var json: JSON {
    [
      "memfit": .string(version),
      "models": .array(
        models.map {
          [
            "name": .string($0.name), "parameters": .integer($0.parameters),
            "paper": .string($0.paper),
          ]
        }),
    ]
  }
}
