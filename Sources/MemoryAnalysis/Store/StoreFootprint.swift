public import ModelGraph

/// What a model takes to store.
public struct StoreFootprint: Hashable, Sendable {
  /// Trained weights, each storage once.
  public var parameters: Tally

  /// What is persistent but not trained.
  public var state: Tally

  /// What an optimizer left in the file, such as momenta.
  public var optimizerState: Tally

  /// Every element the file holds, each storage once.
  public var tensors: Tally

  /// What is held but belongs to no tensor, part of ``tensors``.
  public var unused: Tally

  /// What the parameters are for, and which names share a tensor.
  public var parts: ParameterParts

  /// The model packed as its configuration says; `nil` if it is not, or by an unknown method.
  public var packed: PackedFootprint?

  /// Parameters by kind of layer, largest first.
  public var byLayerType: [LayerTypeTally]

  /// The bytes on disk; `nil` for a built-in architecture.
  public var file: ByteCount?

  /// All parameters in each data type, block scales included.
  public var sizes: [DataTypeSize]

  /// Layers with parameters or state, in order of use.
  public var layers: [LayerFootprint]
  public var explanations: [Explanation]

  public struct LayerTypeTally: Hashable, Sendable {
    public var type: LayerType
    public var layers: Int
    public var parameters: Tally

    public init(type: LayerType, layers: Int, parameters: Tally) {
      self.type = type
      self.layers = layers
      self.parameters = parameters
    }
  }

  public struct DataTypeSize: Hashable, Sendable {
    public var dataType: DataType
    public var bytes: ByteCount

    public init(dataType: DataType, bytes: ByteCount) {
      self.dataType = dataType
      self.bytes = bytes
    }
  }

  public init(
    parameters: Tally, state: Tally, optimizerState: Tally = .zero, tensors: Tally,
    unused: Tally = .zero, parts: ParameterParts = ParameterParts(), byLayerType: [LayerTypeTally],
    file: ByteCount?,
    sizes: [DataTypeSize], layers: [LayerFootprint], explanations: [Explanation] = []
  ) {
    self.parameters = parameters
    self.state = state
    self.optimizerState = optimizerState
    self.tensors = tensors
    self.unused = unused
    self.parts = parts
    self.byLayerType = byLayerType
    self.file = file
    self.sizes = sizes
    self.layers = layers
    self.explanations = explanations
  }
}

extension StoreFootprint {
  /// What a program keeps of a model: parameters, in a type of ``sizes`` or as they are stored, and state.
  public func residentBytes(in dataType: DataType? = nil) -> ByteCount {
    let converted = dataType.flatMap { type in sizes.first { $0.dataType == type }?.bytes }
    return (converted ?? parameters.bytes) + state.bytes
  }
}

/// The parameters and the state of one layer.
public struct LayerFootprint: Hashable, Sendable {
  public var name: String
  public var type: LayerType
  public var parameters: Tally
  public var state: Tally

  /// The shape of each parameter.
  public var shapes: [Shape]

  public init(
    name: String, type: LayerType, parameters: Tally, state: Tally, shapes: [Shape]
  ) {
    self.name = name
    self.type = type
    self.parameters = parameters
    self.state = state
    self.shapes = shapes
  }
}
