/// A tensor that a file holds or an architecture asks for.
public struct Tensor: Hashable, Sendable {
  public var name: String
  public var type: TensorType
  public var role: Role

  /// The storage; tensors of the same number share their bytes (tied weights).
  public var storage: Int

  /// What is held of it, where that is not all its elements in its type; `nil` where it is.
  ///
  /// So it is where elements repeat the same bytes, lie in another tensor too, or are compressed.
  public var held: Content?

  public enum Role: String, Hashable, Sendable {
    case parameter, state, constant

    /// What an optimizer keeps between steps, such as momenta.
    case optimizerState
  }

  /// A number of elements and the bytes they take.
  public struct Content: Hashable, Sendable {
    public var elementCount: Int
    public var byteCount: ByteCount

    public init(elementCount: Int, byteCount: ByteCount) {
      self.elementCount = elementCount
      self.byteCount = byteCount
    }
  }

  public init(
    name: String, type: TensorType, role: Role, storage: Int, held: Content? = nil
  ) {
    self.name = name
    self.type = type
    self.role = role
    self.storage = storage
    self.held = held
  }

  /// The elements and bytes that count for it.
  public var content: Content {
    held ?? Content(elementCount: type.elementCount, byteCount: type.byteCount)
  }
}

/// What a file says of a model: tensors, and a graph where the format carries one.
public struct Model: Sendable {
  public var name: String

  /// The path or address it was read from; the name again for a built-in architecture.
  public var source: String

  /// The name of the format, or `zoo` for a built-in architecture.
  public var format: String

  /// The bytes of the file and of the data files it names; `nil` for a built-in architecture.
  public var fileByteCount: ByteCount?
  public var tensors: [Tensor]

  /// Stretches of the file's storages that no tensor uses, each as a tensor of one axis.
  public var unused: [TensorType]
  public var graph: (any GraphSource)?
  public var diagnostics: [Diagnostic]

  /// What it keeps of the tokens it has seen; `nil` if it is no decoder, or nothing says.
  public var cache: DecoderCache?

  /// How its experts are chosen; `nil` if it is no mixture of experts, or nothing says.
  public var experts: ExpertRouting?

  /// How a checkpoint of it would have its weights packed; `nil` if not, or by an unknown method.
  public var packing: WeightPacking?

  /// What the file says of itself beside its tensors, under the file's own keys.
  public var metadata: Attributes

  public init(
    name: String, source: String, format: String, fileByteCount: ByteCount? = nil,
    tensors: [Tensor] = [], unused: [TensorType] = [], graph: (any GraphSource)? = nil,
    diagnostics: [Diagnostic] = [], cache: DecoderCache? = nil, experts: ExpertRouting? = nil,
    packing: WeightPacking? = nil, metadata: Attributes = [:]
  ) {
    self.name = name
    self.source = source
    self.format = format
    self.fileByteCount = fileByteCount
    self.tensors = tensors
    self.unused = unused
    self.graph = graph
    self.diagnostics = diagnostics
    self.cache = cache
    self.experts = experts
    self.packing = packing
    self.metadata = metadata
  }
}
