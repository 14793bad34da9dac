import ByteFormats
import ModelGraph

/// Says which operator a layer is, on what and with which attributes; `nil` if it is none of ours.
typealias NetworkRule =
  @Sendable (NetworkCall, NetworkParameters, inout NetworkLowering) throws(ByteError) -> (
    OperatorName, [ValueID?], Attributes
  )?

/// How the layers of neural networks are written, by the number of their field in `NeuralNetworkLayer`.
///
/// Shapes are those of the exact mapping, which converters have written since 2019.
enum NetworkTable {
  static let rules: [Int: NetworkRule] = {
    var rules: [Int: NetworkRule] = [
      100: { call, settings, _ throws(ByteError) in try convolution(call, settings) },
      120: { call, settings, _ throws(ByteError) in try pooling(call, settings) },
      130: { call, settings, _ throws(ByteError) in
        guard let kind = try settings.firstField, let name = activations[kind] else { return nil }
        return (OperatorName(name), call.operands, [:])
      },
      140: { call, _, _ throws(ByteError) in
        guard let weights = call.parameters["weights"] else { return nil }
        let bias = call.parameters["bias"].map { [$0] } ?? []
        return ("Linear", call.operands + [weights] + bias, [:])
      },
      160: { call, _, _ throws(ByteError) in
        let keys = ["gamma", "beta", "mean", "variance"]
        return (
          "BatchNormalization", call.operands + keys.map { call.parameters[$0] }, [:]
        )
      },
      175: { call, _, _ throws(ByteError) in ("Softmax", call.operands, ["axis": .integer(-3)]) },
      320: { call, _, _ throws(ByteError) in ("Concat", call.operands, ["axis": .integer(-3)]) },
      950: { call, settings, _ throws(ByteError) in
        ("Softmax", call.operands, ["axis": .integer(try settings.integers(1).last ?? 0)])
      },
      980: { call, settings, _ throws(ByteError) in
        ("Concat", call.operands, ["axis": .integer(try settings.integers(1).last ?? 0)])
      },
      985: { call, settings, _ throws(ByteError) in
        ("Transpose", call.operands, ["perm": .integers(try settings.integers(1))])
      },
      1130: { call, settings, _ throws(ByteError) in
        ("Flatten", call.operands, ["axis": .integer(try settings.integers(1).last ?? 1)])
      },
      1140: { call, settings, lowering throws(ByteError) in
        let shape = try settings.integers(1)
        return ("Reshape", call.operands + [lowering.constant(shape)], [:])
      },
      1120: { call, settings, lowering throws(ByteError) in
        let axes = try settings.integers(1)
        return ("Squeeze", call.operands + [lowering.constant(axes)], [:])
      },
      1125: { call, settings, lowering throws(ByteError) in
        let axes = try settings.integers(1)
        return ("Unsqueeze", call.operands + [lowering.constant(axes)], [:])
      },
      1045: { call, settings, _ throws(ByteError) in
        let turns = (try settings.flag(1), try settings.flag(2))
        guard call.parameters.isEmpty, turns == (false, false) else { return nil }
        return ("MatMul", call.operands, [:])
      },
    ]
    for (kind, name) in simple { rules[kind] = simple(OperatorName(name)) }
    for (kind, name) in reductions { rules[kind] = reduction(OperatorName(name)) }
    return rules
  }()

  // Closures written into the loops above crash the compiler (Swift 6.3.1).

  private static func simple(_ name: OperatorName) -> NetworkRule {
    @Sendable func rule(
      _ call: NetworkCall, _ settings: NetworkParameters, _ lowering: inout NetworkLowering
    ) throws(ByteError) -> (OperatorName, [ValueID?], Attributes)? {
      (name, call.operands, [:])
    }
    return rule
  }

  private static func reduction(_ name: OperatorName) -> NetworkRule {
    @Sendable func rule(
      _ call: NetworkCall, _ settings: NetworkParameters, _ lowering: inout NetworkLowering
    ) throws(ByteError) -> (OperatorName, [ValueID?], Attributes)? {
      let keeps = try settings.flag(2)
      let axes: Attributes = [
        "axes": .integers(try settings.integers(1)), "keepdims": .integer(keeps ? 1 : 0),
      ]
      return (name, call.operands, axes)
    }
    return rule
  }

