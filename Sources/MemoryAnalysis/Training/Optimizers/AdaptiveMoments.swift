// Optimizers that keep two moments of each gradient.

private let moments = [OptimizerState.likeParameter("exp_avg"), .likeParameter("exp_avg_sq")]

extension OptimizerFamily {
  /// Kingma and Ba, 2014. <https://arxiv.org/abs/1412.6980>
  static let adam = OptimizerFamily(
    name: "adam", options: ["amsgrad", "weight-decay", "fused", "loop"]
  ) { choice in
    adaptiveMoments(choice, copiesGradients: choice.decaysWeights)
  }

  /// Loshchilov and Hutter, 2017, whose decay changes the parameters themselves.
  /// <https://arxiv.org/abs/1711.05101>
  static let adamW = OptimizerFamily(
    name: "adamw", options: ["amsgrad", "weight-decay", "fused", "loop"]
  ) { choice in
    adaptiveMoments(choice, copiesGradients: false)
  }

  private static func adaptiveMoments(
    _ choice: OptimizerChoice, copiesGradients: Bool
  ) -> Optimizer {
    var state = (choice.isFused ? [.number("step")] : []) + moments
    if choice.has("amsgrad") { state.append(.likeParameter("max_exp_avg_sq")) }
    if choice.isFused { return Optimizer("adam", state: state) }
    guard choice.isLoop else {
      return Optimizer(
        "adam", state: state,
        step: .decay("device_grads", if: copiesGradients)
          + [.drop("device_grads"), .make("exp_avg_sq_sqrt", "_foreach_sqrt")])
    }
    return Optimizer(
      "adam", state: state,
      step: [
        .each(
          .gradient(decaying: copiesGradients) + [.make("denom", ["sqrt", "div_Tensor"])])
      ])
  }

  /// Dozat, "Incorporating Nesterov Momentum into Adam", 2016.
  /// <https://openreview.net/forum?id=OM0jvwB8jIp57ZJjtNEZ>
  static let nAdam = OptimizerFamily(name: "nadam", options: ["weight-decay", "loop"]) { choice in
    Optimizer(
      "nadam", state: moments,
      step: choice.isLoop
        ? [
          .each(
            .gradient(decaying: choice.decaysWeights) + [.make("denom", ["div_Tensor", "sqrt"])])
        ]
        : .decay("grouped_grads", if: choice.decaysWeights)
          + [.make("exp_avg_sq_sqrt", "_foreach_sqrt")])
  }

  /// Liu et al., "On the Variance of the Adaptive Learning Rate and Beyond", 2019.
  /// <https://arxiv.org/abs/1908.03265>
  ///
  /// The first five steps are not rectified; these are what is told of.
  static let rAdam = OptimizerFamily(name: "radam", options: ["weight-decay", "loop"]) { choice in
    Optimizer(
      "radam", state: moments,
      step: choice.isLoop
        ? [
          .each(
            .gradient(decaying: choice.decaysWeights)
              + [.make("bias_corrected_exp_avg", "div_Tensor"), .scratch(["mul_Tensor"])])
        ]
        : .decay("grouped_grads", if: choice.decaysWeights)
          + [.drop("grouped_grads"), .make("buffer", "_foreach_sqrt")])
  }

  /// Kingma and Ba, 2014, section 7.1. <https://arxiv.org/abs/1412.6980>
  static let adamax = OptimizerFamily(name: "adamax", options: ["weight-decay", "loop"]) { choice in
    Optimizer(
      "adamax", state: [.likeParameter("exp_avg"), .likeParameter("exp_inf")],
      step: choice.isLoop
        ? [.each(.gradient(decaying: choice.decaysWeights) + [.scratch(["abs"])])]
        : [.make("grouped_grads", choice.decaysWeights ? "_foreach_add" : "_foreach_abs")])
  }

  /// Dettmers et al., "8-bit Optimizers via Block-wise Quantization", 2021, as in bitsandbytes.
  /// <https://arxiv.org/abs/2110.02861>
  static let adam8bit = OptimizerFamily(name: "adam8bit", options: []) { _ in quantized }
  static let adamW8bit = OptimizerFamily(name: "adamw8bit", options: []) { _ in quantized }

  private static let quantized = Optimizer(
    "adam8bit", state: [.blockwise(moments: 2)], step: [.each([.makeState])])
}
