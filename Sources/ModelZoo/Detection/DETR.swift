// "End-to-End Object Detection with Transformers", Carion et al., 2020.
// <https://arxiv.org/abs/2005.12872>

import ModelGraph

/// A convolutional network, a transformer over its last map, and queries that find objects in it.
struct DETR: Layer {
  var backbone: any FeaturePyramid
  var backboneFeatures: Int
  var features: Int
  var queries: Int
  var encoder: Stack
  var decoder: Stack
  var activation: String
  var dropout: Double
  var attentionDropout: Double

  /// Whether places are learned, and not made of waves.
  var learnsPlaces: Bool
  var task: Task
  var form = Form()

  /// How the families that came of it differ.
  struct Form: Hashable, Sendable {
    var backbone = "backbone.model"

    /// The name of the model without masks inside the one with masks.
    var detector = "detr"
    var output = "o_proj"
    var network = "mlp"

    /// The module that holds the learned places.
    var places = ""

    /// Whether branches are normalized before, and the encoder at its end.
    var isNormalizedFirst = false

    /// Whether one class more stands for nothing.
    var hasNoClass = true

    /// Whether what is wanted and where it is are mapped apart.
    var isConditional = false
  }

  struct Stack: Hashable, Sendable {
    var depth: Int
    var inner: Int
    var heads: Int
  }

  enum Task: Hashable, Sendable {
    case features
    case boxes(labels: Int)

    /// Boxes, and a mask of each thing that is found.
    case masks(labels: Int)
  }

  /// What is found, and what it is found in.
  struct Findings {
    var found: Variable
    var memory: Variable
    var map: Variable
    var maps: [Variable]
  }

  func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    switch task {
    case .features: find(x, in: &graph).found
    case .boxes(let labels): boxes(x, labels, in: &graph).boxes
    case .masks(let labels): masks(x, labels, in: &graph)
    }
  }

  func boxes(
    _ x: Variable, _ labels: Int, in graph: inout GraphBuilder
  ) -> (boxes: Variable, findings: Findings) {
    let findings = graph.scoped("model") { find(x, in: &$0) }
    let found = findings.found
    let classes = Linear(features, form.hasNoClass ? labels + 1 : labels).named(
      "class_labels_classifier")(
        found, in: &graph)
    graph.output(classes)
    let boxes = LinearStack(inputs: features, inner: features, outputs: 4, depth: 3)
      .named("bbox_predictor")(found, in: &graph)
    return (graph.apply("Sigmoid", boxes), findings)
  }

  private func find(_ x: Variable, in graph: inout GraphBuilder) -> Findings {
    let maps = graph.scoped(form.backbone) { backbone.maps(of: x, in: &$0) }
    let map = maps.last ?? x
    let projected = Conv2d(backboneFeatures, features, kernel: 1).named("input_projection")(
      map, in: &graph)
    let places = places(Extent(map.size(2), map.size(3)), in: &graph)
    let seen = graph.scoped("encoder") {
      encode(graph: &$0, tokens: $0.tokens(of: projected), places: places)
    }
    let table = graph.parameter("query_position_embeddings.weight", [queries, features])
    let wanted = graph.contiguous(
      graph.expand(
        graph.view(table, [1, queries, features], layer: .embedding),
        to: [x.size(0), queries, features]))
    let found = graph.scoped("decoder") { graph in
      form.isConditional
        ? decodeConditionally(wanted, memory: seen, places: places, in: &graph)
        : decode(wanted, memory: seen, places: places, in: &graph)
    }
    return Findings(found: found, memory: seen, map: projected, maps: maps)
  }

  private func places(_ grid: Extent, in graph: inout GraphBuilder) -> Variable {
    let type = TensorType(graph.floatingType, [1, grid.height * grid.width, features])
    guard learnsPlaces else { return graph.opaque("PlacesByWaves", [], gives: [type])[0] }
    let tables = graph.scoped(form.places) { graph in
      ["row_embeddings", "column_embeddings"].map {
        graph.parameter("position_embedding.\($0).weight", [50, features / 2])
      }
    }
    return graph.opaque("PlacesByRowAndColumn", tables, gives: [type], layer: .embedding)[0]
  }
}

// MARK: - The transformer

extension DETR {
  private func encode(
    graph: inout GraphBuilder, tokens: Variable, places: Variable
  ) -> Variable {
    var tokens = tokens
    for index in 0..<encoder.depth {
      let x = tokens
      tokens = graph.scoped("layers.\(index)") { graph in
        let mixed = branch(x, "self_attn_layer_norm", in: &graph) { x, graph in
          let placed = graph.add(x, places)
          return attend("self_attn", placed, placed, x, encoder.heads, in: &graph)
        }
        return feed(mixed, encoder.inner, in: &graph)
      }
    }
    return form.isNormalizedFirst
      ? LayerNorm(features).named("layernorm")(tokens, in: &graph) : tokens
  }

  private func decode(
    _ wanted: Variable, memory: Variable, places: Variable, in graph: inout GraphBuilder
  ) -> Variable {
    var tokens = graph.scale(wanted, by: 0)
    let keys = graph.add(memory, places)
    for index in 0..<decoder.depth {
      let x = tokens
      tokens = graph.scoped("layers.\(index)") { graph in
        let mixed = branch(x, "self_attn_layer_norm", in: &graph) { x, graph in
          let placed = graph.add(x, wanted)
          return attend("self_attn", placed, placed, x, decoder.heads, in: &graph)
        }
        let read = branch(mixed, "encoder_attn_layer_norm", in: &graph) { x, graph in
          attend("encoder_attn", graph.add(x, wanted), keys, memory, decoder.heads, in: &graph)
        }
        return feed(read, decoder.inner, in: &graph)
      }
    }
    return LayerNorm(features).named("layernorm")(tokens, in: &graph)
  }

