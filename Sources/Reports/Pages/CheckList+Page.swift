extension CheckList: Presentable {
  public func page(_ style: NumberStyle) -> Page {
    let pages = checks.map { $0.page(style) }
    return Page(
      sections: pages.flatMap { page in
        page.sections.map { Section(key: $0.key, title: page.title, blocks: $0.blocks) }
      }, diagnostics: pages.flatMap(\.diagnostics))
  }

  public var json: JSON {
    [
      "memfit": .string(version), "holds": .bool(holds), "checks": .array(checks.map(\.json)),
    ]
  }
}
