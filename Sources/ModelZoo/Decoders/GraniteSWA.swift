// Granite Swash: <https://huggingface.co/ibm-granite/granite-swash-2b>, IBM, 2026.

import ModelGraph

/// Granite with a window in three of four layers, and a sink in every softmax.
enum GraniteSWA {
  static func decoder(_ c: Configuration) throws(ConfigurationError) -> DecoderBlueprint {
    var stack = try Granite.stack(
      c,
      .init(
        vocabulary: 100_352, features: 2560, inner: 8192, depth: 24, heads: 20, keyHeads: 4,
        context: 8192, epsilon: 1e-5, isTied: true))
    stack.feedForwardBias = try c.flag("mlp_bias", default: false)
    try stack.useWindows(c)
    return stack.blueprint
  }

  /// The same with experts beside a network that every token goes through.
  static func mixture(_ c: Configuration) throws(ConfigurationError) -> DecoderBlueprint {
    var stack = try GraniteMoE.sharedStack(c)
    try stack.useWindows(c)
    return stack.blueprint
  }
}

extension LlamaStack {
  fileprivate mutating func useWindows(_ c: Configuration) throws(ConfigurationError) {
    let window = c.isNull("sliding_window") ? nil : try c.size("sliding_window", default: 128)
    windows = try c.windows(depth: sizes.depth, size: window) { $0 % 4 != 0 }
    hasSinks = true
    // Each base of the layers' angles has a module; a layer of none turns nothing.
    let bases = try c.numbers("layer_rope_theta").map { Set($0.filter { $0 != 0 }).count } ?? 1
    for index in 0..<bases {
      for table in ["inv_freq", "original_inv_freq"] {
        stackState.append(
          .init(
            name: "rotary_embs.\(index).\(table)", .float32,
            [rotaryWidth.dividedRoundingUp(by: 2)]))
      }
    }
  }
}
