// "You Only Look at One Sequence", Fang et al., 2021. <https://arxiv.org/abs/2106.00666>

import ModelGraph

/// A vision transformer with tokens for what may be found, from which classes and boxes are made.
struct YOLOS: Layer {
  var sizes: VisionSizes
  var qkvBias: Bool
  var detections: Int

  /// Whether places are added anew after every block but the last.
  var hasPlacesBetween: Bool
  var task: Task

  enum Task: Hashable, Sendable {
    case features
    case boxes(labels: Int)
  }

  func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    guard case .boxes(let labels) = task else {
      let first = graph.select(encode(x, in: &graph), axis: 1, index: 0)
      return Sequential {
        Linear(sizes.features, sizes.features).named("dense")
        Activation.tanh
      }.named("pooler")(first, in: &graph)
    }
    let tokens = graph.scoped("vit") { encode(x, in: &$0) }
    let found = graph.narrow(
      tokens, axis: 1, from: tokens.size(1) - detections, to: tokens.size(1))
    let classes = LinearStack(
      inputs: sizes.features, inner: sizes.features, outputs: labels + 1, depth: 3
    ).named("class_labels_classifier")(found, in: &graph)
    graph.output(classes)
    let boxes = LinearStack(
      inputs: sizes.features, inner: sizes.features, outputs: 4, depth: 3
    ).named("bbox_predictor")(found, in: &graph)
    return graph.apply("Sigmoid", boxes)
  }

  private func encode(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    let embedded = graph.scoped("embeddings") { embed(x, in: &$0) }
    let between =
      hasPlacesBetween && sizes.depth > 1
      ? graph.parameter(
        "encoder.interpolation.mid_position_embeddings",
        [sizes.depth - 1, 1, length, sizes.features]) : nil
    var tokens = embedded
    for index in 0..<sizes.depth {
      let input = tokens
      tokens = graph.scoped("encoder.layer.\(index)") { block(input, in: &$0) }
      if let between, index < sizes.depth - 1 {
        tokens = graph.add(tokens, graph.select(between, axis: 0, index: index))
      }
    }
    return sizes.norm.named("layernorm")(tokens, in: &graph)
  }

  private var length: Int { sizes.images.patches + detections + 1 }

  private func embed(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    sizes.images.check(x, in: &graph)
    let features = sizes.features
    let patches = sizes.images.patches(
      of: x, features, bias: true, named: "patch_embeddings.projection", in: &graph)
    let first = graph.expand(
      graph.parameter("cls_token", [1, 1, features]), to: [x.size(0), 1, features])
    let last = graph.expand(
      graph.parameter("detection_tokens", [1, detections, features]),
      to: [x.size(0), detections, features])
    let all = graph.concatenate([first, patches, last], axis: 1)
    let placed = graph.add(
      all, graph.parameter("position_embeddings", [1, length, features]))
    return Dropout(sizes.dropout)(placed, in: &graph)
  }

  private var block: TokenBlock {
    .vit(
      sizes.attention, bias: qkvBias, inner: sizes.inner, activation: sizes.activation,
      norm: sizes.norm, dropout: sizes.dropout)
  }
}

/// Linear maps in a row with rectifiers between, named `layers.0`, `layers.1`, ….
struct LinearStack: Layer {
  var inputs: Int
  var inner: Int
  var outputs: Int
  var depth: Int

  func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    var y = x
    for index in 0..<depth {
      let map = Linear(
        index == 0 ? inputs : inner, index == depth - 1 ? outputs : inner)
      y = map.named("layers.\(index)")(y, in: &graph)
      if index < depth - 1 { y = graph.apply("Relu", y) }
    }
    return y
  }
}

extension YOLOS {
  static func model(_ c: Configuration) throws(ConfigurationError) -> Blueprint {
    var sizes = try VisionSizes(c, .init())
    sizes.images.image = try c.extent(ifAny: "image_size") ?? Extent(512, 864)
    let task = try c.className(default: "ForObjectDetection")
    try c.requireClass(task, endingIn: ["ForObjectDetection", "Model"])
    let model = YOLOS(
      sizes: sizes, qkvBias: try c.flag("qkv_bias", default: true),
      detections: try c.size("num_detection_tokens", default: 100),
      hasPlacesBetween: try c.flag("use_mid_position_embeddings", default: true),
      task: task.hasSuffix("Model") ? .features : .boxes(labels: try c.labelCount))
    return Blueprint(network: model, input: sizes.images.input)
  }
}
