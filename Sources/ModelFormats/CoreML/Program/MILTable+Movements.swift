import ModelGraph

extension MILTable {
  static let movements: [String: MILRule] = [
    "reshape": { call, function in
      guard let input = function.operand("x", isWeight: true, of: call),
        let shape = function.operand("shape", of: call)
      else { return false }
      function.emit("Reshape", [input, shape], of: call)
      return true
    },
    "transpose": { call, function in
      guard let order = call.integers("perm") else { return false }
      let rank = order.count
      let positive = order.map { $0 < 0 ? $0 + rank : $0 }
      return one("Transpose", ["perm": .integers(positive)], call, &function)
    },
    "expand_dims": { call, function in withAxes("Unsqueeze", call, &function) },
    "squeeze": { call, function in withAxes("Squeeze", call, &function) },
    "concat": { call, function in
      guard let axis = call.integer("axis"), call.flag("interleave") != true else { return false }
      function.emit(
        "Concat", function.operands("values", of: call), ["axis": .integer(axis)], of: call)
      return true
    },
    "split": { call, function in
      guard let input = function.operand("x", of: call) else { return false }
      var attributes: Attributes = ["axis": .integer(call.integer("axis") ?? 0)]
      var operands: [ValueID?] = [input]
      if let sizes = call.integers("split_sizes") {
        operands.append(function.constant(sizes, of: call))
      } else {
        attributes["num_outputs"] = .integer(call.operation.outputs.count)
      }
      function.emit("Split", operands, attributes, of: call)
      return true
    },
    "pixel_shuffle": { call, function in
      guard let factor = call.integer("upscale_factor") else { return false }
      return one("DepthToSpace", ["blocksize": .integer(factor)], call, &function)
    },
  ]

  private static func withAxes(
    _ name: OperatorName, _ call: MILCall, _ function: inout MILFunction
  ) -> Bool {
    guard let input = function.operand("x", isWeight: true, of: call) else { return false }
    guard let axes = call.integers("axes") else { return false }
    function.emit(name, [input, function.constant(axes, of: call)], of: call)
    return true
  }
}
