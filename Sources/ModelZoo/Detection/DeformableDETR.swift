// "Deformable DETR: Deformable Transformers for End-to-End Object Detection", Zhu et al., 2020.
// <https://arxiv.org/abs/2010.04159>

import ModelGraph

/// DETR over maps of several sizes, in which each query looks at few places.
struct DeformableDETR: Layer {
  var backbone: any FeaturePyramid
  var stages: [Int]
  var features: Int
  var queries: Int
  var levels: Int
  var encoder: DETR.Stack
  var decoder: DETR.Stack
  var points: (encoder: Int, decoder: Int)
  var activation: String
  var learnsPlaces: Bool

  /// Whether queries are proposed by the encoder, and whether each layer corrects the boxes.
  var hasTwoStages: Bool
  var refinesBoxes: Bool
  var isTied: Bool

  /// The classes; `nil` for the model without heads.
  var labels: Int?

  func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    guard let labels else { return find(x, in: &graph) }
    let found = graph.scoped("model") { find(x, in: &$0) }
    return Heads(detector: self, labels: labels)(found, in: &graph)
  }

  private func find(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    let all = graph.scoped("backbone.model") { backbone.maps(of: x, in: &$0) }
    let maps = projected(stages.map { all[$0 - 1] }, in: &graph)
    placeTables(in: &graph)
    var memory = graph.concatenate(maps.map { graph.tokens(of: $0) }, axis: 1)
    let level = graph.parameter("level_embed", [levels, features])
    let places = graph.opaque("PlacesOfLevels", [level], gives: [memory.type], layer: .linear)[0]
    let layer = layer(encoder, points: points.encoder)
    for index in 0..<encoder.depth {
      let input = memory
      memory = graph.scoped("encoder.layers.\(index)") { graph in
        let placed = graph.add(input, places)
        let mixed = graph.scoped("self_attn") { layer.attention(placed, memory: input, in: &$0) }
        return layer.fed(
          layer.norm("self_attn_layer_norm", graph.add(input, mixed), in: &graph), in: &graph)
      }
    }
    return decode(wanted(memory, in: &graph), memory, in: &graph)
  }

  /// The maps as wide as the transformer, and further ones half as large.
  private func projected(_ maps: [Variable], in graph: inout GraphBuilder) -> [Variable] {
    var result: [Variable] = []
    var last = (map: maps[maps.count - 1], width: backbone.widths[stages[stages.count - 1] - 1])
    for level in 0..<(levels > 1 ? max(levels, maps.count) : 1) {
      let isMap = level < maps.count && levels > 1
      let source = levels == 1 ? last.map : isMap ? maps[level] : last.map
      let isPlain = isMap || levels == 1
      let width = isMap ? backbone.widths[stages[level] - 1] : last.width
      let map = Numbered {
        Conv2d(
          width, features, kernel: isPlain ? 1 : 3, stride: isPlain ? 1 : 2,
          padding: isPlain ? 0 : 1)
        GroupNorm(features, groups: 32)
      }.named("input_proj.\(level)")(source, in: &graph)
      if !isMap { last = (map, features) }
      result.append(map)
    }
    return result
  }

  private func placeTables(in graph: inout GraphBuilder) {
    guard learnsPlaces else { return }
    for name in ["row_embeddings", "column_embeddings"] {
      _ = graph.parameter("position_embedding.\(name).weight", [50, features / 2])
    }
  }

  /// What the queries look for: learned, or told by the encoder.
  private func wanted(_ memory: Variable, in graph: inout GraphBuilder) -> Variable {
    let type = TensorType(graph.floatingType, [memory.size(0), queries, features])
    guard hasTwoStages else {
      let wanted = graph.scoped("query_position_embeddings") { graph in
        let table = graph.parameter("weight", [queries, 2 * features])
        return graph.opaque("Queries", [table], gives: [type], layer: .embedding)[0]
      }
      _ = Linear(features, 2).named("reference_points")(wanted, in: &graph)
      return wanted
    }
    let proposals = Sequential {
      Linear(features, features).named("enc_output")
      LayerNorm(features).named("enc_output_norm")
    }(memory, in: &graph)
    let chosen = graph.opaque(
      "Proposals", [proposals],
      gives: [TensorType(graph.floatingType, [memory.size(0), queries, 2 * features])])[0]
    let both = Sequential {
      Linear(2 * features, 2 * features).named("pos_trans")
      LayerNorm(2 * features).named("pos_trans_norm")
    }(chosen, in: &graph)
    return graph.narrow(both, axis: 2, from: 0, to: features)
  }

  private func decode(
    _ wanted: Variable, _ memory: Variable, in graph: inout GraphBuilder
  ) -> Variable {
    let layer = layer(decoder, points: points.decoder)
    var tokens = wanted
    for index in 0..<decoder.depth {
      let x = tokens
      tokens = graph.scoped("decoder.layers.\(index)") { layer(x, memory: memory, in: &$0) }
    }
    return tokens
  }

  private func layer(_ stack: DETR.Stack, points: Int) -> DeformableBlock {
    DeformableBlock(
      attention: DeformableAttention(
        features: features, heads: stack.heads, levels: levels, points: points),
      inner: stack.inner, activation: activation)
  }
}

