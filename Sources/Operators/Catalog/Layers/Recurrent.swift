// Recurrent networks over sequences.

import ModelGraph

extension OperatorDefinition {
  static let recurrent: [OperatorDefinition] = [simpleRecurrence, gru, lstm]

  /// The network with one gate and no cell.
  public static let simpleRecurrence = recurrence("RNN", gates: 1, states: 1)

  /// The gated recurrent unit.
  ///
  /// <https://arxiv.org/abs/1406.1078>
  public static let gru = recurrence("GRU", gates: 3, states: 1)

  /// The long short-term memory.
  ///
  /// <https://doi.org/10.1162/neco.1997.9.8.1735>
  public static let lstm = recurrence("LSTM", gates: 4, states: 2)

  /// Makes a recurrence with a number of gates, and one or two states (hidden, cell).
  ///
  /// The gates and cells of every step are the least that backward needs; what cuDNN reserves is
  /// not documented.
  private static func recurrence(
    _ name: OperatorName, gates: Int, states: Int
  ) -> OperatorDefinition {
    let kept: Set<Operand> = [.output(0), .auxiliary(0)]
    return OperatorDefinition(
      name,
      shape: .recurrence(states: states),
      gradients: [
        Gradient(input: 0, reads: kept.union([.input(1), .input(2)])),
        Gradient(input: 1, reads: kept.union([.input(0), .input(2)])),
        Gradient(input: 2, reads: kept.union([.input(2), .input(5)])),
        Gradient(input: 3, reads: kept.union([.input(2)])),
        Gradient(input: 5, reads: kept.union([.input(2)])),
        Gradient(input: 6, reads: kept.union([.input(2)])),
      ],
      auxiliaries: [.recurrenceGates(gates + states - 1)],
      work: .recurrence,
      layer: .always(.recurrent),
      example: Example(
        OperatorCall(
          [
            .tensor(.float32, [35, 20, 200]), .tensor(.float32, [1, gates * 100, 200]),
            .tensor(.float32, [1, gates * 100, 100]),
          ], outputCount: 1 + states),
        [.tensor(.float32, [35, 1, 20, 100])]
          + Array(repeating: .tensor(.float32, [1, 20, 100]), count: states)))
  }
}
