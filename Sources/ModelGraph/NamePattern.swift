/// A pattern for names: `*` stands for any characters, dots too, `?` for one, `[ab]`, `[0-5]` and
/// `[!ab]` for one of a set or none of it.
public struct NamePattern: Hashable, Sendable {
  public let text: String
  private let parts: [Part]

  private enum Part: Hashable {
    case anything
    case one
    case character(Character)
    case set([ClosedRange<Character>], isNegated: Bool)

    func matches(_ character: Character) -> Bool {
      switch self {
      case .anything, .one: true
      case .character(let own): own == character
      case .set(let ranges, let isNegated):
        ranges.contains { $0.contains(character) } != isNegated
      }
    }
  }

  public init(_ text: String) {
    self.text = text
    var parts: [Part] = []
    var rest = text[...]
    while let next = rest.popFirst() {
      switch next {
      case "*": parts.append(.anything)
      case "?": parts.append(.one)
      case "[": parts.append(Self.takeSet(&rest) ?? .character(next))
      default: parts.append(.character(next))
      }
    }
    self.parts = parts
  }

  /// Takes a set up to its closing bracket; `nil`, and nothing taken, if there is none.
  private static func takeSet(_ rest: inout Substring) -> Part? {
    guard let end = rest.dropFirst().firstIndex(of: "]") else { return nil }
    var members = rest[..<end]
    let isNegated = members.first == "!"
    if isNegated { members.removeFirst() }
    rest = rest[rest.index(after: end)...]
    var ranges: [ClosedRange<Character>] = []
    while let first = members.popFirst() {
      guard members.first == "-", let last = members.dropFirst().first, first <= last else {
        ranges.append(first...first)
        continue
      }
      members.removeFirst(2)
      ranges.append(first...last)
    }
    return .set(ranges, isNegated: isNegated)
  }

  /// Whether the whole name is as the pattern says.
  public func matches(_ name: some StringProtocol) -> Bool {
    var (part, position) = (0, name.startIndex)
    // Where to go on if the characters that the last `*` stands for were too few.
    var resumption: (part: Int, position: String.Index)?
    while position < name.endIndex {
      if part < parts.count, parts[part] == .anything {
        part += 1
        resumption = (part, position)
      } else if part < parts.count, parts[part].matches(name[position]) {
        part += 1
        position = name.index(after: position)
      } else if let last = resumption {
        let next = name.index(after: last.position)
        resumption = (last.part, next)
        (part, position) = (last.part, next)
      } else {
        return false
      }
    }
    return parts[part...].allSatisfy { $0 == .anything }
  }
}
