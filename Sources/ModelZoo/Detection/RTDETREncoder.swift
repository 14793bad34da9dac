// "DETRs Beat YOLOs on Real-time Object Detection", Zhao et al., 2023.
// <https://arxiv.org/abs/2304.08069>

import ModelGraph

/// Attention within the smallest map, and convolutions that mix the maps down and up again.
struct RTDETREncoder: Sendable {
  var features: Int
  var inputs: Int
  var depth: Int
  var inner: Int
  var heads: Int

  /// How many of the maps are attended.
  var attended: Int
  var activations: (network: String, convolution: String)
  var isNormalizedFirst: Bool
  var expansion: Double
  var epsilon: Double

  init(_ c: Configuration) throws(ConfigurationError) {
    features = try c.size("encoder_hidden_dim", default: 256)
    inputs = try c.sizes("encoder_in_channels")?.count ?? 3
    depth = try c.depth("encoder_layers", default: 1)
    inner = try c.size("encoder_ffn_dim", default: 1024)
    heads = try c.size("encoder_attention_heads", "num_attention_heads", default: 8)
    attended = try c.sizes("encode_proj_layers")?.count ?? 1
    activations = (
      network: try c.text("encoder_activation_function", default: "gelu"),
      convolution: try c.text("activation_function", default: "silu")
    )
    isNormalizedFirst = try c.flag("normalize_before", default: false)
    expansion = try c.number("hidden_expansion", default: 1)
    epsilon = try c.number("layer_norm_eps", default: 1e-5)
    guard features % heads == 0, 1.0 / 64...64 ~= expansion else {
      throw .contradiction("\(features) features cannot be split into \(heads) heads")
    }
  }

  func callAsFunction(_ maps: [Variable], in graph: inout GraphBuilder) -> [Variable] {
    guard var top = maps.last else { return maps }
    for index in 0..<attended {
      let tokens = graph.tokens(of: top)
      let mixed = Repeat(depth) { _ in block }.named("layers").named("aifi.\(index)")(
        tokens, in: &graph)
      top = graph.map(of: mixed, Extent(top.size(2), top.size(3)))
    }
    return up(down(Array(maps.dropLast()) + [top], in: &graph), in: &graph)
  }

  private var block: Block { Block(encoder: self) }

  /// From the smallest map to the largest, each mixed with what comes from above.
  private func down(_ maps: [Variable], in graph: inout GraphBuilder) -> [Variable] {
    var mixed = [maps[maps.count - 1]]
    for index in 0..<(maps.count - 1) {
      let lateral = convolution(1).named("lateral_convs.\(index)")(mixed[0], in: &graph)
      mixed[0] = lateral
      let map = maps[maps.count - 2 - index]
      let large = graph.enlarged(lateral, to: Extent(map.size(2), map.size(3)))
      let both = graph.concatenate([large, map], axis: 1)
      mixed.insert(partial.named("fpn_blocks.\(index)")(both, in: &graph), at: 0)
    }
    return mixed
  }

  private func up(_ maps: [Variable], in graph: inout GraphBuilder) -> [Variable] {
    var mixed = [maps[0]]
    for index in 0..<(maps.count - 1) {
      let small = convolution(3, stride: 2).named("downsample_convs.\(index)")(
        mixed[index], in: &graph)
      let map = maps[index + 1]
      let fitting = graph.enlarged(small, to: Extent(map.size(2), map.size(3)))
      let both = graph.concatenate([fitting, map], axis: 1)
      mixed.append(partial.named("pan_blocks.\(index)")(both, in: &graph))
    }
    return mixed
  }

  private func convolution(_ kernel: Int, stride: Int = 1) -> NormalizedConvolution {
    var layer = NormalizedConvolution(
      features, features, kernel: kernel, stride: stride, activation: activations.convolution)
    layer.names = ("conv", "norm")
    return layer
  }

  private var partial: PartialConvolutions {
    PartialConvolutions(
      inputs: 2 * features, outputs: features, inner: Int(Double(features) * expansion),
      activation: activations.convolution)
  }

  private struct Block: Layer {
    var encoder: RTDETREncoder

    func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
      let attention = TokenAttention(
        features: encoder.features, heads: encoder.heads, names: .short)
      let mixed = branch(x, attention, "self_attn", "self_attn_layer_norm", in: &graph)
      let network = PlainFeedForward(
        features: encoder.features, inner: encoder.inner,
        activation: encoder.activations.network)
      return branch(mixed, network, "mlp", "final_layer_norm", in: &graph)
    }

    private func branch(
      _ x: Variable, _ layer: some Layer, _ name: String, _ norm: String,
      in graph: inout GraphBuilder
    ) -> Variable {
      let norm = LayerNorm(encoder.features, epsilon: encoder.epsilon).named(norm)
      let input = encoder.isNormalizedFirst ? norm(x, in: &graph) : x
      let sum = graph.add(x, layer.named(name)(input, in: &graph))
      return encoder.isNormalizedFirst ? sum : norm(sum, in: &graph)
    }
  }
}

/// Half of the features through convolutions of two kernels side by side, the other half past them.
private struct PartialConvolutions: Layer {
  var inputs: Int
  var outputs: Int
  var inner: Int
  var activation: String

  func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    var through = convolution(inputs, inner, 1).named("conv1")(x, in: &graph)
    for index in 0..<3 {
      let y = through
      through = graph.scoped("bottlenecks.\(index)") { graph in
        let wide = convolution(inner, inner, 3, isLast: true).named("conv1")(y, in: &graph)
        let narrow = convolution(inner, inner, 1, isLast: true).named("conv2")(y, in: &graph)
        return NamedActivation(name: activation)(graph.add(wide, narrow), in: &graph)
      }
    }
    let past = convolution(inputs, inner, 1).named("conv2")(x, in: &graph)
    let sum = graph.add(through, past)
    guard inner != outputs else { return sum }
    return convolution(inner, outputs, 1).named("conv3")(sum, in: &graph)
  }

  private func convolution(
    _ inputs: Int, _ outputs: Int, _ kernel: Int, isLast: Bool = false
  ) -> NormalizedConvolution {
    var layer = NormalizedConvolution(
      inputs, outputs, kernel: kernel, activation: isLast ? nil : activation)
    layer.names = ("conv", "norm")
    return layer
  }
}
