// Random omission of elements while training.

import ModelGraph

extension OperatorDefinition {
  static let dropouts: [OperatorDefinition] = [dropout]

  /// Sets elements to zero at random and scales the others; nothing at inference.
  ///
  /// Training keeps the mask, one byte an element; the input need not be kept.
  /// <https://jmlr.org/papers/v15/srivastava14a.html>
  public static let dropout = OperatorDefinition(
    "Dropout",
    shape: .dropout,
    gradients: [.of(0, reads: .auxiliary(0), .output(1))],
    auxiliaries: [.dropoutMask],
    isIdentityAtInference: true,
    overwrites: [0],
    work: .perOutputElement(2),
    training: .dropout,
    example: .float32([32, 4096], gives: [32, 4096]))
}

extension ShapeRule {
  /// The type of the input and, if asked for, the mask: boolean since version 10.
  static let dropout = ShapeRule { call throws(ShapeError) in
    let input = try call.tensor(0)
    let mask = TensorType(call.version < 10 ? input.dataType : .bool, input.shape)
    return Array([.tensor(input), .tensor(mask)].prefix(max(1, call.outputCount)))
  }
}

extension Auxiliary {
  /// One boolean per element, unless the mask is an output or the ratio is known to be zero.
  ///
  /// In place, PyTorch multiplies with a mask of the input's type instead.
  static let dropoutMask = Auxiliary("mask", isMadeAtInference: false) { call in
    guard call.outputCount < 2, dropoutRatio(call) != 0, let input = try? call.tensor(0) else {
      return nil
    }
    return TensorType(call.attributes.flag("inplace") ? input.dataType : .bool, input.shape)
  }
}

/// The share of elements omitted: an attribute before version 12, then an input.
private func dropoutRatio(_ call: OperatorCall) -> Double? {
  call.attributes.float("ratio") ?? call.value(1)?.numbers?.first
}
