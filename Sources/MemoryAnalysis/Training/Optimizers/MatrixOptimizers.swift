// Optimizers that treat a matrix otherwise than as so many numbers.

extension OptimizerFamily {
  /// Shazeer and Stern, 2018. <https://arxiv.org/abs/1804.04235>
  static let adafactor = OptimizerFamily(name: "adafactor", options: ["weight-decay"]) { _ in
    Optimizer("adafactor", state: [.factors], step: [.adafactor])
  }

  /// Jordan et al., 2024, for all matrices; other parameters are stepped by AdamW after them.
  /// <https://kellerjordan.github.io/posts/muon/>
  static let muon = OptimizerFamily(name: "muon", options: []) { choice in
    let others = OptimizerFamily.adamW.make(choice).parts
    return Optimizer(
      "muon",
      parts: [
        Optimizer.Part(
          selection: .matrices, state: [.likeParameter("momentum_buffer")],
          step: [.each(orthogonalization)])
      ]
        + others.map {
          Optimizer.Part(selection: .others, state: $0.state, step: $0.step)
        })
  }

  /// Five Newton–Schulz iterations in bfloat16, the first of a copy whose axes are swapped if it is taller than wide.
  ///
  /// Source: `_zeropower_via_newtonschulz` of `torch/optim/_muon.py`, PyTorch 2.15.
  private static let orthogonalization: [OptimizerInstruction] =
    [
      .make("update", "lerp_Scalar"), .make("ortho_grad", ["_to_copy"], .half),
      .norm(ofHalf: true),
    ] + iteration(.halfOfSwapped) + Array(repeating: iteration(.half), count: 4).flatMap(\.self)
    + [.drop("gram_matrix"), .drop("gram_update"), .move("ortho_grad", "update")]

  private static func iteration(_ extent: OptimizerInstruction.Extent) -> [OptimizerInstruction] {
    [
      .make("gram_matrix", ["mm"], .gram), .make("gram_update", ["addmm"], .gram),
      .make("ortho_grad", ["addmm"], extent),
    ]
  }
}
