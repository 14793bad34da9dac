import ModelGraph

extension ShapeRule {
  /// The outputs of the branch that is taken; where only running tells, the larger of the two.
  static let branch = ShapeRule { call throws(ShapeError) in
    if let taken = takenBranch(call) {
      return try call.bodies.infer(taken, inputs: []).map(\.type)
    }
    let (yes, no) = (
      try call.bodies.infer("then_branch", inputs: []).map(\.type),
      try call.bodies.infer("else_branch", inputs: []).map(\.type)
    )
    guard yes.count == no.count else {
      throw .unsupported("the branches have \(yes.count) and \(no.count) outputs")
    }
    if yes != no { call.bodies.note("branchesDiffer", difference(yes, no)) }
    return zip(yes, no).map { $0.byteCount < $1.byteCount ? $1 : $0 }
  }

  private static func difference(_ yes: [ValueType], _ no: [ValueType]) -> String {
    let shapes = [yes, no].map { $0.map { "\($0.tensorType?.description ?? "no tensor")" } }
    return "the branches give \(shapes[0].joined(separator: ", ")) and "
      + "\(shapes[1].joined(separator: ", ")); the larger is counted"
  }

  /// For each position of the sequences, the body's outputs.
  ///
  /// Operands that are no sequence are given to every call.
  static let sequenceMap = ShapeRule { call throws(ShapeError) in
    let first = try call.sequence(0)
    var columns: [[ValueType]] = []
    var latest: (inputs: [Inferred], outputs: [ValueType])?
    for position in first.indices {
      let inputs = try mapInputs(call, at: position)
      let outputs: [ValueType]
      if let latest, latest.inputs == inputs {
        outputs = latest.outputs
      } else {
        outputs = try call.bodies.infer("body", inputs: inputs).map(\.type)
      }
      latest = (inputs, outputs)
      columns.append(outputs)
    }
    let count = columns.first?.count ?? call.outputCount
    return (0..<count).map { output in
      let elements = columns.map { output < $0.count ? $0[output] : .unknown }
      return elements.contains(.unknown) ? .unknown : .sequence(elements)
    }
  }

  private static func mapInputs(
    _ call: OperatorCall, at position: Int
  ) throws(ShapeError) -> [Inferred] {
    try call.inputs.indices.map { index throws(ShapeError) in
      let type = try call.type(index)
      guard case .sequence(let elements) = type else {
        return Inferred(type, contents: call.value(index))
      }
      guard elements.indices.contains(position) else {
        throw .unsupported("sequences of different lengths")
      }
      return Inferred(elements[position])
    }
  }
}

/// The attribute of the branch that an `If` takes, if the condition is known.
func takenBranch(_ call: OperatorCall) -> String? {
  guard let condition = call.value(0)?.integers?.first else { return nil }
  return condition != 0 ? "then_branch" : "else_branch"
}

extension Evaluation {
  /// What the branch that is taken gives.
  static let branch = Evaluation { call, _ throws(ShapeError) in
    guard let taken = takenBranch(call) else { return [] }
    return try call.bodies.infer(taken, inputs: []).map(\.contents)
  }
}
