import ModelGraph

extension FrozenSizes {
  /// The axis of the target that came from a changed axis of the input changes with it.
  static let reshape = FrozenSizes(in: .operand(1)) { resized, changes in
    var target = resized.oldOutput
    for axis in resized.oldInput.indices {
      let change = SizeChange(from: resized.oldInput[axis], to: resized.newInput[axis])
      guard change.old != change.new else { continue }
      guard let place = destination(of: axis, resized, changes),
        let size = target[place].scaled(by: change)
      else { return nil }
      target[place] = size
    }
    return target.elementCount == resized.newInput.elementCount ? target : nil
  }

  /// Sizes other than 1 follow those of the input, aligned at the end; where the input has none or 1, they are
  /// corrected like ``generated`` ones.
  ///
  /// Where one axis alone is repeated, all others are the input's.
  static let expand = FrozenSizes(in: .operand(1)) { resized, changes in
    var target = resized.oldOutput
    if let axis = resized.axis, target.indices.contains(axis),
      resized.newInput.count == target.count
    {
      let repeats = target[axis]
      target = resized.newInput
      target[axis] = repeats
      return target
    }
    let offset = target.count - resized.oldInput.count
    for (axis, size) in resized.newInput.enumerated() where size != resized.oldInput[axis] {
      guard target.indices.contains(axis + offset) else { return nil }
      if target[axis + offset] == resized.oldInput[axis] { target[axis + offset] = size }
    }
    // Sequences come before examples in some models.
    let isSequenceFirst =
      resized.oldInput == resized.newInput && target.first.map { $0 >= shortestSequence } ?? false
    for axis in target.indices where axis < offset || resized.newInput[axis - offset] == 1 {
      target[axis] = changes.size(
        inPlaceOf: target[axis], axis: isSequenceFirst && axis == 1 ? 0 : axis)
    }
    return target
  }

  /// Sizes of the attribute `shape` that are the operand's at the same axis follow it.
  static let stated = FrozenSizes(in: .attribute("shape")) { resized, _ in
    var target = resized.oldOutput
    for axis in target.indices.prefix(resized.oldInput.count)
    where target[axis] == resized.oldInput[axis] {
      target[axis] = resized.newInput[axis]
    }
    return target
  }

  /// The same for a tensor that takes over an element type alone, unless it is a table of places for all examples; of the
  /// operand's places it is none.
  static let filled = FrozenSizes(in: .attribute("shape")) { resized, changes in
    let isOfSamePlaces =
      resized.oldOutput == resized.oldInput
      || resized.oldInput.count > 3 && resized.oldOutput.suffix(2) == resized.oldInput.suffix(2)
    guard isOfSamePlaces || !resized.oldOutput.isTableOfPlaces else { return nil }
    return stated(resized, changes)
  }

  /// The end of all of an axis, or of all but one of it, as in the difference of neighbours.
  static let narrow = FrozenSizes(in: .attribute("end")) { resized, _ in
    guard let axis = resized.axis, resized.oldInput.indices.contains(axis),
      resized.oldInput.count == resized.oldOutput.count,
      resized.oldInput[axis] != resized.newInput[axis],
      0...1 ~= resized.oldInput[axis] - resized.oldOutput[axis],
      let end = resized.stated.first, 0...resized.oldInput[axis] ~= end
    else { return nil }
    return [end + resized.newInput[axis] - resized.oldInput[axis]]
  }

  /// The counts by which axes are repeated: the first, if it is one of the sizes replaced and the axis has kept its own.
  ///
  /// A first count of 1 is one only where nothing is repeated, which nobody would write for its own sake.
  static let tile = FrozenSizes(in: .operand(1)) { resized, changes in
    guard resized.oldInput.first == resized.newInput.first, !resized.oldInput.contains(0) else {
      return nil
    }
    var counts = zip(resized.oldOutput, resized.oldInput).map { $0 / $1 }
    guard let count = counts.first, count > 1 || counts.allSatisfy({ $0 == 1 }) else { return nil }
    counts[0] = changes.size(inPlaceOf: count, axis: 0)
    return counts[0] == count ? nil : counts
  }

  /// The groups of a convolution that go with its channels, where examples with kernels of their own stand side by side.
  static let groups = FrozenSizes(in: .attribute("group")) { resized, _ in
    guard let groups = resized.stated.first, groups > 1, resized.oldInput.count > 1,
      resized.newInput.count == resized.oldInput.count
    else { return nil }
    let change = SizeChange(from: resized.oldInput[1], to: resized.newInput[1])
    return change.old == change.new ? nil : groups.scaled(by: change).map { [$0] }
  }

  /// The sizes of a scaled image, whose batch and channels are the operand's.
  static let resize = FrozenSizes(in: .operand(3)) { resized, changes in
    resized.oldOutput.enumerated().map { axis, size in
      let isKept = axis < 2 && size == resized.oldInput[axis]
      return isKept ? resized.newInput[axis] : changes.size(inPlaceOf: size, axis: axis)
    }
  }

