import ModelGraph

extension MILTable {
  static let elements: [String: MILRule] = {
    var rules: [String: MILRule] = [:]
    for (name, node) in unary { rules[name] = { one(OperatorName(node), [:], $0, &$1) } }
    for (name, node) in binary { rules[name] = { two(OperatorName(node), $0, &$1) } }
    rules["softmax"] = { call, function in
      guard let axis = call.integer("axis") else { return false }
      return one("Softmax", ["axis": .integer(axis)], call, &function)
    }
    rules["prelu"] = { call, function in
      guard let input = function.operand("x", of: call) else { return false }
      // A slope for each channel, of which PRelu wants the axes behind it too.
      let slope = function.operand("alpha", isWeight: true, of: call)
      function.emit(OperatorName("prelu", domain: "mil"), [input, slope], of: call)
      return true
    }
    rules["cast"] = { call, function in
      guard let code = call.text("dtype").flatMap({ castCodes[$0] }) else { return false }
      return one("Cast", ["to": .integer(code)], call, &function)
    }
    rules["select"] = { call, function in
      let keys = ["cond", "a", "b"]
      let operands = keys.map { function.operand($0, isWeight: true, of: call) }
      guard operands.allSatisfy({ $0 != nil }) else { return false }
      function.emit("Where", operands, of: call)
      return true
    }
    return rules
  }()

  private static let unary: [(String, String)] = [
    ("relu", "Relu"), ("relu6", "HardTanh"), ("leaky_relu", "LeakyRelu"), ("elu", "Elu"),
    ("gelu", "Gelu"), ("sigmoid", "Sigmoid"), ("sigmoid_hard", "HardSigmoid"), ("silu", "Silu"),
    ("softplus", "Softplus"), ("softsign", "Softsign"), ("tanh", "Tanh"), ("erf", "Erf"),
    ("exp", "Exp"), ("log", "Log"), ("sqrt", "Sqrt"), ("rsqrt", "ReciprocalSquareRoot"),
    ("inverse", "Reciprocal"), ("abs", "Abs"), ("sign", "Sign"), ("floor", "Floor"),
    ("ceil", "Ceil"), ("round", "Round"), ("sin", "Sin"), ("cos", "Cos"), ("tan", "Tan"),
    ("asin", "Asin"), ("acos", "Acos"), ("atan", "Atan"), ("sinh", "Sinh"), ("cosh", "Cosh"),
    ("asinh", "Asinh"), ("acosh", "Acosh"), ("logical_not", "Not"), ("identity", "Identity"),
    ("thresholded_relu", "ThresholdedRelu"), ("clip", "HardTanh"), ("square", "PowerOfNumber"),
  ]

  private static let binary: [(String, String)] = [
    ("add", "Add"), ("sub", "Sub"), ("mul", "Mul"), ("real_div", "Div"), ("maximum", "Max"),
    ("minimum", "Min"), ("pow", "Pow"), ("mod", "Mod"), ("equal", "Equal"),
    ("not_equal", "NotEqual"), ("greater", "Greater"), ("greater_equal", "GreaterOrEqual"),
    ("less", "Less"), ("less_equal", "LessOrEqual"), ("logical_and", "And"),
    ("logical_or", "Or"), ("logical_xor", "Xor"),
  ]

  /// The numbers that ONNX gives the types that `cast` names.
  private static let castCodes = [
    "fp16": 10, "fp32": 1, "int8": 3, "int16": 5, "int32": 6, "uint8": 2, "uint16": 4, "bool": 9,
  ]

  /// A node over the operand `x`.
  static func one(
    _ name: OperatorName, _ attributes: Attributes = [:], _ call: MILCall,
    _ function: inout MILFunction
  ) -> Bool {
    guard let input = function.operand("x", isWeight: true, of: call) else { return false }
    function.emit(name, [input], attributes, of: call)
    return true
  }

  /// A node over the operands `x` and `y`.
  static func two(
    _ name: OperatorName, _ call: MILCall, _ function: inout MILFunction
  ) -> Bool {
    guard let first = function.operand("x", isWeight: true, of: call),
      let second = function.operand("y", isWeight: true, of: call)
    else { return false }
    function.emit(name, [first, second], of: call)
    return true
  }
}
