/// A size that a file names by a sum of products, such as `past_sequence_length + 1`.
///
/// Exporters write such names where one size follows from others.
struct SizeExpression {
  /// Products to be added, each of names and numbers.
  private let terms: [[Factor]]

  private enum Factor {
    case number(Int)
    case name(String)
  }

  /// Reads a name; `nil` if it is a plain one.
  init?(_ text: String) {
    guard text.contains("+") || text.contains("*") else { return nil }
    let terms = text.split(separator: "+", omittingEmptySubsequences: false).map { term in
      term.split(separator: "*", omittingEmptySubsequences: false).map(Self.factor)
    }
    guard terms.allSatisfy({ $0.allSatisfy { $0 != nil } }) else { return nil }
    self.terms = terms.map { $0.compactMap(\.self) }
  }

  private static func factor(_ text: Substring) -> Factor? {
    let word = text.split(separator: " ")
    guard word.count == 1 else { return nil }
    return Int(word[0]).map(Factor.number) ?? .name(String(word[0]))
  }

  /// The size; `nil` if a name has none, or if it is no size.
  func value(_ sizes: [String: Int]) -> Int? {
    var sum = 0
    for term in terms {
      var product = 1
      for factor in term {
        guard let size = Self.size(of: factor, sizes), 0...Int(Int32.max) ~= size else {
          return nil
        }
        let (larger, overflow) = product.multipliedReportingOverflow(by: size)
        guard !overflow else { return nil }
        product = larger
      }
      let (larger, overflow) = sum.addingReportingOverflow(product)
      guard !overflow else { return nil }
      sum = larger
    }
    return sum > 0 ? sum : nil
  }

  private static func size(of factor: Factor, _ sizes: [String: Int]) -> Int? {
    switch factor {
    case .number(let number): number
    case .name(let name): sizes[name]
    }
  }
}
