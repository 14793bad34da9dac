// Elements that are put, or added, to places along an axis that a tensor names.
// Gradients: `tools/autograd/derivatives.yaml`, PyTorch 2.15.

import ModelGraph

extension OperatorDefinition {
  static let pyTorchScatters: [OperatorDefinition] = [
    scatterAdd, scatterReduce, indexAdd, indexCopy, indexFill, partScatter, indexSum,
    embeddingBag, diagonal, diagonalMatrix, unpooled,
  ]

  /// Elements (input 2) added to places (input 1) of the data along an axis, each by itself.
  ///
  /// <https://docs.pytorch.org/docs/stable/generated/torch.Tensor.scatter_add_.html>
  public static let scatterAdd = OperatorDefinition(
    "ScatterAdd",
    shape: .sameAsInput,
    gradients: [.of(0), .of(2, reads: .input(1))],
    overwrites: [0],
    work: .perInputElement(1),
    training: .scatterAdd,
    example: scatterExample)

  /// Elements (input 2) gathered at places (input 1) of the data by their sum, mean, product, largest or smallest.
  ///
  /// <https://docs.pytorch.org/docs/stable/generated/torch.Tensor.scatter_reduce_.html>
  public static let scatterReduce = OperatorDefinition(
    "ScatterReduce",
    shape: .sameAsInput,
    gradients: [
      .of(0, reads: .input(0), .input(1), .input(2), .output(0)),
      .of(2, reads: .input(0), .input(1), .input(2), .output(0)),
    ],
    overwrites: [0],
    work: .perInputElement(1),
    training: .scatterReduce,
    example: scatterExample)

  /// Rows (input 2) added to those of the data that integers (input 1) name.
  ///
  /// <https://docs.pytorch.org/docs/stable/generated/torch.Tensor.index_add_.html>
  public static let indexAdd = OperatorDefinition(
    "IndexAdd",
    shape: .sameAsInput,
    gradients: [.of(0), .of(2, reads: .input(1))],
    overwrites: [0],
    work: .perInputElement(1),
    training: .indexUpdating("index_add", clears: false),
    example: rowExample)

  /// Rows (input 2) written over those of the data that integers (input 1) name.
  ///
  /// <https://docs.pytorch.org/docs/stable/generated/torch.Tensor.index_copy_.html>
  public static let indexCopy = OperatorDefinition(
    "IndexCopy",
    shape: .sameAsInput,
    gradients: [.of(0, reads: .input(1)), .of(2, reads: .input(1))],
    overwrites: [0],
    training: .indexUpdating("index_copy", clears: true),
    example: rowExample)

  /// A number written over the rows that integers (input 1) name.
  ///
  /// <https://docs.pytorch.org/docs/stable/generated/torch.Tensor.index_fill_.html>
  public static let indexFill = OperatorDefinition(
    "IndexFill",
    shape: .sameAsInput,
    gradients: [.of(0, reads: .input(1))],
    overwrites: [0],
    training: .indexUpdating("index_fill_int_Scalar", clears: true),
    example: Example(
      OperatorCall([.tensor(.float32, [512, 8]), .tensor(.int64, [16])]),
      [.tensor(.float32, [512, 8])]))

  /// The data with another tensor (input 1) in place of a part of it.
  ///
  /// <https://docs.pytorch.org/docs/stable/generated/torch.slice_scatter.html>
  public static let partScatter = OperatorDefinition(
    "PartScatter",
    shape: .sameAsInput,
    gradients: [.of(0), .of(1)],
    training: .partScatter,
    example: .float32([8, 64], [8, 16], gives: [8, 64]))

  /// Elements (input 1) added to the places that tensors of indices name.
  ///
  /// <https://docs.pytorch.org/docs/stable/generated/torch.Tensor.index_put_.html>
  public static let indexSum = OperatorDefinition(
    "IndexSum",
    shape: .sameAsInput,
    gradients: [.of(0), .of(1, reads: .input(2))],
    overwrites: [0],
    work: .perInputElement(1),
    training: .indexSum,
    example: Example(
      OperatorCall([
        .tensor(.float32, [512, 8]), .tensor(.float32, [16, 8]), .tensor(.int64, [16]),
      ]),
      [.tensor(.float32, [512, 8])]))

