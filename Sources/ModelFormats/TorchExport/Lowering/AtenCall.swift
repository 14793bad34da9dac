import ModelGraph

/// A tensor that a call is given.
struct AtenOperand: Hashable {
  var id: ValueID

  /// The type; `nil` if only running the program can tell.
  var type: TensorType?
  var strides: [Int]?

  /// Whether the strides are those of the kernel on a GPU, which the file does not state.
  var hasKernelStrides = false

  var shape: Shape? { type?.shape }
  var rank: Int? { type?.rank }
}

/// One call of an operator, with every size known.
struct AtenCall {
  let node: ExportedNode
  let isInPlace: Bool
  let arguments: [Argument]

  /// The types of the outputs, where all sizes are known.
  let outputs: [TensorType?]

  struct Argument {
    var name: String
    var value: Value
  }

  enum Value {
    case tensors([AtenOperand?])
    case integers([Int])
    case float(Double)
    case string(String)
    case absent
    case unknown
  }

  init(
    _ node: ExportedNode, isInPlace: Bool, arguments: [Argument], outputs: [TensorType?]
  ) {
    self.node = node
    self.isInPlace = isInPlace
    self.arguments = arguments
    self.outputs = outputs
  }
}

extension AtenCall {
  private subscript(name: String) -> Value? { arguments.first { $0.name == name }?.value }

  /// The program's own name for a tensor that is given.
  func name(of argument: String) -> String? {
    node.tensor(argument)
  }

  /// All tensors given, in order.
  var operands: [AtenOperand?] {
    arguments.flatMap { argument in
      guard case .tensors(let operands) = argument.value else { return [] as [AtenOperand?] }
      return operands
    }
  }

  /// The first tensor, which most operators call `self`.
  var first: AtenOperand? { operands.first ?? nil }
  var output: TensorType? { outputs.first ?? nil }

  func tensors(_ name: String) -> [AtenOperand?]? {
    guard case .tensors(let operands)? = self[name] else { return nil }
    return operands
  }

  func tensor(_ name: String) -> AtenOperand? { tensors(name)?.first ?? nil }

  func integers(_ name: String) -> [Int]? {
    guard case .integers(let integers)? = self[name] else { return nil }
    return integers
  }

  func integer(_ name: String) -> Int? { integers(name)?.first }
  func flag(_ name: String) -> Bool { (integer(name) ?? 0) != 0 }

  /// A number, written as an integer or not.
  func number(_ name: String) -> Double? {
    switch self[name] {
    case .float(let number): number
    case .integers(let integers): integers.first.map(Double.init)
    default: nil
    }
  }

  func string(_ name: String) -> String? {
    guard case .string(let text)? = self[name] else { return nil }
    return text
  }

  /// An axis, as an index from the start.
  func axis(_ name: String = "dim", default usual: Int? = nil, rank: Int? = nil) -> Int? {
    guard let axis = integer(name) ?? usual else { return nil }
    guard axis < 0 else { return axis }
    guard let rank = rank ?? first?.rank, axis + rank >= 0 else { return nil }
    return axis + rank
  }

  /// The attributes with the mark of a result that is written over the first operand.
  func marked(_ attributes: Attributes) -> Attributes {
    guard isInPlace else { return attributes }
    var attributes = attributes
    attributes["inplace"] = .integer(1)
    return attributes
  }

  /// The attributes with the mark of a layer whose module is in evaluation.
  func markedInEvaluation(_ attributes: Attributes) -> Attributes {
    guard integer("training") == 0 || integer("train") == 0 else { return attributes }
    var attributes = attributes
    attributes[Node.evaluatesAttribute] = .integer(1)
    return attributes
  }

  /// Whether single precision is asked for as the type of the result, whatever the model computes in.
  var asksForSinglePrecision: Bool {
    integer("dtype") != nil && output?.dataType == .float32
      && node.frames.last?.namesSinglePrecision ?? true
  }
}
