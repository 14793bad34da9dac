public import ModelGraph

/// One use of an operator, as its rules see it.
public struct OperatorCall: Sendable {
  /// The types of the operands; `nil` for an optional one that is left out.
  public var inputs: [ValueType?]

  /// The contents of the operands, where they are known; as long as ``inputs``.
  public var values: [TensorValue?]
  public var attributes: Attributes

  /// The version of the operator set; rules look at it where the meaning changed.
  public var version: Int

  /// How many outputs the node names; left-out ones at the end are not counted.
  public var outputCount: Int

  /// The types the file declares for the outputs, where all sizes are known.
  public var declaredOutputs: [ValueType?]

  /// How to infer the body of control flow with given types and contents of its inputs.
  public var bodies: any BodyInference

  public init(
    _ inputs: [ValueType?], values: [TensorValue?] = [], attributes: Attributes = [:],
    version: Int = Node.currentVersion, outputCount: Int = 1, declaredOutputs: [ValueType?] = [],
    bodies: any BodyInference = NoBodies()
  ) {
    self.inputs = inputs
    let unknown = inputs.dropFirst(values.count).map { _ -> TensorValue? in nil }
    self.values = values.isEmpty ? unknown : values + unknown
    self.attributes = attributes
    self.version = version
    self.outputCount = outputCount
    self.declaredOutputs = declaredOutputs
    self.bodies = bodies
  }
}

/// What is known of one output: its type, and its contents if they are small.
public struct Inferred: Hashable, Sendable {
  public var type: ValueType
  public var contents: TensorValue?

  public init(_ type: ValueType, contents: TensorValue? = nil) {
    self.type = type
    self.contents = contents
  }
}

/// The bodies of a control-flow node.
public protocol BodyInference: Sendable {
  /// Infers the outputs of the body held by an attribute, given what its inputs are.
  func infer(_ attribute: String, inputs: [Inferred]) throws(ShapeError) -> [Inferred]

  /// Tells the user what had to be chosen for the node.
  func note(_ code: String, _ message: String)
}

extension BodyInference {
  public func note(_ code: String, _ message: String) {}
}

/// The bodies of a node that has none.
public struct NoBodies: BodyInference {
  public init() {}

  public func infer(_ attribute: String, inputs: [Inferred]) throws(ShapeError) -> [Inferred] {
    throw .missingAttribute(attribute)
  }
}

extension OperatorCall {
  /// The type of an operand that must be there and be a tensor.
  public func tensor(_ index: Int) throws(ShapeError) -> TensorType {
    guard inputs.indices.contains(index), let type = inputs[index] else {
      throw .missingInput(index)
    }
    switch type {
    case .tensor(let tensor): return tensor
    case .unknown: throw .unknownInput(index)
    case .sequence, .optional: throw .notATensor(index)
    }
  }

  /// The shape of an operand that must be there.
  public func shape(_ index: Int) throws(ShapeError) -> Shape { try tensor(index).shape }

  public func dataType(_ index: Int) throws(ShapeError) -> DataType { try tensor(index).dataType }

  /// Whether the operand is given.
  public func has(_ index: Int) -> Bool { inputs.indices.contains(index) && inputs[index] != nil }

  /// The contents of an operand, if it is given and its contents are known.
  public func value(_ index: Int) -> TensorValue? {
    values.indices.contains(index) ? values[index] : nil
  }

  /// The integers in an operand on which the shape depends; `nil` if the operand is left out.
  ///
  /// - Throws: ``ShapeError/dependsOnContents(_:)`` if the contents are not known.
  public func integers(_ index: Int) throws(ShapeError) -> [Int]? {
    guard has(index) else { return nil }
    guard let integers = value(index)?.integers else { throw .dependsOnContents(index) }
    return integers
  }

  /// The numbers in an operand on which the shape depends; `nil` if the operand is left out.
  public func numbers(_ index: Int) throws(ShapeError) -> [Double]? {
    guard has(index) else { return nil }
    guard let numbers = value(index)?.numbers else { throw .dependsOnContents(index) }
    return numbers
  }

  /// An axis, counted from the end if negative, as an index below the rank.
  public static func axis(_ axis: Int, rank: Int) throws(ShapeError) -> Int {
    guard -rank..<rank ~= axis else { throw .axisOutOfRange(axis: axis, rank: rank) }
    return axis < 0 ? axis + rank : axis
  }
}
