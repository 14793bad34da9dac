import ModelGraph

/// Diagnostics, of each kind only the first few, so that a bad file does not flood the reader.
struct DiagnosticLog {
  private var diagnostics: [Diagnostic] = []
  private var counts: [String: Int] = [:]

  static let maximumCountPerCode = 20

  mutating func add(
    _ severity: Diagnostic.Severity, _ code: String, _ message: @autoclosure () -> String,
    at location: String = ""
  ) {
    counts[code, default: 0] += 1
    guard counts[code, default: 0] <= Self.maximumCountPerCode else { return }
    diagnostics.append(Diagnostic(severity, code, message(), at: location))
  }

  /// Takes over what another reader found.
  mutating func add(contentsOf others: [Diagnostic]) {
    diagnostics += others
  }

  /// All that was kept, and a note on what was left out.
  var all: [Diagnostic] {
    let omitted = counts.filter { $0.value > Self.maximumCountPerCode }.sorted { $0.key < $1.key }
    return diagnostics
      + omitted.map { code, count in
        Diagnostic(.note, code, "\(count - Self.maximumCountPerCode) more of this kind")
      }
  }
}