extension DeformableDETR {
  /// Classes and boxes of what is found, for each layer of the decoder.
  private struct Heads: Layer {
    var detector: DeformableDETR
    var labels: Int

    func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
      let count = detector.decoder.depth + (detector.hasTwoStages ? 1 : 0)
      let classes = Linear(detector.features, labels)
      let boxes = LinearStack(
        inputs: detector.features, inner: detector.features, outputs: 4, depth: 3)
      var found = x
      for index in 0..<count {
        graph.output(
          share("class_embed", index, besides: detector.hasTwoStages, classes, x, in: &graph))
        found = share("bbox_embed", index, besides: detector.refinesBoxes, boxes, x, in: &graph)
      }
      return found
    }

    /// A head of one layer: the decoder's own one where there is one, or else the first layer's.
    private func share(
      _ name: String, _ index: Int, besides hasOwn: Bool, _ head: some Layer, _ x: Variable,
      in graph: inout GraphBuilder
    ) -> Variable {
      let own = "\(name).\(index)"
      let twin = hasOwn ? "model.decoder.\(own)" : index > 0 ? "\(name).0" : nil
      guard let twin else { return graph.scoped(own) { head(x, in: &$0) } }
      if hasOwn { _ = graph.outside(in: twin) { head(x, in: &$0) } }
      guard detector.isTied else { return graph.scoped(own) { head(x, in: &$0) } }
      return graph.scoped(own, sharing: twin) { head(x, in: &$0) }
    }
  }

  static func model(_ c: Configuration) throws(ConfigurationError) -> Blueprint {
    let name = try c.className(default: "DeformableDetrForObjectDetection")
    try c.requireClass(name, endingIn: ["ForObjectDetection", "Model"])
    let backbone = try DETR.backbone(c)
    let levels = try c.size("num_feature_levels", default: 4, in: 1...64)
    let features = try c.size("d_model", "hidden_size", default: 256)
    let part = try c.part("backbone_config")
    let isTimm = try part.text("model_type", default: "timm_backbone") == "timm_backbone"
    let model = DeformableDETR(
      backbone: backbone,
      stages: try backbone.stages(
        part, default: isTimm && levels > 1 ? [2, 3, 4] : [backbone.widths.count]),
      features: features, queries: try c.size("num_queries", default: 300), levels: levels,
      encoder: try DETR.stack(c, "encoder", inner: 1024),
      decoder: try DETR.stack(c, "decoder", inner: 1024),
      points: (
        encoder: try c.size("encoder_n_points", default: 4),
        decoder: try c.size("decoder_n_points", default: 4)
      ),
      activation: try c.text("activation_function", default: "relu"),
      learnsPlaces: try c.choice(
        "position_embedding_type", default: "sine", of: ["sine", "learned"]) == "learned",
      hasTwoStages: try c.flag("two_stage", default: false),
      refinesBoxes: try c.flag("with_box_refine", default: false),
      isTied: try c.flag("tie_word_embeddings", default: true),
      labels: name.hasSuffix("Model") ? nil : try c.labelCount)
    guard features % model.encoder.heads == 0, features % model.decoder.heads == 0,
      features % 32 == 0, !model.stages.isEmpty
    else {
      throw .contradiction(
        "\(features) features cannot be split into the heads and the 32 groups asked for")
    }
    return Blueprint(
      network: model,
      input: ImageSizes(
        image: 800, patch: 1, channels: try c.size("num_channels", default: 3)
      ).input)
  }
}
