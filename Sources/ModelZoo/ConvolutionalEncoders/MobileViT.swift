// "MobileViT: Light-weight, General-purpose, and Mobile-friendly Vision Transformer", Mehta and
// Rastegari, 2021. <https://arxiv.org/abs/2110.02178>

import ModelGraph

/// Inverted residuals, and among them transformers over the places of small patches.
struct MobileViT: Layer {
  var images: ImageSizes

  /// The features of the tokens of each transformer, and of the maps between the layers.
  var tokens: [Int]
  var maps: [Int]
  var heads: Int
  var ratio: Double
  var expansion: Double
  var kernel: Int
  var outputStride: Int
  var hasBias: Bool
  var activation: String
  var epsilon: Double
  var task: MobileTask

  private static let depths = [2, 4, 3]

  func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    if task == .features { return widened(x, in: &graph) }
    let map = graph.scoped("mobilevit") {
      task.readsPlaces ? encode(x, in: &$0) : widened(x, in: &$0)
    }
    return task.answer(map, in: &graph)
  }

  private func widened(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    let map = encode(x, in: &graph)
    return PaddedConvolution.mobile(maps[5], maps[6], activation: activation).named("conv_1x1_exp")(
      map, in: &graph)
  }

  private func encode(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    var map = PaddedConvolution.mobile(
      images.channels, maps[0], kernel: 3, stride: 2, activation: activation
    ).named("conv_stem")(x, in: &graph)
    map = residual(maps[0], maps[1], stride: 1).named("encoder.layer.0.layer.0")(map, in: &graph)
    for index in 0..<3 {
      map = residual(maps[index == 0 ? 1 : 2], maps[2], stride: index == 0 ? 2 : 1)
        .named("encoder.layer.1.layer.\(index)")(map, in: &graph)
    }
    for (index, dilation) in MobileResidual.dilations(outputStride).enumerated() {
      map = graph.scoped("encoder.layer.\(index + 2)") {
        look(map, index, dilation: dilation, in: &$0)
      }
    }
    return map
  }

  private func residual(
    _ inputs: Int, _ outputs: Int, stride: Int, dilation: Int = 1
  ) -> MobileResidual {
    MobileResidual(
      inputs: inputs, outputs: outputs, stride: stride, dilation: dilation, expansion: expansion,
      activation: activation)
  }

  private func look(
    _ x: Variable, _ index: Int, dilation: Int, in graph: inout GraphBuilder
  ) -> Variable {
    let (width, features) = (maps[index + 3], tokens[index])
    let inner = residual(
      maps[index + 2], width, stride: dilation > 1 ? 1 : 2, dilation: max(1, dilation / 2))
    let map = graph.scoped("downsampling_layer") { inner(x, in: &$0) }
    let local = PaddedConvolution.mobile(width, width, kernel: kernel, activation: activation)
      .named("conv_kxk")(map, in: &graph)
    let projected = Conv2d(width, features, kernel: 1, bias: false)
      .named("conv_1x1.convolution")(local, in: &graph)
    let seen = transformed(projected, features, Self.depths[index], in: &graph)
    let back = PaddedConvolution.mobile(features, width, activation: activation)
      .named("conv_projection")(seen, in: &graph)
    return PaddedConvolution.mobile(2 * width, width, kernel: kernel, activation: activation)
      .named("fusion")(graph.concatenate([map, back], axis: 1), in: &graph)
  }

  /// A transformer over the first places of all patches, over the second ones, and so on.
  private func transformed(
    _ map: Variable, _ features: Int, _ depth: Int, in graph: inout GraphBuilder
  ) -> Variable {
    let patch = images.patch.height
    let rows = map.size(2).dividedRoundingUp(by: patch)
    let columns = map.size(3).dividedRoundingUp(by: patch)
    let type = TensorType(
      map.type.dataType, [map.size(0) * patch * patch, rows * columns, features])
    let unfolded = graph.opaque("PlacesOfPatches", [map], gives: [type])[0]
    let norm = FeatureNormalization(
      kind: .layer(bias: true), features: features, epsilon: epsilon)
    let block = block(features, norm)
    let tokens = Sequential {
      Repeat(depth) { _ in block }.named("transformer.layer")
      norm.named("layernorm")
    }(unfolded, in: &graph)
    return graph.opaque("MapOfPatches", [tokens], gives: [map.type])[0]
  }

  private func block(_ features: Int, _ norm: FeatureNormalization) -> TokenBlock {
    .vit(
      TokenAttention(features: features, heads: heads), bias: hasBias,
      inner: Int(Double(features) * ratio), activation: activation, norm: norm)
  }
}

/// A map up, a convolution of each channel and a map down, added back where sizes allow.
struct MobileResidual: Layer {
  var inputs: Int
  var outputs: Int
  var stride: Int
  var dilation = 1
  var expansion: Double
  var activation: String

