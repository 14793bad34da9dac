// "Olmo Hybrid", Allen Institute for AI, 2026. <https://allenai.org/papers/olmo-hybrid>

import ModelGraph

/// OLMo 3 without windows, three of four layers with gated delta rules, normalized before them.
enum OLMoHybrid {
  static func decoder(_ c: Configuration) throws(ConfigurationError) -> DecoderBlueprint {
    var stack = try OLMo2.stack(
      c,
      .init(
        vocabulary: 100_352, features: 3840, inner: 11008, depth: 32, heads: 30,
        context: 65536))
    // Without a base, nothing turns.
    if try c.partIfAny("rope_parameters")?.isNull("rope_theta") ?? false { stack.rotaryWidth = 0 }
    return stack.blueprint(
      with: try delta(c, stack.sizes), where: try linearLayers(c, depth: stack.sizes.depth),
      arranged: .normalizedFirst)
  }

  private static func linearLayers(
    _ c: Configuration, depth: Int
  ) throws(ConfigurationError) -> [Bool] {
    if let types = try c.layerTypes(depth: depth) { return types.map { $0 == "linear_attention" } }
    var standard = (0..<depth).map { $0 % 4 != 3 }
    if !standard.contains(false), depth > 0 { standard[depth - 1] = false }
    return standard
  }

  private static func delta(
    _ c: Configuration, _ sizes: DecoderSizes
  ) throws(ConfigurationError) -> GatedDeltaNet {
    let heads = try c.size("linear_num_key_heads", default: sizes.heads)
    let width = max(1, Int(0.75 * Double(sizes.features) / Double(heads)))
    let keyWidth = try c.size("linear_key_head_dim", default: width)
    var delta = try GatedDeltaNet(
      c, features: sizes.features,
      .init(
        keyHeads: sizes.heads, valueHeads: sizes.heads, keyWidth: width, valueWidth: 2 * keyWidth))
    delta.maps = .apart
    return delta
  }
}
