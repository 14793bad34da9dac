import ModelGraph

// Activations, arithmetic and comparisons.

extension AtenRule {
  static let gelu = unary("Gelu") { call in
    call.string("approximate").map { ["approximate": .string($0)] } ?? [:]
  }

  static let relu6 = unary("HardTanh") { _ in ["min": .float(0), "max": .float(6)] }

  static let hardTanh = unary("HardTanh") { call in
    ["min": .float(call.number("min_val") ?? -1), "max": .float(call.number("max_val") ?? 1)]
  }

  static func softmax(_ name: OperatorName) -> AtenRule {
    AtenRule { call, graph in
      guard let input = call.first, let axis = call.integer("dim") else { return false }
      var converted = graph.converted(input, to: call.output?.dataType, of: call)
      var attributes: Attributes = ["axis": .integer(axis)]
      // Autocast leaves alone what is asked for a type.
      if call.integer("dtype") != nil {
        attributes[call.asksForSinglePrecision ? "single" : "keepsType"] = .integer(1)
        if !call.asksForSinglePrecision, let model = graph.castModel(of: call),
          let type = converted.type
        {
          converted = graph.intermediate(
            "InPrecision", [converted, model], ["single": .integer(0)], type: type, of: call)
        }
      }
      graph.emit(name, [converted], attributes, of: call)
      return true
    }
  }

  // MARK: Arithmetic

  /// A sum or difference, of tensors or of a tensor and a number.
  static func sum(sign: Double) -> AtenRule {
    AtenRule { call, graph in
      guard let a = call.first else { return false }
      if call.operands.count > 1 {
        return graph.emitPair(sign > 0 ? "Add" : "Sub", of: call)
      }
      guard let number = call.number("other") ?? call.number("self") else { return false }
      graph.emitNumber(
        "AddNumber", "number", sign * number, a,
        sign < 0 ? ["subtracts": .integer(1)] : [:], of: call)
      return true
    }
  }

  /// A number minus the tensor: one kernel, like a sum with a number.
  static let reversedDifference = AtenRule { call, graph in
    guard call.operands.count == 1, let a = call.first, let number = call.number("other") else {
      return false
    }
    graph.emitNumber("AddNumber", "number", number, a, ["negated": .integer(1)], of: call)
    return true
  }

  /// The input kept between the bounds that are given.
  static let clamping = AtenRule { call, graph in
    guard let input = call.first else { return false }
    var bounds: Attributes = [:]
    if let low = call.number("min") { bounds["min"] = .float(low) }
    if let high = call.number("max") { bounds["max"] = .float(high) }
    // Bounds that are tensors of a single number each, as of `torch.clamp(x, self.low, self.high)`.
    let tensors = [call.tensor("min"), call.tensor("max")]
    if tensors.allSatisfy({ $0?.shape?.isEmpty ?? false }) { bounds["tensors"] = .integer(1) }
    graph.emit("Clip", [input], call.marked(bounds), of: call)
    return true
  }

  static let product = AtenRule { call, graph in
    guard let a = call.first else { return false }
    if call.operands.count > 1 { return graph.emitPair("Mul", of: call) }
    guard let number = call.number("other") ?? call.number("self") else { return false }
    graph.emitNumber("Scale", "factor", number, a, of: call)
    return true
  }

  static let quotient = AtenRule { call, graph in
    guard let a = call.first else { return false }
    if call.operands.count > 1 { return graph.emitPair("Div", of: call) }
    guard let number = call.number("other") else { return false }
    graph.emitNumber("Scale", "factor", 1 / number, a, ["divides": .integer(1)], of: call)
    return true
  }

  static let power = AtenRule { call, graph in
    guard let base = call.first else { return false }
    if call.operands.count > 1 { return graph.emitPair("Pow", of: call) }
    let isSquare = call.node.target.name.contains("square")
    guard let exponent = isSquare ? 2 : call.number("exponent"), base == call.tensor("self")
    else { return false }
    graph.emitNumber("PowerOfNumber", "exponent", exponent, base, of: call)
    return true
  }

  /// A number to the power of a tensor; in place, a tensor to the power of a number.
  static let powerOfBase = AtenRule { call, graph in
    guard !call.isInPlace else { return power.lower(call, &graph) }
    return unary("PowerOfBase").lower(call, &graph)
  }

  // MARK: Comparisons

