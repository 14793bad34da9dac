import ModelGraph

extension MILTable {
  static let layers: [String: MILRule] = [
    "conv": { call, function in
      guard let attributes = call.window() else { return false }
      return weighted("Conv", attributes, call, &function)
    },
    "conv_transpose": { call, function in
      guard var attributes = call.window() else { return false }
      // The file states the size of the result, however the padding came about.
      if let shape = call.operation.outputs.first?.type.shape, shape.count > 2 {
        attributes["output_shape"] = .integers(Array(shape.dropFirst(2)))
      }
      return weighted("ConvTranspose", attributes, call, &function)
    },
    "linear": { call, function in weighted("Linear", [:], call, &function) },
    "matmul": { call, function in
      guard let first = function.operand("x", isWeight: true, of: call),
        let second = function.operand("y", isWeight: true, of: call)
      else { return false }
      let (turnsFirst, turnsSecond) =
        (call.flag("transpose_x") ?? false, call.flag("transpose_y") ?? false)
      guard turnsFirst || turnsSecond else {
        function.emit("MatMul", [first, second], of: call)
        return true
      }
      function.emit(
        OperatorName("FusedMatMul", domain: "com.microsoft"), [first, second],
        [
          "transA": .integer(turnsFirst ? 1 : 0), "transB": .integer(turnsSecond ? 1 : 0),
        ], of: call)
      return true
    },
    "einsum": { call, function in
      guard let equation = call.text("equation") else { return false }
      function.emit(
        "Einsum", function.operands("values", of: call), ["equation": .string(equation)],
        of: call)
      return true
    },
    "batch_norm": { call, function in
      let input = function.operand("x", of: call)
      let keys = ["gamma", "beta", "mean", "variance"]
      let rest = keys.map { function.operand($0, isWeight: true, of: call) }
      function.emit("BatchNormalization", [input] + rest, of: call)
      return true
    },
    "layer_norm": { call, function in
      guard let axis = call.integers("axes")?.min() else { return false }
      let input = function.operand("x", of: call)
      let gamma = function.operand("gamma", isWeight: true, of: call)
      let beta = function.operand("beta", isWeight: true, of: call)
      function.emit("LayerNormalization", [input, gamma, beta], ["axis": .integer(axis)], of: call)
      return true
    },
    "instance_norm": { call, function in
      let input = function.operand("x", of: call)
      guard let gamma = function.operand("gamma", isWeight: true, of: call),
        let beta = function.operand("beta", isWeight: true, of: call)
      else { return false }
      function.emit("InstanceNormalization", [input, gamma, beta], of: call)
      return true
    },
    "scaled_dot_product_attention": { call, function in
      let keys = ["query", "key", "value", "attn_mask"]
      let operands = keys.map { function.operand($0, isWeight: true, of: call) }
      function.emit("ScaledDotProductAttention", operands, of: call)
      return true
    },
    "max_pool": { call, function in pooling("MaxPool", call, &function) },
    "avg_pool": { call, function in pooling("AveragePool", call, &function) },
    "l2_pool": { call, function in pooling("LpPool", call, &function) },
    "gather": { call, function in
      guard let table = function.operand("x", isWeight: true, of: call),
        let indices = function.operand("indices", of: call)
      else { return false }
      let axis = call.integer("axis") ?? 0
      function.emit("Gather", [table, indices], ["axis": .integer(axis)], of: call)
      return true
    },
  ]

  private static func weighted(
    _ name: OperatorName, _ attributes: Attributes, _ call: MILCall,
    _ function: inout MILFunction
  ) -> Bool {
    guard let input = function.operand("x", of: call),
      let weight = function.operand("weight", isWeight: true, of: call)
    else { return false }
    var operands: [ValueID?] = [input, weight]
    if let bias = function.operand("bias", isWeight: true, of: call) { operands.append(bias) }
    function.emit(name, operands, attributes, of: call)
    return true
  }

  private static func pooling(
    _ name: OperatorName, _ call: MILCall, _ function: inout MILFunction
  ) -> Bool {
    guard let kernel = call.integers("kernel_sizes"), var attributes = call.window(),
      let input = function.operand("x", of: call)
    else { return false }
    attributes["kernel_shape"] = .integers(kernel)
    if call.flag("ceil_mode") == true { attributes["ceil_mode"] = .integer(1) }
    function.emit(name, [input], attributes, of: call)
    return true
  }
}
