import ByteFormats
import ModelGraph

extension KerasLayerTable {
  static let activations: [String: KerasLayerRule] = [
    "Activation": { call, lowering in [lowering.activated(call.input, of: call)] },
    "ReLU": { call, lowering in
      if (call.settings["negative_slope"]?.double ?? 0) != 0 {
        return [lowering.emit("LeakyRelu", [call.input], of: call)]
      }
      let isBounded = call.settings["max_value"]?.double != nil
      return [lowering.emit(isBounded ? "HardTanh" : "Relu", [call.input], of: call)]
    },
    "LeakyReLU": { call, lowering in [lowering.emit("LeakyRelu", [call.input], of: call)] },
    "ThresholdedReLU": { call, lowering in
      [lowering.emit("ThresholdedRelu", [call.input], of: call)]
    },
    "ELU": { call, lowering in [lowering.emit("Elu", [call.input], of: call)] },
    "PReLU": { call, lowering in
      guard let slope = lowering.variable("alpha", of: call) else { return nil }
      return [lowering.emit("PRelu", [call.input, slope], of: call)]
    },
    "Softmax": { call, lowering in
      [
        lowering.emit(
          "Softmax", [call.input], ["axis": .integer(call.integer("axis") ?? -1)], of: call)
      ]
    },
    // Operators that a functional model calls on its tensors.
    "Relu": { call, lowering in [lowering.emit("Relu", [call.input], of: call)] },
    "Sigmoid": { call, lowering in [lowering.emit("Sigmoid", [call.input], of: call)] },
    "Tanh": { call, lowering in [lowering.emit("Tanh", [call.input], of: call)] },
    "Silu": { call, lowering in [lowering.emit("Silu", [call.input], of: call)] },
    "Gelu": { call, lowering in [lowering.emit("Gelu", [call.input], of: call)] },
    "Exp": { call, lowering in [lowering.emit("Exp", [call.input], of: call)] },
    "Sqrt": { call, lowering in [lowering.emit("Sqrt", [call.input], of: call)] },
    "Absolute": { call, lowering in [lowering.emit("Abs", [call.input], of: call)] },
    "Negative": { call, lowering in [lowering.emit("Neg", [call.input], of: call)] },
  ]

  /// The operator of an activation function, by its name.
  fileprivate static let functions: [String: OperatorName] = [
    "relu": "Relu", "relu6": "HardTanh", "sigmoid": "Sigmoid", "tanh": "Tanh", "elu": "Elu",
    "selu": "Selu", "gelu": "Gelu", "silu": "Silu", "swish": "Silu", "softplus": "Softplus",
    "softsign": "Softsign", "hard_sigmoid": "HardSigmoid", "hard_swish": "HardSwish",
    "hard_silu": "HardSwish", "leaky_relu": "LeakyRelu", "mish": "Mish", "exponential": "Exp",
    "celu": "Celu",
  ]
}

extension KerasLowering {
  /// The activation that the layer's settings name; one that is not known is opaque.
  mutating func activated(_ value: KerasOperand, of call: KerasCall) -> KerasOperand {
    let setting = call.settings["activation"]
    let config = setting?["config"]
    let name = setting?.string ?? config?.string ?? setting?["class_name"]?.string
    guard let name, name != "linear", name != "Linear" else { return value }
    switch name {
    case "softmax": return emit("Softmax", [value], ["axis": .integer(-1)], of: call)
    case "log_softmax": return emit("LogSoftmax", [value], ["axis": .integer(-1)], of: call)
    case "ReLU":
      let isBounded = config?["max_value"]?.double != nil
      return emit(isBounded ? "HardTanh" : "Relu", [value], of: call)
    default:
      guard let node = KerasLayerTable.functions[name] else {
        return emit(OperatorName(name, domain: "keras"), [value], of: call)
      }
      return emit(node, [value], of: call)
    }
  }
}
