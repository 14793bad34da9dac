import ModelGraph

extension ModelList: Presentable {
  public func page(_ style: NumberStyle) -> Page {
    let columns = [
      Column("name", "Model", .label), Column("parameters", "Parameters", .number),
      Column("year", "Year", .label), Column("paper", "Paper", .text),
      Column("authors", "Authors", .text, isOptional: true),
      Column("url", "Link", .text, isOptional: true),
    ]
    let rows = models.map { model -> [Cell] in
      [
        .text(model.name), .count(model.parameters), .text("\(model.paper.year)"),
        .text(model.paper.title), .text(model.paper.authors), .text(model.paper.url),
      ]
    }
    let table = Table(key: "models", columns: columns, rows: rows)
    return Page(sections: [Section(key: "models", title: "", blocks: [.table(table)])])
  }

  public var json: JSON {
    ["memfit": .string(version), "models": .array(models.map(\.json))]
  }
}

extension ModelList.Entry {
  fileprivate var json: JSON {
    [
      "name": .string(name), "title": .string(title), "parameters": .integer(parameters),
      "paper": [
        "title": .string(paper.title), "authors": .string(paper.authors),
        "year": .integer(paper.year), "url": .string(paper.url),
      ],
    ]
  }
}
