import ModelGraph

/// A size as an export writes it: a number, a symbol, or arithmetic on symbols.
///
/// The file holds SymPy's own spelling, such as `Mul(Integer(2), Symbol('s31', positive=True))`.
enum SymbolicSize: Hashable, Sendable {
  case number(Int)
  case symbol(String)
  case sum([SymbolicSize])
  case product([SymbolicSize])

  /// The quotient, rounded down.
  indirect case quotient(SymbolicSize, SymbolicSize)
  indirect case remainder(SymbolicSize, SymbolicSize)
  case largest([SymbolicSize])
  case smallest([SymbolicSize])

  /// An expression of a kind that is not followed; its text.
  case unknown(String)
}

extension SymbolicSize: AxisSize {
  static func size(_ number: Int) -> Self { .number(number) }
  var size: Int? { number }

  /// The number, if it is one.
  var number: Int? {
    guard case .number(let value) = self else { return nil }
    return value
  }

  /// The size for chosen symbols; `nil` if one has no size or the arithmetic fails.
  func value(_ sizes: [String: Int]) -> Int? {
    switch self {
    case .number(let number): return number
    case .symbol(let name): return sizes[name]
    case .sum(let terms):
      return Self.fold(terms, sizes) { $0.addingReportingOverflow($1) }
    case .product(let factors):
      return Self.fold(factors, sizes) { $0.multipliedReportingOverflow(by: $1) }
    case .largest(let terms): return Self.fold(terms, sizes) { (max($0, $1), false) }
    case .smallest(let terms): return Self.fold(terms, sizes) { (min($0, $1), false) }
    case .quotient(let a, let b):
      guard let a = a.value(sizes), let b = b.value(sizes), b > 0 else { return nil }
      return a >= 0 ? a / b : -((b - 1 - a) / b)
    case .remainder(let a, let b):
      guard let a = a.value(sizes), let b = b.value(sizes), a >= 0, b > 0 else { return nil }
      return a % b
    case .unknown: return nil
    }
  }

  private static func fold(
    _ terms: [SymbolicSize], _ sizes: [String: Int],
    _ combine: (Int, Int) -> (partialValue: Int, overflow: Bool)
  ) -> Int? {
    var result: Int?
    for term in terms {
      guard let value = term.value(sizes) else { return nil }
      guard let left = result else {
        result = value
        continue
      }
      let (next, overflow) = combine(left, value)
      guard !overflow, abs(next / 2) < 1 << 60 else { return nil }
      result = next
    }
    return result
  }
}

extension SymbolicSize: CustomStringConvertible {
  /// The size as a person would write it, such as `2*s31`.
  var description: String {
    switch self {
    case .number(let number): "\(number)"
    case .symbol(let name): name
    case .sum(let terms): terms.map(\.description).joined(separator: "+")
    case .product(let factors):
      factors.map { $0.isSum ? "(\($0))" : $0.description }.joined(separator: "*")
    case .quotient(let a, let b): "(\(a))//(\(b))"
    case .remainder(let a, let b): "(\(a))%(\(b))"
    case .largest(let terms): "max(\(terms.map(\.description).joined(separator: ",")))"
    case .smallest(let terms): "min(\(terms.map(\.description).joined(separator: ",")))"
    case .unknown(let text): text
    }
  }

  private var isSum: Bool {
    guard case .sum = self else { return false }
    return true
  }
}
