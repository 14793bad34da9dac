/// What went wrong, in words for people.
public struct Complaint: Hashable, Sendable {
  /// One line without a full stop: what was expected, what was found, and where.
  public var message: String

  /// What may put it right, a sentence each.
  public var hints: [String]

  public init(_ message: String, hints: [String] = []) {
    self.message = message
    self.hints = hints
  }
}

extension Complaint {
  /// The lines to print, the message led by the tool's name.
  ///
  /// Control characters of names from files are made visible, so that no file writes to a terminal.
  public var text: String {
    (["memfit: \(message)"] + hints.map { "  \($0)" })
      .map(Self.printable)
      .joined(separator: "\n") + "\n"
  }

  private static func printable(_ line: String) -> String {
    String(
      String.UnicodeScalarView(
        line.unicodeScalars.map { $0.properties.generalCategory == .control ? "\u{FFFD}" : $0 }))
  }
}
