// "Masked-attention Mask Transformer for Universal Image Segmentation", Cheng et al., 2021.
// <https://arxiv.org/abs/2112.01527>

import ModelGraph

/// Maps of a backbone made one, and queries that each find a thing and the cells that belong to it.
struct Mask2Former: Layer {
  var backbone: any FeaturePyramid
  var pixels: Pixels
  var features: Int
  var inner: Int
  var heads: Int
  var depth: Int
  var queries: Int
  var activation: String
  var dropout: Double
  var isNormalizedFirst: Bool

  /// Whether maps go through a convolution each before queries look at them.
  var projects: Bool

  /// The classes that are told apart; `nil` for the stack alone.
  var labels: Int?

  static let levels = 3

  /// What makes the maps as wide as each other, and masks from the finest.
  struct Pixels: Sendable {
    var features: Int
    var masks: Int
    var inner: Int
    var depth: Int
    var heads: Int

    /// How many maps are finer than those that are attended to.
    var finer: Int
    var dropout: Double
  }

  func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    guard let labels else { return find(x, in: &graph) }
    let found = graph.scoped("model") { find(x, in: &$0) }
    _ = graph.scoped("criterion") { $0.state("empty_weight", .float32, [labels + 1]) }
    return Linear(features, labels + 1).named("class_predictor")(found, in: &graph)
  }

  private func find(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    let (maps, masks) = graph.scoped("pixel_level_module") { graph in
      let seen = graph.scoped("encoder") { backbone.maps(of: x, in: &$0) }
      return graph.scoped("decoder") { pixels(seen, backbone.widths, in: &$0) }
    }
    return graph.scoped("transformer_module") { read(maps, masks, in: &$0) }
  }

  /// What the queries have found, each level of the maps in turn.
  private func read(
    _ maps: [Variable], _ masks: Variable, in graph: inout GraphBuilder
  ) -> Variable {
    let batch = masks.size(0)
    let places = table("queries_embedder", queries, batch, in: &graph)
    var found = table("queries_features", queries, batch, in: &graph)
    let levels = graph.parameter("level_embed.weight", [Self.levels, features])
    let memory = maps.enumerated().map { index, map in
      let projected =
        projects
        ? Conv2d(pixels.features, features, kernel: 1).named("input_projections.\(index)")(
          map, in: &graph) : map
      let level = graph.view(graph.select(levels, axis: 0, index: index), [1, 1, features])
      return graph.add(graph.tokens(of: projected), level)
    }
    return graph.scoped("decoder") { graph in
      var mask = predict(found, masks, for: memory[0], in: &graph)
      for index in 0..<depth {
        let (input, seen, where_) = (found, memory[index % Self.levels], mask)
        found = graph.scoped("layers.\(index)") { graph in
          layer(input, places, seen, where_, in: &graph)
        }
        mask = predict(found, masks, for: memory[(index + 1) % Self.levels], in: &graph)
      }
      return found
    }
  }

  private func table(
    _ name: String, _ rows: Int, _ batch: Int, in graph: inout GraphBuilder
  ) -> Variable {
    let weight = graph.parameter("\(name).weight", [rows, features])
    return graph.contiguous(
      graph.expand(
        graph.view(weight, [1, rows, features], layer: .embedding), to: [batch, rows, features]))
  }

  /// The cells that each query looks at, told by its mask so far.
  private func predict(
    _ found: Variable, _ masks: Variable, for memory: Variable, in graph: inout GraphBuilder
  ) -> Variable {
    let normalized = LayerNorm(features).named("layernorm")(found, in: &graph)
    let filters = graph.scoped("mask_predictor.mask_embedder") { graph in
      (0..<3).reduce(normalized) { x, index in
        let outputs = index == 2 ? pixels.masks : features
        let mapped = Linear(features, outputs).named("\(index).0")(x, in: &graph)
        return index == 2 ? mapped : Activation.relu()(mapped, in: &graph)
      }
    }
    let flat = graph.view(
      masks, [masks.size(0), masks.size(1), masks.size(2) * masks.size(3)])
    let scores = graph.matrixProduct(filters, flat)
    graph.output(scores)
    return graph.opaque(
      "CellsOfMasks", [scores],
      gives: [TensorType(.bool, [found.size(0), heads, queries, memory.size(1)])])[0]
  }
}

// MARK: - Queries

extension Mask2Former {
  private func layer(
    _ x: Variable, _ places: Variable, _ memory: Variable, _ mask: Variable,
    in graph: inout GraphBuilder
  ) -> Variable {
    let keys = waves(memory, in: &graph)
    let read = branch(x, "cross_attn_layer_norm", in: &graph) { x, graph in
      graph.scoped("cross_attn") { graph in
        let weight = graph.parameter("in_proj_weight", [3 * features, features])
        let bias = graph.parameter("in_proj_bias", [3 * features])
        let parts = [graph.add(x, places), keys, memory].enumerated().map { index, source in
          let (from, to) = (index * features, (index + 1) * features)
          return graph.call(
            "Linear", source, graph.narrow(weight, axis: 0, from: from, to: to),
            graph.narrow(bias, axis: 0, from: from, to: to))
        }
        return mix(parts, mask: mask, in: &graph)
      }
    }
    let told = branch(read, "self_attn_layer_norm", in: &graph) { x, graph in
      graph.scoped("self_attn") { graph in
        let placed = graph.add(x, places)
        let parts = [("q_proj", placed), ("k_proj", placed), ("v_proj", x)].map { name, source in
          Linear(features, features).named(name)(source, in: &graph)
        }
        return mix(parts, mask: nil, in: &graph)
      }
    }
    return branch(told, "final_layer_norm", in: &graph) { x, graph in
      PlainFeedForward(features: features, inner: inner, activation: activation)(x, in: &graph)
    }
  }

