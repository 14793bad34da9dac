// "MetaFormer is Actually What You Need for Vision", Yu et al., 2021.
// <https://arxiv.org/abs/2111.11418>

import ModelGraph

/// Blocks like a transformer's that mix places by plain pooling, on smaller and smaller maps.
struct PoolFormer: Layer {
  var channels: Int
  var stages: [Stage]
  var ratio: Double
  var pool: Int
  var activation: String
  var isScaled: Bool

  /// The number of classes; `nil` for the last map alone.
  var labels: Int?

  struct Stage: Hashable, Sendable {
    var depth: Int
    var features: Int
    var kernel: Int
    var stride: Int
    var padding: Int
  }

  func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    guard let labels, let last = stages.last else { return encode(x, in: &graph) }
    let map = graph.scoped("poolformer") { encode(x, in: &$0) }
    let normalized = GroupNorm(last.features, groups: 1).named("norm")(map, in: &graph)
    let mean = graph.apply(
      "ReduceMean", normalized, attributes: ["axes": .integers([2, 3]), "keepdims": .integer(0)])
    return Linear(last.features, labels).named("classifier")(mean, in: &graph)
  }

  private func encode(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    var map = x
    for (index, stage) in stages.enumerated() {
      map = Conv2d(
        index == 0 ? channels : stages[index - 1].features, stage.features,
        kernel: Extent(stage.kernel), stride: Extent(stage.stride), padding: Extent(stage.padding)
      ).named("encoder.patch_embeddings.\(index).projection")(map, in: &graph)
      for block in 0..<stage.depth {
        map = graph.scoped("encoder.block.\(index).\(block)") {
          mixed(map, stage.features, in: &$0)
        }
      }
    }
    return map
  }

  private func mixed(
    _ x: Variable, _ features: Int, in graph: inout GraphBuilder
  ) -> Variable {
    let inner = Int(Double(features) * ratio)
    let norm = GroupNorm(features, groups: 1)
    let before = norm.named("before_norm")(x, in: &graph)
    // The mean around each place, less the place itself.
    let pooled = graph.opaque("PoolingDifference", [before], gives: [x.type])[0]
    let sum = graph.add(x, scaled(pooled, "layer_scale_1", features, in: &graph))
    let network = Sequential {
      norm.named("after_norm")
      Conv2d(features, inner, kernel: 1).named("output.conv1")
      NamedActivation(name: activation)
      Conv2d(inner, features, kernel: 1).named("output.conv2")
    }(sum, in: &graph)
    return graph.add(sum, scaled(network, "layer_scale_2", features, in: &graph))
  }

  private func scaled(
    _ x: Variable, _ name: String, _ features: Int, in graph: inout GraphBuilder
  ) -> Variable {
    guard isScaled else { return x }
    let factors = graph.view(graph.parameter(name, [features]), [features, 1, 1])
    return graph.multiply(factors, x)
  }
}

extension PoolFormer {
  static func model(_ c: Configuration) throws(ConfigurationError) -> Blueprint {
    let name = try c.className(default: "PoolFormerForImageClassification")
    try c.requireClass(name, endingIn: ["ForImageClassification", "Model"])
    let model = PoolFormer(
      channels: try c.size("num_channels", default: 3), stages: try stages(c),
      ratio: try c.number("mlp_ratio", default: 4), pool: try c.size("pool_size", default: 3),
      activation: try c.text("hidden_act", default: "gelu"),
      isScaled: try c.flag("use_layer_scale", default: true),
      labels: name.hasSuffix("Model") ? nil : try c.labelCount)
    guard 1.0 / 64...64 ~= model.ratio else {
      throw .contradiction("mlp_ratio must be from 1/64 to 64, found \(model.ratio)")
    }
    return Blueprint(
      network: model, input: ImageSizes(image: 224, patch: 1, channels: model.channels).input)
  }

  private static func stages(_ c: Configuration) throws(ConfigurationError) -> [Stage] {
    let count = try c.depth("num_encoder_blocks", default: 4)
    let depths = try c.stageSizes("depths", default: [2, 2, 6, 2], count: count)
    try c.requireDepth(depths)
    let features = try c.stageSizes(
      "hidden_sizes", default: [64, 128, 320, 512], count: count)
    let kernels = try c.stageSizes("patch_sizes", default: [7, 3, 3, 3], count: count)
    let strides = try c.stageSizes("strides", default: [4, 2, 2, 2], count: count)
    let paddings = try c.stageSizes("padding", default: [2, 1, 1, 1], count: count, least: 0)
    return (0..<count).map { index in
      Stage(
        depth: depths[index], features: features[index], kernel: kernels[index],
        stride: strides[index], padding: paddings[index])
    }
  }
}

extension Configuration {
  /// A size for each stage of a network.
  func stageSizes(
    _ key: String, default standard: [Int], count: Int, least: Int = 1
  ) throws(ConfigurationError) -> [Int] {
    let sizes = try sizes(key, in: least...Self.maximumSize) ?? standard
    guard sizes.count >= count else {
      throw .contradiction("\(path)\(key) has \(sizes.count) entries for \(count) stages")
    }
    return Array(sizes.prefix(count))
  }
}