  /// The sum or mean of the rows of a table (input 0) that the integers (input 1) of each bag name, in the shape of the
  /// attribute `shape`.
  ///
  /// <https://docs.pytorch.org/docs/stable/generated/torch.nn.EmbeddingBag.html>
  public static let embeddingBag = OperatorDefinition(
    "EmbeddingBag",
    shape: .stated,
    gradients: [.of(0, reads: .input(1), .input(2))],
    frozenSizes: .stated,
    work: .perInputElement(1),
    training: .embeddingBag,
    layer: .always(.embedding),
    example: Example(
      OperatorCall(
        [.tensor(.float32, [1000, 64]), .tensor(.int64, [4096]), .tensor(.int64, [64])],
        attributes: ["shape": .integers([64, 64])]),
      [.tensor(.float32, [64, 64])]))

  /// The diagonal of the last two axes, or of two others, as a view in the shape of the attribute `shape`.
  ///
  /// <https://docs.pytorch.org/docs/stable/generated/torch.diagonal.html>
  public static let diagonal = OperatorDefinition(
    "Diagonal",
    shape: .stated,
    gradients: [.of(0)],
    stridedAliases: [.firstOfFirst],
    frozenSizes: .stated,
    training: .unary { dispatcher, x, call in
      let layout = TensorLayout(TensorType(x.dataType, call.outputs.first?.shape ?? []))
      return dispatcher.part(x, as: layout, gradientBy: "diagonal_backward")
    },
    example: .float32([32, 32], attributes: ["shape": .integers([32])], gives: [32]))

  /// A matrix of zeros with the input on its diagonal, in the shape of the attribute `shape`.
  ///
  /// <https://docs.pytorch.org/docs/stable/generated/torch.diag_embed.html>
  public static let diagonalMatrix = OperatorDefinition(
    "DiagonalMatrix",
    shape: .stated,
    gradients: [.of(0)],
    frozenSizes: .stated,
    training: .unary { dispatcher, x, call in
      let type = TensorType(x.dataType, call.outputs.first?.shape ?? [])
      let y = dispatcher.make(type, by: "zeros")
      dispatcher.record("DiagEmbedBackward0", from: [x], to: [y]) { dispatcher, call in
        [call.gradient.map { dispatcher.share($0, as: x.layout) }]
      }
      return y
    },
    example: .float32([8, 32], attributes: ["shape": .integers([8, 32, 32])], gives: [8, 32, 32]))

  /// Elements put back to where a pooling found them, among zeros, in the shape of the attribute `shape`.
  ///
  /// <https://docs.pytorch.org/docs/stable/generated/torch.nn.MaxUnpool2d.html>
  public static let unpooled = OperatorDefinition(
    "Unpooled",
    shape: .stated,
    gradients: [.of(0, reads: .input(1))],
    frozenSizes: .stated,
    example: Example(
      OperatorCall(
        [.tensor(.float32, [2, 8, 8, 8]), .tensor(.int64, [2, 8, 8, 8])],
        attributes: ["shape": .integers([2, 8, 16, 16])]),
      [.tensor(.float32, [2, 8, 16, 16])]))

  private static let scatterExample = Example(
    OperatorCall([
      .tensor(.float32, [512, 8]), .tensor(.int64, [64, 8]), .tensor(.float32, [64, 8]),
    ]),
    [.tensor(.float32, [512, 8])])

  private static let rowExample = Example(
    OperatorCall([
      .tensor(.float32, [512, 8]), .tensor(.int64, [16]), .tensor(.float32, [16, 8]),
    ]),
    [.tensor(.float32, [512, 8])])
}
