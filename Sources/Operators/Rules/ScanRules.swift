import ModelGraph

extension ShapeRule {
  /// The final states, then what each step gave, stacked.
  static let scan = ShapeRule { call throws(ShapeError) in
    let scan = try ScanCall(call)
    let outputs = try call.bodies.infer("body", inputs: scan.bodyInputs).map(\.type)
    guard outputs.count >= scan.stateCount else {
      throw .unsupported("a scan body with \(outputs.count) outputs")
    }
    var result: [ValueType] = []
    for (index, type) in outputs.enumerated() {
      let isState = index < scan.stateCount
      result.append(isState ? scan.state(type, index) : try scan.stacked(type, index))
    }
    return result
  }
}

/// A `Scan` with what is known of its operands.
///
/// Version 8 has a batch axis first, scans along the second, and takes the lengths as operand 0.
/// <https://onnx.ai/onnx/operators/onnx__Scan.html>
private struct ScanCall {
  let call: OperatorCall
  let stateCount: Int

  /// What one call of the body is given.
  private(set) var bodyInputs: [Inferred] = []
  private let length: Int
  private let batch: Int?

  init(_ call: OperatorCall) throws(ShapeError) {
    self.call = call
    let isBatched = call.version < 9
    let operands = Array(call.inputs.indices.dropFirst(isBatched ? 1 : 0))
    let scanCount = call.attributes.integer("num_scan_inputs") ?? 0
    guard 1...max(1, operands.count) ~= scanCount, !operands.isEmpty else {
      throw .attribute(
        name: "num_scan_inputs", expected: "1 to \(operands.count)", found: "\(scanCount)")
    }
    stateCount = operands.count - scanCount
    let axes = call.attributes.integers("scan_input_axes") ?? []

    var lengths: Set<Int> = []
    var batches: Set<Int> = []
    for (position, operand) in operands.enumerated() {
      var type = try call.tensor(operand)
      if isBatched { batches.insert(try Self.remove(0, from: &type)) }
      if position >= stateCount {
        let index = position - stateCount
        let axis = axes.indices.contains(index) && !isBatched ? axes[index] : 0
        lengths.insert(try Self.remove(axis, from: &type))
      }
      bodyInputs.append(Inferred(.tensor(type)))
    }
    guard lengths.count == 1, batches.count < 2, let length = lengths.first else {
      throw .incompatible(
        rule: "scanned operands differ in length", shapes: lengths.sorted().map { [$0] })
    }
    self.length = length
    batch = batches.first
  }

  private static func remove(
    _ stated: Int, from type: inout TensorType
  ) throws(ShapeError) -> Int {
    type.shape.remove(at: try OperatorCall.axis(stated, rank: type.rank))
  }

  /// A final state; unknown if a step changes its type.
  func state(_ type: ValueType, _ index: Int) -> ValueType {
    guard type == bodyInputs[index].type, case .tensor(let element) = type else {
      return .unknown
    }
    return .tensor(element.dataType, (batch.map { [$0] } ?? []) + element.shape)
  }

  /// What all steps gave, along the axis that `scan_output_axes` names.
  func stacked(_ type: ValueType, _ index: Int) throws(ShapeError) -> ValueType {
    guard case .tensor(var element) = type else { return .unknown }
    let axes = call.attributes.integers("scan_output_axes") ?? []
    let position = index - stateCount
    let stated = axes.indices.contains(position) && batch == nil ? axes[position] : 0
    let axis = try OperatorCall.axis(stated, rank: element.rank + 1)
    element.shape.insert(length, at: axis)
    if let batch { element.shape.insert(batch, at: 0) }
    return .tensor(element)
  }
}
