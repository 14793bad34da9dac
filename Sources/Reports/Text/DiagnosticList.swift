import ModelGraph

/// The diagnostics of a page, the gravest first, those of one kind together.
struct DiagnosticList {
  private let groups: [Group]

  private struct Group {
    var severity: Diagnostic.Severity
    var code: String
    var diagnostics: [Diagnostic]
  }

  /// How many of a kind are told one by one.
  private static let shownPerKind = 3

  init(_ diagnostics: [Diagnostic], isQuiet: Bool) {
    var groups: [Group] = []
    var places: [String: Int] = [:]
    for diagnostic in diagnostics where !(isQuiet && diagnostic.severity == .note) {
      let kind = "\(diagnostic.severity.rawValue) \(diagnostic.code)"
      if let place = places[kind] {
        groups[place].diagnostics.append(diagnostic)
      } else {
        places[kind] = groups.count
        groups.append(
          Group(
            severity: diagnostic.severity, code: diagnostic.code, diagnostics: [diagnostic]))
      }
    }
    // Sorting by severity alone must keep the order of appearance.
    self.groups = [.error, .warning, .note].flatMap { severity in
      groups.filter { $0.severity == severity }
    }
  }

  func lines(_ width: Int, _ palette: Palette) -> [TextLine] {
    groups.flatMap { group in
      group.diagnostics.prefix(Self.shownPerKind)
        .flatMap { Self.lines(of: $0, width, palette) } + Self.rest(of: group, palette)
    }
  }

  private static func lines(
    of diagnostic: Diagnostic, _ width: Int, _ palette: Palette
  ) -> [TextLine] {
    let (mark, style) = look(of: diagnostic.severity)
    let place = diagnostic.location.isEmpty ? "" : " (\(diagnostic.location))"
    let label = "\(mark) \(diagnostic.severity.rawValue): "
    let text = (diagnostic.message + place).withoutControlCharacters
    return text.wrapped(to: width - label.count).enumerated().map { index, part in
      var line = TextLine(index == 0 ? label : blanks(label.count), style, in: palette)
      line.append(TextLine(part))
      return line
    }
  }

  private static func rest(of group: Group, _ palette: Palette) -> [TextLine] {
    let rest = group.diagnostics.count - shownPerKind
    guard rest > 0 else { return [] }
    let count = NumberStyle().count(rest)
    return [TextLine("  … and \(count) more of \(group.code)", .faint, in: palette)]
  }

  private static func look(of severity: Diagnostic.Severity) -> (String, Palette.Style) {
    switch severity {
    case .error: ("✗", .bad)
    case .warning: ("!", .warning)
    case .note: ("·", .faint)
    }
  }
}
