// "PubTables-1M: Towards comprehensive table extraction from unstructured documents", Smock et al.,
// 2021. <https://arxiv.org/abs/2110.00061>
// "Conditional DETR for Fast Training Convergence", Meng et al., 2021.
// <https://arxiv.org/abs/2108.06152>

import ModelGraph

/// DETR normalized before its branches, which finds tables and their parts.
enum TableTransformer {
  static func model(_ c: Configuration) throws(ConfigurationError) -> Blueprint {
    let form = DETR.Form(
      backbone: "backbone.conv_encoder.model", output: "out_proj", network: "",
      places: "backbone", isNormalizedFirst: true)
    return try DETR.model(c, form, queries: 100, endings: ["ForObjectDetection", "Model"])
  }
}

/// DETR whose queries look by what they want and by where, mapped apart.
enum ConditionalDETR {
  static func model(_ c: Configuration) throws(ConfigurationError) -> Blueprint {
    let form = DETR.Form(
      detector: "conditional_detr", hasNoClass: false, isConditional: true)
    return try DETR.model(
      c, form, queries: 300, endings: ["ForObjectDetection", "ForSegmentation", "Model"])
  }
}

extension DETR {
  func decodeConditionally(
    _ wanted: Variable, memory: Variable, places: Variable, in graph: inout GraphBuilder
  ) -> Variable {
    var tokens = graph.scale(wanted, by: 0)
    let point = LinearStack(inputs: features, inner: features, outputs: 2, depth: 2)
      .named("ref_point_head")(wanted, in: &graph)
    let waves = graph.opaque(
      "PlacesByWaves", [graph.apply("Sigmoid", point)], gives: [wanted.type])[0]
    let scale = LinearStack(inputs: features, inner: features, outputs: features, depth: 2)
      .named("query_scale")
    if decoder.depth < 2 { graph.parametersOnly { scale(wanted, in: &$0) } }
    for index in 0..<decoder.depth {
      let x = tokens
      var wave = waves
      if index > 0 {
        wave = graph.multiply(waves, scale(x, in: &graph))
      }
      tokens = graph.scoped("layers.\(index)") { graph in
        let mixed = branch(x, "self_attn_layer_norm", in: &graph) { x, graph in
          graph.scoped("self_attn") { mix(x, wanted, in: &$0) }
        }
        let read = branch(mixed, "encoder_attn_layer_norm", in: &graph) { x, graph in
          let place = index == 0 ? wanted : nil
          return graph.scoped("encoder_attn") {
            look(x, place: place, wave: wave, memory: memory, places: places, in: &$0)
          }
        }
        return feed(read, decoder.inner, in: &graph)
      }
    }
    return LayerNorm(features).named("layernorm")(tokens, in: &graph)
  }

  private func map(_ name: String, _ x: Variable, in graph: inout GraphBuilder) -> Variable {
    Linear(features, features).named(name)(x, in: &graph)
  }

  /// Attention of the queries among each other.
  private func mix(
    _ x: Variable, _ wanted: Variable, in graph: inout GraphBuilder
  ) -> Variable {
    let query = graph.add(
      map("q_content_proj", x, in: &graph), map("q_pos_proj", wanted, in: &graph))
    let key = graph.add(
      map("k_content_proj", x, in: &graph), map("k_pos_proj", wanted, in: &graph))
    return joined([query, key, map("v_proj", x, in: &graph)], in: &graph)
  }

  /// Attention to the image; heads of queries and keys hold what and where side by side.
  private func look(
    _ x: Variable, place: Variable?, wave: Variable, memory: Variable, places: Variable,
    in graph: inout GraphBuilder
  ) -> Variable {
    var query = map("q_content_proj", x, in: &graph)
    var key = map("k_content_proj", memory, in: &graph)
    let keyPlace = map("k_pos_proj", places, in: &graph)
    if let place {
      query = graph.add(query, map("q_pos_proj", place, in: &graph))
      key = graph.add(key, keyPlace)
    }
    let sought = map("q_pos_sine_proj", wave, in: &graph)
    let spread = graph.expand(keyPlace, to: key.shape)
    return joined(
      [
        beside(query, sought, in: &graph), beside(key, spread, in: &graph),
        map("v_proj", memory, in: &graph),
      ], in: &graph)
  }

  /// Two vectors of each head side by side.
  private func beside(
    _ x: Variable, _ y: Variable, in graph: inout GraphBuilder
  ) -> Variable {
    let parts = [x, y].map { part in
      graph.view(
        part, [part.size(0), part.size(1), decoder.heads, features / decoder.heads])
    }
    let both = graph.concatenate(parts, axis: 3)
    return graph.view(both, [x.size(0), x.size(1), 2 * features])
  }

  private func joined(_ parts: [Variable], in graph: inout GraphBuilder) -> Variable {
    let heads = parts.map { part in
      let split = graph.view(
        part, [part.size(0), part.size(1), decoder.heads, part.size(2) / decoder.heads])
      return graph.transpose(split, 1, 2)
    }
    let mixed = graph.attention(heads, dropout: attentionDropout, isCausal: false)
    let flat = graph.view(
      graph.transpose(mixed, 1, 2), [parts[0].size(0), parts[0].size(1), features])
    return map("o_proj", flat, in: &graph)
  }
}
