import ModelGraph

/// Convolutions that make frames of samples.
struct SampleConvolutions: Layer {
  let sizes: SpeechSizes

  func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    var hidden = x
    for index in sizes.channels.indices {
      hidden = graph.scoped("conv_layers.\(index)") { graph in
        let convolved = Conv1d(
          index == 0 ? 1 : sizes.channels[index - 1], sizes.channels[index],
          kernel: sizes.kernels[index], stride: sizes.strides[index], bias: sizes.convolutionBias
        ).named("conv")(hidden, in: &graph)
        let normalized = normalize(convolved, index, in: &graph)
        return NamedActivation(name: sizes.convolutionActivation).named("activation")(
          normalized, in: &graph)
      }
    }
    return hidden
  }

  private func normalize(
    _ x: Variable, _ index: Int, in graph: inout GraphBuilder
  ) -> Variable {
    let channels = sizes.channels[index]
    if sizes.normalizesChannels {
      let last = graph.transpose(x, 1, 2)
      return graph.transpose(LayerNorm(channels).named("layer_norm")(last, in: &graph), 1, 2)
    }
    guard index == 0 else { return x }
    return graph.scoped("layer_norm") { graph in
      graph.call(
        "GroupNormalization", x, graph.parameter("weight", [channels]),
        graph.parameter("bias", [channels]),
        attributes: ["num_groups": .integer(channels), "epsilon": .float(1e-5)])
    }
  }
}

/// A normalization and a map between convolutions and blocks.
struct SpeechProjection: Layer {
  let sizes: SpeechSizes
  var hasNorm = true

  func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    Sequential {
      if hasNorm { LayerNorm(sizes.extracted, epsilon: sizes.epsilon).named("layer_norm") }
      Linear(sizes.extracted, sizes.features).named("projection")
    }.named("feature_projection")(x, in: &graph)
  }
}

/// The places of frames, told by a wide convolution whose weight is split into length and direction.
///
/// Salimans and Kingma, "Weight Normalization", 2016. <https://arxiv.org/abs/1602.07868>
struct ConvolvedPositions: Layer {
  let sizes: SpeechSizes
  var stride = 1

  /// Whether the frames are normalized over the batch and the weight is one tensor.
  var normalizesBatch = false

  func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    var hidden = graph.transpose(x, 1, 2)
    if normalizesBatch {
      hidden = BatchNorm2d(sizes.features).named("batch_norm")(hidden, in: &graph)
    }
    let convolved = graph.scoped("conv") { convolve(hidden, in: &$0) }
    // An even kernel with half of it as padding gives one frame too many.
    let count = convolved.size(2) - (sizes.positionKernel % 2 == 0 ? 1 : 0)
    let frames = graph.narrow(convolved, axis: 2, from: 0, to: count)
    let active = NamedActivation(name: sizes.convolutionActivation).named("activation")(
      frames, in: &graph)
    return graph.transpose(active, 1, 2)
  }

  private func convolve(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    let (features, kernel, groups) = (sizes.features, sizes.positionKernel, sizes.positionGroups)
    let layer = Conv1d(
      features, features, kernel: kernel, stride: stride, padding: kernel / 2, groups: groups)
    if normalizesBatch { return layer(x, in: &graph) }
    let length = graph.parameter("parametrizations.weight.original0", [1, 1, kernel])
    let direction = graph.parameter(
      "parametrizations.weight.original1", [features, features / max(1, groups), kernel])
    let weight = graph.multiply(direction, length)
    return layer.convolve(x, weight, graph.parameter("bias", [features]), in: &graph)
  }
}
