// Optimizers that divide each gradient by the size of those before it.

extension OptimizerFamily {
  /// Duchi, Hazan and Singer, 2011. <https://jmlr.org/papers/v12/duchi11a.html>
  static let adagrad = OptimizerFamily(
    name: "adagrad", options: ["weight-decay", "loop"]
  ) { choice in
    let decays = choice.decaysWeights
    return Optimizer(
      "adagrad", state: [.likeParameter("sum")], makesStateAtOnce: true,
      step: choice.isLoop
        ? [.each(.gradient(decaying: decays) + [.make("std", "sqrt")])]
        : .decay("device_grads", if: decays) + [.make("std", "_foreach_sqrt")]
          + (decays ? [] : [.make("numerator", "_foreach_mul_ScalarList")]))
  }

  /// Zeiler, 2012. <https://arxiv.org/abs/1212.5701>
  static let adadelta = OptimizerFamily(
    name: "adadelta", options: ["weight-decay", "loop"]
  ) { choice in
    let decays = choice.decaysWeights
    return Optimizer(
      "adadelta", state: [.likeParameter("square_avg"), .likeParameter("acc_delta")],
      step: choice.isLoop
        ? [
          .each(
            .gradient(decaying: decays)
              + [.make("std", "add_Tensor"), .make("delta", "add_Tensor")])
        ]
        : .decay("device_grads", if: decays)
          + [.make("std", "_foreach_add_Scalar"), .make("deltas", "_foreach_add_Scalar")])
  }

  /// Hinton, lecture 6 of "Neural Networks for Machine Learning", 2012; centred by Graves, 2013.
  /// <https://arxiv.org/abs/1308.0850>
  static let rmsProp = OptimizerFamily(
    name: "rmsprop", options: ["momentum", "centered", "weight-decay", "loop"]
  ) { choice in
    var state = [OptimizerState.likeParameter("square_avg")]
    if choice.has("momentum") { state.append(.likeParameter("momentum_buffer")) }
    if choice.has("centered") { state.append(.likeParameter("grad_avg")) }
    let isCentered = choice.has("centered")
    return Optimizer(
      "rmsprop", state: state,
      step: choice.isLoop
        ? [
          .each(
            .gradient(decaying: choice.decaysWeights)
              + [.make("avg", isCentered ? "addcmul" : "sqrt")])
        ]
        : .decay("grouped_grads", if: choice.decaysWeights)
          + [.make("avg", isCentered ? "_foreach_addcmul_Scalar" : "_foreach_sqrt")])
  }
}
