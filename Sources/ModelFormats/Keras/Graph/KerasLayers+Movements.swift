import ByteFormats
import ModelGraph

extension KerasLayerTable {
  static let movements: [String: KerasLayerRule] = [
    "Flatten": { call, lowering in
      [lowering.emit("Flatten", [call.input], ["axis": .integer(1)], rank: 2, of: call)]
    },
    "Reshape": { call, lowering in
      guard let target = call.settings["target_shape"] ?? call.settings["newshape"] else {
        return nil
      }
      let sizes = target.elements.compactMap { $0 == .null ? -1 : $0.integer }
      guard sizes.count == target.elements.count else { return nil }
      return [lowering.reshape(call.input, [0] + sizes, of: call)]
    },
    "Permute": { call, lowering in
      let order = call.settings["dims"]?.elements.compactMap(\.integer) ?? []
      guard order.sorted() == Array(1..<max(1, call.input.rank)) else { return nil }
      return [lowering.transpose(call.input, [0] + order, of: call)]
    },
    "RepeatVector": { call, lowering in
      guard call.input.rank == 2, let count = call.integer("n"), count > 0 else { return nil }
      let axes = lowering.constant([1], of: call)
      let wide = lowering.emit("Unsqueeze", [call.input, axes], rank: 3, of: call)
      return [lowering.emit("Tile", [wide, lowering.constant([1, count, 1], of: call)], of: call)]
    },
    "ZeroPadding1D": { call, lowering in lowering.padded(call, axes: 1) },
    "ZeroPadding2D": { call, lowering in lowering.padded(call, axes: 2) },
    "ZeroPadding3D": { call, lowering in lowering.padded(call, axes: 3) },
    "Cropping1D": { call, lowering in lowering.cropped(call, axes: 1) },
    "Cropping2D": { call, lowering in lowering.cropped(call, axes: 2) },
    "Cropping3D": { call, lowering in lowering.cropped(call, axes: 3) },
    "UpSampling1D": { call, lowering in lowering.enlarged(call, axes: 1) },
    "UpSampling2D": { call, lowering in lowering.enlarged(call, axes: 2) },
    "UpSampling3D": { call, lowering in lowering.enlarged(call, axes: 3) },
  ]
}

extension KerasLowering {
  mutating func transpose(
    _ operand: KerasOperand, _ order: [Int], of call: KerasCall
  ) -> KerasOperand {
    var result = emit("Transpose", [operand], ["perm": .integers(order)], of: call)
    if operand.shape.count == order.count { result.shape = order.map { operand.shape[$0] } }
    return result
  }

  mutating func reshape(
    _ operand: KerasOperand, _ sizes: [Int], of call: KerasCall
  ) -> KerasOperand {
    var result = emit(
      "Reshape", [operand, constant(sizes, of: call)], rank: sizes.count, of: call)
    if sizes.allSatisfy({ $0 > 0 }) { result.shape = sizes }
    return result
  }

  /// The sizes before and after each axis: one number, one for each axis, or two for each.
  private func margins(_ key: String, axes: Int, _ call: KerasCall) -> [(Int, Int)]? {
    guard let value = call.settings[key] else { return nil }
    // Along one axis, two numbers are the margins before and after.
    if axes == 1, let pair = call.sizes(key, axes: 2), value.elements.count == 2 {
      return [(pair[0], pair[1])]
    }
    if let sizes = call.sizes(key, axes: axes) { return sizes.map { ($0, $0) } }
    let pairs = value.elements.compactMap { element -> (Int, Int)? in
      let pair = element.elements.compactMap(\.integer)
      let isSound = pair.count == 2 && pair.allSatisfy { 0...Shape.maximumElementCount ~= $0 }
      return isSound ? (pair[0], pair[1]) : nil
    }
    return pairs.count == axes ? pairs : nil
  }

  fileprivate mutating func padded(_ call: KerasCall, axes: Int) -> [KerasOperand]? {
    guard call.input.rank == axes + 2, let margins = margins("padding", axes: axes, call) else {
      return nil
    }
    let before = call.aroundSpace(margins.map(\.0), 0)
    let after = call.aroundSpace(margins.map(\.1), 0)
    return [emit("Pad", [call.input, constant(before + after, of: call)], of: call)]
  }

  fileprivate mutating func cropped(_ call: KerasCall, axes: Int) -> [KerasOperand]? {
    guard call.input.rank == axes + 2, let margins = margins("cropping", axes: axes, call) else {
      return nil
    }
    let first = call.isChannelsLast ? 1 : 2
    let starts = constant(margins.map(\.0), of: call)
    // Zero from the end means all of it, which a negative number cannot say.
    let ends = constant(margins.map { $0.1 == 0 ? Int(Int32.max) : -$0.1 }, of: call)
    let places = constant(Array(first..<first + axes), of: call)
    return [emit("Slice", [call.input, starts, ends, places], of: call)]
  }

  fileprivate mutating func enlarged(_ call: KerasCall, axes: Int) -> [KerasOperand]? {
    let size = call.sizes("size", axes: axes) ?? call.sizes("length", axes: axes)
    guard call.input.rank == axes + 2, let size, size.allSatisfy({ $0 > 0 }) else { return nil }
    let factors = call.aroundSpace(size, 1).map(Double.init)
    let scales = TensorValue(TensorType(.float32, [factors.count]), .floats(factors))
    return [
      emit("Resize", [call.input, nil, constant(scales, of: call)], of: call)
    ]
  }
}

extension KerasCall {
  /// Numbers of the spatial axes with one for the samples and one for the channels around them.
  fileprivate func aroundSpace(_ sizes: [Int], _ other: Int) -> [Int] {
    isChannelsLast ? [other] + sizes + [other] : [other, other] + sizes
  }
}
