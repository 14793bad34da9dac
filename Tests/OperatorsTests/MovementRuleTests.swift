import ModelGraph
import Testing

@testable import Operators

@Suite struct MovementRuleTests {
  private static func shape(
    _ definition: OperatorDefinition, _ shape: Shape, _ operands: [Int]?...,
    attributes: Attributes = [:], version: Int = Node.currentVersion, outputCount: Int = 1
  ) throws -> [Shape] {
    let values = operands.map { $0.map { TensorValue($0) } }
    let call = OperatorCall(
      [.tensor(.float32, shape)] + values.map { $0.map { .tensor($0.type) } },
      values: [nil] + values, attributes: attributes, version: version,
      outputCount: outputCount)
    return try definition.shape(call).compactMap(\.tensorType?.shape)
  }

  /// What NumPy gives for `x[start:end:step]` of ten elements.
  @Test(arguments: [
    (0, 5, 1, 5), (-3, 10, 1, 3), (2, -2, 1, 6), (0, .max, 1, 10), (.min, .max, 3, 4),
    (5, 2, 1, 0), (20, 30, 1, 0), (9, .min, -1, 10), (-1, .min, -3, 4), (.max, .min, -1, 10),
    (2, 5, -1, 0), (7, 2, -2, 3), (0, .max, .max, 1), (-1, .min, .min, 1), (3, 4, 1, 1),
  ])
  func `a slice takes what NumPy takes`(_ start: Int, _ end: Int, _ step: Int, _ count: Int) throws
  {
    let shapes = try Self.shape(.slice, [10], [start], [end], [0], [step])
    #expect(shapes == [[count]])
    let range = SliceRange(from: start, to: end, by: step, of: 10)
    #expect(range.indices.allSatisfy { 0..<10 ~= $0 })
  }

  @Test func `a slice of an empty axis is empty`() throws {
    #expect(try Self.shape(.slice, [0], [0], [9], [0], [1]) == [[0]])
    #expect(try Self.shape(.slice, [0], [-1], [.min], [0], [-1]) == [[0]])
  }

  @Test func `before version 10 a slice has attributes`() throws {
    let attributes: Attributes = [
      "starts": .integers([1, 0]), "ends": .integers([3, -1]), "axes": .integers([1, 0]),
    ]
    #expect(try Self.shape(.slice, [4, 5], attributes: attributes, version: 9) == [[3, 2]])
  }

  @Test(
    arguments: [
      ([2, 3, 4], [4, 2, 3], [:], [4, 2, 3]),
      ([2, 3, 4], [2, 12], [:], [2, 12]),
      ([2, 3, 4], [0, -1], [:], [2, 12]),
      ([2, 3, 4], [-1], [:], [24]),
      ([0, 3, 4], [3, 4, 0], ["allowzero": .integer(1)], [3, 4, 0]),
      ([0, 3, 4], [0, -1], [:], [0, 0]),
      ([1], [], [:], []),
    ] as [(Shape, [Int], Attributes, Shape)])
  func `a reshape fills in`(
    _ shape: Shape, _ target: [Int], _ attributes: Attributes, _ expected: Shape
  ) throws {
    #expect(try Self.shape(.reshape, shape, target, attributes: attributes) == [expected])
  }

  @Test(arguments: [
    [5], [-1, -1], [-2, 12], [0, 0, 0, 0], [.max, .max], [.min], [-1, 7], [-1, .max], [24, .min],
  ])
  func `a reshape that does not fit is refused`(_ target: [Int]) {
    #expect(throws: ShapeError.self) { try Self.shape(.reshape, [2, 3, 4], target) }
  }

  @Test func `a pad may cut off, and names its axes since version 18`() throws {
    #expect(try Self.shape(.pad, [3, 4], [0, 1, 2, -1]) == [[5, 4]])
    #expect(try Self.shape(.pad, [3, 4], [1, 2], nil, [1]) == [[3, 7]])
    let old: Attributes = ["pads": .integers([1, 1, 1, 1])]
    #expect(try Self.shape(.pad, [3, 4], attributes: old, version: 2) == [[5, 6]])
    let oldest: Attributes = ["paddings": .integers([0, 0, 1, 1])]
    #expect(try Self.shape(.pad, [3, 4], attributes: oldest, version: 1) == [[4, 5]])
    #expect(throws: ShapeError.self) { try Self.shape(.pad, [3, 4], [-4, 0, 0, 0]) }
    #expect(throws: ShapeError.self) { try Self.shape(.pad, [3, 4], [.max, 0, .max, 0]) }
  }

