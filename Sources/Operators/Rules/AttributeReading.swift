import ModelGraph

extension OperatorCall {
  /// A list of one integer for each of a number of axes, or the same default for all.
  ///
  /// - Throws: ``ShapeError`` if the list has another length, or an entry below the minimum.
  func integers(
    _ name: String, count: Int, default value: Int, atLeast minimum: Int
  ) throws(ShapeError) -> [Int] {
    guard let list = attributes.integers(name), !list.isEmpty else {
      return Array(repeating: value, count: count)
    }
    guard list.count == count, list.allSatisfy({ $0 >= minimum }) else {
      throw .attribute(
        name: name, expected: "\(count) integers of at least \(minimum)",
        found: list.description)
    }
    return list
  }

  /// An integer attribute that must be at least 1.
  func positive(_ name: String, default value: Int) throws(ShapeError) -> Int {
    let found = attributes.integer(name) ?? value
    guard found >= 1 else {
      throw .attribute(name: name, expected: "at least 1", found: found.description)
    }
    return found
  }

  /// An axis attribute as an index below the rank.
  func axis(_ name: String = "axis", default value: Int, rank: Int) throws(ShapeError) -> Int {
    try Self.axis(attributes.integer(name) ?? value, rank: rank)
  }

  /// The element type that an attribute names by ONNX's number, 0 meaning left out.
  func elementType(
    _ name: String, default value: DataType
  ) throws(ShapeError) -> DataType {
    guard let code = attributes.integer(name), code != 0 else { return value }
    guard let type = elementTypes[code] else {
      throw .attribute(
        name: name, expected: "the number of an element type", found: code.description)
    }
    return type
  }
}

/// The element types by their number in `TensorProto.DataType`.
///
/// <https://github.com/onnx/onnx/blob/main/onnx/onnx.proto>
private let elementTypes: [Int: DataType] = [
  1: .float32, 2: .uint8, 3: .int8, 4: .uint16, 5: .int16, 6: .int32, 7: .int64, 8: .string,
  9: .bool, 10: .float16, 11: .float64, 12: .uint32, 13: .uint64, 14: .complex64,
  15: .complex128, 16: .bfloat16, 17: .float8E4M3FN, 18: .float8E4M3FNUZ, 19: .float8E5M2,
  20: .float8E5M2FNUZ, 21: .uint4, 22: .int4, 23: .float4E2M1FN, 24: .float8E8M0FNU,
  25: .uint2, 26: .int2,
]
