// Complex numbers, with which some models turn queries and keys.

import ModelGraph

extension OperatorDefinition {
  static let pyTorchComplex: [OperatorDefinition] = [polar, viewAsComplex, viewAsReal]

  /// Complex numbers of given lengths (input 0) and angles (input 1).
  ///
  /// <https://docs.pytorch.org/docs/stable/generated/torch.polar.html>
  public static let polar = OperatorDefinition(
    "Polar",
    shape: .tensor { call throws(ShapeError) in
      TensorType(
        try complexType(of: call), try broadcastShape(try call.shape(0), try call.shape(1)))
    },
    gradients: [.of(0, reads: .output(0)), .of(1, reads: .output(0))],
    work: .perOutputElement(4),
    example: Example(
      OperatorCall([.tensor(.float32, [1, 128, 16]), .tensor(.float32, [1, 128, 16])]),
      [.tensor(.complex64, [1, 128, 16])]))

  /// Pairs of the last axis as complex numbers.
  ///
  /// <https://docs.pytorch.org/docs/stable/generated/torch.view_as_complex.html>
  public static let viewAsComplex = OperatorDefinition(
    "ViewAsComplex",
    shape: .tensor { call throws(ShapeError) in
      let shape = try call.shape(0)
      guard shape.last == 2 else {
        throw .rank(input: 0, expected: "pairs in the last axis", found: shape)
      }
      return TensorType(try complexType(of: call), Shape(shape.dropLast()))
    },
    gradients: [.of(0)],
    stridedAliases: [.firstOfFirst],
    training: .viewAsComplex,
    example: Example(
      OperatorCall([.tensor(.float32, [4, 128, 16, 2])]), [.tensor(.complex64, [4, 128, 16])]))

  /// Complex numbers as pairs of a new last axis.
  ///
  /// <https://docs.pytorch.org/docs/stable/generated/torch.view_as_real.html>
  public static let viewAsReal = OperatorDefinition(
    "ViewAsReal",
    shape: .tensor { call throws(ShapeError) in
      let type = try call.tensor(0)
      guard let real = type.dataType.partOfComplex else {
        throw .incompatible(rule: "the numbers are not complex", shapes: [type.shape])
      }
      return TensorType(real, type.shape + [2])
    },
    gradients: [.of(0)],
    stridedAliases: [.firstOfFirst],
    training: .viewAsReal,
    example: Example(
      OperatorCall([.tensor(.complex64, [4, 128, 16])]), [.tensor(.float32, [4, 128, 16, 2])]))

  private static func complexType(of call: OperatorCall) throws(ShapeError) -> DataType {
    switch try call.dataType(0) {
    case .float64: .complex128
    case .float16: .complex32
    default: .complex64
    }
  }
}

extension DataType {
  /// The type of the two numbers that one complex number is; `nil` if it is none.
  var partOfComplex: DataType? {
    switch self {
    case .complex128: .float64
    case .complex64: .float32
    case .complex32: .float16
    default: nil
    }
  }
}
