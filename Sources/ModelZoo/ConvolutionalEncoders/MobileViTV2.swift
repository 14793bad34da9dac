// "Separable Self-attention for Mobile Vision Transformers", Mehta and Rastegari, 2022.
// <https://arxiv.org/abs/2206.02680>

import ModelGraph

/// Inverted residuals, and among them attention whose work grows with the patches only.
struct MobileViTV2: Layer {
  var images: ImageSizes
  var width: Double

  /// The features of the tokens of each transformer, and how many blocks it has.
  var tokens: [Int]
  var depths: [Int]
  var ratio: Double
  var expansion: Double
  var kernel: Int
  var outputStride: Int
  var activation: String
  var task: MobileTask

  private var maps: [Int] {
    [max(16, divisibleChannels(min(64, max(16, 32 * width))))]
      + [divisibleChannels(64 * width, by: 16)]
      + [128, 256, 384, 512].map { divisibleChannels($0 * width) }
  }

  func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    if task == .features { return encode(x, in: &graph) }
    let map = graph.scoped("mobilevitv2") { encode(x, in: &$0) }
    return task.answer(map, in: &graph)
  }

  private func residual(_ index: Int, stride: Int, dilation: Int = 1) -> MobileResidual {
    MobileResidual(
      inputs: maps[index - 1], outputs: maps[index], stride: stride, dilation: dilation,
      expansion: expansion, activation: activation)
  }

  private func encode(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    var same = residual(2, stride: 1)
    same.inputs = maps[2]
    var map = PaddedConvolution.mobile(
      images.channels, maps[0], kernel: 3, stride: 2, activation: activation
    ).named("conv_stem")(x, in: &graph)
    map = residual(1, stride: 1).named("encoder.layer.0.layer.0")(map, in: &graph)
    map = residual(2, stride: 2).named("encoder.layer.1.layer.0")(map, in: &graph)
    map = same.named("encoder.layer.1.layer.1")(map, in: &graph)
    for (index, dilation) in MobileResidual.dilations(outputStride).enumerated() {
      map = graph.scoped("encoder.layer.\(index + 2)") { look(map, index, dilation, in: &$0) }
    }
    return map
  }

  private func look(
    _ x: Variable, _ index: Int, _ dilation: Int, in graph: inout GraphBuilder
  ) -> Variable {
    let (width, features) = (maps[index + 3], tokens[index])
    let inner = residual(
      index + 3, stride: dilation > 1 ? 1 : 2, dilation: max(1, dilation / 2))
    let map = inner.named("downsampling_layer")(x, in: &graph)
    let local = PaddedConvolution.mobile(
      width, width, kernel: kernel, groups: width, activation: activation
    ).named("conv_kxk")(map, in: &graph)
    let block = Block(
      features: features, inner: Int(ratio * Double(features)) / 16 * 16, activation: activation)
    let seen = Sequential {
      Conv2d(width, features, kernel: 1, bias: false).named("conv_1x1.convolution")
      Repeat(depths[index]) { _ in block }.named("transformer.layer")
      GroupNorm(features, groups: 1).named("layernorm")
      PaddedConvolution.mobile(features, width, activation: nil).named("conv_projection")
    }
    return seen(local, in: &graph)
  }

  /// Attention to one context for all places, and a network, both by convolutions of one place.
  private struct Block: Layer {
    var features: Int
    var inner: Int
    var activation: String

    func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
      let normalized = GroupNorm(features, groups: 1).named("layernorm_before")(x, in: &graph)
      let attended = graph.scoped("attention") { graph in
        let all = Conv2d(features, 1 + 2 * features, kernel: 1).named("qkv_proj.convolution")(
          normalized, in: &graph)
        let mixed = graph.opaque(
          "SeparableAttention", [all], gives: [x.type], layer: .attention)[0]
        return Conv2d(features, features, kernel: 1).named("out_proj.convolution")(
          mixed, in: &graph)
      }
      let sum = graph.add(attended, x)
      let fed = Sequential {
        GroupNorm(features, groups: 1).named("layernorm_after")
        Conv2d(features, inner, kernel: 1).named("ffn.conv1.convolution")
        NamedActivation(name: activation)
        Conv2d(inner, features, kernel: 1).named("ffn.conv2.convolution")
      }(sum, in: &graph)
      return graph.add(fed, sum)
    }
  }
}

extension MobileViTV2 {
  static func model(_ c: Configuration) throws(ConfigurationError) -> Blueprint {
    let name = try c.className(default: "MobileViTV2ForImageClassification")
    try c.requireClass(
      name, endingIn: ["ForImageClassification", "ForSemanticSegmentation", "Model"])
    let width = try c.number("width_multiplier", default: 1)
    let (ratio, expansion) = (
      try c.number("ffn_multiplier", default: 2), try c.number("expand_ratio", default: 2)
    )
    for (key, number) in [
      ("width_multiplier", width), ("ffn_multiplier", ratio), ("expand_ratio", expansion),
    ] {
      guard 1.0 / 64...64 ~= number else {
        throw .contradiction("\(key) must be from 1/64 to 64, found \(number)")
      }
    }
    let tokens = try c.stageSizes("base_attn_unit_dims", default: [128, 192, 256], count: 3)
    let model = MobileViTV2(
      images: try c.imageSizes(image: 256, patch: 2), width: width,
      tokens: tokens.map { divisibleChannels(Double($0) * width) },
      depths: try c.stageSizes("n_attn_blocks", default: [2, 4, 3], count: 3), ratio: ratio,
      expansion: expansion, kernel: try c.size("conv_kernel_size", default: 3, in: 1...255),
      outputStride: try c.size("output_stride", default: 32),
      activation: try c.text("hidden_act", default: "swish"),
      task: try MobileTask(c, name, features: 512))
    try c.requireDepth(model.depths)
    return Blueprint(network: model, input: model.images.input)
  }
}
