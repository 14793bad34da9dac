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
      guard input.sizes["sequence"] != nil else { throw .noSuchAxis(flag: "--sequence") }
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
    let known = input.resized(sizes).types(batch: sizes["batch"] ?? Architecture.defaultBatch)
    for (name, value) in inputs.sorted(by: { $0.key < $1.key }) {
      guard let expected = known.first(where: { $0.name == name })?.type else {
        throw .unknownInput(name: name, known: known.map(\.name))
      }
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
    case .tokenPairs(let sequence, let target): ["sequence": sequence, "target": target]
    case .waveform(let samples): ["samples": samples]
    case .spectrum(let spectrum):
      spectrum.target.map { ["frames": spectrum.frames, "target": $0] }
        ?? ["frames": spectrum.frames]
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
    case .tokenPairs(let sequence, let target):
      .tokenPairs(sequence: sizes["sequence"] ?? sequence, target: sizes["target"] ?? target)
    case .waveform(let samples): .waveform(samples: sizes["samples"] ?? samples)
    case .spectrum(let spectrum): .spectrum(spectrum.resized(sizes))
    }
  }

  /// The inputs with their types, the first of which the layers take.
  func types(batch: Int) -> [(name: String, type: TensorType)] {
    switch self {
    case .tokenPairs(_, let target):
      [(name, type(batch: batch)), ("decoder_input_ids", TensorType(.int64, [batch, target]))]
    case .spectrum(let spectrum):
      [(name, type(batch: batch))]
        + (spectrum.target.map { [("decoder_input_ids", TensorType(.int64, [batch, $0]))] } ?? [])
    default: [(name, type(batch: batch))]
    }
  }

  /// The type of the first input.
  func type(batch: Int) -> TensorType {
    switch self {
    case .image(let size, let channels):
      TensorType(.float32, [batch, channels, size.height, size.width])
    case .tokens(let sequence), .tokenPairs(let sequence, _):
      TensorType(.int64, [batch, sequence])
    case .waveform(let samples): TensorType(.float32, [batch, samples])
    case .spectrum(let spectrum):
      TensorType(
        .float32,
        spectrum.isBandsFirst
          ? [batch, spectrum.bands, spectrum.frames] : [batch, spectrum.frames, spectrum.bands])
    }
  }
}

extension Architecture.Input.Spectrum {
  fileprivate func resized(_ sizes: [String: Int]) -> Self {
    var resized = self
    resized.frames = sizes["frames"] ?? frames
    if let target { resized.target = sizes["target"] ?? target }
    return resized
  }
}
