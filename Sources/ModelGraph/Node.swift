/// The position of a value in its graph.
public struct ValueID: Hashable, Sendable, Comparable {
  @usableFromInline let position: Int32

  /// Makes the identity of the value at an index below 2³¹.
  @inlinable public init(_ index: Int) { position = Int32(truncatingIfNeeded: index) }

  @inlinable public var index: Int { Int(position) }

  public static func < (a: ValueID, b: ValueID) -> Bool { a.position < b.position }
}

/// The name of an operator: a kind of node.
///
/// The empty domain is ours, whose names are ONNX's wherever ONNX has the operator.
public struct OperatorName: Hashable, Sendable {
  public var domain: String
  public var name: String

  public init(_ name: String, domain: String = "") {
    self.domain = domain
    self.name = name
  }
}

extension OperatorName {
  /// Names are told apart by their bytes, as they are hashed.
  public static func == (a: OperatorName, b: OperatorName) -> Bool {
    NameKey(a.name) == NameKey(b.name) && a.domain == b.domain
  }

  /// Operators that differ in the domain alone are rare, and hashing is most of a look-up.
  public func hash(into hasher: inout Hasher) { hasher.combine(name) }

  public func _rawHashValue(seed: Int) -> Int { NameKey(name)._rawHashValue(seed: seed) }
}

extension OperatorName: ExpressibleByStringLiteral {
  public init(stringLiteral name: String) { self.init(name) }
}

extension OperatorName: CustomStringConvertible {
  public var description: String { domain.isEmpty ? name : "\(domain)::\(name)" }
}

/// One use of an operator in a graph.
public struct Node: Hashable, Sendable {
  public var name: String
  public var operatorName: OperatorName

  /// The version of the operator set that the node was written for.
  public var version: Int

  /// The operands; `nil` where an optional one is left out.
  public var inputs: [ValueID?]
  public var outputs: [ValueID?]
  public var attributes: Attributes

  /// The bodies of control flow, by attribute name, as indices into the graph's bodies.
  public var bodies: [Body]

  /// The path of the module call that made the node, such as `layer1.0.conv1`; empty if not known.
  public var module: String

  /// What the layer is, where the operator alone does not tell.
  public var layerType: LayerType?

  /// The variable of the program that holds the outputs beyond their last use.
  public var variable: VariableHold?

  public struct Body: Hashable, Sendable {
    public var attribute: String
    public var index: Int

    public init(attribute: String, index: Int) {
      self.attribute = attribute
      self.index = index
    }
  }

  public init(
    _ operatorName: OperatorName, name: String = "", version: Int = Node.currentVersion,
    inputs: [ValueID?] = [], outputs: [ValueID?] = [], attributes: Attributes = [:],
    bodies: [Body] = [], module: String = "", layerType: LayerType? = nil
  ) {
    self.name = name
    self.operatorName = operatorName
    self.version = version
    self.inputs = inputs
    self.outputs = outputs
    self.attributes = attributes
    self.bodies = bodies
    self.module = module
    self.layerType = layerType
  }

  /// The attribute of a node that holds the places in its module's path of lists of modules, which are not called.
  public static let listsAttribute = "module_lists"

  /// The name of the attribute that tells apart the parts which the model itself has computed again: twice a number of its own
  /// for each, and one more if it is done in PyTorch's older way.
  public static let recomputedAttribute = "recomputed_part"

  /// The attribute of an embedding of the input whose result gives gradients once its library computes blocks again.
  public static let watchableAttribute = "watchable"

  /// The attribute of a node around which the model itself switches autocast on: the type that is lowered to.
  public static let autocastAttribute = "autocast_type"

  /// The attribute of the last of such nodes.
  public static let autocastEndAttribute = "autocast_end"

  /// The version that nodes have which no file wrote: that of the newest ONNX operator set.
  public static let currentVersion = 26
}
