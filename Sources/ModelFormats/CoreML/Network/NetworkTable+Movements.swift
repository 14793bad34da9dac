import ByteFormats
import ModelGraph

// Layers that move elements about, with axes and sizes among their settings.
//
// <https://github.com/apple/coremltools/blob/main/mlmodel/format/NeuralNetwork.proto>

extension NetworkTable {
  static func movement(
    _ call: NetworkCall, _ settings: NetworkParameters, _ lowering: inout NetworkLowering
  ) throws(ByteError) -> NetworkNode? {
    switch call.layer.kind {
    case 920:
      let times = try settings.integers(1)
      guard !times.isEmpty else { return nil }
      return NetworkNode("Tile", call.operands + [lowering.constant(times)])
    case 930: return NetworkNode("Gather", call.operands, ["axis": .integer(try axis(settings, 1))])
    case 975: return try split(call, settings, &lowering)
    case 985:
      return NetworkNode(
        "Transpose", call.operands, ["perm": .integers(try settings.integers(1))])
    case 995: return try slice(call, settings, &lowering)
    case 1020, 1025:
      let keeps = try !settings.flag(2)
      return NetworkNode(
        call.layer.kind == 1020 ? "ArgMin" : "ArgMax", call.operands,
        ["axis": .integer(try axis(settings, 1)), "keepdims": .integer(keeps ? 1 : 0)])
    case 1045: return try product(call, settings)
    case 1070: return call.parameters["data"].map { NetworkNode("Identity", [$0]) }
    case 1105:
      let shape = try settings.integers(1)
      return NetworkNode("Expand", call.operands + [lowering.constant(shape)])
    case 1155: return try pad(call, settings, &lowering)
    case 1350:
      let rank = try settings.integers(1).count
      let weights = ["gamma", "beta"].map { call.parameters[$0] }
      return NetworkNode(
        "LayerNormalization", call.operands + weights, ["axis": .integer(-max(1, rank))])
    case 1455:
      let axis = lowering.constant([try axis(settings, 1)])
      return NetworkNode("CumSum", call.operands.prefix(1) + [axis])
    default: return nil
    }
  }

  private static func axis(_ settings: NetworkParameters, _ field: Int) throws(ByteError) -> Int {
    try settings.integers(field).last ?? 0
  }

  private static func product(
    _ call: NetworkCall, _ settings: NetworkParameters
  ) throws(ByteError) -> NetworkNode {
    let (first, second) = (try settings.flag(1), try settings.flag(2))
    let operands = call.operands + [call.parameters["weights"]].filter { $0 != nil }
    guard first || second else { return NetworkNode("MatMul", operands) }
    return NetworkNode(
      OperatorName("FusedMatMul", domain: "com.microsoft"), operands,
      ["transA": .integer(first ? 1 : 0), "transB": .integer(second ? 1 : 0)])
  }

  private static func split(
    _ call: NetworkCall, _ settings: NetworkParameters, _ lowering: inout NetworkLowering
  ) throws(ByteError) -> NetworkNode {
    let sizes = try settings.integers(3)
    var attributes: Attributes = ["axis": .integer(try axis(settings, 1))]
    guard sizes.isEmpty else {
      return NetworkNode("Split", call.operands + [lowering.constant(sizes)], attributes)
    }
    attributes["num_outputs"] = .integer(call.layer.outputs.count)
    return NetworkNode("Split", call.operands, attributes)
  }

  /// A slice of every axis, in which masks set bounds aside.
  private static func slice(
    _ call: NetworkCall, _ settings: NetworkParameters, _ lowering: inout NetworkLowering
  ) throws(ByteError) -> NetworkNode? {
    var (starts, ends) = (try settings.integers(1), try settings.integers(3))
    let (startMasks, endMasks) = (try settings.integers(2), try settings.integers(4))
    let steps = try settings.integers(5)
    let squeezes = try settings.integers(6).contains(1)
    guard !squeezes, starts.count == ends.count, steps.count == starts.count,
      startMasks.count <= starts.count, endMasks.count <= ends.count
    else { return nil }
    for (index, mask) in startMasks.enumerated() where mask != 0 {
      starts[index] = steps[index] < 0 ? .max : 0
    }
    for (index, mask) in endMasks.enumerated() where mask != 0 {
      ends[index] = steps[index] < 0 ? .min : .max
    }
    let axes = Array(starts.indices)
    return NetworkNode(
      "Slice", call.operands + [starts, ends, axes, steps].map { lowering.constant($0) })
  }

  /// Amounts before and after each of the last axes.
  private static func pad(
    _ call: NetworkCall, _ settings: NetworkParameters, _ lowering: inout NetworkLowering
  ) throws(ByteError) -> NetworkNode? {
    let amounts = try settings.integers(2)
    guard try !settings.flag(3), call.operands.count == 1, amounts.count.isMultiple(of: 2),
      !amounts.isEmpty
    else { return nil }
    let count = amounts.count / 2
    let edges = (0..<count).map { (amounts[2 * $0], amounts[2 * $0 + 1]) }
    return pad(call, edges, &lowering)
  }

  /// A node that puts elements around the last axes.
  static func pad(
    _ call: NetworkCall, _ edges: [(start: Int, end: Int)], _ lowering: inout NetworkLowering
  ) -> NetworkNode {
    let amounts = lowering.constant(edges.map(\.start) + edges.map(\.end))
    let axes = lowering.constant(edges.indices.map { $0 - edges.count })
    return NetworkNode("Pad", call.operands + [amounts, nil, axes])
  }
}
