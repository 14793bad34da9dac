import ModelGraph

extension Evaluation {
  /// Makes a rule for one output whose elements are those of the first input, by position.
  static func picking(
    _ positions: @escaping @Sendable (OperatorCall, TensorType) throws(ShapeError) -> [Int]?
  ) -> Evaluation {
    Evaluation { call, outputs throws(ShapeError) in
      guard let value = call.value(0), let type = outputs.first?.tensorType,
        let positions = try positions(call, type)
      else { return [] }
      let count = value.elementCount
      guard positions.allSatisfy({ $0 < count }) else { return [] }
      return [value.picking(positions, as: type)]
    }
  }

  /// The elements of the first input, in another shape.
  static let sameElements = Evaluation { call, outputs throws(ShapeError) in
    guard let value = call.value(0), let shape = outputs.first?.tensorType?.shape else {
      return []
    }
    return [value.reshaped(shape)]
  }

  static let transpose = picking { call, type throws(ShapeError) in
    let strides = try call.shape(0).strides
    return positions(type.shape, strides: try permutation(call).map { strides[$0] })
  }

  static let slice = picking { call, type throws(ShapeError) in
    guard type.elementCount > 0 else { return [] }
    let strides = try call.shape(0).strides
    return positions(
      zip(try sliceRanges(call), strides).map { range, stride in
        range.indices.map { $0 &* stride }
      })
  }

  static let expand = picking { call, type throws(ShapeError) in
    let shape = try call.shape(0)
    let strides = zip(shape, shape.strides).map { $0 == 1 ? 0 : $1 }
    let new = Array(repeating: 0, count: type.rank - shape.count)
    return positions(type.shape, strides: new + strides)
  }

  static let tile = picking { call, type throws(ShapeError) in
    guard type.elementCount > 0 else { return [] }
    let shape = try call.shape(0)
    let strides = shape.strides
    return positions(
      shape.indices.map { axis in
        (0..<type.shape[axis]).map { $0 % shape[axis] &* strides[axis] }
      })
  }

  static let split = Evaluation { call, outputs throws(ShapeError) in
    guard let value = call.value(0) else { return [] }
    let axis = try call.axis(default: 0, rank: try call.shape(0).count)
    return value.parts(along: axis, as: outputs)
  }

  static let concatenation = joining(defaultAxis: 1)

  static func joining(defaultAxis: Int) -> Evaluation {
    Evaluation { call, outputs throws(ShapeError) in
      guard let type = outputs.first?.tensorType, type.rank > 0 else { return [] }
      let values = call.values.compactMap(\.self)
      guard values.count == call.inputs.count else { return [] }
      let axis = try call.axis(default: defaultAxis, rank: type.rank)
      return [joined(values, along: axis, as: type)]
    }
  }

  static let pad = Evaluation { call, outputs throws(ShapeError) in
    guard let value = call.value(0), let type = outputs.first?.tensorType,
      let mode = PaddingMode(rawValue: call.attributes.string("mode") ?? "constant")
    else { return [] }
    let isZero = !call.has(2) || call.value(2)?.numbers?.first == 0
    guard mode != .constant || isZero && call.attributes.float("value") ?? 0 == 0 else {
      return []
    }
    let pads = try padding(call, rank: type.rank)
    let shape = value.type.shape
    guard type.elementCount > 0 else { return [value.picking([], as: type)] }
    let offsets = type.shape.indices.map { axis in
      (0..<type.shape[axis]).map { index in
        let source = mode.source(index &- pads[axis].before, size: shape[axis])
        return source < 0 ? -1 : source &* shape.strides[axis]
      }
    }
    return [value.picking(positions(offsets), as: type)]
  }
}

extension TensorValue {
  /// How many elements there are.
  fileprivate var elementCount: Int {
    switch contents {
    case .integers(let elements): elements.count
    case .floats(let elements): elements.count
    case .strings(let elements): elements.count
    }
  }

  /// The parts, one behind the other along an axis, of the given types.
  func parts(along axis: Int, as outputs: [ValueType]) -> [TensorValue?] {
    let strides = type.shape.strides
    var start = 0
    return outputs.map { output in
      guard let type = output.tensorType else { return nil }
      guard type.rank == strides.count, start + type.shape[axis] <= self.type.shape[axis] else {
        return nil
      }
      let offset = start * strides[axis]
      start += type.shape[axis]
      return picking(positions(type.shape, strides: strides).map { $0 + offset }, as: type)
    }
  }
}

/// Where a padded element comes from.
private enum PaddingMode: String {
  case constant, reflect, edge, wrap

  /// The index in an axis of the given size, or −1 for the constant.
  func source(_ index: Int, size: Int) -> Int {
    guard size > 0 else { return -1 }
    guard !(0..<size ~= index) else { return index }
    switch self {
    case .constant: return -1
    case .edge: return min(max(index, 0), size - 1)
    case .wrap: return (index % size + size) % size
    case .reflect:
      guard size > 1 else { return 0 }
      let period = 2 * (size - 1)
      let phase = (index % period + period) % period
      return phase < size ? phase : period - phase
    }
  }
}

/// Joins tensors along an axis; `nil` if they do not hold the same kind of elements.
func joined(_ values: [TensorValue], along axis: Int, as type: TensorType) -> TensorValue? {
  let outer = Shape(type.shape[..<axis]).elementCount
  let runs = values.map { Shape($0.type.shape[axis...]).elementCount }
  func join<Element>(_ parts: [[Element]]) -> [Element] {
    (0..<outer).flatMap { row in
      zip(parts, runs).flatMap { part, run in part[row * run..<(row + 1) * run] }
    }
  }
  guard type.elementCount > 0 else { return values.first?.picking([], as: type) }
  guard zip(values, runs).allSatisfy({ $0.elementCount == outer * $1 }) else { return nil }
  let integers = values.compactMap(\.integers)
  if integers.count == values.count { return TensorValue(type, .integers(join(integers))) }
  let strings = values.compactMap(\.strings)
  if strings.count == values.count { return TensorValue(type, .strings(join(strings))) }
  let numbers = values.compactMap(\.numbers)
  return numbers.count == values.count ? TensorValue(type, .floats(join(numbers))) : nil
}
