import ByteFormats
import ModelGraph

extension KerasLayerTable {
  static let merges: [String: KerasLayerRule] = [
    "Add": { call, lowering in lowering.chained("Add", call) },
    "Subtract": { call, lowering in lowering.chained("Sub", call) },
    "Multiply": { call, lowering in lowering.chained("Mul", call) },
    "Maximum": { call, lowering in lowering.chained("Max", call) },
    "Minimum": { call, lowering in lowering.chained("Min", call) },
    "Divide": { call, lowering in lowering.chained("Div", call) },
    "TrueDivide": { call, lowering in lowering.chained("Div", call) },
    "Average": { call, lowering in
      guard let sum = lowering.chained("Add", call)?.first else { return nil }
      return [lowering.emit("Scale", [sum], of: call)]
    },
    "Concatenate": { call, lowering in
      lowering.concatenated(call, axis: call.integer("axis") ?? -1)
    },
    "Merge": { call, lowering in
      switch call.text("mode") {
      case "sum": lowering.chained("Add", call)
      case "mul": lowering.chained("Mul", call)
      case "max": lowering.chained("Max", call)
      case "concat": lowering.concatenated(call, axis: call.integer("concat_axis") ?? -1)
      default: nil
      }
    },
    "NotEqual": { call, lowering in
      guard call.operands.count == 1 else { return nil }
      return [lowering.emit("NotEqual", [call.input], dataType: .bool, of: call)]
    },
    "LayerScale": { call, lowering in
      guard let gamma = lowering.variable("gamma", of: call) else { return nil }
      return [lowering.emit("Mul", [call.input, gamma], of: call)]
    },
    "CustomScaleLayer": { call, lowering in
      guard call.operands.count == 2 else { return nil }
      let scaled = lowering.emit("Scale", [call.operands[1]], of: call)
      return [lowering.emit("Add", [call.operands[0], scaled], of: call)]
    },
    "Matmul": { call, lowering in
      guard call.operands.count == 2 else { return nil }
      return [lowering.emit("MatMul", call.operands, of: call)]
    },
    "TFOpLambda": { call, lowering in
      switch call.text("function") {
      case "math.add", "__operators__.add": lowering.chained("Add", call)
      case "math.subtract": lowering.chained("Sub", call)
      case "math.multiply": lowering.chained("Mul", call)
      case "math.truediv": lowering.chained("Div", call)
      case "nn.relu": [lowering.emit("Relu", [call.input], of: call)]
      case "nn.silu": [lowering.emit("Silu", [call.input], of: call)]
      case "math.sigmoid": [lowering.emit("Sigmoid", [call.input], of: call)]
      case "nn.softmax": [lowering.emit("Softmax", [call.input], ["axis": .integer(-1)], of: call)]
      default: nil
      }
    },
  ]
}

extension KerasLowering {
  /// Joins the operands one after the other; with one operand, joins it with a number.
  fileprivate mutating func chained(
    _ name: OperatorName, _ call: KerasCall
  ) -> [KerasOperand]? {
    var result = call.input
    guard call.operands.count > 1 else {
      guard !call.numbers.isEmpty else { return [result] }
      let isSum = name.name == "Add" || name.name == "Sub"
      return [emit(isSum ? "AddNumber" : "Scale", [result], of: call)]
    }
    for operand in call.operands.dropFirst() {
      let rank = max(result.rank, operand.rank)
      result = emit(name, [result, operand], rank: rank, of: call)
    }
    return [result]
  }

  fileprivate mutating func concatenated(_ call: KerasCall, axis: Int) -> [KerasOperand]? {
    guard call.operands.count > 1 else { return [call.input] }
    return [emit("Concat", call.operands, ["axis": .integer(axis)], of: call)]
  }
}
