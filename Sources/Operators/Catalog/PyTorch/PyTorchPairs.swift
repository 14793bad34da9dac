// How near tensors are to each other, and losses of it.

import ModelGraph

extension OperatorDefinition {
  static let pyTorchPairs: [OperatorDefinition] = [
    cosineSimilarity, pairwiseDistance, tripletLoss, rankingLoss, hingeLoss, softMarginLoss,
    cosineLoss, divergenceLoss, poissonLoss, bilinear, affinePlaces,
  ]

  /// The cosine of the angle between vectors along an axis, in the shape of the attribute `shape`.
  ///
  /// <https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.cosine_similarity.html>
  public static let cosineSimilarity = pair(
    "CosineSimilarity", .cosineSimilarity, [.of(0), .of(1)],
    .float32([32, 64], [32, 64], attributes: ["shape": .integers([32])], gives: [32]))

  /// The length of the difference of vectors, in the shape of the attribute `shape`.
  ///
  /// <https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.pairwise_distance.html>
  public static let pairwiseDistance = pair(
    "PairwiseDistance", .pairwiseDistance, [.of(0), .of(1)],
    .float32([32, 64], [32, 64], attributes: ["shape": .integers([32])], gives: [32]))

  /// How much nearer vectors (input 0) are to their like (input 1) than to others (input 2).
  ///
  /// <https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.triplet_margin_loss.html>
  public static let tripletLoss = pair(
    "TripletLoss", .tripletLoss, [.of(0), .of(1), .of(2)],
    .float32([32, 64], [32, 64], [32, 64], attributes: ["shape": .integers([])], gives: []))

  /// Whether scores lie in the order that a target (input 2) says.
  ///
  /// <https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.margin_ranking_loss.html>
  public static let rankingLoss = pair(
    "RankingLoss", .rankingLoss, [.of(0), .of(1)],
    .float32([32], [32], [32], attributes: ["shape": .integers([])], gives: []))

  /// What is far where the target is −1 costs nothing, and what is near where it is 1.
  ///
  /// <https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.hinge_embedding_loss.html>
  public static let hingeLoss = pair(
    "HingeLoss", .hingeLoss, [.of(0)],
    .float32([32, 64], [32, 64], attributes: ["shape": .integers([])], gives: []))

  /// The logistic loss of scores with signs as targets.
  ///
  /// <https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.soft_margin_loss.html>
  public static let softMarginLoss = pair(
    "SoftMarginLoss", .softMarginLoss, [.of(0, reads: .input(0), .input(1))],
    .float32([32, 64], [32, 64], attributes: ["shape": .integers([])], gives: []))

  /// The cosine of pairs that are alike or not (input 2).
  ///
  /// <https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.cosine_embedding_loss.html>
  public static let cosineLoss = pair(
    "CosineLoss", .cosineLoss, [.of(0), .of(1)],
    .float32([32, 64], [32, 64], [32], attributes: ["shape": .integers([])], gives: []))

  /// The divergence of logarithms of probabilities from a distribution, or its logarithm.
  ///
  /// <https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.kl_div.html>
  public static let divergenceLoss = pair(
    "DivergenceLoss", .divergenceLoss, [.of(0, reads: .input(1)), .of(1)],
    .float32([32, 64], [32, 64], attributes: ["shape": .integers([])], gives: []))

  /// The negative logarithm of what Poisson's distribution says of counts.
  ///
  /// <https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.poisson_nll_loss.html>
  public static let poissonLoss = pair(
    "PoissonLoss", .poissonLoss, [.of(0)],
    .float32([32, 64], [32, 64], attributes: ["shape": .integers([])], gives: []))

  /// Products of two vectors with a stack of matrices (input 2), and a bias.
  ///
  /// <https://docs.pytorch.org/docs/stable/generated/torch.nn.Bilinear.html>
  public static let bilinear = OperatorDefinition(
    "Bilinear",
    shape: .stated,
    gradients: [
      .of(0, reads: .input(1), .input(2)), .of(1, reads: .input(0), .input(2)),
      .of(2, reads: .input(0), .input(1)), .of(3),
    ],
    frozenSizes: .stated,
    work: WorkRule { call, outputs in
      let depth = (try? call.shape(2)).map { Shape($0.dropFirst()).elementCount } ?? 0
      return Work(
        multiplyAccumulates: saturatingProduct(outputs.first?.elementCount ?? 0, depth))
    },
    training: .bilinear,
    layer: .always(.linear),
    example: .float32(
      [32, 16], [32, 16], [8, 16, 16], [8], attributes: ["shape": .integers([32, 8])],
      gives: [32, 8]))

  /// Places of an image that an affine map moves, in the shape of the attribute `shape`.
  ///
  /// <https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.affine_grid.html>
  public static let affinePlaces = OperatorDefinition(
    "AffinePlaces",
    shape: .stated,
    gradients: [.of(0)],
    frozenSizes: .stated,
    work: .perOutputElement(3),
    training: .affinePlaces,
    example: .float32(
      [32, 2, 3], attributes: ["shape": .integers([32, 8, 8, 2])], gives: [32, 8, 8, 2]))

  private static func pair(
    _ name: OperatorName, _ training: TrainingRule, _ gradients: [Gradient], _ example: Example
  ) -> OperatorDefinition {
    OperatorDefinition(
      name, shape: .stated, gradients: gradients, frozenSizes: .stated,
      work: .perInputElement(3), training: training, example: example)
  }
}
