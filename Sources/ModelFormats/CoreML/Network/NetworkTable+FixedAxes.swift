import ByteFormats
import ModelGraph

// Layers of the first specification, whose axes are always sequence, batch, channel, height and width.

extension NetworkTable {
  static func fixedAxes(
    _ call: NetworkCall, _ settings: NetworkParameters, _ lowering: inout NetworkLowering
  ) throws(ByteError) -> NetworkNode? {
    switch call.layer.kind {
    case 190: return try crop(call, settings, &lowering)
    case 200: return try pad(call, edges(settings.inner(10)), &lowering)
    case 210: return try upsample(call, settings, &lowering)
    case 211:
      let sizes = lowering.constant(try settings.integers(1))
      return NetworkNode("Resize", call.operands + [nil, nil, sizes], ["axes": imageAxes])
    case 220: return try function(call, settings)
    case 230: return sum("Add", call)
    case 231: return sum("Mul", call)
    case 245, 250:
      let weights = ["scale", "bias"].map { call.parameters[$0] }.filter { $0 != nil }
      return NetworkNode("Scale", call.operands + weights)
    case 280: return try reduction(call, settings)
    case 290: return call.parameters["data"].map { NetworkNode("Identity", [$0]) }
    case 300, 301, 310: return try rearrangement(call, settings, &lowering)
    case 330:
      let count = call.layer.outputs.count
      return NetworkNode(
        "Split", call.operands, ["axis": .integer(-3), "num_outputs": .integer(count)])
    case 345 where lowering.rank(of: call) == 4:
      let block: Attributes = ["blocksize": .integer(try settings.size(2) ?? 1)]
      let isPacking = try (settings.integers(1).last ?? 0) == 0
      return NetworkNode(isPacking ? "SpaceToDepth" : "DepthToSpace", call.operands, block)
    case 350: return try slice(call, settings, &lowering)
    default: return nil
    }
  }

  /// Layers that speak of channel, height and width, and of one axis before them if there is one.
  private static func rearrangement(
    _ call: NetworkCall, _ settings: NetworkParameters, _ lowering: inout NetworkLowering
  ) throws(ByteError) -> NetworkNode? {
    let leading = (lowering.rank(of: call) ?? 4) - 3
    let numbers = try settings.integers(1)
    guard 0...1 ~= leading else { return nil }
    switch call.layer.kind {
    case 300:
      guard numbers.count == 3 else { return nil }
      let shape = Array(repeating: 0, count: leading) + numbers
      return NetworkNode("Reshape", call.operands + [lowering.constant(shape)])
    case 301:
      let shape = Array(repeating: 0, count: leading) + [-1, 1, 1]
      return NetworkNode("Reshape", call.operands + [lowering.constant(shape)])
    default:
      guard numbers.count == 4, leading == 1 || numbers[0] == 0 else { return nil }
      let order = leading == 1 ? numbers : numbers.dropFirst().map { $0 &- 1 }
      return NetworkNode("Transpose", call.operands, ["perm": .integers(order)])
    }
  }

  private static let imageAxes = AttributeValue.integers([-2, -1])

  /// The amounts of `BorderAmounts`, of the height and then of the width.
  private static func edges(
    _ borders: NetworkParameters?
  ) throws(ByteError) -> [(start: Int, end: Int)] {
    var edges: [(start: Int, end: Int)] = []
    for field in try borders?.fields(10) ?? [] {
      let edge = NetworkParameters(try field.message())
      edges.append((try edge.size(1) ?? 0, try edge.size(2) ?? 0))
    }
    return edges
  }

  private static func crop(
    _ call: NetworkCall, _ settings: NetworkParameters, _ lowering: inout NetworkLowering
  ) throws(ByteError) -> NetworkNode? {
    let edges = try edges(settings.inner(1))
    guard call.operands.count == 1, edges.count == 2 else { return nil }
    let starts = edges.map(\.start)
    let ends = edges.map { $0.end == 0 ? Int.max : -$0.end }
    return NetworkNode(
      "Slice", call.operands + [starts, ends, [-2, -1]].map { lowering.constant($0) })
  }

  private static func upsample(
    _ call: NetworkCall, _ settings: NetworkParameters, _ lowering: inout NetworkLowering
  ) throws(ByteError) -> NetworkNode? {
    let factors = try settings.integers(1)
    guard factors.count == 2 else { return nil }
    let scales = TensorValue(TensorType(.float32, [2]), .floats(factors.map(Double.init)))
    return NetworkNode(
      "Resize", call.operands + [nil, lowering.constant(scales)], ["axes": imageAxes])
  }

  private static func function(
    _ call: NetworkCall, _ settings: NetworkParameters
  ) throws(ByteError) -> NetworkNode? {
    let names = [
      "Sqrt", "ReciprocalSquareRoot", "Reciprocal", "PowerOfNumber", "Exp", "Log", "Abs",
      "ThresholdedRelu",
    ]
    let kind = try settings.integers(1).last ?? 0
    return names.indices.contains(kind)
      ? NetworkNode(OperatorName(names[kind]), call.operands) : nil
  }

  /// A sum or product of all operands, or of one and a number.
  private static func sum(_ name: OperatorName, _ call: NetworkCall) -> NetworkNode {
    NetworkNode(call.operands.count == 1 ? "Scale" : name, call.operands)
  }

  private static func reduction(
    _ call: NetworkCall, _ settings: NetworkParameters
  ) throws(ByteError) -> NetworkNode? {
    let names = [
      "ReduceSum", "ReduceMean", "ReduceProd", "ReduceLogSum", "ReduceSumSquare", "ReduceL1",
      "ReduceL2", "ReduceMax", "ReduceMin",
    ]
    let axes = [[-3, -2, -1], [-2, -1], [-3], [-2], [-1]]
    let kind = try settings.integers(1).last ?? 0
    let place = try settings.integers(3).last ?? 0
    guard names.indices.contains(kind), axes.indices.contains(place) else { return nil }
    return NetworkNode(
      OperatorName(names[kind]), call.operands,
      ["axes": .integers(axes[place]), "keepdims": .integer(1)])
  }

  /// A slice along one axis; a negative end is taken in.
  private static func slice(
    _ call: NetworkCall, _ settings: NetworkParameters, _ lowering: inout NetworkLowering
  ) throws(ByteError) -> NetworkNode? {
    let start = try settings.integers(1).last ?? 0
    let end = try settings.integers(2).last ?? 0
    let step = max(1, try settings.size(3) ?? 1)
    let axis = try settings.integers(4).last ?? 0
    guard 0...2 ~= axis else { return nil }
    let last = end < 0 ? (end == -1 ? Int.max : end + 1) : end
    return NetworkNode(
      "Slice", call.operands + [start, last, axis - 3, step].map { lowering.constant([$0]) })
  }
}
