import ModelGraph

/// The flags that name an axis by what it means: `--batch`, `--sequence`, `--image`.
extension InputBinding {
  mutating func setAxes(_ bindings: Bindings) throws(BindingError) {
    if let batch = bindings.batch { try setBatch(positive(batch, "--batch")) }
    if let sequence = bindings.sequence { try setSequence(positive(sequence, "--sequence")) }
    if let image = bindings.image { try setImage(image) }
  }

  private func positive(_ size: Int, _ flag: String) throws(BindingError) -> Int {
    guard size > 0 else { throw .notPositive(name: flag, size: size) }
    return size
  }

  // MARK: Batch

  /// Sets the leading axis: its symbol, or the size that the inputs have in common.
  private mutating func setBatch(_ size: Int) throws(BindingError) {
    let leading = tensors.compactMap(\.dimensions.first).compactMap(\.symbolName)
    guard leading.isEmpty else {
      for symbol in batchSymbols(leading) { try set(symbol, to: size) }
      return
    }
    let hasMatrices = tensors.contains { $0.dimensions.count > 1 }
    let batched = tensors.indices.filter {
      tensors[$0].dimensions.count > (hasMatrices ? 1 : 0)
    }
    guard let first = batched.first else { throw .noSuchAxis(flag: "--batch") }
    let old = tensors[first].dimensions[0]
    for index in tensors.indices where tensors[index].dimensions.first == old {
      guard batched.contains(index) || tensors[index].isOfExamples else { continue }
      try replace(axis: 0, of: index, by: size)
    }
  }

  /// The symbols that mean the batch: those that say so, else the first input's and unnamed ones.
  private func batchSymbols(_ leading: [String]) -> [String] {
    let named = leading.filter { $0.lowercased().contains("batch") }
    guard named.isEmpty else { return named }
    return leading.prefix(1) + leading.dropFirst().filter { $0.hasSuffix("[0]") }
  }

  // MARK: Sequence

  /// Sets the symbols that are called sequence, or the second axis of token inputs.
  private mutating func setSequence(_ size: Int) throws(BindingError) {
    let symbols = tensors.flatMap(\.symbols).filter {
      $0.lowercased().contains("seq") && SizeExpression($0) == nil
    }
    for symbol in symbols where !symbol.lowercased().contains("past") {
      try set(symbol, to: size)
    }
    guard symbols.isEmpty else { return }
    let tokens = tensors.indices.filter {
      tensors[$0].dataType.isInteger && tensors[$0].dimensions.count == 2
    }
    guard !tokens.isEmpty else { throw .noSuchAxis(flag: "--sequence") }
    for index in tokens { try replace(axis: 1, of: index, by: size) }
  }

  // MARK: Image

  /// Sets the height and the width of the inputs with four axes.
  private mutating func setImage(_ image: Bindings.ImageSize) throws(BindingError) {
    let height = try positive(image.height, "--image")
    let width = try positive(image.width, "--image")
    let images = tensors.indices.filter { tensors[$0].dimensions.count == 4 }
    guard !images.isEmpty else { throw .noSuchAxis(flag: "--image") }
    for index in images {
      let axes = imageAxes(ofSizes: tensors[index].dimensions.map(\.fixedSize))
      try replace(axis: axes.lowerBound, of: index, by: height)
      try replace(axis: axes.lowerBound + 1, of: index, by: width)
    }
  }

  /// Sets an axis: its symbol, or the size itself.
  private mutating func replace(
    axis: Int, of index: Int, by size: Int
  ) throws(BindingError) {
    if let symbol = tensors[index].dimensions[axis].symbolName {
      try set(symbol, to: size)
    } else if case .size(let old) = tensors[index].dimensions[axis], old != size {
      let change = SizeChange(from: old, to: size)
      if !changes.contains(change) { changes.append(change) }
      tensors[index].dimensions[axis] = .size(size)
    }
  }
}

/// The axes of height and width among four, of which some sizes may be open.
///
/// Channels are last where the last axis is as short as a picture's colours and the second is not, or where the
/// two axes between are as long as each other and the last is not.
public func imageAxes(ofSizes sizes: [Int?]) -> Range<Int> {
  guard sizes.count == 4 else { return 2..<4 }
  func isColour(_ axis: Int) -> Bool { sizes[axis].map { (1...4).contains($0) } ?? false }
  if isColour(1) || isColour(3) { return isColour(1) ? 2..<4 : 1..<3 }
  guard let first = sizes[1], first == sizes[2], first != sizes[3] else { return 2..<4 }
  return 1..<3
}

extension InputBinding.Input {
  /// Whether a vector holds a number of each example, such as its class, rather than one for all.
  fileprivate var isOfExamples: Bool {
    dimensions.count == 1 && (dataType.isInteger || dimensions[0] != .size(1))
  }
}

extension Dimension {
  fileprivate var fixedSize: Int? {
    guard case .size(let size) = self else { return nil }
    return size
  }

  /// The name, if the size has one.
  var symbolName: String? {
    guard case .symbol(let name) = self else { return nil }
    return name
  }
}
