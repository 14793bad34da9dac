import ModelGraph

/// Batch normalization, with running statistics as state.
///
/// Ioffe and Szegedy, "Batch Normalization: Accelerating Deep Network Training by Reducing Internal
/// Covariate Shift", 2015. <https://arxiv.org/abs/1502.03167>
struct BatchNorm2d: Layer {
  let channels: Int
  var epsilon = 1e-5

  init(_ channels: Int, epsilon: Double = 1e-5) {
    self.channels = channels
    self.epsilon = epsilon
  }

  func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    let weight = graph.parameter("weight", [channels])
    let bias = graph.parameter("bias", [channels])
    let mean = graph.state("running_mean", .float32, [channels])
    let variance = graph.state("running_var", .float32, [channels])
    _ = graph.state("num_batches_tracked", .int64, [])
    return graph.call(
      "BatchNormalization", x, weight, bias, mean, variance,
      attributes: ["epsilon": .float(epsilon)])
  }
}

/// Layer normalization over the last axis.
///
/// Ba et al., "Layer Normalization", 2016. <https://arxiv.org/abs/1607.06450>
struct LayerNorm: Layer {
  let features: Int
  var epsilon = 1e-5

  init(_ features: Int, epsilon: Double = 1e-5) {
    self.features = features
    self.epsilon = epsilon
  }

  func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    let weight = graph.parameter("weight", [features])
    let bias = graph.parameter("bias", [features])
    return graph.call(
      "LayerNormalization", x, weight, bias,
      attributes: ["axis": .integer(-1), "epsilon": .float(epsilon)])
  }
}

/// Layer normalization over the channels of an image: the channels go last and come back.
struct LayerNorm2d: Layer {
  let channels: Int

  init(_ channels: Int) { self.channels = channels }

  func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    let last = graph.permute(x, [0, 2, 3, 1])
    let normalized = LayerNorm(channels, epsilon: 1e-6)(last, in: &graph)
    return graph.permute(normalized, [0, 3, 1, 2])
  }
}

/// Normalization of the channels of an image in groups.
///
/// Wu and He, "Group Normalization", 2018. <https://arxiv.org/abs/1803.08494>
struct GroupNorm: Layer {
  let channels: Int
  let groups: Int

  init(_ channels: Int, groups: Int) {
    self.channels = channels
    self.groups = groups
  }

  func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    graph.call(
      "GroupNormalization", x, graph.parameter("weight", [channels]),
      graph.parameter("bias", [channels]),
      attributes: ["num_groups": .integer(groups), "epsilon": .float(1e-5)])
  }
}
