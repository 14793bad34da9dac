import ModelGraph

extension OperatorCall {
  /// The integers in an operand, or in the attribute that older versions have instead.
  func integers(_ index: Int, or attribute: String) throws(ShapeError) -> [Int]? {
    try has(index) ? integers(index) : attributes.integers(attribute)
  }

  /// The one integer in an operand; `nil` if the operand is left out.
  func integer(_ index: Int) throws(ShapeError) -> Int? {
    guard let integers = try integers(index) else { return nil }
    guard integers.count == 1 else {
      throw .incompatible(rule: "input \(index) needs one element", shapes: [[integers.count]])
    }
    return integers[0]
  }

  /// Axes counted from either end, as indices below the rank.
  ///
  /// - Throws: ``ShapeError`` if an axis is out of range or named twice.
  static func axes(_ stated: [Int], rank: Int) throws(ShapeError) -> [Int] {
    var axes: [Int] = []
    for axis in stated.prefix(rank + 1) { axes.append(try Self.axis(axis, rank: rank)) }
    guard Set(axes).count == axes.count else {
      throw .attribute(name: "axes", expected: "distinct axes", found: stated.description)
    }
    return axes
  }

  /// The type of an operand, whatever it is.
  func type(_ index: Int) throws(ShapeError) -> ValueType {
    guard has(index), let type = inputs[index] else { throw .missingInput(index) }
    guard type != .unknown else { throw .unknownInput(index) }
    return type
  }

  /// The type of a tensor operand that must have a number of axes.
  func tensor(_ index: Int, rank: Int) throws(ShapeError) -> TensorType {
    let type = try tensor(index)
    guard type.rank == rank else {
      throw .rank(input: index, expected: "\(rank) axes", found: type.shape)
    }
    return type
  }
}
