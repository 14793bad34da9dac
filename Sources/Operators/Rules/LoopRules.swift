import ModelGraph

extension ShapeRule {
  /// The carried values, then what each iteration gave, stacked.
  ///
  /// One look at the body settles it where the carried types stay as they are; else the iterations
  /// are followed as long as what is known allows.
  static let loop = ShapeRule { call throws(ShapeError) in
    let loop = try LoopCall(call)
    let once = try loop.iterateOnce()
    if loop.isNeverRun { return loop.outputs(once, iterations: 0) }
    let isStable = once.carried.map(\.type) == loop.initial.map(\.type)
    if isStable, once.scanned.isEmpty { return loop.outputs(once, iterations: nil) }
    if isStable, once.condition == true, let count = loop.maximumTripCount {
      return loop.outputs(once, iterations: count)
    }
    if let run = try loop.follow() {
      return loop.outputs(run.last, iterations: run.iterations)
    }
    return loop.outputs(isStable ? once : try loop.widened(once), iterations: nil)
  }
}

extension Evaluation {
  /// What the carried values hold after a loop that can be followed.
  static let loop = Evaluation { call, _ throws(ShapeError) in
    let loop = try LoopCall(call)
    guard loop.initial.contains(where: { $0.contents != nil }), let run = try loop.follow()
    else { return [] }
    return run.last.carried.map(\.contents)
  }
}

/// A `Loop` with what is known of its operands.
///
/// <https://onnx.ai/onnx/operators/onnx__Loop.html>
private struct LoopCall {
  let call: OperatorCall
  let initial: [Inferred]
  let maximumTripCount: Int?

  /// Whether the first iteration is run; `nil` if only running the model tells.
  let firstCondition: Bool?

  /// The most iterations that are followed one by one.
  static let maximumFollowed = 1000

  /// What one iteration gave.
  struct Iteration {
    var condition: Bool?
    var carried: [Inferred]
    var scanned: [ValueType]
  }

  init(_ call: OperatorCall) throws(ShapeError) {
    self.call = call
    maximumTripCount = call.has(0) ? call.value(0)?.integers?.first.map { max(0, $0) } : nil
    firstCondition = call.has(1) ? call.value(1)?.integers?.first.map { $0 != 0 } : true
    initial = try call.inputs.indices.dropFirst(2).map { index throws(ShapeError) in
      Inferred(try call.type(index), contents: call.value(index))
    }
  }

  var isNeverRun: Bool { maximumTripCount == 0 || firstCondition == false }

  /// Infers an iteration of which neither number nor contents are known.
  func iterateOnce() throws(ShapeError) -> Iteration {
    try iterate(initial.map { Inferred($0.type) }, number: nil)
  }

  private func iterate(
    _ carried: [Inferred], number: Int?
  ) throws(ShapeError) -> Iteration {
    let counter = Inferred(
      .tensor(.int64, []), contents: number.map { TensorValue(scalar: $0) })
    let condition = Inferred(
      .tensor(.bool, []), contents: TensorValue(TensorType(.bool, []), .integers([1])))
    let outputs = try call.bodies.infer("body", inputs: [counter, condition] + carried)
    guard outputs.count > carried.count else {
      throw .unsupported("a loop body with \(outputs.count) outputs")
    }
    return Iteration(
      condition: outputs[0].contents?.integers?.first.map { $0 != 0 },
      carried: Array(outputs.dropFirst().prefix(carried.count)),
      scanned: outputs[(carried.count + 1)...].map(\.type))
  }

  /// Follows all iterations; `nil` if there are too many, or if only running tells how many.
  func follow() throws(ShapeError) -> (last: Iteration, iterations: Int)? {
    let limit = maximumTripCount ?? .max
    guard firstCondition != nil, maximumTripCount ?? 0 <= Self.maximumFollowed else { return nil }
    var last = try iterate(initial, number: 0)
    let scanned = last.scanned
    var count = 1
    while count < limit {
      guard let goesOn = last.condition, count < Self.maximumFollowed else { return nil }
      guard goesOn else { break }
      last = try iterate(last.carried, number: count)
      guard last.scanned == scanned else { return nil }
      count += 1
    }
    return (last, count)
  }

  /// Forgets the types that change from one iteration to the next.
  func widened(_ once: Iteration) throws(ShapeError) -> Iteration {
    let carried = zip(initial, once.carried).map { before, after in
      Inferred(before.type == after.type ? before.type : .unknown)
    }
    var again = try iterate(carried, number: nil)
    let isStable = again.carried.map(\.type) == carried.map(\.type)
    again.carried = isStable ? carried : carried.map { _ in Inferred(.unknown) }
    if !isStable { again.scanned = again.scanned.map { _ in .unknown } }
    return again
  }

  /// The loop's outputs; without a number of iterations, what was stacked has no known size.
  func outputs(_ iteration: Iteration, iterations: Int?) -> [ValueType] {
    let carried = iterations == 0 ? initial : iteration.carried
    return carried.map(\.type) + iteration.scanned.map { stacked($0, iterations) }
  }

  private func stacked(_ type: ValueType, _ count: Int?) -> ValueType {
    guard let count, case .tensor(let element) = type else { return .unknown }
    return .tensor(element.dataType, [count] + element.shape)
  }
}
