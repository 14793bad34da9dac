import ModelGraph

extension Evaluation {
  typealias Function<Element> = @Sendable (Element) -> Element?
  typealias Operation<Element> = @Sendable (Element, Element) -> Element?

  /// Applies a function to each element of the first input.
  static func mapping(
    integers: @escaping Function<Int> = { _ in nil },
    floats: @escaping Function<Double> = { _ in nil }
  ) -> Evaluation {
    Evaluation { call, outputs throws(ShapeError) in
      guard let type = outputs.first?.tensorType, let value = call.value(0) else { return [] }
      switch value.contents {
      case .integers(let elements): return [elements.mapped(integers).map(type.value)]
      case .floats(let elements): return [elements.mapped(floats).flatMap(type.value)]
      case .strings: return []
      }
    }
  }

  /// Folds all operands, broadcast, with an operation; `nil` from it leaves the result unknown.
  static func folding(
    integers: @escaping Operation<Int> = { _, _ in nil },
    floats: @escaping Operation<Double> = { _, _ in nil }
  ) -> Evaluation {
    Evaluation { call, outputs throws(ShapeError) in
      guard let type = outputs.first?.tensorType else { return [] }
      if let operands = try call.integerOperands(broadcastTo: type.shape) {
        return [folded(operands, integers).map(type.value)]
      }
      guard let operands = try call.numberOperands(broadcastTo: type.shape) else { return [] }
      return [folded(operands, floats).flatMap(type.value)]
    }
  }

  /// Compares two operands, broadcast.
  static func comparing(
    integers: @escaping @Sendable (Int, Int) -> Bool,
    floats: @escaping @Sendable (Double, Double) -> Bool
  ) -> Evaluation {
    Evaluation { call, outputs throws(ShapeError) in
      guard let type = outputs.first?.tensorType, call.inputs.count == 2 else { return [] }
      if let operands = try call.integerOperands(broadcastTo: type.shape) {
        return [type.value(zip(operands[0], operands[1]).map { integers($0, $1) ? 1 : 0 })]
      }
      guard let operands = try call.numberOperands(broadcastTo: type.shape) else { return [] }
      return [type.value(zip(operands[0], operands[1]).map { floats($0, $1) ? 1 : 0 })]
    }
  }

  private static func folded<Element>(
    _ operands: [[Element]], _ operation: Operation<Element>
  ) -> [Element]? {
    guard var result = operands.first else { return nil }
    for operand in operands.dropFirst() {
      for index in result.indices {
        guard let element = operation(result[index], operand[index]) else { return nil }
        result[index] = element
      }
    }
    return result
  }
}

extension Array {
  /// The results of a function for all elements, or `nil` if one has none.
  fileprivate func mapped(_ function: (Element) -> Element?) -> [Element]? {
    let results = compactMap(function)
    return results.count == count ? results : nil
  }
}

extension OperatorCall {
  /// The elements of all operands in the order of the result, if all are known integers.
  func integerOperands(broadcastTo shape: Shape) throws(ShapeError) -> [[Int]]? {
    var operands: [[Int]] = []
    for index in inputs.indices {
      guard let value = value(index), let elements = value.integers,
        value.hasSignedRange
      else { return nil }
      let positions = try broadcastPositions(from: try alignedShape(index), to: shape)
      operands.append(positions.map { elements[$0] })
    }
    return operands
  }

  /// The elements of all operands in the order of the result, if all are known numbers.
  func numberOperands(broadcastTo shape: Shape) throws(ShapeError) -> [[Double]]? {
    var operands: [[Double]] = []
    for index in inputs.indices {
      guard let value = value(index), let elements = value.numbers, value.hasSignedRange
      else { return nil }
      let positions = try broadcastPositions(from: try alignedShape(index), to: shape)
      operands.append(positions.map { elements[$0] })
    }
    return operands
  }
}

extension TensorValue {
  /// Whether no element is an unsigned number beyond the signed range.
  fileprivate var hasSignedRange: Bool {
    type.dataType != .uint64 || integers?.allSatisfy { $0 >= 0 } != false
  }
}
