import ModelGraph

/// Gemma 4's encoder of sound: convolutions, then blocks of attention and convolution.
///
/// Gulati et al., "Conformer", 2020. <https://arxiv.org/abs/2005.08100>
struct Gemma4Audio: Layer {
  var features: Int
  var depth: Int
  var heads: Int
  var activation: String
  var channels: [Int]
  var kernel: Int
  var isClipped: Bool
  var outputs: Int
  var epsilon: Double

  /// The frames of a second of sound, and the bands of each.
  private static let frames = 100
  private static let bands = 128

  init(_ c: Configuration) throws(ConfigurationError) {
    features = try c.size("hidden_size", default: 1024)
    depth = try c.depth("num_hidden_layers", default: 12)
    heads = try c.size("num_attention_heads", default: 8)
    activation = try c.text("hidden_act", default: "silu")
    channels = try c.sizes("subsampling_conv_channels", in: 1...65536) ?? [128, 32]
    kernel = try c.size("conv_kernel_size", default: 5, in: 1...4096)
    isClipped = try c.flag("use_clipped_linears", default: true)
    outputs = try c.size("output_proj_dims", default: 1536)
    epsilon = try c.number("rms_norm_eps", default: 1e-6)
    guard channels.count == 2 else {
      throw .contradiction("\(c.path)subsampling_conv_channels must have two entries")
    }
  }

  /// One second.
  var input: TensorType { TensorType(.float32, [1, Self.frames, Self.bands]) }

  private func norm(_ features: Int) -> FeatureNormalization {
    FeatureNormalization(kind: .rootMeanSquare, features: features, epsilon: epsilon)
  }

  private func map(_ inputs: Int, _ outputs: Int) -> ClippableLinear {
    ClippableLinear(inputs: inputs, outputs: outputs, isClipped: isClipped)
  }

  func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    var hidden = graph.scoped("subsample_conv_projection") { subsample(x, in: &$0) }
    _ = graph.state("rel_pos_enc.inv_timescales", .float32, [1, 1, features / 2])
    for index in 0..<depth {
      let input = hidden
      hidden = graph.scoped("layers.\(index)") { block(input, in: &$0) }
    }
    return Linear(features, outputs).named("output_proj")(hidden, in: &graph)
  }

  /// Two convolutions that halve frames and bands, and a map of all bands of a frame.
  private func subsample(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    var image = graph.view(
      graph.cast(x, to: graph.floatingType), [x.size(0), 1, x.size(1), x.size(2)])
    for index in channels.indices {
      let input = image
      image = graph.scoped("layer\(index)") { halve(input, channels[index], in: &$0) }
    }
    let (rows, wide) = (image.size(2), image.size(1) * image.size(3))
    let flat = graph.view(
      graph.contiguous(graph.permute(image, [0, 2, 3, 1])), [x.size(0), rows, wide])
    // The library sizes the map by the channels alone; with 128 bands both agree.
    let stated = channels[0] / 4 * channels[1]
    guard stated == wide else {
      _ = graph.parameter("input_proj_linear.weight", [features, stated])
      let type = TensorType(flat.type.dataType, [x.size(0), rows, features])
      return graph.opaque("MapOfOtherWidth", [flat], gives: [type])[0]
    }
    return Linear(wide, features, bias: false).named("input_proj_linear")(flat, in: &graph)
  }

  private func halve(_ x: Variable, _ channels: Int, in graph: inout GraphBuilder) -> Variable {
    let weight = graph.parameter("conv.weight", [channels, x.size(1), 3, 3])
    let made = graph.apply(
      "Conv", x, weight, nil,
      attributes: [
        "kernel_shape": .integers([3, 3]), "strides": .integers([2, 2]),
        "pads": .integers([1, 1, 1, 1]), "dilations": .integers([1, 1]), "group": .integer(1),
      ])
    let last = graph.permute(made, [0, 2, 3, 1])
    let normalized = FeatureNormalization(
      kind: .layer(bias: false), features: channels, epsilon: epsilon
    ).named("norm")(last, in: &graph)
    return Activation.relu()(graph.permute(normalized, [0, 3, 1, 2]), in: &graph)
  }

  private func block(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    let first = graph.scoped("feed_forward1") { feed(x, in: &$0) }
    let before = norm(features).named("norm_pre_attn")(first, in: &graph)
    let attended = graph.scoped("self_attn") { attend(before, in: &$0) }
    let sum = graph.add(first, norm(features).named("norm_post_attn")(attended, in: &graph))
    let mixed = graph.scoped("lconv1d") { convolve(sum, in: &$0) }
    let last = graph.scoped("feed_forward2") { feed(mixed, in: &$0) }
    return norm(features).named("norm_out")(last, in: &graph)
  }

  private func feed(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    let y = Sequential {
      norm(features).named("pre_layer_norm")
      map(features, 4 * features).named("ffw_layer_1")
      NamedActivation(name: activation)
      map(4 * features, features).named("ffw_layer_2")
      norm(features).named("post_layer_norm")
    }(x, in: &graph)
    return graph.add(x, graph.scale(y, by: 0.5))
  }

  private func attend(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    let parts = ["q_proj", "k_proj", "v_proj"].map {
      map(features, features).named($0)(x, in: &graph)
    }
    let weights = [
      graph.parameter("relative_k_proj.weight", [features, features]),
      graph.parameter("per_dim_scale", [features / heads]),
      graph.state("softcap", graph.floatingType, []),
    ]
    let mixed = graph.opaque("ChunkedRelativeAttention", parts + weights, gives: [x.type])[0]
    return map(features, features).named("post")(mixed, in: &graph)
  }

  private func convolve(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    let normalized = norm(features).named("pre_layer_norm")(x, in: &graph)
    let both = map(features, 2 * features).named("linear_start")(normalized, in: &graph)
    let parts = graph.chunk(both, into: 2, axis: 2)
    let gated = graph.multiply(parts[0], graph.apply("Sigmoid", parts[1]))
    let filters = graph.parameter("depthwise_conv1d.weight", [features, 1, kernel])
    let mixed = graph.opaque("CausalConvolution", [gated, filters], gives: [gated.type])[0]
    let y = Sequential {
      norm(features).named("conv_norm")
      NamedActivation(name: activation)
      map(features, features).named("linear_end")
    }(mixed, in: &graph)
    return graph.add(x, y)
  }
}
