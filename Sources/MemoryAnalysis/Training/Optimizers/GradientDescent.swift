// Gradient descent, and what averages or compares gradients only by sign.

extension OptimizerFamily {
  static let sgd = OptimizerFamily(
    name: "sgd", options: ["momentum", "nesterov", "dampening", "weight-decay", "fused", "loop"]
  ) { choice in
    Optimizer(
      "sgd", state: choice.has("momentum") ? [.likeParameter("momentum_buffer")] : [],
      step: choice.isFused ? [] : choice.isLoop ? descentLoop(choice) : descentLists(choice))
  }

  /// Momentum begins as a copy of the gradients.
  private static func descentLists(_ choice: OptimizerChoice) -> [OptimizerInstruction] {
    .decay("device_grads", if: choice.decaysWeights)
      + (choice.has("momentum") ? [.each([.makeState])] : [])
      + (choice.has("momentum") && !choice.has("nesterov") ? [.drop("device_grads")] : [])
  }

  private static func descentLoop(_ choice: OptimizerChoice) -> [OptimizerInstruction] {
    var body: [OptimizerInstruction] = .gradient(decaying: choice.decaysWeights)
    if choice.has("momentum") {
      body.append(.makeState)
      body.append(choice.has("nesterov") ? .make("grad", "add_Tensor") : .drop("grad"))
    }
    return [.each(body)]
  }

  /// Polyak and Juditsky, "Acceleration of Stochastic Approximation by Averaging", 1992.
  /// <https://doi.org/10.1137/0330046>
  static let asgd = OptimizerFamily(name: "asgd", options: ["weight-decay", "loop"]) { choice in
    Optimizer(
      "asgd",
      state: [.number("step"), .number("eta"), .number("mu"), .likeParameter("ax")],
      step: choice.isLoop
        ? [.each(.gradient(decaying: choice.decaysWeights))]
        : [
          .make("intermediate", "_foreach_add_List"), .drop("intermediate"),
          .make("intermediate", "_foreach_sub_List"), .drop("intermediate"),
          .make(
            "new_etas",
            ["mul_Tensor", "add_Tensor", "pow_Tensor_Scalar", "reciprocal", "mul_Tensor"],
            .bytes(4)),
          .make("new_mus", ["_to_copy"], .bytes(4)),
        ])
  }

  /// Riedmiller and Braun, "A direct adaptive method for faster backpropagation learning", 1993.
  /// <https://doi.org/10.1109/ICNN.1993.298623>
  static let rprop = OptimizerFamily(name: "rprop", options: ["loop"]) { choice in
    Optimizer(
      "rprop", state: [.likeParameter("prev"), .likeParameter("step_size")],
      step: choice.isLoop ? signLoop : signLists)
  }

  private static let signLoop: [OptimizerInstruction] = [
    .each([
      .drop("grad"), .make("sign", ["mul_Tensor", "sign"]), .scratch(["gt_Scalar"], .mask),
      .scratch(["lt_Scalar"], .mask), .scratch(["eq_Scalar"], .mask), .make("grad", "clone"),
      .scratch(["eq_Scalar"], .mask), .scratch(["sign"]),
    ])
  ]

  private static let signLists: [OptimizerInstruction] = [
    .make("signs", "_foreach_mul_List"),
    .each([
      .scratch(["gt_Scalar"], .mask), .scratch(["lt_Scalar"], .mask),
      .scratch(["eq_Scalar"], .mask),
    ]),
    .each([
      .make("mask", ["eq_Scalar"], .mask), .make("zero", ["scalar_tensor"], .bytes(4)),
      .make("replaced", "where_self"), .drop("zero"), .drop("mask"), .drop("replaced"),
    ]),
    .keepLast(of: "signs", in: "sign"),
    .make("grad_signs", "sign"),
  ]

  /// Chen et al., "Symbolic Discovery of Optimization Algorithms", 2023.
  /// <https://arxiv.org/abs/2302.06675>
  ///
  /// As `lion-pytorch` 0.2.5 writes it, in a loop or on lists.
  static let lion = OptimizerFamily(name: "lion", options: ["foreach"]) { choice in
    Optimizer(
      "lion", state: [.likeParameter("exp_avg")],
      step: choice.has("foreach")
        ? [.make("updates", "clone")]
        : [.each([.makeState, .make("update", ["clone", "add_Tensor"]), .drop("update")])])
  }

  /// Lion with one byte for each element of its state, as in bitsandbytes.
  static let lion8bit = OptimizerFamily(name: "lion8bit", options: []) { _ in
    Optimizer("lion8bit", state: [.blockwise(moments: 1)], step: [.each([.makeState])])
  }
}
