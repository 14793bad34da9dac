/// The sizes a user chose for the open dimensions of a model.
public struct Bindings: Hashable, Sendable {
  /// Sizes by symbol, from `--set NAME=SIZE`.
  public var sizes: [String: Int]

  /// The size of the leading axis of the inputs, from `--batch`.
  public var batch: Int?

  /// The length of token sequences, from `--sequence`.
  public var sequence: Int?

  /// The height and width of images, from `--image`.
  public var image: ImageSize?

  /// Contents of inputs, by name, from `--input NAME=FILE.pb`.
  public var inputs: [String: TensorValue]

  /// Types of inputs that are sequences or optional values, by name, from `--input` too.
  public var composites: [String: ValueType]

  public struct ImageSize: Hashable, Sendable {
    public var height: Int
    public var width: Int

    public init(height: Int, width: Int) {
      self.height = height
      self.width = width
    }
  }

  public init(
    sizes: [String: Int] = [:], batch: Int? = nil, sequence: Int? = nil, image: ImageSize? = nil,
    inputs: [String: TensorValue] = [:], composites: [String: ValueType] = [:]
  ) {
    self.sizes = sizes
    self.batch = batch
    self.sequence = sequence
    self.image = image
    self.inputs = inputs
    self.composites = composites
  }
}

/// A graph whose sizes were chosen, and what had to be assumed on the way.
public struct BoundGraph: Sendable {
  public var graph: Graph

  /// The size of each symbol, chosen or assumed.
  public var sizes: [String: Int]
  public var diagnostics: [Diagnostic]

  public init(graph: Graph, sizes: [String: Int] = [:], diagnostics: [Diagnostic] = []) {
    self.graph = graph
    self.sizes = sizes
    self.diagnostics = diagnostics
  }
}

/// A source of graphs: a file's graph with open sizes, or an architecture that builds one.
public protocol GraphSource: Sendable {
  /// Makes the graph for chosen sizes; sizes left open are assumed and reported.
  ///
  /// - Throws: ``BindingError`` if the sizes contradict the model.
  func bind(_ bindings: Bindings) throws(BindingError) -> BoundGraph

  /// The type a file declares for an input; `nil` if there is none of this name, or no type.
  func declaredType(ofInput name: String) -> DeclaredType?
}

extension GraphSource {
  public func declaredType(ofInput name: String) -> DeclaredType? { nil }
}

/// Chosen sizes that do not suit a model.
public enum BindingError: Error, Hashable, Sendable {
  case unknownSymbol(name: String, known: [String])
  case notPositive(name: String, size: Int)

  /// One size is given twice, and not the same.
  case contradiction(name: String, sizes: [Int])

  /// An input has more elements than any memory can hold.
  case tooLarge(input: String, type: TensorType)

  /// The model has no axis of the kind a flag names.
  case noSuchAxis(flag: String)
  case unknownInput(name: String, known: [String])
  case inputTypeMismatch(name: String, expected: String, found: ValueType)

  /// A layer cannot take the sizes that reach it.
  case layer(name: String, reason: String)
}
