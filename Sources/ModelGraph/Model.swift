/// A tensor that a file holds or an architecture asks for.
public struct Tensor: Hashable, Sendable {
  public var name: String
  public var type: TensorType
  public var role: Role

  /// The storage; tensors of the same number share their bytes (tied weights).
  public var storage: Int

  public enum Role: String, Hashable, Sendable {
    case parameter, state, constant
  }

  public init(name: String, type: TensorType, role: Role, storage: Int) {
    self.name = name
    self.type = type
    self.role = role
    self.storage = storage
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
  public var graph: (any GraphSource)?
  public var diagnostics: [Diagnostic]

  /// What it keeps of the tokens it has seen; `nil` if it is no decoder, or nothing says.
  public var cache: DecoderCache?

  /// How its experts are chosen; `nil` if it is no mixture of experts, or nothing says.
  public var experts: ExpertRouting?

  /// What the file says of itself beside its tensors, under the file's own keys.
  public var metadata: Attributes

  public init(
    name: String, source: String, format: String, fileByteCount: ByteCount? = nil,
    tensors: [Tensor] = [], graph: (any GraphSource)? = nil, diagnostics: [Diagnostic] = [],
    cache: DecoderCache? = nil, experts: ExpertRouting? = nil, metadata: Attributes = [:]
  ) {
    self.name = name
    self.source = source
    self.format = format
    self.fileByteCount = fileByteCount
    self.tensors = tensors
    self.graph = graph
    self.diagnostics = diagnostics
    self.cache = cache
    self.experts = experts
    self.metadata = metadata
  }
}
