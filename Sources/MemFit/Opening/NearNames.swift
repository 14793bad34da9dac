import ModelZoo

/// The names of a list that are close to a mistyped one.
package struct NearNames {
  package let names: [String]

  package init(names: [String]) { self.names = names }

  /// The names nearest to a text, the nearest first; empty if none is near.
  package func near(_ text: String, limit: Int = 3) -> [String] {
    // Beyond this length nothing typed by hand is meant, and the distance costs its square.
    guard !text.isEmpty, text.utf8.count <= 64 else { return [] }
    let wanted = Self.key(text)
    let scored = names.map { (name: $0, score: Self.score(wanted, Self.key($0))) }
    return scored.filter { $0.score <= Self.tolerance(wanted) }
      .sorted { ($0.score, $0.name) < ($1.score, $1.name) }
      .prefix(limit).map(\.name)
  }

  /// One mistake for every four letters.
  private static func tolerance(_ key: [UInt8]) -> Int { max(1, key.count / 4) }

  /// The letters and digits alone, since separators are what people remember least.
  private static func key(_ text: String) -> [UInt8] {
    text.lowercased().utf8.filter { $0 >= 0x80 || Character(Unicode.Scalar($0)).isLetterOrDigit }
  }

  /// The distance; a name that merely goes on after the text is nearly as good as a match.
  private static func score(_ a: [UInt8], _ b: [UInt8]) -> Int {
    !a.isEmpty && a.count >= 3 && b.starts(with: a) ? min(1, b.count - a.count) : editDistance(a, b)
  }
}

extension Character {
  fileprivate var isLetterOrDigit: Bool { isLetter || isNumber }
}
