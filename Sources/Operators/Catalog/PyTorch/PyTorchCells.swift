// One step of a recurrent network.

import ModelGraph

extension OperatorDefinition {
  static let pyTorchCells: [OperatorDefinition] = [gatedCell, longShortTermCell, plainCell]

  /// The next state of a gated recurrent unit, of an input, a state, both their weights and biases.
  ///
  /// <https://docs.pytorch.org/docs/stable/generated/torch.nn.GRUCell.html>
  public static let gatedCell = OperatorDefinition(
    "GatedCell",
    shape: .cell(states: 1),
    gradients: cellGradients,
    work: .cell,
    training: .gatedCell,
    layer: .always(.recurrent),
    example: .float32(
      [32, 64], [32, 128], [384, 64], [384, 128], [384], [384], gives: [32, 128]))

  /// The next states of a long short-term memory, of an input, two states, weights and biases.
  ///
  /// <https://docs.pytorch.org/docs/stable/generated/torch.nn.LSTMCell.html>
  public static let longShortTermCell = OperatorDefinition(
    "LongShortTermCell",
    shape: .cell(states: 2),
    gradients: cellGradients + [.of(6)],
    work: .cell,
    training: .longShortTermCell,
    layer: .always(.recurrent),
    example: Example(
      OperatorCall(
        [[32, 64], [32, 128], [32, 128], [512, 64], [512, 128], [512], [512]].map {
          .tensor(.float32, $0)
        }, outputCount: 2),
      [.tensor(.float32, [32, 128]), .tensor(.float32, [32, 128])]))

  /// The next state of a plain recurrent network, of an input, a state, both their weights and biases.
  ///
  /// <https://docs.pytorch.org/docs/stable/generated/torch.nn.RNNCell.html>
  public static let plainCell = OperatorDefinition(
    "PlainCell",
    shape: .cell(states: 1),
    gradients: cellGradients,
    work: .cell,
    training: .plainCell,
    layer: .always(.recurrent),
    example: .float32(
      [32, 64], [32, 128], [128, 64], [128, 128], [128], [128], gives: [32, 128]))

  private static let cellGradients: [Gradient] = (0..<6).map {
    .of($0, reads: .input(0), .input(1))
  }
}

extension ShapeRule {
  /// As many tensors of the state's type as there are states.
  fileprivate static func cell(states: Int) -> ShapeRule {
    ShapeRule { call throws(ShapeError) in
      let state = try call.tensor(1)
      return Array(repeating: .tensor(state), count: min(states, max(1, call.outputCount)))
    }
  }
}

extension WorkRule {
  /// One multiply-accumulate for each weight and example.
  fileprivate static let cell = WorkRule { call, _ in
    let rows = (try? call.shape(0))?.first ?? 1
    let matrices = call.inputs.compactMap { $0?.tensorType?.shape }.filter { $0.count == 2 }
    let weights = matrices.suffix(2).map(\.elementCount)
    return Work(
      multiplyAccumulates: weights.reduce(0) { saturatingSum($0, saturatingProduct($1, rows)) })
  }
}
