import ModelGraph
import Testing

@testable import Operators

/// Recurrent layers that cuDNN runs.
@Suite struct StackedRecurrenceTests {
  private func call(
    _ input: Shape, state: Shape, states: Int, kept: Int, batchFirst: Bool = false,
    bidirectional: Bool = false
  ) -> OperatorCall {
    OperatorCall(
      ([input] + Array(repeating: state, count: states)).map { .tensor(.float32, $0) },
      attributes: [
        "states": .integer(states), "kept": .integer(kept),
        "batch_first": .integer(batchFirst ? 1 : 0),
        "bidirectional": .integer(bidirectional ? 1 : 0),
      ], outputCount: 1 + states)
  }

  /// Bytes that cuDNN asked for on GPUs in 2017.
  ///
  /// The sizes are not told there: 3,038,090 and 2,279,370 parameters are those of four layers of 320 units on 123
  /// features before ten classes, and the bytes are whole for 25,000 steps.
  /// <https://github.com/pytorch/pytorch/issues/2895>
  @Test(arguments: [(2, 5, 736_000_000), (1, 6, 864_000_000)])
  func `cuDNN keeps what it was seen to keep`(states: Int, kept: Int, bytes: Int) {
    let call = call([250, 100, 123], state: [4, 100, 320], states: states, kept: kept)
    #expect(StackedRecurrence.reserve(call) == ByteCount(bytes))
  }

  /// 326 steps of 64 examples through 800 units in two directions, the usual gated ones of that network.
  ///
  /// cuDNN asked for as much whether the input had 672 features or 800.
  /// <https://github.com/SeanNaren/deepspeech.pytorch/issues/172>
  @Test(arguments: [672, 800])
  func `cuDNN keeps as much for any input`(features: Int) {
    let call = call(
      [326, 64, features], state: [2, 64, 800], states: 1, kept: 6, bidirectional: true)
    #expect(StackedRecurrence.reserve(call) == ByteCount(801_177_600))
  }

  @Test func `states follow the examples, and outputs both directions`() throws {
    let call = call(
      [7, 20, 64], state: [4, 3, 128], states: 2, kept: 5, batchFirst: true, bidirectional: true)
    #expect(
      try OperatorDefinition.stackedRecurrence.shape(call) == [
        .tensor(.float32, [7, 20, 256]), .tensor(.float32, [4, 7, 128]),
        .tensor(.float32, [4, 7, 128]),
      ])
  }

  @Test func `sequences without examples have one state`() throws {
    let call = call([20, 64], state: [2, 128], states: 1, kept: 6)
    #expect(
      try OperatorDefinition.stackedRecurrence.shape(call) == [
        .tensor(.float32, [20, 128]), .tensor(.float32, [2, 128]),
      ])
  }

  @Test(
    arguments: [
      ([20, 64], [1, 2, 128]), ([7, 20, 64], [128]), ([64], [128]),
    ] as [(Shape, Shape)])
  func `states of another rank are refused`(input: Shape, state: Shape) {
    #expect(throws: ShapeError.self) {
      try OperatorDefinition.stackedRecurrence.shape(
        call(input, state: state, states: 1, kept: 6))
    }
  }
}
