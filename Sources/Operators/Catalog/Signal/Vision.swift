// Sampling of images, and their decoding.

import ModelGraph

extension OperatorDefinition {
  static let vision: [OperatorDefinition] = [gridSample, affineGrid, imageDecoder]

  /// Samples an image at the places that a grid says.
  ///
  /// <https://arxiv.org/abs/1506.02025>
  public static let gridSample = OperatorDefinition(
    "GridSample",
    shape: .gridSample,
    gradients: [.of(0, reads: .input(0), .input(1)), .of(1, reads: .input(0), .input(1))],
    work: .perOutputElement(8),
    training: .gridSampling,
    example: .float32([1, 3, 224, 224], [1, 56, 56, 2], gives: [1, 3, 56, 56]))

  /// The grid of an affine transform.
  public static let affineGrid = OperatorDefinition(
    "AffineGrid",
    shape: .affineGrid,
    gradients: [.of(0)],
    work: .perOutputElement(3),
    example: Example(
      OperatorCall(
        [.tensor(.float32, [1, 2, 3]), .tensor(.int64, [4])],
        values: [nil, TensorValue([1, 3, 56, 56])]),
      [.tensor(.float32, [1, 56, 56, 2])]))

  /// An image file to its pixels; the file's own header says how many.
  public static let imageDecoder = OperatorDefinition(
    "ImageDecoder",
    shape: .decodedImage,
    example: Example(
      OperatorCall(
        [.tensor(.uint8, [26])],
        values: [
          TensorValue(
            TensorType(.uint8, [26]),
            .integers(
              [0x42, 0x4D] + Array(repeating: 0, count: 16) + [64, 0, 0, 0] + [32, 0, 0, 0]))
        ]),
      [.tensor(.uint8, [32, 64, 3])]))
}

extension ShapeRule {
  /// `[N, C, …]` at a grid `[N, …places, axes]` gives `[N, C, …places]`.
  fileprivate static let gridSample = ShapeRule.tensor { call throws(ShapeError) in
    let input = try call.tensor(0)
    let grid = try call.shape(1)
    guard input.rank >= 3, grid.count == input.rank, grid[0] == input.shape[0],
      grid[grid.count - 1] == input.rank - 2
    else {
      throw .incompatible(
        rule: "a grid [N, …, \(input.rank - 2)] for an input [N, C, …]",
        shapes: [input.shape, grid])
    }
    return TensorType(input.dataType, input.shape.prefix(2) + grid.dropFirst().dropLast())
  }

  /// A size `[N, C, …places]` gives `[N, …places, axes]`.
  fileprivate static let affineGrid = ShapeRule.tensor { call throws(ShapeError) in
    let size = try call.integers(1) ?? []
    guard size.count >= 3 else {
      throw .attribute(name: "size", expected: "at least 3 sizes", found: size.description)
    }
    return TensorType(
      try call.dataType(0), [size[0]] + size.dropFirst(2) + [size.count - 2])
  }

  /// `[height, width, channels]`, as the header of the file says.
  fileprivate static let decodedImage = ShapeRule.tensor { call throws(ShapeError) in
    guard let bytes = try call.integers(0) else { throw .missingInput(0) }
    guard let size = ImageHeader(bytes: bytes) else { throw .dependsOnContents(0) }
    let isGrayscale = call.attributes.string("pixel_format") == "Grayscale"
    return TensorType(.uint8, [size.height, size.width, isGrayscale ? 1 : 3])
  }
}
