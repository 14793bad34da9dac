import ModelGraph

extension ShapeRule {
  /// The `k` largest elements along an axis, and where they were.
  ///
  /// The number is an attribute before version 10.
  static let topK = ShapeRule { call throws(ShapeError) in
    var values = try call.tensor(0)
    let axis = try call.axis(default: -1, rank: values.rank)
    guard let count = try call.has(1) ? call.integer(1) : call.attributes.integer("k") else {
      throw .missingInput(1)
    }
    guard 0...values.shape[axis] ~= count else {
      throw .incompatible(rule: "\(count) largest along axis \(axis)", shapes: [values.shape])
    }
    values.shape[axis] = count
    return [.tensor(values), .tensor(.int64, values.shape)]
  }

  /// A column of indices for each element that is not zero.
  static let nonZero = ShapeRule.tensor { call throws(ShapeError) in
    let input = try call.tensor(0)
    guard let value = call.value(0) else { throw .dependsOnContents(0) }
    return TensorType(.int64, [input.rank, value.nonZeroPositions.count])
  }

  /// The distinct elements, or slices along an axis, and three vectors of positions and counts.
  ///
  /// How many there are only the contents tell; how many there were is known.
  static let unique = ShapeRule { call throws(ShapeError) in
    let input = try call.tensor(0)
    let axis = try call.attributes.integer("axis").map { stated throws(ShapeError) in
      try OperatorCall.axis(stated, rank: input.rank)
    }
    let total = axis.map { input.shape[$0] } ?? input.elementCount
    let inverse = ValueType.tensor(.int64, [total])
    guard let count = call.value(0)?.distinctCount(along: axis) else {
      return [.unknown, .unknown, inverse, .unknown]
    }
    var values = axis == nil ? TensorType(input.dataType, [count]) : input
    if let axis { values.shape[axis] = count }
    let vector = ValueType.tensor(.int64, [count])
    return [.tensor(values), vector, inverse, vector]
  }

  /// A row `[batch, class, box]` for each box that is kept.
  static let nonMaxSuppression = ShapeRule.tensor { call throws(ShapeError) in
    TensorType(.int64, [try BoxSelection(call).selected().count, 3])
  }
}

extension TensorValue {
  /// The positions in row-major order of the elements that are not zero, false or empty.
  var nonZeroPositions: [Int] {
    switch contents {
    case .integers(let elements): elements.indices.filter { elements[$0] != 0 }
    case .floats(let elements): elements.indices.filter { elements[$0] != 0 }
    case .strings(let elements): elements.indices.filter { !elements[$0].isEmpty }
    }
  }

  /// The number of different elements, or of different slices along an axis.
  func distinctCount(along axis: Int?) -> Int {
    switch contents {
    case .integers(let elements): distinct(elements, along: axis)
    case .floats(let elements): distinct(elements, along: axis)
    case .strings(let elements): distinct(elements, along: axis)
    }
  }

  private func distinct<Element: Hashable>(_ elements: [Element], along axis: Int?) -> Int {
    guard let axis else { return Set(elements).count }
    guard !elements.isEmpty else { return 0 }
    let inner = Shape(type.shape[(axis + 1)...]).elementCount
    var slices = Array(repeating: [Element](), count: type.shape[axis])
    for (position, element) in elements.enumerated() {
      slices[position / inner % slices.count].append(element)
    }
    return Set(slices).count
  }
}
