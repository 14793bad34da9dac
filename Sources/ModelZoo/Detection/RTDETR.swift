// "DETRs Beat YOLOs on Real-time Object Detection", Zhao et al., 2023.
// <https://arxiv.org/abs/2304.08069>
// "RT-DETRv2", Lv et al., 2024. <https://arxiv.org/abs/2407.17140>

import ModelGraph

/// A convolutional network, maps of several sizes mixed by convolutions, and queries chosen among
/// their cells.
struct RTDETR: Layer {
  var backbone: any FeaturePyramid
  var stages: [Int]
  var encoder: RTDETREncoder
  var features: Int
  var queries: Int
  var decoder: DETR.Stack
  var activation: String

  /// The features of the maps that the decoder reads, and how many it reads.
  var widths: [Int]
  var levels: Int
  var points: Int

  /// The maps whose places each query chooses among.
  var readLevels: Int
  var learnsQueries: Bool
  var hasNoise: Bool
  var epsilon: Double
  var labels: Int
  var form: Form

  /// What differs between the generations.
  struct Form: Hashable, Sendable {
    var isSecond: Bool
    var isTied: Bool
    var hasHeads: Bool
  }

  func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    guard form.hasHeads else { return find(x, in: &graph) }
    let found = graph.scoped("model") { find(x, in: &$0) }
    graph.output(found)
    return heads(found, in: &graph)
  }

  /// The decoder's own heads; in the second generation the model has them too.
  private func heads(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    var boxes = x
    for index in 0..<decoder.depth {
      for (name, head) in [("class_embed", classHead), ("bbox_embed", boxHead)] {
        let own = "model.decoder.\(name).\(index)"
        boxes = graph.scoped(own) { head(x, in: &$0) }
        guard form.isSecond else { continue }
        if form.isTied {
          _ = graph.scoped("\(name).\(index)", sharing: own) { head(x, in: &$0) }
        } else {
          _ = graph.scoped("\(name).\(index)") { head(x, in: &$0) }
        }
      }
    }
    return boxes
  }

  private var classHead: any Layer { Linear(features, labels) }
  private var boxHead: any Layer {
    LinearStack(inputs: features, inner: features, outputs: 4, depth: 3)
  }

  private func find(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    let all = graph.scoped("backbone.model") { backbone.maps(of: x, in: &$0) }
    let maps = stages.enumerated().map { index, stage in
      Numbered {
        Conv2d(backbone.widths[stage - 1], encoder.features, kernel: 1, bias: false)
        BatchNorm2d(encoder.features)
      }.named("encoder_input_proj.\(index)")(all[stage - 1], in: &graph)
    }
    let mixed = graph.scoped("encoder") { encoder(maps, in: &$0) }
    let memory = graph.concatenate(
      projected(mixed, in: &graph).map { graph.tokens(of: $0) }, axis: 1)
    if hasNoise { _ = graph.parameter("denoising_class_embed.weight", [labels + 1, features]) }
    if learnsQueries { _ = graph.parameter("weight_embedding.weight", [queries, features]) }
    let wanted = chosen(memory, in: &graph)
    return graph.scoped("decoder") { decode(wanted, memory, in: &$0) }
  }

  private func projected(_ maps: [Variable], in graph: inout GraphBuilder) -> [Variable] {
    var result: [Variable] = []
    var width = widths.last ?? features
    for level in 0..<max(levels, widths.count) {
      let isMap = level < widths.count
      let inputs = isMap ? widths[level] : width
      let source = isMap && level < maps.count ? maps[level] : result.last ?? maps[0]
      let map = Numbered {
        Conv2d(
          inputs, features, kernel: isMap ? 1 : 3, stride: isMap ? 1 : 2, padding: isMap ? 0 : 1,
          bias: false)
        BatchNorm2d(features)
      }.named("decoder_input_proj.\(level)")(source, in: &graph)
      if !isMap { width = features }
      result.append(map)
    }
    return result
  }

  /// The cells that look most like something, as queries.
  private func chosen(_ memory: Variable, in graph: inout GraphBuilder) -> Variable {
    let output = Numbered {
      Linear(features, features)
      LayerNorm(features, epsilon: epsilon)
    }.named("enc_output")(memory, in: &graph)
    let scores = Linear(features, labels).named("enc_score_head")(output, in: &graph)
    _ = LinearStack(inputs: features, inner: features, outputs: 4, depth: 3)
      .named("enc_bbox_head")(output, in: &graph)
    return graph.opaque(
      "MostLikelyCells", [output, scores],
      gives: [TensorType(graph.floatingType, [memory.size(0), queries, features])])[0]
  }

  private func decode(
    _ wanted: Variable, _ memory: Variable, in graph: inout GraphBuilder
  ) -> Variable {
    let layer = DeformableBlock(
      attention: DeformableAttention(
        features: features, heads: decoder.heads, levels: readLevels, points: points,
        hasPointFactors: form.isSecond),
      inner: decoder.inner, activation: activation, epsilon: epsilon)
    let box = graph.opaque(
      "Boxes", [wanted],
      gives: [TensorType(graph.floatingType, [wanted.size(0), wanted.size(1), 4])])[0]
    let place = LinearStack(inputs: 4, inner: 2 * features, outputs: features, depth: 2)
      .named("query_pos_head")(box, in: &graph)
    var tokens = wanted
    for index in 0..<decoder.depth {
      let x = tokens
      tokens = graph.scoped("layers.\(index)") {
        layer(x, places: place, memory: memory, in: &$0)
      }
    }
    return tokens
  }
}