  @Test(
    arguments: [
      ([7], 2, nil, [[4], [3]]), ([7], 3, [2, 4, 1], [[2], [4], [1]]),
      ([6], 3, nil, [[2], [2], [2]]),
      ([2], 3, nil, [[1], [1], [0]]), ([0], 2, nil, [[0], [0]]),
    ] as [(Shape, Int, [Int]?, [Shape])])
  func `a split divides an axis`(
    _ shape: Shape, _ count: Int, _ sizes: [Int]?, _ expected: [Shape]
  ) throws {
    #expect(try Self.shape(.split, shape, sizes, outputCount: count) == expected)
  }

  @Test func `a transpose needs a permutation`() throws {
    #expect(try Self.shape(.transpose, [2, 3, 4]) == [[4, 3, 2]])
    for perm in [[0, 0, 1], [0, 1], [0, 1, 3], [.min, 0, 1], [0, 1, 2, 3]] {
      #expect(throws: ShapeError.self) {
        try Self.shape(.transpose, [2, 3, 4], attributes: ["perm": .integers(perm)])
      }
    }
  }

  @Test(
    arguments: [
      ([1, 1, 0.6, 1.5], [:], [1, 1, 2, 6]),
      ([1, 1, 1e30, 1], [:], nil),
      ([1, 1, .nan, 1], [:], [1, 1, 0, 4]),
      ([2, 0.5], ["axes": .integers([2, 3])], [1, 1, 8, 2]),
    ] as [([Double], Attributes, Shape?)])
  func `a resize scales and rounds down`(
    _ scales: [Double], _ attributes: Attributes, _ expected: Shape?
  ) throws {
    let value = TensorValue(TensorType(.float32, [scales.count]), .floats(scales))
    let call = OperatorCall(
      [.tensor(.float32, [1, 1, 4, 4]), nil, .tensor(value.type)], values: [nil, nil, value],
      attributes: attributes)
    guard let expected else {
      #expect(throws: ShapeError.self) { try OperatorDefinition.resize.shape(call) }
      return
    }
    #expect(try OperatorDefinition.resize.shape(call) == [.tensor(.float32, expected)])
  }

  @Test(
    arguments: [
      ("stretch", [1, 1, 9, 6]), ("not_larger", [1, 1, 6, 6]), ("not_smaller", [1, 1, 9, 9]),
    ] as [(String, Shape)])
  func `a resize may keep the ratio`(_ policy: String, _ expected: Shape) throws {
    let shapes = try Self.shape(
      .resize, [1, 1, 4, 4], nil, nil, [9, 6],
      attributes: [
        "axes": .integers([2, 3]), "keep_aspect_ratio_policy": .string(policy),
      ])
    #expect(shapes == [expected])
  }

  /// Attribute values that no honest file has must end in an error or a plausible type.
  @Test func `hostile attributes and operands end in no trap`() {
    let numbers = [Int.min, -1 << 48, -3, -1, 0, 1, 2, 7, 1 << 48, .max]
    let names = [
      "axis", "start", "end", "blocksize", "batch_dims", "num_outputs", "k", "num_scan_inputs",
      "keepdims", "new_axis", "dtype", "to", "maxsplit",
    ]
    let shapes: [Shape] = [[], [0], [1], [2, 3], [1, 8, 4, 4], [0, 1 << 48, 1 << 47]]
    var calls = 0
    for definition in OperatorCatalog.families[...].flatMap(\.self) {
      for shape in shapes {
        for number in numbers {
          let value = TensorValue([number, 1])
          var attributes = Attributes()
          for name in names { attributes[name] = .integer(number) }
          for name in ["perm", "axes", "pads", "split", "starts", "ends", "ngram_indexes"] {
            attributes[name] = .integers([number, 1])
          }
          let call = OperatorCall(
            [.tensor(.float32, shape)] + Array(repeating: .tensor(.int64, [2]), count: 4),
            values: [nil] + Array(repeating: value, count: 4), attributes: attributes,
            outputCount: 2)
          guard let types = try? definition.shape(call) else { continue }
          calls += 1
          #expect(types.compactMap(\.tensorType).allSatisfy { $0.shape.isPlausible })
          guard types.map(\.elementCount).reduce(0, { max($0, $1) }) <= 1 << 16 else { continue }
          _ = try? definition.evaluation?(call, outputs: types)
        }
      }
    }
    #expect(calls > 1000)
  }
}
