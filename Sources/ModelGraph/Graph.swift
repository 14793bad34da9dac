/// Where a value comes from.
public enum ValueRole: Hashable, Sendable {
  case input

  /// A trained weight.
  case parameter

  /// Persistent but not trained: running statistics, position tables.
  case state

  /// A number the file writes down that is no weight: a target shape, an axis, an epsilon.
  case constant

  /// The output of a node.
  case activation

  /// A value of the graph around a control-flow body.
  case captured(ValueID)
}

/// A value of a graph with its type.
public struct Value: Hashable, Sendable {
  public var name: String
  public var type: ValueType
  public var role: ValueRole

  public init(name: String, type: ValueType, role: ValueRole) {
    self.name = name
    self.type = type
    self.role = role
  }
}

/// Values and nodes with every dimension known, the nodes in execution order.
public struct Graph: Hashable, Sendable {
  public var values: [Value]
  public var nodes: [Node]
  public var inputs: [ValueID]
  public var outputs: [ValueID]

  /// The bodies of control flow, which the nodes name by index.
  public var bodies: [Graph]

  /// How the framework makes the tensors, if that is known.
  public var construction: Construction?

  /// The outputs beside the first whose losses training adds to the first one's.
  public var auxiliaryOutputs: [ValueID] = []

  /// What training runs beside the nodes.
  public var trainingHeads: [TrainingHead] = []

  /// The values that their modules keep in single precision, whatever type the model is cast to.
  public var keptSingle: Set<ValueID> = []

  /// The ends of the paths of modules that the model's library has computed again when it is asked to, such as
  /// `stages.*`; empty if that is not known.
  public var libraryBlocks: [String] = []

  /// Those of modules inside of them that it has computed again by themselves.
  public var libraryInnerBlocks: [String] = []

  /// Whether layers are given by name all that comes beside what they go on with, such as masks.
  public var namesLayerInputs = false

  /// Whether layers are given by name what gives gradients beside what they go on with.
  public var namesLayerGradients = false

  /// Whether a library gives its layers the cosines and sines of positions by name.
  public var namesLayerPositions = true

  /// What runs in place of modules where nobody differentiates.
  public var fastPaths: [FastPath] = []

  public init(
    values: [Value] = [], nodes: [Node] = [], inputs: [ValueID] = [], outputs: [ValueID] = [],
    bodies: [Graph] = []
  ) {
    self.values = values
    self.nodes = nodes
    self.inputs = inputs
    self.outputs = outputs
    self.bodies = bodies
  }

  @inlinable public subscript(id: ValueID) -> Value {
    get { values[id.index] }
    set { values[id.index] = newValue }
  }
}