// MARK: - Configurations

extension RTDETR {
  static func first(_ c: Configuration) throws(ConfigurationError) -> Blueprint {
    try model(c, isSecond: false)
  }

  static func second(_ c: Configuration) throws(ConfigurationError) -> Blueprint {
    try model(c, isSecond: true)
  }

  private static func model(
    _ c: Configuration, isSecond: Bool
  ) throws(ConfigurationError) -> Blueprint {
    let name = try c.className(default: "RTDetrForObjectDetection")
    try c.requireClass(name, endingIn: ["ForObjectDetection", "Model"])
    let part = try c.part("backbone_config")
    let backbone = try ConfiguredResNet(
      ofRTDETR: part, isFrozen: try c.flag("freeze_backbone_batch_norms", default: true))
    let features = try c.size("d_model", "hidden_size", default: 256)
    let levels = try c.size("num_feature_levels", default: 3, in: 1...64)
    let stages = try backbone.stages(
      part, default: c.has("backbone_config") ? [backbone.widths.count] : [2, 3, 4])
    let model = RTDETR(
      backbone: backbone, stages: stages, encoder: try RTDETREncoder(c), features: features,
      queries: try c.size("num_queries", default: 300),
      decoder: try DETR.stack(c, "decoder", inner: 1024),
      activation: try c.text("decoder_activation_function", default: "relu"),
      widths: try c.sizes("decoder_in_channels", in: 1...Configuration.maximumSize)
        ?? [256, 256, 256], levels: levels,
      points: try c.size("decoder_n_points", default: 4),
      readLevels: isSecond ? try c.size("decoder_n_levels", default: 3, in: 1...64) : levels,
      learnsQueries: try c.flag("learn_initial_query", default: false),
      hasNoise: try c.count("num_denoising", default: 100) > 0,
      epsilon: try c.number("layer_norm_eps", default: 1e-5), labels: try c.labelCount,
      form: Form(
        isSecond: isSecond, isTied: try c.flag("tie_word_embeddings", default: true),
        hasHeads: !name.hasSuffix("Model")))
    guard features % model.decoder.heads == 0, !stages.isEmpty, !model.widths.isEmpty,
      model.encoder.inputs == stages.count
    else {
      throw .contradiction(
        "\(features) features for \(model.decoder.heads) heads, \(stages.count) maps for "
          + "\(model.encoder.inputs) inputs of the encoder")
    }
    return Blueprint(
      network: model, input: ImageSizes(image: 640, patch: 1, channels: backbone.channels).input)
  }
}
