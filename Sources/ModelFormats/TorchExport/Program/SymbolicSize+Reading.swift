extension SymbolicSize {
  /// The deepest nesting of calls that is followed.
  private static let maximumDepth = 32

  /// Reads SymPy's spelling of an expression.
  init(expression text: String) {
    var reader = ExpressionReader(text)
    let size = reader.read(depth: 0)
    let isWhole = reader.rest.isEmpty
    self = size.flatMap { isWhole ? $0 : nil } ?? .unknown(String(text.prefix(80)))
  }

  /// A cursor over an expression such as `Add(Symbol('s0'), Integer(1))`.
  private struct ExpressionReader {
    var rest: Substring

    init(_ text: String) { rest = text[...] }

    mutating func read(depth: Int) -> SymbolicSize? {
      guard depth < maximumDepth else { return nil }
      skipSpaces()
      if let number = readNumber() { return .number(number) }
      let name = readWord()
      guard take("(") else { return name.isEmpty ? nil : .symbol(String(name)) }
      if name == "Symbol" { return readSymbol() }
      var operands: [SymbolicSize] = []
      while !take(")") {
        guard let operand = read(depth: depth + 1) else { return nil }
        operands.append(operand)
        skipSpaces()
        if take(",") { continue }
        guard rest.first == ")" else { return nil }
      }
      return SymbolicSize(function: name, operands)
    }

    private mutating func readNumber() -> Int? {
      let digits = rest.prefix { $0 == "-" || $0.isASCII && $0.isNumber }
      guard let number = Int(digits) else { return nil }
      rest = rest.dropFirst(digits.count)
      return number
    }

    private mutating func readWord() -> Substring {
      let word = rest.prefix { $0 == "_" || $0 == "." || $0.isLetter || $0.isNumber }
      rest = rest.dropFirst(word.count)
      return word
    }

    /// Reads the name in quotes and passes over the assumptions after it.
    private mutating func readSymbol() -> SymbolicSize? {
      guard take("'"), let quote = rest.firstIndex(of: "'") else { return nil }
      let name = rest[..<quote]
      guard !name.isEmpty, let end = rest[quote...].firstIndex(of: ")") else { return nil }
      rest = rest[rest.index(after: end)...]
      return .symbol(String(name))
    }

    private mutating func skipSpaces() { rest = rest.drop { $0 == " " } }

    private mutating func take(_ character: Character) -> Bool {
      skipSpaces()
      guard rest.first == character else { return false }
      rest = rest.dropFirst()
      return true
    }
  }

  private init?(function name: Substring, _ operands: [SymbolicSize]) {
    guard let first = operands.first else { return nil }
    switch (name.split(separator: ".").last ?? name, operands.count) {
    case ("Integer", 1): self = first
    case ("Add", _): self = .sum(operands)
    case ("Mul", _): self = .product(operands)
    case ("FloorDiv", 2), ("CleanDiv", 2): self = .quotient(first, operands[1])
    case ("Mod", 2), ("PythonMod", 2): self = .remainder(first, operands[1])
    case ("Max", _): self = .largest(operands)
    case ("Min", _): self = .smallest(operands)
    case ("Pow", 2):
      guard let exponent = operands[1].number, 1...8 ~= exponent else { return nil }
      self = .product(Array(repeating: first, count: exponent))
    default: return nil
    }
  }
}
