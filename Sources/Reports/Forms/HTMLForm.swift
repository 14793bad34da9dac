import MemoryAnalysis
import ModelGraph

/// The form to keep: one web page that needs no network, light or dark, printable.
///
/// It reads without scripts too; the script sorts tables and says what is live at a step.
public struct HTMLForm: OutputForm {
  public var style: NumberStyle

  public init(style: NumberStyle = NumberStyle()) { self.style = style }

  public func write(_ subject: any Presentable) -> String {
    let page = subject.page(style)
    let title = [page.title, "memfit"].filter { !$0.isEmpty }.joined(separator: " · ")
    let document: Markup = """
      <!doctype html>
      <html lang="en">
      <head>
      <meta charset="utf-8">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <meta name="color-scheme" content="light dark">
      <meta http-equiv="Content-Security-Policy" content="default-src 'none'; \
      style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:">
      <link rel="icon" href="data:,">
      <title>\(title)</title>
      <style>\(PageStyle.sheet)</style>
      </head>
      <body>
      \(heading(page))
      <main>
      \(page.sections.map(section))
      \(diagnostics(page.diagnostics))
      </main>
      <script>\(PageScript.source)</script>
      </body>
      </html>

      """
    return document.text
  }

  private func heading(_ page: Page) -> Markup {
    let figures = page.keyFigures.map { figure -> Markup in
      "<li><strong>\(figure.value)</strong> \(figure.caption)</li>\n"
    }
    let list: Markup = figures.isEmpty ? "" : "<ul class=\"key\">\n\(figures)</ul>"
    return """
      <header>
      <h1>\(page.title.isEmpty ? "memfit" : page.title)</h1>
      <p class="subtitle">\(page.subtitle)</p>
      \(verdicts(page.verdicts))
      \(list)
      </header>
      """
  }

  private func section(_ section: Section) -> Markup {
    let blocks = section.blocks.map(block)
    let title: Markup = section.title.isEmpty ? "" : "<h2>\(section.title)</h2>"
    guard section.key != "explanations" else {
      return """
        <section id="explanations"><details><summary>\(section.title)</summary>
        <dl class="explanations">\(blocks)</dl></details></section>

        """
    }
    return "<section id=\"\(section.key)\">\(title)\n\(blocks)</section>\n"
  }

  private func block(_ block: Block) -> Markup {
    switch block {
    case .figures(let figures): list(figures)
    case .table(let table): HTMLTable(table: table, style: style).html
    case .strip(let table): strip(table)
    case .timeline(let timeline): HTMLTimeline(timeline: timeline, style: style).html
    // They stand at the top of the page.
    case .verdicts: ""
    case .explanations(let explanations): "\(explanations.map(definition))"
    case .paragraph(let text): "<p>\(text)</p>\n"
    case .arena(let drawing): HTMLArena(drawing: drawing, style: style).html
    case .frontier(let drawing): HTMLFrontier(drawing: drawing, style: style).html
    case .command(let line): "<pre tabindex=\"0\"><code>\(line)</code></pre>\n"
    }
  }

  private func list(_ figures: [Figure]) -> Markup {
    let rows = figures.map { figure -> Markup in
      let amounts = [figure.bytes.map(style.bytes), figure.count.map(style.count)]
        .compactMap(\.self)
      let exact = figure.bytes.map { "\(style.count($0.value)) bytes" } ?? ""
      return """
        <tr><th scope="row">\(figure.label)</th>\
        <td class="n" title="\(exact)">\(amounts.first ?? "")</td>\
        <td class="n">\(amounts.dropFirst().first ?? "")</td><td>\(figure.note)</td></tr>

        """
    }
    return "<div class=\"wide\"><table class=\"figures\"><tbody>\n\(rows)</tbody></table></div>\n"
  }

  /// A table of two columns as pairs that flow across the page.
  private func strip(_ table: Table) -> Markup {
    let pairs = table.rows.map { row -> Markup in
      let cells = row.map { $0.text(style) }
      return "<div><dt>\(cells.first ?? "")</dt><dd>\(cells.last ?? "")</dd></div>"
    }
    return "<h3>\(table.title)</h3>\n<dl class=\"strip\">\(pairs)</dl>\n"
  }

  private func verdicts(_ verdicts: [Verdict]) -> Markup {
    let items = verdicts.map { verdict -> Markup in
      let (kind, word) = verdict.holds ? ("good", "Yes") : ("bad", "No")
      return "<li class=\"\(kind)\"><b>\(word):</b> \(verdict.sentence)</li>\n"
    }
    return items.isEmpty ? "" : "<ul class=\"verdicts\">\n\(items)</ul>"
  }

  private func definition(_ explanation: Explanation) -> Markup {
    """
    <dt><code>\(explanation.key)</code></dt><dd>\(explanation.formula)<br>\
    \(explanation.numbers)<br><small>from \(explanation.origin), \
    \(explanation.certainty.rawValue)</small></dd>

    """
  }

  private func diagnostics(_ diagnostics: [Diagnostic]) -> Markup {
    guard !diagnostics.isEmpty else { return "" }
    let items = diagnostics.map { diagnostic -> Markup in
      let place: Markup =
        diagnostic.location.isEmpty ? "" : " <code>\(diagnostic.location)</code>"
      return "<li><b>\(diagnostic.severity.rawValue):</b> \(diagnostic.message)\(place)</li>\n"
    }
    return "<section id=\"notes\"><h2>Notes</h2>\n<ul>\n\(items)</ul></section>\n"
  }
}

extension Page {
  /// Every verdict of the page, in order.
  fileprivate var verdicts: [Verdict] {
    sections.flatMap(\.blocks).flatMap { block -> [Verdict] in
      guard case .verdicts(let verdicts) = block else { return [] }
      return verdicts
    }
  }
}
