// Elements that truth values pick, and others that are written to places that tensors name.

import ModelGraph

extension OperatorDefinition {
  static let pyTorchPicks: [OperatorDefinition] = [
    picked, indexUpdate, maskedScatter, gatedLinearUnit,
  ]

  /// The data with the elements of another tensor (input 2), one after the other, where a mask (input 1)
  /// is true.
  ///
  /// <https://docs.pytorch.org/docs/stable/generated/torch.Tensor.masked_scatter.html>
  public static let maskedScatter = OperatorDefinition(
    "MaskedScatter",
    shape: .sameAsInput,
    gradients: [.of(0, reads: .input(1)), .of(2, reads: .input(1))],
    training: .maskedScatter,
    example: Example(
      OperatorCall([
        .tensor(.float32, [2, 64, 256]), .tensor(.bool, [2, 64, 256]),
        .tensor(.float32, [16, 256]),
      ]),
      [.tensor(.float32, [2, 64, 256])]))

  /// The elements or slices (input 0) for which a mask (input 1) is true, in the shape of the attribute
  /// `shape`.
  ///
  /// `x[mask]` in Python. <https://numpy.org/doc/stable/user/basics.indexing.html#boolean-array-indexing>
  public static let picked = OperatorDefinition(
    "Picked",
    shape: .stated,
    gradients: [.of(0, reads: .input(1))],
    frozenSizes: .stated,
    training: .picking,
    example: Example(
      OperatorCall(
        [.tensor(.float32, [4, 128, 256]), .tensor(.bool, [4])],
        attributes: ["shape": .integers([2, 128, 256])]),
      [.tensor(.float32, [2, 128, 256])]))

  /// The data with others (input 1) written over what the further operands name: places along each
  /// axis, or a mask.
  ///
  /// `x[places] = y` in Python. <https://docs.pytorch.org/docs/stable/generated/torch.Tensor.index_put_.html>
  public static let indexUpdate = OperatorDefinition(
    "IndexUpdate",
    shape: .sameAsInput,
    gradients: [.of(0, reads: .input(2)), .of(1, reads: .input(2), .input(3), .input(4))],
    overwrites: [0],
    training: .indexUpdate,
    example: Example(
      OperatorCall([.tensor(.int64, [1024]), .tensor(.int64, [1024]), .tensor(.int64, [1024])]),
      [.tensor(.int64, [1024])]))

  /// One half of an axis times the sigmoid of the other.
  ///
  /// <https://docs.pytorch.org/docs/stable/generated/torch.nn.GLU.html>
  public static let gatedLinearUnit = OperatorDefinition(
    "GatedLinearUnit",
    shape: .tensor { call throws(ShapeError) in
      var type = try call.tensor(0)
      let axis = try call.axis(default: -1, rank: type.rank)
      guard type.shape[axis].isMultiple(of: 2) else {
        throw .attribute(
          name: "axis", expected: "an axis of even length", found: "\(type.shape[axis])")
      }
      type.shape[axis] /= 2
      return type
    },
    gradients: [.of(0, reads: .input(0))],
    work: .perInputElement(2),
    training: .gatedLinearUnit,
    layer: .always(.activation),
    example: .float32([2, 1024, 256], attributes: ["axis": .integer(1)], gives: [2, 512, 256]))
}
