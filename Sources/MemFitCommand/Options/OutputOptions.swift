import ArgumentParser
import MemFit

/// How the answer is written.
struct OutputOptions: ParsableArguments {
  @Option(help: ArgumentHelp("The form of the answer.", valueName: "form"))
  var format = Format.text

  @Option(
    help: ArgumentHelp(
      "Whether to use colour; auto means on a terminal without NO_COLOR.", valueName: "when"))
  var color = ColorChoice.auto

  @Option(
    help: ArgumentHelp(
      "The width of text; by default the terminal's, $COLUMNS, or 80.", valueName: "columns"))
  var width: Int?

  @Option(help: "KB, MB, GB of 1000, or KiB, MiB, GiB of 1024.")
  var units = ByteUnits.decimal

  @Flag(name: .shortAndLong, help: "Leave out notes and the progress line.")
  var quiet = false

  enum Format: String, Word {
    case text, json, jsonl, markdown, csv, html

    /// What a page to keep shows without being asked.
    var details: Set<Report.Detail> {
      self == .html ? [.layers, .explanations, .lifetimes, .arena] : []
    }
  }

  enum ColorChoice: String, Word {
    case auto, always, never
  }

  func validate() throws {
    if let width, !TextForm.widths.contains(width) {
      let range = "\(TextForm.widths.lowerBound) to \(TextForm.widths.upperBound)"
      throw ValidationError("--width takes \(range) columns, found \(width)")
    }
  }
}

extension OutputOptions {
  /// Writes an answer to the output stream.
  func print(_ subject: any Presentable) throws {
    try Terminal.write(form.write(subject), to: .output)
  }

  private var form: any OutputForm {
    let style = NumberStyle(units: units)
    switch format {
    case .text:
      return TextForm(width: columns, style: style, palette: palette, isQuiet: quiet)
    case .json: return JSONForm()
    case .jsonl: return JSONLinesForm()
    case .markdown: return MarkdownForm(style: style)
    case .csv: return CSVForm()
    case .html: return HTMLForm(style: style)
    }
  }

  private var columns: Int {
    width ?? Terminal.Stream.output.columns
      ?? Terminal.environment("COLUMNS").flatMap { Int($0) } ?? TextForm.defaultWidth
  }

  private var palette: Palette {
    switch color {
    case .always: .colored
    case .never: .plain
    case .auto: Palette(isColored: Self.terminalTakesColor)
    }
  }

  /// Whether colour is welcome: <https://no-color.org>.
  private static var terminalTakesColor: Bool {
    guard Terminal.Stream.output.isTerminal else { return false }
    let refusal = Terminal.environment("NO_COLOR") ?? ""
    return refusal.isEmpty && Terminal.environment("TERM") != "dumb"
  }
}