  /// How far apart the last three stages look where a map is to be so many times smaller than the image.
  static func dilations(_ outputStride: Int) -> [Int] {
    outputStride == 8 ? [1, 2, 4] : outputStride <= 16 ? [1, 1, 2] : [1, 1, 1]
  }

  func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    let wide = divisibleChannels((Double(inputs) * expansion).rounded(.toNearestOrEven))
    let y = Sequential {
      PaddedConvolution.mobile(inputs, wide, activation: activation).named("expand_1x1")
      PaddedConvolution.mobile(
        wide, wide, kernel: 3, stride: stride, groups: wide, dilation: dilation,
        activation: activation
      ).named("conv_3x3")
      PaddedConvolution.mobile(wide, outputs, activation: nil).named("reduce_1x1")
    }(x, in: &graph)
    return stride == 1 && inputs == outputs ? graph.add(x, y) : y
  }
}

extension PaddedConvolution {
  /// A convolution of the mobile transformers, padded on all sides.
  static func mobile(
    _ inputs: Int, _ outputs: Int, kernel: Int = 1, stride: Int = 1, groups: Int = 1,
    dilation: Int = 1, activation: String?
  ) -> PaddedConvolution {
    PaddedConvolution(
      inputs: inputs, outputs: outputs, kernel: kernel, stride: stride, groups: groups,
      dilation: dilation, padsLikeTensorFlow: false, activation: activation, epsilon: 1e-5)
  }
}

/// Convolutions that look at several distances at once, the mean of all, and classes of each place.
///
/// Chen et al., "Rethinking Atrous Convolution for Semantic Image Segmentation", 2017.
/// <https://arxiv.org/abs/1706.05587>
struct AtrousPyramid: Layer {
  var inputs: Int
  var features: Int
  var labels: Int
  var rates: [Int]

  func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    let joined = graph.scoped("aspp") { look(x, in: &$0) }
    return Conv2d(features, labels, kernel: 1).named("classifier.convolution")(joined, in: &graph)
  }

  private func look(_ map: Variable, in graph: inout GraphBuilder) -> Variable {
    var parts = [
      PaddedConvolution.mobile(inputs, features, activation: "relu").named("convs.0")(
        map, in: &graph)
    ]
    for (index, rate) in rates.enumerated() {
      parts.append(
        PaddedConvolution.mobile(
          inputs, features, kernel: 3, dilation: rate, activation: "relu"
        ).named("convs.\(index + 1)")(map, in: &graph))
    }
    let mean = graph.apply(
      "ReduceMean", map, attributes: ["axes": .integers([2, 3]), "keepdims": .integer(1)])
    let whole = PaddedConvolution.mobile(inputs, features, activation: "relu")
      .named("convs.\(rates.count + 1).conv_1x1")(mean, in: &graph)
    parts.append(graph.enlarged(whole, to: Extent(map.size(2), map.size(3))))
    return PaddedConvolution.mobile(parts.count * features, features, activation: "relu")
      .named("project")(graph.concatenate(parts, axis: 1), in: &graph)
  }
}

extension MobileViT {
  static func model(_ c: Configuration) throws(ConfigurationError) -> Blueprint {
    let name = try c.className(default: "MobileViTForImageClassification")
    try c.requireClass(
      name, endingIn: ["ForImageClassification", "ForSemanticSegmentation", "Model"])
    let model = MobileViT(
      images: try c.imageSizes(image: 256, patch: 2),
      tokens: try c.stageSizes("hidden_sizes", default: [144, 192, 240], count: 3),
      maps: try c.stageSizes(
        "neck_hidden_sizes", default: [16, 32, 64, 96, 128, 160, 640], count: 7),
      heads: try c.size("num_attention_heads", default: 4),
      ratio: try c.number("mlp_ratio", default: 2),
      expansion: try c.number("expand_ratio", default: 4),
      kernel: try c.size("conv_kernel_size", default: 3, in: 1...255),
      outputStride: try c.size("output_stride", default: 32),
      hasBias: try c.flag("qkv_bias", default: true),
      activation: try c.text("hidden_act", default: "silu"),
      epsilon: try c.number("layer_norm_eps", default: 1e-5),
      task: try MobileTask(c, name, features: 256))
    guard model.tokens.allSatisfy({ $0 % model.heads == 0 }) else {
      throw .contradiction("hidden_sizes cannot be split into \(model.heads) heads")
    }
    for (key, number) in [("mlp_ratio", model.ratio), ("expand_ratio", model.expansion)] {
      guard 1.0 / 64...64 ~= number else {
        throw .contradiction("\(key) must be from 1/64 to 64, found \(number)")
      }
    }
    return Blueprint(network: model, input: model.images.input)
  }
}