  private func waves(_ memory: Variable, in graph: inout GraphBuilder) -> Variable {
    let places = graph.opaque(
      "PlacesByWaves", [],
      gives: [TensorType(graph.floatingType, [1, memory.size(1), features])])[0]
    return graph.add(memory, places)
  }

  private func mix(
    _ parts: [Variable], mask: Variable?, in graph: inout GraphBuilder
  ) -> Variable {
    let headed = parts.map { x in
      graph.transpose(graph.view(x, [x.size(0), x.size(1), heads, features / heads]), 1, 2)
    }
    let mixed = graph.attention(headed, mask: mask, dropout: dropout, isCausal: false)
    let joined = graph.view(
      graph.transpose(mixed, 1, 2), [mixed.size(0), mixed.size(2), features])
    return Linear(features, features).named("out_proj")(joined, in: &graph)
  }

  private func branch(
    _ x: Variable, _ name: String, in graph: inout GraphBuilder,
    _ body: (Variable, inout GraphBuilder) -> Variable
  ) -> Variable {
    let norm = LayerNorm(features).named(name)
    let input = isNormalizedFirst ? norm(x, in: &graph) : x
    let sum = graph.add(x, Dropout(dropout)(body(input, &graph), in: &graph))
    return isNormalizedFirst ? sum : norm(sum, in: &graph)
  }
}

// MARK: - Pixels

extension Mask2Former.Pixels {
  /// The coarse maps after attention to each other, and the features of masks.
  func callAsFunction(
    _ seen: [Variable], _ widths: [Int], in graph: inout GraphBuilder
  ) -> (maps: [Variable], masks: Variable) {
    let count = Mask2Former.levels
    let coarse = zip(seen, widths).suffix(count).reversed()
    let projected = coarse.enumerated().map { index, element in
      Numbered {
        Conv2d(element.1, features, kernel: 1)
        GroupNorm(features, groups: 32)
      }.named("input_projections.\(index)")(element.0, in: &graph)
    }
    var maps = encode(projected, in: &graph)
    var finest = maps[maps.count - 1]
    for index in (0..<finer).reversed() {
      let lateral = Numbered {
        Conv2d(widths[index], features, kernel: 1, bias: false)
        GroupNorm(features, groups: 32)
      }.named("adapter_\(index + 1)")(seen[index], in: &graph)
      let enlarged = graph.enlarged(finest, to: Extent(lateral.size(2), lateral.size(3)))
      finest = Numbered {
        Conv2d(features, features, kernel: 3, padding: 1, bias: false)
        GroupNorm(features, groups: 32)
        Activation.relu()
      }.named("layer_\(index + 1)")(graph.add(lateral, enlarged), in: &graph)
      maps.append(finest)
    }
    let projection = Conv2d(features, masks, kernel: 1).named("mask_projection")
    return (Array(maps.prefix(count)), projection(finest, in: &graph))
  }

  private func encode(_ maps: [Variable], in graph: inout GraphBuilder) -> [Variable] {
    let levels = graph.parameter("level_embed", [Mask2Former.levels, features])
    var tokens = graph.concatenate(maps.map { graph.tokens(of: $0) }, axis: 1)
    let places = graph.opaque(
      "PlacesByWaves", [levels],
      gives: [TensorType(graph.floatingType, [1, tokens.size(1), features])])[0]
    let attention = DeformableAttention(
      features: features, heads: heads, levels: Mask2Former.levels, points: 4)
    for index in 0..<depth {
      let x = tokens
      tokens = graph.scoped("encoder.layers.\(index)") { graph in
        let mixed = graph.scoped("self_attn") { graph in
          attention(graph.add(x, places), memory: x, in: &graph)
        }
        let sum = graph.add(x, Dropout(dropout)(mixed, in: &graph))
        let first = LayerNorm(features).named("self_attn_layer_norm")(sum, in: &graph)
        let fed = PlainFeedForward(features: features, inner: inner, activation: "relu")(
          first, in: &graph)
        return LayerNorm(features).named("final_layer_norm")(
          graph.add(first, fed), in: &graph)
      }
    }
    var from = 0
    return maps.map { map in
      let cells = map.size(2) * map.size(3)
      defer { from += cells }
      let part = graph.narrow(tokens, axis: 1, from: from, to: from + cells)
      return graph.map(of: part, Extent(map.size(2), map.size(3)))
    }
  }
}