  static func comparison(_ name: OperatorName) -> AtenRule {
    AtenRule { call, graph in
      guard let a = call.first else { return false }
      if call.operands.count > 1 { return graph.emitPair(name, of: call) }
      guard let number = call.number("other") else { return false }
      let constant = graph.constant(
        TensorValue(scalar: Int(exactly: number.rounded()) ?? 0), for: call)
      graph.emit(name, [a, constant], of: call)
      return true
    }
  }

  static let notEqual = AtenRule { call, graph in
    guard let a = call.first else { return false }
    guard call.operands.count == 1 else {
      let equal = graph.intermediate("Equal", call.operands, type: call.output, of: call)
      graph.emit("Not", [equal], of: call)
      return true
    }
    graph.emit("NotEqual", [a], ["value": .float(call.number("other") ?? 0)], of: call)
    return true
  }

  /// An operator on truth values or on the bits of integers.
  static func bitwise(_ logical: OperatorName, _ binary: OperatorName) -> AtenRule {
    AtenRule { call, graph in
      let isLogical = call.output?.dataType == .bool
      graph.emit(isLogical ? logical : binary, call.operands, call.marked([:]), of: call)
      return true
    }
  }

  /// The first tensor or number where a condition holds, the second elsewhere.
  static let choice = AtenRule { call, graph in
    guard let condition = call.tensor("condition"), let dataType = call.output?.dataType else {
      return false
    }
    let sides = ["self", "other"].map { side in
      call.tensor(side)
        ?? graph.constant(
          TensorValue(
            TensorType(dataType, []),
            dataType.isFloatingPoint
              ? .floats([call.number(side) ?? 0])
              : .integers([call.integer(side) ?? 0])), for: call)
    }
    graph.emit("Where", [condition] + sides, of: call)
    return true
  }

  static let maskedFill = AtenRule { call, graph in
    guard let input = call.first, let mask = call.tensor("mask") else { return false }
    graph.emit("MaskedFill", [input, mask], call.marked([:]), of: call)
    return true
  }
}

extension ProgramLowering {
  /// A node of two tensors; where their types differ, the one of the result's type comes first.
  fileprivate mutating func emitPair(_ name: OperatorName, of call: AtenCall) -> Bool {
    guard call.operands.count == 2, let a = call.operands[0], let b = call.operands[1] else {
      return false
    }
    let commutes = name == "Add" || name == "Mul"
    let isSecond =
      a.type?.dataType != call.output?.dataType && b.type?.dataType == call.output?.dataType
    emit(name, commutes && isSecond ? [b, a] : [a, b], call.marked([:]), of: call)
    return true
  }

  /// A node of a tensor and a number; a result of another element type is a conversion.
  fileprivate mutating func emitNumber(
    _ name: OperatorName, _ attribute: String, _ number: Double, _ input: AtenOperand,
    _ others: Attributes = [:], of call: AtenCall
  ) {
    var attributes = others
    attributes[attribute] = .float(number)
    let isConversion = call.output.map { $0.dataType != input.type?.dataType } ?? false
    if isConversion, let code = call.output?.dataType.conversionCode {
      emit("Cast", [input], ["to": .integer(code)], of: call)
      // A number makes single precision of integers, whatever type the model is cast to.
      if call.output?.dataType == .float32, input.type?.dataType.isFloatingPoint == false {
        keepSingle(call)
      }
      return
    }
    emit(name, [input], call.marked(attributes), of: call)
  }

  /// The operand in another element type.
  mutating func converted(
    _ operand: AtenOperand, to dataType: DataType?, of call: AtenCall
  ) -> AtenOperand {
    guard let dataType, var type = operand.type, type.dataType != dataType,
      let code = dataType.conversionCode
    else { return operand }
    type.dataType = dataType
    return intermediate("Cast", [operand], ["to": .integer(code)], type: type, of: call)
  }
}

extension DataType {
  /// ONNX's number for the type, in which `Cast` names its target.
  var conversionCode: Int? {
    let codes: [DataType: Int] = [
      .float32: 1, .uint8: 2, .int8: 3, .uint16: 4, .int16: 5, .int32: 6, .int64: 7, .bool: 9,
      .float16: 10, .float64: 11, .uint32: 12, .uint64: 13, .complex64: 14, .complex128: 15,
      .bfloat16: 16, .float8E4M3FN: 17, .float8E4M3FNUZ: 18, .float8E5M2: 19,
      .float8E5M2FNUZ: 20,
    ]
    return codes[self]
  }
}
