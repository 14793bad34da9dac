import ModelGraph

/// The diagnostics of one inference: each once, and not too many of a kind.
struct DiagnosticLog: Sendable {
  /// The number of diagnostics of one code that are told in full; the rest is counted.
  static let limitPerCode = 20

  private var entries: [Diagnostic] = []
  private var seen: Set<Diagnostic> = []
  private var surplus: [String: Int] = [:]
  private var counts: [String: Int] = [:]

  mutating func add(_ diagnostic: Diagnostic) {
    guard !seen.contains(diagnostic) else { return }
    let count = counts[diagnostic.code, default: 0]
    guard count < Self.limitPerCode else {
      surplus[diagnostic.code, default: 0] += 1
      return
    }
    seen.insert(diagnostic)
    counts[diagnostic.code] = count + 1
    entries.append(diagnostic)
  }

  /// What was reported, in order, then how many of each code were left out.
  var all: [Diagnostic] {
    entries
      + surplus.sorted { $0.key < $1.key }.map { code, count in
        Diagnostic(.note, code, "\(count) more of the same kind")
      }
  }
}
