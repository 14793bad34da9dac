import ByteFormats
import ModelGraph

/// The operator that a layer is, what it reads and its attributes.
struct NetworkNode {
  var name: OperatorName
  var operands: [ValueID?]
  var attributes: Attributes

  init(_ name: OperatorName, _ operands: [ValueID?], _ attributes: Attributes = [:]) {
    self.name = name
    self.operands = operands
    self.attributes = attributes
  }
}

/// How the layers of neural networks are written, by the number of their field in `NeuralNetworkLayer`.
///
/// Shapes are those of the exact mapping, which converters have written since 2019.
enum NetworkTable {
  /// The node of a layer; `nil` if it is none of ours.
  static func node(
    _ call: NetworkCall, _ settings: NetworkParameters, _ lowering: inout NetworkLowering
  ) throws(ByteError) -> NetworkNode? {
    let kind = call.layer.kind
    if let name = simple[kind] { return NetworkNode(OperatorName(name), call.operands) }
    if let name = reductions[kind] { return try reduction(name, call, settings) }
    if let (name, field, standard) = withAxis[kind] {
      let axis: Int? = if let field { try settings.integers(field).last } else { nil }
      return NetworkNode(
        OperatorName(name), call.operands, ["axis": .integer(axis ?? standard)])
    }
    if let name = withSizes[kind] {
      let sizes = try settings.integers(1)
      return NetworkNode(OperatorName(name), call.operands + [lowering.constant(sizes)])
    }
    if let node = try weighted(call, settings) { return node }
    if let node = try movement(call, settings, &lowering) { return node }
    return try fixedAxes(call, settings, &lowering)
  }

  private static func weighted(
    _ call: NetworkCall, _ settings: NetworkParameters
  ) throws(ByteError) -> NetworkNode? {
    switch call.layer.kind {
    case 100: return try convolution(call, settings)
    case 120: return try pooling(call, settings)
    case 130:
      let name = try settings.firstField.flatMap { activations[$0] }
      // Slopes for each channel leave the shape as it is.
      let slopes = ["alpha", "beta"].map { call.parameters[$0] }.filter { $0 != nil }
      return name.map { NetworkNode(OperatorName($0), call.operands + slopes) }
    case 140:
      guard let weights = call.parameters["weights"] else { return nil }
      return NetworkNode("Linear", call.operands + [weights] + call.bias)
    case 160:
      let keys = ["gamma", "beta", "mean", "variance"]
      return NetworkNode(
        "BatchNormalization", call.operands + keys.map { call.parameters[$0] })
    default: return nil
    }
  }

  private static func reduction(
    _ name: String, _ call: NetworkCall, _ settings: NetworkParameters
  ) throws(ByteError) -> NetworkNode {
    let keeps = try settings.flag(2)
    let axes = try settings.integers(1)
    return NetworkNode(
      OperatorName(name), call.operands,
      ["axes": .integers(axes), "keepdims": .integer(keeps ? 1 : 0)])
  }

  /// Layers with an axis: its field, if it has one, and the axis otherwise.
  private static let withAxis: [Int: (name: String, field: Int?, standard: Int)] = [
    175: ("Softmax", nil, -3), 320: ("Concat", nil, -3), 950: ("Softmax", 1, 0),
    980: ("Concat", 1, 0), 1130: ("Flatten", 1, 1),
  ]

  /// Layers whose sizes or axes are an operand of ours.
  private static let withSizes = [1120: "Squeeze", 1125: "Unsqueeze", 1140: "Reshape"]

  private static let simple: [Int: String] = [
    165: "MeanVarianceNormalization", 170: "LpNormalization", 180: "LRN", 240: "Mean",
    260: "Max", 261: "Min", 600: "Identity", 660: "HardTanh", 665: "Ceil", 670: "Floor",
    680: "Sign",
    685: "Round", 710: "Sin", 715: "Cos", 720: "Tan", 730: "Asin", 735: "Acos", 740: "Atan",
    750: "Sinh", 755: "Cosh", 760: "Tanh", 770: "Asinh", 775: "Acosh", 780: "Atanh", 790: "Erf",
    795: "Gelu",
    870: "Min", 875: "Max", 880: "Add", 885: "Pow", 890: "Div", 900: "Mul",
    905: "Sub", 815: "Equal", 820: "NotEqual", 825: "Less", 827: "LessOrEqual", 830: "Greater",
    832: "GreaterOrEqual", 840: "Or", 845: "Xor", 850: "Not", 855: "And", 865: "Mod",
    940: "GatherND", 1330: "Where", 1460: "HardTanh",
  ]

  private static let activations: [Int: String] = [
    5: "Scale", 10: "Relu", 15: "LeakyRelu", 20: "ThresholdedRelu", 25: "Scale", 30: "Tanh",
    31: "Tanh", 40: "Sigmoid", 41: "HardSigmoid", 50: "Elu", 60: "Softsign", 70: "Softplus",
    71: "Scale",
  ]

  private static let reductions: [Int: String] = [
    1250: "ReduceL1", 1255: "ReduceL2", 1260: "ReduceMax", 1265: "ReduceMin", 1270: "ReduceSum",
    1275: "ReduceProd", 1280: "ReduceMean", 1285: "ReduceLogSum", 1290: "ReduceSumSquare",
    1295: "ReduceLogSumExp",
  ]

  // MARK: Windows

  private static func convolution(
    _ call: NetworkCall, _ settings: NetworkParameters
  ) throws(ByteError) -> NetworkNode? {
    guard let weights = call.parameters["weights"] else { return nil }
    var attributes = try window(settings, stride: 30, dilation: 40, valid: 50, same: 51)
    attributes["group"] = .integer(max(1, try settings.size(10) ?? 1))
    let isTransposed = try settings.flag(60)
    let outputs = try settings.integers(100)
    if isTransposed, outputs.count == 2 { attributes["output_shape"] = .integers(outputs) }
    return NetworkNode(
      isTransposed ? "ConvTranspose" : "Conv", call.operands + [weights] + call.bias, attributes)
  }

  private static func pooling(
    _ call: NetworkCall, _ settings: NetworkParameters
  ) throws(ByteError) -> NetworkNode? {
    let kind = try settings.integers(1).last ?? 0
    guard 0...1 ~= kind else { return nil }
    if try settings.flag(60) {
      return NetworkNode(kind == 0 ? "GlobalMaxPool" : "GlobalAveragePool", call.operands)
    }
    var attributes = try window(settings, stride: 20, dilation: nil, valid: 30, same: 31)
    attributes["kernel_shape"] = .integers(try settings.integers(10))
    // Caffe's padding: the last window may hang over the end.
    if let amounts = try settings.inner(32)?.integers(10) {
      attributes["ceil_mode"] = .integer(1)
      if !amounts.isEmpty { attributes["pads"] = .integers(amounts + amounts) }
    }
    return NetworkNode(kind == 0 ? "MaxPool" : "AveragePool", call.operands, attributes)
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