  /// A first size that is one of those replaced, and later ones too that are as long as sequences are, or the
  /// sides of a square.
  ///
  /// Programs make such tensors for every example or token: masks, positions, the examples' numbers, each example
  /// against each; but not tables of places for all examples alike.
  static let generated = FrozenSizes(in: .operand(0), isOfGenerator: true) { resized, changes in
    let sizes = resized.oldOutput
    let isSquare = sizes.count == 2 && sizes[0] == sizes[1]
    guard !sizes.isTableOfPlaces else { return nil }
    return sizes.enumerated().map { axis, size in
      changes.size(inPlaceOf: size, axis: isSquare ? 0 : axis)
    }
  }
}

extension Shape {
  /// Whether it is of a value for each pair of places in a sequence, such as a bias, for all examples alike.
  fileprivate var isTableOfPlaces: Bool {
    count > 2 && self[0] == 1 && self[count - 1] > 1 && self[count - 1] == self[count - 2]
  }
}

extension [SizeChange] {
  /// The size that took the place of one at an axis, if that is the first or the size one of a sequence.
  fileprivate func size(inPlaceOf size: Int, axis: Int) -> Int {
    guard axis == 0 || size >= shortestSequence else { return size }
    return first { $0.old == size }?.new ?? size
  }

  /// The size that took the place of one, or of one several times; `nil` if none did.
  func size(inPlaceOfMultiple size: Int) -> Int? {
    if let change = first(where: { $0.old == size }) { return change.new }
    return lazy.filter { $0.old > 1 }.compactMap { size.scaled(by: $0) }.first
  }

  /// What some values for one example are for several; `nil` if there was not one example.
  func size(ofExamples size: Int) -> Int? {
    first { $0.old == 1 }.flatMap { size.scaled(by: $0) }
  }
}

/// A size that is rather one of a sequence than of heads or channels.
private let shortestSequence = 16

/// The axis of a reshaped tensor into which an axis of the input went.
///
/// Row-major order keeps the number of elements before it, so the axis is the one that spans the
/// same place. A size of 1 spans nothing; the neighbour that is made of other axes too took it in.
private func destination(
  of axis: Int, _ resized: FrozenSizes.Resized, _ changes: [SizeChange]
) -> Int? {
  let (input, output) = (resized.oldInput, resized.oldOutput)
  let before = Shape(input[..<axis]).elementCount
  let after = before * input[axis]
  let starts = output.indices.map { Shape(output[..<$0]).elementCount }
  let ends = output.indices.map { starts[$0] * output[$0] }

  let isOnlyOne = output.count { $0 == 1 } == 1
  let whole = output.indices.first { index in
    starts[index] >= before && ends[index] <= max(after, before)
      // One example stands first, or alone between a sequence and what there is of each token.
      && (output[index] > 1 || starts[index] == before
        || isOnlyOne && ends[index] < output.elementCount)
      && changes.contains { $0.old == output[index] }
  }
  if let whole { return whole }
  let spanning = output.indices.filter { starts[$0] <= before && after <= ends[$0] }
  if input[axis] > 1 { return spanning.first ?? leadingPart(of: axis, resized, starts, ends) }
  if let around = spanning.first(where: { starts[$0] < before && before < ends[$0] }) {
    return around
  }
  let following = spanning.first { starts[$0] == before && output[$0] > 1 }
  let preceding = spanning.last { ends[$0] == before && output[$0] > 1 }
  let isIntact = following.map { isProduct(output[$0], ofLeading: input[(axis + 1)...]) } ?? true
  return isIntact ? preceding ?? following : following
}

/// The first of the axes into which one of the input was split whose size can change with it.
private func leadingPart(
  of axis: Int, _ resized: FrozenSizes.Resized, _ starts: [Int], _ ends: [Int]
) -> Int? {
  let before = Shape(resized.oldInput[..<axis]).elementCount
  let after = before * resized.oldInput[axis]
  let change = SizeChange(from: resized.oldInput[axis], to: resized.newInput[axis])
  return resized.oldOutput.indices.first { index in
    starts[index] >= before && ends[index] <= after && resized.oldOutput[index] > 1
      && resized.oldOutput[index].scaled(by: change) != nil
  }
}

/// Whether a size is the product of the first few sizes.
private func isProduct(_ size: Int, ofLeading sizes: ArraySlice<Int>) -> Bool {
  var product = 1
  for next in sizes where product < size {
    let (larger, overflow) = product.multipliedReportingOverflow(by: next)
    product = overflow ? .max : larger
  }
  return product == size
}

extension Int {
  /// The size after a change of a part of it; `nil` if that is no whole number.
  fileprivate func scaled(by change: SizeChange) -> Int? {
    guard change.old > 0 else { return nil }
    let (product, overflow) = multipliedReportingOverflow(by: change.new)
    return !overflow && product % change.old == 0 ? product / change.old : nil
  }
}
