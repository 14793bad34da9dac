import ModelGraph

extension ShapeRule {
  /// The sizes of the axes from `start` to before `end`, as a vector.
  static let shapeOf = ShapeRule.tensor { call throws(ShapeError) in
    TensorType(.int64, [try axesInRange(call).count])
  }

  /// The number of elements, a scalar.
  static let sizeOf = ShapeRule.tensor { call throws(ShapeError) in
    _ = try call.tensor(0)
    return TensorType(.int64, [])
  }

  /// The numbers from a start to before a limit.
  static let range = ShapeRule.tensor { call throws(ShapeError) in
    TensorType(try call.dataType(0), [try rangeCount(call)])
  }

  /// What the node's one attribute holds.
  static let constant = ShapeRule { call throws(ShapeError) in
    if let value = constantValue(call) { return [.tensor(value.type)] }
    if case let type?? = call.declaredOutputs.first { return [type] }
    throw .unsupported("the value is too large to be followed and its type is not declared")
  }

  /// The shape that the operand states, of the element type of `value`.
  static let constantOfShape = ShapeRule.tensor { call throws(ShapeError) in
    guard let shape = try call.integers(0, or: "shape") else { throw .missingInput(0) }
    guard case .tensor(let value)? = call.attributes["value"] else {
      return TensorType(.float32, shape)
    }
    return TensorType(value.type.dataType, shape)
  }

  /// The shape of a matrix, of the element type that `dtype` names.
  static let eyeLike = ShapeRule.tensor { call throws(ShapeError) in
    let input = try call.tensor(0, rank: 2)
    return TensorType(try call.elementType("dtype", default: input.dataType), input.shape)
  }

  /// The shape of the input, of the element type that `to` names.
  static let cast = ShapeRule.tensor { call throws(ShapeError) in
    let input = try call.tensor(0)
    guard let name = call.attributes.string("to") else {
      guard call.attributes["to"] != nil else { throw .missingAttribute("to") }
      return TensorType(try call.elementType("to", default: input.dataType), input.shape)
    }
    guard let type = DataType(onnxName: name) else {
      throw .attribute(name: "to", expected: "the name of an element type", found: name)
    }
    return TensorType(type, input.shape)
  }

  /// The shape of the first input, of the element type of the second.
  static let castLike = ShapeRule.tensor { call throws(ShapeError) in
    TensorType(try call.dataType(1), try call.shape(0))
  }
}

extension DataType {
  /// The element type that version 1 of `Cast` spells, such as `FLOAT16`.
  fileprivate init?(onnxName name: String) {
    switch name {
    case "FLOAT": self = .float32
    case "DOUBLE": self = .float64
    default: self.init(rawValue: name.lowercased())
    }
  }
}

/// The axes whose sizes a `Shape` gives.
func axesInRange(_ call: OperatorCall) throws(ShapeError) -> Range<Int> {
  let rank = try call.shape(0).count
  let range = SliceRange(
    from: call.attributes.integer("start") ?? 0, to: call.attributes.integer("end") ?? rank,
    by: 1, of: rank)
  return range.start..<range.start + range.count
}

/// `max(⌈(limit − start) / delta⌉, 0)`.
func rangeCount(_ call: OperatorCall) throws(ShapeError) -> Int {
  var numbers: [Double] = []
  for index in 0..<3 {
    guard let number = try call.numbers(index)?.first else { throw .missingInput(index) }
    numbers.append(number)
  }
  guard numbers[2] != 0 else {
    throw .incompatible(rule: "the step of a range is 0", shapes: [])
  }
  return max(0, Int(clamping: ((numbers[1] - numbers[0]) / numbers[2]).rounded(.up)))
}

/// The contents of a `Constant`, if they are followed.
func constantValue(_ call: OperatorCall) -> TensorValue? {
  let attributes = call.attributes
  if case .tensor(let value)? = attributes["value"] { return value }
  if let value = attributes.integer("value_int") { return TensorValue(scalar: value) }
  if let values = attributes.integers("value_ints") { return TensorValue(values) }
  if let value = attributes.float("value_float") {
    return TensorValue(TensorType(.float32, []), .floats([value]))
  }
  if let values = attributes.floats("value_floats") {
    return TensorValue(TensorType(.float32, [values.count]), .floats(values))
  }
  if let value = attributes.string("value_string") {
    return TensorValue(TensorType(.string, []), .strings([value]))
  }
  guard let values = attributes.strings("value_strings") else { return nil }
  return TensorValue(TensorType(.string, [values.count]), .strings(values))
}
