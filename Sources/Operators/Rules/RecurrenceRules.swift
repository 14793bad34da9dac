import ModelGraph

/// The sizes of a recurrent network.
struct Recurrence {
  var steps: Int
  var samples: Int
  var features: Int
  var directions: Int
  var hidden: Int
  var dataType: DataType

  /// Whether the samples are the first axis, which `layout` says since version 14.
  var isBatchFirst: Bool

  init(_ call: OperatorCall) throws(ShapeError) {
    let input = try call.tensor(0)
    let recurrent = try call.shape(2)
    guard input.rank == 3 else { throw .rank(input: 0, expected: "rank 3", found: input.shape) }
    guard recurrent.count == 3 else {
      throw .rank(input: 2, expected: "rank 3", found: recurrent)
    }
    isBatchFirst = call.attributes.flag("layout")
    steps = input.shape[isBatchFirst ? 1 : 0]
    samples = input.shape[isBatchFirst ? 0 : 1]
    features = input.shape[2]
    directions = call.attributes.string("direction") == "bidirectional" ? 2 : 1
    hidden = try call.positive("hidden_size", default: max(1, recurrent[2]))
    dataType = input.dataType
    try checkWeights(call, recurrent)
  }

  private func checkWeights(_ call: OperatorCall, _ recurrent: Shape) throws(ShapeError) {
    let weight = try call.shape(1)
    guard weight.count == 3, weight[2] == features, recurrent[2] == hidden,
      weight[0] == directions, recurrent[0] == directions
    else {
      throw .incompatible(
        rule: "weights are for \(directions) directions, \(features) features, \(hidden) units",
        shapes: [weight, recurrent])
    }
  }

  var output: TensorType {
    TensorType(
      dataType,
      isBatchFirst
        ? [samples, steps, directions, hidden] : [steps, directions, samples, hidden])
  }

  var lastState: TensorType {
    TensorType(
      dataType, isBatchFirst ? [samples, directions, hidden] : [directions, samples, hidden])
  }
}

extension ShapeRule {
  /// The hidden state of every step, then the last of each state.
  static func recurrence(states: Int) -> ShapeRule {
    ShapeRule { call throws(ShapeError) in
      let sizes = try Recurrence(call)
      let last = Array(repeating: ValueType.tensor(sizes.lastState), count: states)
      return Array(([.tensor(sizes.output)] + last).prefix(max(1, call.outputCount)))
    }
  }
}

extension WorkRule {
  /// Every step multiplies its input and the hidden state with the weights.
  static let recurrence = WorkRule { call, _ in
    guard let sizes = try? Recurrence(call), let w = try? call.shape(1),
      let r = try? call.shape(2)
    else { return .zero }
    let weights = saturatingSum(w.elementCount, r.elementCount)
    return Work(multiplyAccumulates: saturatingProduct(sizes.steps, sizes.samples, weights))
  }
}

extension Auxiliary {
  /// A number of vectors of the hidden size for every step.
  static func recurrenceGates(_ count: Int) -> Auxiliary {
    Auxiliary("gates") { call in
      guard let sizes = try? Recurrence(call) else { return nil }
      let shape = [sizes.steps, sizes.directions, sizes.samples, count, sizes.hidden]
      return shape.isPlausible ? TensorType(sizes.dataType, shape) : nil
    }
  }
}
