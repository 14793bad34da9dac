import ModelGraph

/// Tokens and an image look at each other; each mask's token then makes a filter for the image.
struct SAMMaskDecoder: Sendable {
  var features: Int
  var heads: Int
  var inner: Int
  var depth: Int

  /// By how much attention between tokens and image is narrower.
  var downsampling: Int
  var masks: Int
  var scoreDepth: Int
  var scoreInner: Int
  var activation: String
  var epsilon: Double
  var form = Form.first

  /// What differs between generations.
  struct Form: Hashable, Sendable {
    /// The last map of attention, and the two of the network.
    var output: String
    var up: String
    var down: String

    /// Whether finer maps join in, and a token says if there is anything to see.
    var isSecond: Bool

    static let first = Form(output: "out_proj", up: "lin1", down: "lin2", isSecond: false)
    static let second = Form(output: "o_proj", up: "proj_in", down: "proj_out", isSecond: true)
  }

  /// The masks that are told apart, one for all and some for its parts.
  var tokens: Int { masks + 1 }

  func callAsFunction(
    _ image: Variable, places: Variable, prompts: Variable, grid: Extent, finer: [Variable] = [],
    in graph: inout GraphBuilder
  ) -> Variable {
    let scores = form.isSecond ? 2 : 1
    let own = ownTokens(in: &graph)
    let batch = prompts.size(0)
    let first = graph.expand(
      graph.view(own, [1, tokens + scores, features]), to: [batch, tokens + scores, features])
    let queries = graph.concatenate([first, prompts], axis: 1)
    let (read, seen) = graph.scoped("transformer") {
      transform(queries, image, places: places, in: &$0)
    }
    let map = graph.map(of: seen, grid)
    let upscaled = upscale(map, finer, in: &graph)
    graph.output(score(graph.select(read, axis: 1, index: scores - 1), in: &graph))
    if form.isSecond {
      graph.output(
        Reduction(inputs: features, inner: features, outputs: 1, depth: 3)
          .named("pred_obj_score_head")(graph.select(read, axis: 1, index: 0), in: &graph))
    }
    let filters = (0..<tokens).map { index in
      let token = graph.select(read, axis: 1, index: scores + index)
      let made = Reduction(
        inputs: features, inner: features, outputs: max(1, features / 8), depth: 3
      ).named("output_hypernetworks_mlps.\(index)")(token, in: &graph)
      return graph.view(made, [batch, 1, max(1, features / 8)])
    }
    let flat = graph.view(
      upscaled, [batch, upscaled.size(1), upscaled.size(2) * upscaled.size(3)])
    let products = graph.matrixProduct(graph.concatenate(filters, axis: 1), flat)
    return graph.view(products, [batch, tokens, upscaled.size(2), upscaled.size(3)])
  }

  /// The network of a layer; in the second generation it is as deep as there are layers.
  private var network: Sequential {
    Sequential {
      Linear(features, inner).named(form.up)
      NamedActivation(name: activation)
      if form.isSecond {
        for index in 0..<max(0, depth - 2) {
          Linear(inner, inner).named("layers.\(index)")
          NamedActivation(name: activation)
        }
      }
      Linear(inner, features).named(form.down)
    }
  }

  /// The vectors of the tokens that ask for scores and masks, one below the other.
  private func ownTokens(in graph: inout GraphBuilder) -> Variable {
    let score = graph.parameter("iou_token.weight", [1, features])
    let masks = graph.parameter("mask_tokens.weight", [tokens, features])
    let attributes: Attributes = ["axis": .integer(0)]
    guard form.isSecond else {
      return graph.apply("Concat", score, masks, attributes: attributes, layer: .embedding)
    }
    let seen = graph.parameter("obj_score_token.weight", [1, features])
    return graph.apply("Concat", seen, score, masks, attributes: attributes, layer: .embedding)
  }

  /// The map at four times its sides; what is seen at each finer scale, if anything is, is added.
  private func upscale(
    _ map: Variable, _ finer: [Variable], in graph: inout GraphBuilder
  ) -> Variable {
    let (half, quarter) = (max(1, features / 4), max(1, features / 8))
    var wide = ConvTranspose2d(inputChannels: features, outputChannels: half, kernel: 2, stride: 2)
      .named("upscale_conv1")(map, in: &graph)
    if finer.count > 1 { wide = graph.add(wide, finer[1]) }
    wide = Activation.gelu(
      LayerNorm2d(half).named("upscale_layer_norm")(wide, in: &graph), in: &graph)
    var wider = ConvTranspose2d(inputChannels: half, outputChannels: quarter, kernel: 2, stride: 2)
      .named("upscale_conv2")(wide, in: &graph)
    if let finest = finer.first { wider = graph.add(wider, finest) }
    return Activation.gelu(wider, in: &graph)
  }

