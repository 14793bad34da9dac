public import ModelGraph

/// A built-in model: layers that make a graph for any batch, image or sequence.
public struct Architecture: Sendable {
  /// The name on the command line, such as `resnet50`.
  public let name: String

  /// The name as the paper or the library writes it, such as `ResNet-50`.
  public let title: String
  public let family: String
  public let paper: Paper
  public var input: Input { network.input }

  /// The number of rows of the input where nothing else is said.
  public static let defaultBatch = 1

  private(set) var network: Network

  /// What goes in, with the sizes that hold where nothing else is said.
  public enum Input: Hashable, Sendable {
    /// Images, an input named `x`.
    case image(Bindings.ImageSize, channels: Int = 3)

    /// Token numbers, an input named `input_ids`.
    case tokens(sequence: Int)

    /// Token numbers of a source and of a target, `input_ids` and `decoder_input_ids`.
    case tokenPairs(sequence: Int, target: Int)

    /// Sound as it was sampled, an input named `input_values`.
    case waveform(samples: Int)

    /// Sound by bands of frequencies, `input_features`, and token numbers of a target if there is one.
    case spectrum(Spectrum)

    /// Bands of frequencies over time.
    public struct Spectrum: Hashable, Sendable {
      public var bands: Int
      public var frames: Int

      /// The tokens of the target; `nil` if nothing follows from the sound but itself.
      public var target: Int?

      /// Whether the axis of bands comes before that of time.
      public var isBandsFirst: Bool
    }

    /// The name of the first input.
    public var name: String {
      switch self {
      case .image: "x"
      case .tokens, .tokenPairs: "input_ids"
      case .waveform: "input_values"
      case .spectrum: "input_features"
      }
    }
  }

  init(
    _ name: String, _ title: String, family: String, paper: Paper, input: Input,
    _ network: any Layer
  ) {
    self.name = name
    self.title = title
    self.family = family
    self.paper = paper
    self.network = Network(input: input, layers: network)
  }
}

/// The publication that describes an architecture.
public struct Paper: Hashable, Sendable {
  public let title: String
  public let authors: String
  public let year: Int
  public let url: String
}

extension Architecture.Input {
  static func image(_ side: Int) -> Architecture.Input {
    .image(Bindings.ImageSize(height: side, width: side))
  }
}

extension Architecture {
  /// The tensors and the graph source under this name.
  public var model: Model {
    Model(
      name: name, source: name, format: "zoo", tensors: tensors, graph: self)
  }

  /// Every parameter and state tensor under the checkpoint's names, tied ones sharing a storage.
  public var tensors: [Tensor] {
    network.build(batch: Self.defaultBatch, input).tensors
  }

  /// The number of trained weights, tied ones counted once.
  public var parameterCount: Int {
    var seen: Set<Int> = []
    return
      tensors
      .filter { $0.role == .parameter && seen.insert($0.storage).inserted }
      .map(\.type.elementCount)
      .reduce(0, +)
  }
}

extension Architecture: GraphSource {
  /// Builds the graph for chosen sizes; sizes left open are the architecture's own.
  public func bind(_ bindings: Bindings) throws(BindingError) -> BoundGraph {
    try network.bind(bindings)
  }

  /// The same architecture, whose constructor works otherwise than layer by layer.
  func constructed(_ rules: ConstructionRules) -> Architecture {
    var architecture = self
    architecture.network.construction = rules
    return architecture
  }
}
