/// A value as a file describes it.
public struct SymbolicValue: Hashable, Sendable {
  public var name: String
  public var declared: DeclaredType?
  public var role: ValueRole

  /// The contents, if the file holds them and they are small.
  public var contents: TensorValue?

  public init(
    name: String, declared: DeclaredType? = nil, role: ValueRole, contents: TensorValue? = nil
  ) {
    self.name = name
    self.declared = declared
    self.role = role
    self.contents = contents
  }
}

/// A graph as a file describes it: sizes may have names, and most values have no type yet.
public struct SymbolicGraph: Hashable, Sendable {
  public var name: String
  public var values: [SymbolicValue]

  /// The nodes, each after the nodes whose outputs it reads.
  public var nodes: [Node]
  public var inputs: [ValueID]
  public var outputs: [ValueID]
  public var bodies: [SymbolicGraph]

  /// The sizes that the file proposes for symbols nobody chooses.
  public var assumedSizes: [String: Int] = [:]

  public init(
    name: String = "", values: [SymbolicValue] = [], nodes: [Node] = [], inputs: [ValueID] = [],
    outputs: [ValueID] = [], bodies: [SymbolicGraph] = []
  ) {
    self.name = name
    self.values = values
    self.nodes = nodes
    self.inputs = inputs
    self.outputs = outputs
    self.bodies = bodies
  }

  /// The symbols of the inputs' shapes, in order of appearance.
  public var symbols: [String] {
    var seen: Set<String> = []
    return inputs.flatMap { values[$0.index].declared?.symbols ?? [] }
      .filter { seen.insert($0).inserted }
  }
}
