import ModelGraph

/// The parts of a network in the order in which they are used, as patterns for the names of their parameters.
struct FreezableParts {
  /// Parts from the first on that are not trained.
  struct Cut: Hashable {
    var patterns: [String]
    var title: String
  }

  private let parts: [String]
  private let sizes: [String: Int]

  /// More patterns than these make no command line.
  private static let maximumPatterns = 16

  init(_ graph: Graph) {
    let parameters = graph.values.filter { $0.role == .parameter }.map {
      (name: $0.name, count: $0.type.tensorType?.elementCount ?? 0)
    }
    let depth = Self.depth(parameters)
    var order: [String] = []
    var sizes: [String: Int] = [:]
    for parameter in parameters {
      let part = Self.part(parameter.name, depth)
      if sizes[part] == nil { order.append(part) }
      sizes[part, default: 0] += parameter.count
    }
    parts = order
    self.sizes = sizes
  }

  /// The first half, three quarters and all but the last part, by the number of their parameters.
  var cuts: [Cut] {
    guard parts.count >= 2 else { return [] }
    let whole = parts.reduce(0) { $0 + (sizes[$1] ?? 0) }
    var (sum, ends) = (0, [Int]())
    var shares = [0.5, 0.75][...]
    for (index, part) in parts.dropLast().enumerated() {
      sum += sizes[part] ?? 0
      guard let share = shares.first, Double(sum) >= share * Double(whole) else { continue }
      ends.append(index + 1)
      shares = shares.drop { Double(sum) >= $0 * Double(whole) }
    }
    ends.append(parts.count - 1)
    return Set(ends).sorted().compactMap(cut)
  }

  private func cut(_ end: Int) -> Cut? {
    let patterns = Self.compressed(Array(parts.prefix(end)))
    guard patterns.count <= Self.maximumPatterns else { return nil }
    let rest = parts.count - end
    return Cut(
      patterns: patterns,
      title: rest == 1
        ? "only \(parts[end]) trained" : "the first \(end) of \(parts.count) parts frozen")
  }

  /// How many components of the names make parts: the fewest that give three parts or more, none of which
  /// has most of the parameters, if any number does.
  private static func depth(_ parameters: [(name: String, count: Int)]) -> Int {
    let whole = Double(parameters.reduce(0) { $0 + $1.count })
    let choices = (1...6).map { depth in
      Dictionary(grouping: parameters) { part($0.name, depth) }
        .mapValues { $0.reduce(0) { $0 + $1.count } }
    }
    let several = choices.firstIndex { $0.count >= 3 }
    let even = choices.firstIndex {
      $0.count >= 3 && Double($0.values.max() ?? 0) <= 0.6 * whole
    }
    return (even ?? several ?? 0) + 1
  }

  private static func part(_ name: String, _ depth: Int) -> String {
    let components = name.split(separator: ".")
    return components.prefix(max(1, min(depth, components.count - 1))).joined(separator: ".")
  }

  /// Patterns for parts: numbers in a row become one set where one digit tells them apart.
  private static func compressed(_ parts: [String]) -> [String] {
    var patterns: [String] = []
    var digits: [(stem: Substring, from: Character, to: Character)] = []
    for part in parts {
      guard let digit = part.last, digit.isNumber, part.dropLast().last == "." else {
        patterns.append("\(part).*")
        continue
      }
      let stem = part.dropLast()
      if let last = digits.last, last.stem == stem {
        digits[digits.count - 1].to = digit
      } else {
        digits.append((stem, digit, digit))
      }
    }
    return patterns
      + digits.map {
        $0.from == $0.to ? "\($0.stem)\($0.from).*" : "\($0.stem)[\($0.from)-\($0.to)].*"
      }
  }
}