  private static let simple: [(Int, String)] = [
    (600, "Identity"), (660, "HardTanh"), (665, "Ceil"), (670, "Floor"), (680, "Sign"),
    (685, "Round"), (710, "Sin"), (715, "Cos"), (760, "Tanh"), (790, "Erf"), (795, "Gelu"),
    (870, "Min"), (875, "Max"), (880, "Add"), (885, "Pow"), (890, "Div"), (900, "Mul"),
    (905, "Sub"), (815, "Equal"), (825, "Less"), (830, "Greater"), (1330, "Where"),
    (1460, "HardTanh"),
  ]

  private static let activations: [Int: String] = [
    5: "Scale", 10: "Relu", 15: "LeakyRelu", 20: "ThresholdedRelu", 30: "Tanh", 40: "Sigmoid",
    41: "HardSigmoid", 50: "Elu", 60: "Softsign", 70: "Softplus",
  ]

  private static let reductions: [(Int, String)] = [
    (1260, "ReduceMax"), (1265, "ReduceMin"), (1270, "ReduceSum"), (1280, "ReduceMean"),
  ]

  // MARK: Windows

  private static func convolution(
    _ call: NetworkCall, _ settings: NetworkParameters
  ) throws(ByteError) -> (OperatorName, [ValueID?], Attributes)? {
    guard let weights = call.parameters["weights"] else { return nil }
    var attributes = try window(settings, stride: 30, dilation: 40, valid: 50, same: 51)
    attributes["group"] = .integer(max(1, try settings.size(10) ?? 1))
    let isTransposed = try settings.flag(60)
    let outputs = try settings.integers(100)
    if isTransposed, outputs.count == 2 { attributes["output_shape"] = .integers(outputs) }
    let bias = call.parameters["bias"].map { [$0] } ?? []
    return (
      isTransposed ? "ConvTranspose" : "Conv", call.operands + [weights] + bias, attributes
    )
  }

  private static func pooling(
    _ call: NetworkCall, _ settings: NetworkParameters
  ) throws(ByteError) -> (OperatorName, [ValueID?], Attributes)? {
    let kind = try settings.integers(1).last ?? 0
    guard 0...1 ~= kind else { return nil }
    if try settings.flag(60) {
      return (kind == 0 ? "GlobalMaxPool" : "GlobalAveragePool", call.operands, [:])
    }
    guard try settings.fields(32).isEmpty else { return nil }
    var attributes = try window(settings, stride: 20, dilation: nil, valid: 30, same: 31)
    attributes["kernel_shape"] = .integers(try settings.integers(10))
    return (kind == 0 ? "MaxPool" : "AveragePool", call.operands, attributes)
  }

  private static func window(
    _ settings: NetworkParameters, stride: Int, dilation: Int?, valid: Int, same: Int
  ) throws(ByteError) -> Attributes {
    var attributes: Attributes = [:]
    let strides = try settings.integers(stride)
    if !strides.isEmpty { attributes["strides"] = .integers(strides) }
    if let dilation {
      let dilations = try settings.integers(dilation)
      if !dilations.isEmpty { attributes["dilations"] = .integers(dilations) }
    }
    if let padding = try settings.inner(same) {
      let isLower = try (padding.integers(1).last ?? 0) == 1
      attributes["auto_pad"] = .string(isLower ? "SAME_LOWER" : "SAME_UPPER")
    } else if let borders = try settings.inner(valid)?.inner(1) {
      var (starts, ends): ([Int], [Int]) = ([], [])
      for field in try borders.fields(10) {
        let edge = NetworkParameters(try field.message())
        starts.append(try edge.size(1) ?? 0)
        ends.append(try edge.size(2) ?? 0)
      }
      if !starts.isEmpty { attributes["pads"] = .integers(starts + ends) }
    }
    return attributes
  }
}
