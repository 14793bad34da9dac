import ModelGraph
import Testing

@testable import Operators

@Suite struct EvaluationTests {
  private static func evaluate(
    _ definition: OperatorDefinition, _ values: [TensorValue?], attributes: Attributes = [:],
    outputCount: Int = 1
  ) throws -> [TensorValue?] {
    let call = OperatorCall(
      values.map { $0.map { .tensor($0.type) } }, values: values, attributes: attributes,
      outputCount: outputCount)
    let types = try definition.shape(call)
    let evaluation = try #require(definition.evaluation)
    return try evaluation(call, outputs: types)
  }

  private static func matrix(_ rows: [Int]...) -> TensorValue {
    TensorValue(
      TensorType(.int64, [rows.count, rows[0].count]), .integers(rows.flatMap(\.self)))
  }

  static let grid = matrix([1, 2, 3], [4, 5, 6])

  @Test func `elements move as NumPy moves them`() throws {
    let cases: [(OperatorDefinition, [TensorValue?], Attributes, TensorValue)] = [
      (.transpose, [Self.grid], [:], Self.matrix([1, 4], [2, 5], [3, 6])),
      (
        .slice,
        [
          Self.grid, TensorValue([-1]), TensorValue([.min]), TensorValue([1]),
          TensorValue([-2]),
        ], [:], Self.matrix([3, 1], [6, 4])
      ),
      (
        .gather, [Self.grid, TensorValue([-1, 0])], ["axis": .integer(1)],
        Self.matrix([3, 1], [6, 4])
      ),
      (.gather, [Self.grid, TensorValue(scalar: 1)], [:], TensorValue([4, 5, 6])),
      (.gatherElements, [Self.grid, Self.matrix([1, 0, 1])], [:], Self.matrix([4, 2, 6])),
      (.gatherND, [Self.grid, Self.matrix([0, 2], [1, 0])], [:], TensorValue([3, 4])),
      (
        .scatterND, [TensorValue([1, 2, 3]), Self.matrix([2], [0]), TensorValue([9, 8])], [:],
        TensorValue([8, 2, 9])
      ),
      (
        .scatterElements, [Self.grid, Self.matrix([1, 0]), Self.matrix([7, 8])], [:],
        Self.matrix([1, 8, 3], [7, 5, 6])
      ),
      (
        .concatenate, [Self.grid, Self.matrix([7], [8])], ["axis": .integer(1)],
        Self.matrix([1, 2, 3, 7], [4, 5, 6, 8])
      ),
      (
        .expand, [TensorValue([1, 2]), TensorValue([2, 1])], [:], Self.matrix([1, 2], [1, 2])
      ),
      (.tile, [TensorValue([1, 2]), TensorValue([2])], [:], TensorValue([1, 2, 1, 2])),
      (
        .pad, [TensorValue([1, 2, 3]), TensorValue([2, 1])], ["mode": .string("reflect")],
        TensorValue([3, 2, 1, 2, 3, 2])
      ),
      (.pad, [TensorValue([1, 2, 3]), TensorValue([-1, 1])], [:], TensorValue([2, 3, 0])),
      (.nonZero, [Self.matrix([0, 5], [6, 0])], [:], Self.matrix([0, 1], [1, 0])),
      (
        .range, [TensorValue(scalar: 2), TensorValue(scalar: 9), TensorValue(scalar: 3)], [:],
        TensorValue([2, 5, 8])
      ),
      (.shapeOf, [Self.grid], [:], TensorValue([2, 3])),
      (
        .compress, [Self.grid, TensorValue([0, 1, 1])], ["axis": .integer(1)],
        Self.matrix([2, 3], [5, 6])
      ),
    ]
    for (definition, inputs, attributes, expected) in cases {
      let result = try Self.evaluate(definition, inputs, attributes: attributes)
      #expect(result == [expected], "\(definition.name)")
    }
  }

  @Test func `a split gives every part its elements`() throws {
    let parts = try Self.evaluate(
      .split, [Self.grid], attributes: ["axis": .integer(1), "split": .integers([1, 2])],
      outputCount: 2)
    #expect(parts == [Self.matrix([1], [4]), Self.matrix([2, 3], [5, 6])])
  }

  @Test func `an index out of range leaves the contents open`() throws {
    #expect(try Self.evaluate(.gather, [Self.grid, TensorValue([2])]).compactMap(\.self).isEmpty)
  }
}
