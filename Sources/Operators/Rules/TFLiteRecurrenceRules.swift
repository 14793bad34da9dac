import ModelGraph

extension ShapeRule {
  /// `[N, memory]` and filters `[rank · M, …]` give `[N, M]`.
  static let tfliteSVDF = tflite { call throws(ShapeError) in
    let rank = try call.positive("rank", default: 1)
    return [try call.tensor(0, rank: 2).shape[0], try call.tensor(1, rank: 2).shape[0] / rank]
  }

  /// The last axis becomes that of the state, the 19th operand.
  static let tfliteLSTM = tflite { call throws(ShapeError) in
    let shape = try call.shape(0)
    guard let units = try call.shape(18).last, !shape.isEmpty else { throw .missingInput(18) }
    return shape.dropLast() + [units]
  }

  /// The last axis becomes the number of units.
  static let tfliteRecurrence = tflite { call throws(ShapeError) in
    let shape = try call.shape(0)
    guard let units = try call.shape(1).first, !shape.isEmpty else { throw .missingInput(1) }
    return shape.dropLast() + [units]
  }
}

extension WorkRule {
  /// Each step of each sequence takes one product with each weight.
  static func tfliteWeights(_ inputs: ClosedRange<Int>) -> WorkRule {
    WorkRule { call, _ in
      guard let input = try? call.shape(0) else { return .zero }
      let weights = inputs.map { index -> Int in
        guard let shape = try? call.shape(index), shape.count == 2 else { return 0 }
        return shape.elementCount
      }
      let steps = Shape(input.dropLast()).elementCount
      return Work(
        multiplyAccumulates: saturatingProduct(steps, weights.reduce(0) { saturatingSum($0, $1) }))
    }
  }

  static let tfliteBatchProduct = WorkRule { call, outputs in
    guard let left = try? call.shape(0), left.count >= 2 else { return .zero }
    let depth = call.attributes.flag("adj_x") ? left[left.count - 2] : left[left.count - 1]
    return Work(
      multiplyAccumulates: saturatingProduct(outputs.first?.elementCount ?? 0, depth))
  }
}