  /// What a branch gives, added and normalized in the family's order.
  func branch(
    _ x: Variable, _ norm: String, in graph: inout GraphBuilder,
    _ body: (Variable, inout GraphBuilder) -> Variable
  ) -> Variable {
    let norm = LayerNorm(features).named(norm)
    let input = form.isNormalizedFirst ? norm(x, in: &graph) : x
    let dropped = Dropout(dropout)(body(input, &graph), in: &graph)
    let sum = graph.add(x, dropped)
    return form.isNormalizedFirst ? sum : norm(sum, in: &graph)
  }

  func feed(_ x: Variable, _ inner: Int, in graph: inout GraphBuilder) -> Variable {
    branch(x, "final_layer_norm", in: &graph) { x, graph in
      let network = PlainFeedForward(features: features, inner: inner, activation: activation)
      return graph.scoped(form.network) { network(x, in: &$0) }
    }
  }

  private func attend(
    _ name: String, _ query: Variable, _ key: Variable, _ value: Variable, _ heads: Int,
    in graph: inout GraphBuilder
  ) -> Variable {
    graph.scoped(name) { graph in
      let parts = [("q_proj", query), ("k_proj", key), ("v_proj", value)].map { name, source in
        let product = Linear(features, features).named(name)(source, in: &graph)
        let split = graph.view(
          product, [source.size(0), source.size(1), heads, features / heads])
        return graph.transpose(split, 1, 2)
      }
      let mixed = graph.attention(parts, dropout: attentionDropout, isCausal: false)
      let joined = graph.view(
        graph.transpose(mixed, 1, 2), [query.size(0), query.size(1), features])
      return Linear(features, features).named(form.output)(joined, in: &graph)
    }
  }
}

// MARK: - Configurations

extension DETR {
  static func model(_ c: Configuration) throws(ConfigurationError) -> Blueprint {
    try model(c, Form(), queries: 100, endings: ["ForObjectDetection", "ForSegmentation", "Model"])
  }

  static func model(
    _ c: Configuration, _ form: Form, queries: Int, endings: [String]
  ) throws(ConfigurationError) -> Blueprint {
    let task = try c.className(default: "ForObjectDetection")
    try c.requireClass(task, endingIn: endings)
    let labels = try c.labelCount
    let features = try c.size("d_model", "hidden_size", default: 256)
    let backbone = try backbone(c)
    var model = DETR(
      backbone: backbone, backboneFeatures: backbone.widths.last ?? 0, features: features,
      queries: try c.size("num_queries", default: queries), encoder: try stack(c, "encoder"),
      decoder: try stack(c, "decoder"),
      activation: try c.text("activation_function", default: "relu"),
      dropout: try c.number("dropout", default: 0.1),
      attentionDropout: try c.number("attention_dropout", default: 0),
      learnsPlaces: try c.choice(
        "position_embedding_type", default: "sine", of: ["sine", "learned"]) == "learned",
      task: task.hasSuffix("Model")
        ? .features
        : task.hasSuffix("ForSegmentation") ? .masks(labels: labels) : .boxes(labels: labels))
    model.form = form
    if case .masks = model.task { try model.checkMasks() }
    guard features % model.encoder.heads == 0, features % model.decoder.heads == 0 else {
      throw .contradiction("\(features) features cannot be split into the heads asked for")
    }
    return Blueprint(
      network: model,
      input: ImageSizes(
        image: 800, patch: 1, channels: try c.size("num_channels", default: 3)
      ).input)
  }

  static func stack(
    _ c: Configuration, _ part: String, depth: Int = 6, inner: Int = 2048
  ) throws(ConfigurationError) -> Stack {
    Stack(
      depth: try part == "encoder"
        ? c.depth("encoder_layers", "num_hidden_layers", default: depth)
        : c.depth("decoder_layers", default: depth),
      inner: try c.size("\(part)_ffn_dim", default: inner),
      heads: try part == "encoder"
        ? c.size("encoder_attention_heads", "num_attention_heads", default: 8)
        : c.size("decoder_attention_heads", default: 8))
  }

  /// The convolutional network: transformers' own, or one of timm's by name.
  static func backbone(
    _ c: Configuration
  ) throws(ConfigurationError) -> any FeaturePyramid {
    let channels = try c.size("num_channels", default: 3)
    if let part = try c.partIfAny("backbone_config"),
      try part.text("model_type", default: "resnet") != "timm_backbone"
    {
      let type = try part.text("model_type", default: "resnet")
      guard type == "resnet" else { throw .unknownPart(key: "\(part.path)model_type", name: type) }
      var network = try ConfiguredResNet(part)
      network.isFrozen = true
      return network
    }
    let part = try c.partIfAny("backbone_config") ?? c
    let name = try part.text("backbone", default: "resnet50")
    guard var network = TimmResNet(named: name) else {
      throw .unknownChoice(
        key: "\(part.path)backbone", found: String(name.prefix(64)),
        known: TimmResNet.known.keys.sorted())
    }
    network.channels = channels
    return network
  }
}
