// Operators that run graphs of their own.

import ModelGraph

extension OperatorDefinition {
  static let controlFlow: [OperatorDefinition] = [branch, loop, scan, sequenceMap]

  /// One of two graphs, as a condition says.
  public static let branch = OperatorDefinition(
    "If",
    shape: .branch,
    evaluation: .branch,
    example: Example(
      OperatorCall([.tensor(.bool, [])], bodies: ExampleBodies([.tensor(.float32, [5])])),
      [.tensor(.float32, [5])]))

  /// A graph run again and again, a number of times and while a condition holds.
  public static let loop = OperatorDefinition(
    "Loop",
    shape: .loop,
    evaluation: .loop,
    example: Example(
      OperatorCall(
        [.tensor(.int64, []), nil, .tensor(.float32, [5])], values: [TensorValue(scalar: 3)],
        bodies: ExampleBodies(
          [.tensor(.bool, []), .tensor(.float32, [5]), .tensor(.float32, [2])],
          [TensorValue(TensorType(.bool, []), .integers([1]))])),
      [.tensor(.float32, [5]), .tensor(.float32, [3, 2])]))

  /// A graph run for every step of some operands.
  public static let scan = OperatorDefinition(
    "Scan",
    shape: .scan,
    example: Example(
      OperatorCall(
        [.tensor(.float32, [2]), .tensor(.float32, [3, 2])],
        attributes: ["num_scan_inputs": .integer(1)],
        bodies: ExampleBodies([.tensor(.float32, [2]), .tensor(.float32, [4])])),
      [.tensor(.float32, [2]), .tensor(.float32, [3, 4])]))

  /// A graph run for every element of sequences.
  public static let sequenceMap = OperatorDefinition(
    "SequenceMap",
    shape: .sequenceMap,
    example: Example(
      OperatorCall(
        [.sequence([.tensor(.float32, [2]), .tensor(.float32, [3])])],
        bodies: ExampleBodies([.tensor(.int64, [1])])),
      [.sequence([.tensor(.int64, [1]), .tensor(.int64, [1])])]))
}

/// Bodies that give the same types whatever they are given.
private struct ExampleBodies: BodyInference {
  let outputs: [Inferred]

  init(_ types: [ValueType], _ contents: [TensorValue?] = []) {
    outputs = types.enumerated().map { index, type in
      Inferred(type, contents: contents.indices.contains(index) ? contents[index] : nil)
    }
  }

  func infer(_ attribute: String, inputs: [Inferred]) throws(ShapeError) -> [Inferred] { outputs }
}
