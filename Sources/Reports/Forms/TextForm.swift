import ModelGraph

/// The form for the terminal: as wide as it is, coloured where it can be.
public struct TextForm: OutputForm {
  public var width: Int
  public var style: NumberStyle
  public var palette: Palette

  /// Whether hints and notes are left out.
  public var isQuiet: Bool

  /// The widths a page is made for; narrower terminals get longer lines than they show.
  public static let widths = 40...240

  /// The width of a page for a terminal that does not say its own.
  public static let defaultWidth = 80

  public init(
    width: Int = TextForm.defaultWidth, style: NumberStyle = NumberStyle(),
    palette: Palette = .plain,
    isQuiet: Bool = false
  ) {
    self.width = min(max(width, Self.widths.lowerBound), Self.widths.upperBound)
    self.style = style
    self.palette = palette
    self.isQuiet = isQuiet
  }

  public func write(_ subject: any Presentable) -> String {
    let page = subject.page(style)
    var parts = [heading(page), keyFigures(page.keyFigures)]
    parts += isWide(page) ? sideBySide(page.sections) : page.sections.flatMap(section)
    parts.append(DiagnosticList(page.diagnostics, isQuiet: isQuiet).lines(width, palette))
    return
      parts
      .filter { !$0.isEmpty }
      .map { $0.map(\.trimmed).joined(separator: "\n") + "\n" }
      .joined(separator: "\n")
  }

  /// The title at the left and the subtitle at the right, or below where both are long.
  private func heading(_ page: Page) -> [TextLine] {
    guard !page.title.isEmpty else { return [] }
    let title = page.title.withoutControlCharacters.truncatedInMiddle(to: width)
    let subtitle = page.subtitle.withoutControlCharacters.truncatedInMiddle(to: width)
    var line = TextLine(title, .strong, in: palette)
    let faint = TextLine(subtitle, .faint, in: palette)
    guard line.width + 2 + faint.width <= width else { return [line, faint] }
    line.pad(to: width - faint.width)
    line.append(faint)
    return [line]
  }

  /// The figures in a row, each over its caption.
  private func keyFigures(_ figures: [Page.KeyFigure]) -> [TextLine] {
    var lines: [TextLine] = []
    var values = TextLine()
    var captions = TextLine()
    for figure in figures {
      let column = max(DisplayWidth.of(figure.value), DisplayWidth.of(figure.caption))
      if values.width > 0, values.width + 4 + column > width {
        lines += [values, captions]
        (values, captions) = (TextLine(), TextLine())
      }
      let margin = values.width == 0 ? 2 : values.width + 4
      values.pad(to: margin)
      captions.pad(to: margin)
      values.append(TextLine(figure.value, .strong, in: palette))
      captions.append(TextLine(figure.caption, .faint, in: palette))
      values.pad(to: margin + column)
      captions.pad(to: margin + column)
    }
    return figures.isEmpty ? [] : lines + [values, captions]
  }

  /// The narrowest page on which two sections stand side by side.
  private static let widthForTwo = 160

  private func isWide(_ page: Page) -> Bool {
    width >= Self.widthForTwo && page.sections.count == 2
  }

  /// Two sections as two columns, so that both answers are seen at once.
  private func sideBySide(_ sections: [Section]) -> [[TextLine]] {
    let gap = 4
    let half = (width - gap) / 2
    let columns = sections.map { section in
      Array(self.section(section, width: half).joined(separator: [TextLine()]))
    }
    let height = columns.map(\.count).max() ?? 0
    let lines = (0..<height).map { index in
      var line = TextLine()
      for (place, column) in columns.enumerated() where index < column.count {
        line.pad(to: place * (half + gap))
        line.append(column[index])
      }
      return line
    }
    return [lines]
  }

  private func section(_ section: Section) -> [[TextLine]] {
    self.section(section, width: width)
  }

  /// The section's parts: its heading with the first block, then the others.
  private func section(_ section: Section, width: Int) -> [[TextLine]] {
    let blocks = BlockLayout(width: width - 2, style: style, palette: palette)
      .rows(of: section.blocks)
      .map { rows in rows.map { $0.indented(by: 2) } }
    guard !section.title.isEmpty else { return blocks }
    let rule = String(repeating: "─", count: max(0, width - DisplayWidth.of(section.title) - 1))
    var heading = TextLine("\(section.title) ", .strong, in: palette)
    heading.append(TextLine(rule, .faint, in: palette))
    return [[heading] + (blocks.first ?? [])] + blocks.dropFirst()
  }
}
