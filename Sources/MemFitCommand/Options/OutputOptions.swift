import ArgumentParser
import MemFit

/// How the answer is written.
struct OutputOptions: ParsableArguments {
  @Option(help: ArgumentHelp("The form of the answer.", valueName: "form"))
  var format = Format.text

  @OptionGroup var look: LookOptions

  enum Format: String, CaseIterable, ExpressibleByArgument {
    case text, json, markdown, csv, html

    /// What a page to keep shows without being asked.
    var details: Set<Report.Detail> {
      self == .html ? [.layers, .explanations, .lifetimes] : []
    }
  }

  var quiet: Bool { look.quiet }

  /// Writes an answer to the output stream.
  func print(_ subject: any Presentable) throws { try look.print(subject, as: format) }
}
