import ModelGraph

extension Network {
  /// The size of every symbol: `batch`, and `height` and `width` or `sequence`.
  func sizes(_ bindings: Bindings) throws(BindingError) -> [String: Int] {
    var sizes = input.sizes
    sizes["batch"] = Architecture.defaultBatch
    for (name, size) in bindings.sizes.sorted(by: { $0.key < $1.key }) {
      guard sizes[name] != nil else {
        throw .unknownSymbol(name: name, known: sizes.keys.sorted())
      }
      sizes[name] = size
    }
    for (name, size) in try flags(bindings) {
      if let chosen = bindings.sizes[name], chosen != size {
        throw .contradiction(name: name, sizes: [chosen, size])
      }
      sizes[name] = size
    }
    for (name, size) in sizes.sorted(by: { $0.key < $1.key }) where size < 1 {
      throw .notPositive(name: name, size: size)
    }
    return sizes
  }

  /// The sizes that `--batch`, `--sequence` and `--image` set.
  private func flags(_ bindings: Bindings) throws(BindingError) -> [(name: String, size: Int)] {
    var flags: [(name: String, size: Int)] = []
    if let batch = bindings.batch { flags.append(("batch", batch)) }
    if let sequence = bindings.sequence {
      guard case .tokens = input else { throw .noSuchAxis(flag: "--sequence") }
      flags.append(("sequence", sequence))
    }
    if let image = bindings.image {
      guard case .image = input else { throw .noSuchAxis(flag: "--image") }
      flags += [("height", image.height), ("width", image.width)]
    }
    return flags
  }

  /// Contents change no size here, but must be of the input's type.
  func checkInputs(
    _ inputs: [String: TensorValue], _ sizes: [String: Int]
  ) throws(BindingError) {
    let expected = input.resized(sizes).type(batch: sizes["batch"] ?? Architecture.defaultBatch)
    for (name, value) in inputs.sorted(by: { $0.key < $1.key }) {
      guard name == input.name else { throw .unknownInput(name: name, known: [input.name]) }
      guard value.type == expected else {
        throw .inputTypeMismatch(
          name: name, expected: expected.description, found: .tensor(value.type))
      }
    }
  }
}

extension Architecture.Input {
  fileprivate var sizes: [String: Int] {
    switch self {
    case .image(let size, _): ["height": size.height, "width": size.width]
    case .tokens(let sequence): ["sequence": sequence]
    }
  }

  func resized(_ sizes: [String: Int]) -> Self {
    switch self {
    case .image(let size, let channels):
      .image(
        Bindings.ImageSize(
          height: sizes["height"] ?? size.height, width: sizes["width"] ?? size.width),
        channels: channels)
    case .tokens(let sequence): .tokens(sequence: sizes["sequence"] ?? sequence)
    }
  }

  /// The type of the one input.
  func type(batch: Int) -> TensorType {
    switch self {
    case .image(let size, let channels):
      TensorType(.float32, [batch, channels, size.height, size.width])
    case .tokens(let sequence): TensorType(.int64, [batch, sequence])
    }
  }
}
