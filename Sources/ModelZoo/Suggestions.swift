extension ModelZoo {
  /// The names that a mistyped one may mean, the closest first; at most five.
  ///
  /// Case, dots, underscores and hyphens do not count. A name is close if it contains what was typed
  /// or is at most a third of it away in single-letter changes; names that begin with it come first.
  public static func suggestions(for typed: String) -> [String] {
    let typed = normalized(typed)
    guard !typed.isEmpty, typed.count <= 64 else { return [] }
    let ranked = architectures.enumerated().compactMap { order, architecture -> Candidate? in
      let name = normalized(architecture.name)
      let distance = editDistance(typed, name)
      let isClose = distance <= max(1, typed.count / 3)
      guard isClose || contains(name, typed) else { return nil }
      return Candidate(
        distance: name.starts(with: typed) ? 0 : distance, order: order, name: architecture.name)
    }
    return ranked.sorted().prefix(5).map(\.name)
  }
}

private struct Candidate: Comparable {
  let distance: Int
  let order: Int
  let name: String

  static func < (a: Candidate, b: Candidate) -> Bool {
    (a.distance, a.order) < (b.distance, b.order)
  }
}

private func normalized(_ name: String) -> [Character] {
  name.lowercased().filter { $0.isLetter || $0.isNumber }
}

private func contains(_ text: [Character], _ part: [Character]) -> Bool {
  text.indices.contains { text[$0...].starts(with: part) }
}
