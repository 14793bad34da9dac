import ModelGraph

/// Sizes that depend on what tensors hold, such as how many elements a mask picks.
///
/// PyTorch gives each a symbol of its own, `u0` and so on. No file holds contents, so each is taken to
/// be the least that it may be: none, as of contents that read as zeros.
struct ContentSizes {
  /// The sizes by symbol.
  private(set) var sizes: [String: Int] = [:]

  init(_ body: ExportedBody, _ ranges: [String: ExportedProgram.SizeRange]) {
    func note(_ size: SymbolicSize) {
      if case .number = size { return }
      for symbol in size.symbols where Self.dependsOnContents(symbol) {
        sizes[symbol] = max(0, ranges[symbol]?.lowest ?? 0)
      }
    }
    // Most have numbers alone.
    for tensor in body.tensors.values where tensor.sizes.shape == nil {
      for size in tensor.sizes { note(size) }
    }
    for size in body.integers.values { note(size) }
  }

  private static func dependsOnContents(_ symbol: String) -> Bool {
    symbol.first == "u" && symbol.count > 1 && symbol.dropFirst().allSatisfy(\.isNumber)
  }
}

extension SymbolicSize {
  /// The symbols that it names.
  fileprivate var symbols: [String] {
    switch self {
    case .number, .unknown: []
    case .symbol(let name): [name]
    case .sum(let parts), .product(let parts), .largest(let parts), .smallest(let parts):
      parts.flatMap(\.symbols)
    case .quotient(let a, let b), .remainder(let a, let b): a.symbols + b.symbols
    }
  }
}
