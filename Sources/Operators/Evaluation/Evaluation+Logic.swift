import ModelGraph

extension Evaluation {
  static let equality = comparing(integers: { $0 == $1 }, floats: { $0 == $1 })
  static let less = comparing(integers: { $0 < $1 }, floats: { $0 < $1 })
  static let lessOrEqual = comparing(integers: { $0 <= $1 }, floats: { $0 <= $1 })
  static let greater = comparing(integers: { $0 > $1 }, floats: { $0 > $1 })
  static let greaterOrEqual = comparing(integers: { $0 >= $1 }, floats: { $0 >= $1 })

  // Booleans are the integers 0 and 1, so that bits and truth have the same rules.
  static let conjunction = folding(integers: { $0 & $1 })
  static let disjunction = folding(integers: { $0 | $1 })
  static let exclusion = folding(integers: { $0 ^ $1 })
  static let logicalNegation = mapping(integers: { $0 == 0 ? 1 : 0 })
  static let bitwiseNegation = mapping(integers: { ~$0 })
}
