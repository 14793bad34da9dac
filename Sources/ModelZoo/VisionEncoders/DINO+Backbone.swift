import ModelGraph

/// DINOv2 that gives the tokens of some of its layers.
struct DINOBackbone: TokenBackbone {
  var model: DINO

  /// The layers whose tokens are given: none for the embeddings, one for the first block.
  var taps: [Int]

  /// Whether the tokens that are given are normalized.
  var isNormalized: Bool

  var grid: Extent { model.sizes.images.grid }

  func states(of x: Variable, in graph: inout GraphBuilder) -> [Variable] {
    let states = model.states(of: x, in: &graph)
    let given = taps.filter(states.indices.contains).map { states[$0] }
    let norm = model.sizes.norm.named(model.norm)
    guard isNormalized else {
      graph.parametersOnly { norm(states.last ?? x, in: &$0) }
      return given
    }
    return given.map { norm($0, in: &graph) }
  }
}

extension DINO {
  /// Reads DINOv2 as the part of a larger model; of the last layers where nothing says of which.
  static func backbone(
    _ c: Configuration, depth last: Int = 1
  ) throws(ConfigurationError) -> DINOBackbone {
    let type = try c.text("model_type", default: "dinov2")
    guard type == "dinov2" || type == "dinov2_with_registers" else {
      throw .unknownPart(key: "\(c.path)model_type", name: String(type.prefix(64)))
    }
    let model = try DINO.secondLayers(c, hasRegisters: type != "dinov2")
    let depth = model.sizes.depth
    let named = try c.texts("out_features")?.compactMap { name in
      name == "stem" ? 0 : name.hasPrefix("stage") ? Int(name.dropFirst(5)) : nil
    }
    let range = -Configuration.maximumDepth...Configuration.maximumDepth
    let counted = try c.sizes("out_indices", in: range)?.map { $0 < 0 ? depth + 1 + $0 : $0 }
    let taps = named ?? counted ?? Array(max(0, depth + 1 - last)...depth)
    for tap in taps where !(0...depth ~= tap) {
      throw .contradiction("\(c.path)out_indices asks for layer \(tap) of \(depth)")
    }
    return DINOBackbone(
      model: model, taps: taps, isNormalized: try c.flag("apply_layernorm", default: true))
  }
}