  private func score(_ token: Variable, in graph: inout GraphBuilder) -> Variable {
    Reduction(inputs: features, inner: scoreInner, outputs: tokens, depth: scoreDepth)
      .named("iou_prediction_head")(token, in: &graph)
  }
}

// MARK: - Looking at each other

extension SAMMaskDecoder {
  private func transform(
    _ queries: Variable, _ image: Variable, places: Variable, in graph: inout GraphBuilder
  ) -> (queries: Variable, image: Variable) {
    var (read, seen) = (queries, image)
    for index in 0..<depth {
      let (q, k) = (read, seen)
      (read, seen) = graph.scoped("layers.\(index)") { graph in
        layer(
          q, k, start: queries, places: places, isFirst: index == 0, in: &graph)
      }
    }
    let attended = attend(
      "final_attn_token_to_image", graph.add(read, queries), graph.add(seen, places), seen,
      narrow: downsampling, in: &graph)
    let sum = graph.add(read, attended)
    return (LayerNorm(features).named("layer_norm_final_attn")(sum, in: &graph), seen)
  }

  private func layer(
    _ queries: Variable, _ image: Variable, start: Variable, places: Variable, isFirst: Bool,
    in graph: inout GraphBuilder
  ) -> (Variable, Variable) {
    func norm(_ index: Int, _ x: Variable, _ graph: inout GraphBuilder) -> Variable {
      LayerNorm(features, epsilon: epsilon).named("layer_norm\(index)")(x, in: &graph)
    }
    let placed = isFirst ? queries : graph.add(queries, start)
    let own = attend("self_attn", placed, placed, queries, narrow: 1, in: &graph)
    var read = norm(1, isFirst ? own : graph.add(queries, own), &graph)
    let keys = graph.add(image, places)
    let looked = attend(
      "cross_attn_token_to_image", graph.add(read, start), keys, image, narrow: downsampling,
      in: &graph)
    read = norm(2, graph.add(read, looked), &graph)
    read = norm(3, graph.add(read, network.named("mlp")(read, in: &graph)), &graph)
    let answered = attend(
      "cross_attn_image_to_token", keys, graph.add(read, start), read, narrow: downsampling,
      in: &graph)
    return (read, norm(4, graph.add(image, answered), &graph))
  }

  private func attend(
    _ name: String, _ query: Variable, _ key: Variable, _ value: Variable, narrow: Int,
    in graph: inout GraphBuilder
  ) -> Variable {
    let inner = max(1, features / narrow)
    return graph.scoped(name) { graph in
      let parts = [("q_proj", query), ("k_proj", key), ("v_proj", value)].map { name, source in
        let product = Linear(features, inner).named(name)(source, in: &graph)
        let split = graph.view(
          product, [source.size(0), source.size(1), heads, max(1, inner / heads)])
        return graph.transpose(split, 1, 2)
      }
      let mixed = graph.attention(parts, dropout: 0, isCausal: false)
      let joined = graph.view(
        graph.transpose(mixed, 1, 2), [query.size(0), query.size(1), inner])
      return Linear(inner, features).named(form.output)(joined, in: &graph)
    }
  }

  /// Linear maps in a row with rectifiers between: `proj_in`, `layers`, `proj_out`.
  struct Reduction: Layer {
    var inputs: Int
    var inner: Int
    var outputs: Int
    var depth: Int

    func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
      Sequential {
        Linear(inputs, inner).named("proj_in")
        Activation.relu()
        for index in 0..<max(0, depth - 2) {
          Linear(inner, inner).named("layers.\(index)")
          Activation.relu()
        }
        Linear(inner, outputs).named("proj_out")
      }(x, in: &graph)
    }
  }

  init(_ c: Configuration, _ form: Form = .first) throws(ConfigurationError) {
    self.form = form
    features = try c.size("hidden_size", default: 256)
    heads = try c.size("num_attention_heads", default: 8)
    inner = try c.size("mlp_dim", default: 2048)
    // The network of a layer is as deep as there are layers: what a file says counts squared.
    depth = try c.size("num_hidden_layers", default: 2, in: 0...64)
    downsampling = try c.size("attention_downsample_rate", default: 2)
    masks = try c.size("num_multimask_outputs", default: 3, in: 1...1024)
    scoreDepth = try c.depth("iou_head_depth", default: 3)
    scoreInner = try c.size("iou_head_hidden_dim", default: 256)
    activation = try c.text("hidden_act", default: form.isSecond ? "gelu" : "relu")
    epsilon = try c.number("layer_norm_eps", default: 1e-6)
    guard features % (downsampling * heads) == 0 else {
      throw .contradiction(
        "\(c.path)\(features) features cannot be narrowed \(downsampling) times and split into "
          + "\(heads) heads")
    }
  }
}
